"""The state: what the journal says so far, as tables of immutable rows.

Rules of this file
1. A table changes only through ``put`` and ``drop``, called only by ``core.fold``. Both remember what was there.
2. ``commit`` forgets what was remembered; ``rollback`` goes back to the last commit (or to a savepoint).
3. What can be worked out from other tables (exposures, working orders) is not written into a snapshot.
4. Nothing here depends on the order of a table, but for the sweep, which follows the order of arrival.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from core.money import ZERO
from core.orders import Order, Side
from core.positions import Position
from core.records import AlarmRaised
from core.setup import EMPTY, Limits, Setup
from core.signals import Signal

KEPT_NS: Final = 24 * 3600 * 1_000_000_000
"""How long a done order, a signal and a duplicate key stay in the state: a day covers every resend and every
late report seen; what is older is found in the journal."""

KEYS_MAX: Final = 200_000
"""Duplicate keys kept at most: 40 MB. A day of two alerts a second fits."""

ALARMS_MAX: Final = 100
"""Alarms shown in the status; all of them are in the journal."""


class AccountVerdict(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What became of a signal at one account: ``admitted``, ``held``, ``refused`` or ``no_action``."""

    account: str
    verdict: str
    code: str = ""
    value: str = ""
    limit: str = ""
    where: str = ""
    orders: tuple[str, ...] = ()


class SignalRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A signal of the last day. ``number``: of its record, by which the journal finds the rest."""

    signal: str
    route: str
    number: int
    at_ns: int
    content: Signal | None = None
    verdicts: tuple[AccountVerdict, ...] = ()
    repeats: int = 0
    door_ns: int = 0


class KeyRow(msgspec.Struct, frozen=True, gc=False):
    """A duplicate key: the signal that had it first, the hash of its bytes, and when."""

    signal: str
    body_hash: str
    at_ns: int


class FillRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One execution. ``quantity`` is zero once the venue took it back. ``fee`` is ``None`` while it is pending."""

    account: str
    exec_id: str
    order: str
    origin: str
    instrument: str
    strategy: str
    side: Side
    quantity: Decimal
    price: Decimal
    at_ns: int
    number: int
    venue_ns: int = 0
    fee: Decimal | None = None


class AccountRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What is known of an account beside its orders and positions."""

    account: str
    recovered: bool = False
    link_up: bool = False
    day_ns: int = 0
    day_equity: Decimal | None = None
    warned_ns: int = 0
    tripped_ns: int = 0
    balance: Decimal | None = None
    equity: Decimal | None = None
    marked_ns: int = 0
    days_ns: tuple[int, ...] = ()
    days_until_ns: int = 0


class HaltRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Why a scope is halted, by whom, since when."""

    scope: str
    by: str
    reason: str
    at_ns: int


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """A token bucket in whole numbers: a token is 60 s x 1e9, so that a rate per minute refills by its own number each ns."""

    level: int
    at_ns: int


class Exposure(NamedTuple):
    """What one account has at stake in one instrument: net position, what is still to be filled, orders alive."""

    net: Decimal = ZERO
    buy: Decimal = ZERO
    sell: Decimal = ZERO
    orders: int = 0
    unknown: int = 0

    @property
    def worst(self) -> Decimal:
        """Return the largest absolute position that any order of fills can lead to."""
        return max(abs(self.net + self.buy), abs(self.net - self.sell))


FLAT: Final = Exposure()


class Facts(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The single facts of a journal: its name, its writer, the configuration in force."""

    journal: str = ""
    epoch: int = 0
    software: str = ""
    setup: Setup = EMPTY
    setup_hash: str = ""
    started_ns: int = 0
    stopped_cleanly: bool = True
    swept_ns: int = 0


_MISSING: Final[Any] = object()

class State:
    """All tables. ``number`` is that of the last folded record."""

    __slots__ = (
        "_facts_kept", "_number_kept", "_undo", "accounts", "alarms", "alive", "buckets", "done",
        "exposed", "exposures", "facts", "fills", "halts", "held", "keys", "last_ns", "limits_cache", "number",
        "order_fills", "orders", "positions", "signals", "working",
    )  # fmt: skip

    def __init__(self) -> None:
        self.number = 0
        self.last_ns = 0
        self.facts = Facts()
        self.signals: dict[str, SignalRow] = {}
        self.keys: dict[tuple[str, str], KeyRow] = {}
        self.orders: dict[str, Order] = {}
        self.fills: dict[tuple[str, str], FillRow] = {}
        self.positions: dict[tuple[str, str, str], Position] = {}
        self.accounts: dict[str, AccountRow] = {}
        self.halts: dict[str, HaltRow] = {}
        self.buckets: dict[str, Bucket] = {}
        self.alarms: dict[int, AlarmRaised] = {}
        # worked out from the tables above
        self.exposures: dict[tuple[str, str], Exposure] = {}
        self.exposed: dict[str, dict[str, None]] = {}
        self.working: dict[tuple[str, str, str], dict[str, None]] = {}
        self.order_fills: dict[str, dict[str, None]] = {}
        self.alive: dict[str, None] = {}
        self.held: dict[str, int] = {}
        self.done: dict[str, int] = {}
        self.limits_cache: dict[tuple[str, str, str], Any] = {}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []
        self._facts_kept = self.facts
        self._number_kept = 0

    def put(self, table: dict[Any, Any], key: Any, row: Any) -> None:
        """Set a row, remembering what was there."""
        self._undo.append((table, key, table.get(key, _MISSING)))
        table[key] = row

    def drop(self, table: dict[Any, Any], key: Any) -> None:
        """Remove a row if it is there, remembering it."""
        old = table.pop(key, _MISSING)
        if old is not _MISSING:
            self._undo.append((table, key, old))

    def commit(self) -> None:
        """Make everything folded so far the state to which ``rollback`` returns."""
        self._undo.clear()
        self._facts_kept = self.facts
        self._number_kept = self.number

    def savepoint(self) -> tuple[int, int, Facts]:
        """Remember this moment for ``rollback``."""
        return len(self._undo), self.number, self.facts

    def rollback(self, to: tuple[int, int, Facts] | None = None) -> None:
        """Throw away what was folded since ``to``, or since the last commit."""
        length, number, facts = to if to is not None else (0, self._number_kept, self._facts_kept)
        undo = self._undo
        while len(undo) > length:
            table, key, old = undo.pop()
            if old is _MISSING:
                table.pop(key, None)
            else:
                table[key] = old
        self.number, self.facts = number, facts
        self.limits_cache.clear()
        if to is None:
            self._sort()

    def _sort(self) -> None:
        """Restore the order of arrival, which a rollback may have lost and the sweep follows."""
        for table in (self.signals, self.keys, self.orders, self.fills, self.alarms, self.done):
            rows: dict[Any, Any] = table  # pyright: ignore[reportAssignmentType]
            ordered = sorted(rows.items(), key=_arrival)
            rows.clear()
            rows.update(ordered)

    def limits_of(self, scope: str) -> Limits | None:
        """Return what is set for exactly this scope."""
        return self.facts.setup.limits.get(scope)


def _arrival(item: tuple[Any, Any]) -> tuple[int, int]:
    key, row = item
    if isinstance(row, int):
        return row, 0
    number = getattr(row, "number", 0)
    return (number or getattr(row, "at_ns", 0), key if isinstance(key, int) else 0)
