"""The state: what the journal says so far, as tables of immutable rows.

Rules of this file
1. A table changes only through ``put``, ``drop``, ``push`` and ``shift``, called only by
   ``core.fold``. All of them remember what was there.
2. ``commit`` forgets what was remembered; ``rollback`` goes back to the last commit (or to a
   savepoint).
3. What can be worked out from other tables (exposures, working orders, lines) is not written into a
   snapshot.
4. Nothing depends on the order of a table: what has to leave in the order of arrival stands in a
   line.

Length: all rows and tables side by side; what a snapshot, a rollback and a fold must know is one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from operator import setitem
from typing import Any, Final, NamedTuple

import msgspec

from core.abilities import NONE, Abilities
from core.cash_rows import CashRow
from core.contract_rows import CallRow, ChoiceRow, EndRow, FrontRow
from core.flatten_rows import FlattenRow
from core.heard_rows import RouteRow, StreamKey, StreamRow
from core.links import LinkState
from core.loss_rows import LossRow
from core.mismatches import ForeignOrder, Kind, Mismatch
from core.money import ZERO
from core.orders import Order, Side
from core.plan_rows import Key, PlanRow
from core.positions import Position
from core.quality_rows import DriftRow, QualityRow
from core.records import AlarmRaised
from core.schedule_rows import FlatRow, ScheduleRow
from core.setup import EMPTY, Limits, Setup
from core.signals import Signal
from core.target_rows import GapRow, TargetRow
from core.ticket_rows import TicketRow
from core.trade_rows import CooldownRow, TradeRow
from core.turn_rows import TurnRow

KEYS_MAX: Final = 200_000
"""Duplicate keys kept at most: 40 MB. A day of two alerts a second fits."""

ALARMS_MAX: Final = 100
"""Alarms shown in the status; all of them are in the journal."""


class AccountVerdict(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What became of a signal at one account: ``admitted``, ``held``, ``refused`` or
    ``no_action``. ``like``: of a message that could not be read, as ``Misread`` has it."""

    account: str
    verdict: str
    code: str = ""
    value: str = ""
    limit: str = ""
    where: str = ""
    orders: tuple[str, ...] = ()
    like: str = ""


class SignalRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
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
    """A duplicate key: the signal that had it first, the hash of its bytes, when, in which
    record."""

    signal: str
    body_hash: str
    at_ns: int
    number: int


class FillRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One execution. ``quantity`` is zero once the venue took it back. ``fee`` is ``None`` while it
    is not known in the account's currency. ``inferred``: concluded by the bridge or said by a
    person (the first word of its ``exec_id`` tells), until the venue's own execution is told.
    ``base_fee``: what of its fee was taken in the coin itself. ``ticket``: what it moved on a
    hedging account."""

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
    corrected: bool = False
    inferred: bool = False
    first: int = 0
    base_fee: Decimal = ZERO
    ticket: str = ""


class DoubtRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What is known of an order of which nobody knows what became of it.

    ``asked``: answers that did not show it; ``negatives``: those of them that count, the first and
    the last at ``first_ns`` and ``last_ns``. ``calls``, ``canary``: of the last answer.
    ``alarmed``: a person was called; ``called``: one was as it is the stop of something open.
    """

    order: str
    since_ns: int
    asked: int = 0
    negatives: int = 0
    first_ns: int = 0
    last_ns: int = 0
    calls: tuple[str, ...] = ()
    canary: str = ""
    alarmed: bool = False
    called: bool = False


class AccountRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What is known of an account beside its orders and positions.

    ``baseline_ns``: of its first comparison ever. ``differs_ns``: since when control 19 lets only
    smaller positions pass, zero when it does not; ``clean``: comparisons without a difference
    since.
    ``link``: where its connection stands since ``link_ns``, and why; ``recovered`` says that it is
    ready. ``link_until_ns``: the end of a pause. ``pauses``: for maintenance without a named end,
    since it was ready. ``maintenance_ns``: scheduled intervals, in order, none touching another.
    ``abilities``: what its venue can do. ``armed_for``: the fingerprint of the live account that
    ``armed_by`` armed at ``armed_ns`` until ``armed_until_ns`` (0: no end); empty: it is not armed.
    ``known_ns``: what happened there before was told or seen,
    as of the last time it was ready; it says nothing while it is.
    """

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
    baseline_ns: int = 0
    differs_ns: int = 0
    clean: int = 0
    link: LinkState = LinkState.DOWN
    link_ns: int = 0
    link_code: str = ""
    link_reason: str = ""
    link_until_ns: int = 0
    pauses: int = 0
    maintenance_ns: tuple[tuple[int, int], ...] = ()
    abilities: Abilities = NONE
    known_ns: int = 0
    armed_for: str = ""
    armed_ns: int = 0
    armed_until_ns: int = 0
    armed_by: str = ""


class BreakerRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How a venue took the last orders of one strategy in one account.

    ``recent``: the newest outcome in the lowest bit, 1 for a reject. ``until_ns``: entries wait
    until then. ``pauses``: those of a day, the last one of ``paused_ns``.
    """

    account: str
    strategy: str
    recent: int = 0
    until_ns: int = 0
    pauses: int = 0
    paused_ns: int = 0


class ApartRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A follower that holds something else than its ratio of its leader's position.

    ``since_ns``: since when it was seen so while nothing worked. ``alarmed``: a person was called.
    """

    account: str
    instrument: str
    strategy: str
    since_ns: int
    alarmed: bool = False


class CycleRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """When one strategy's cycles in one account began, oldest first. ``filled``: an entry was
    filled since the last one, so the next begins another."""

    account: str
    strategy: str
    times_ns: tuple[int, ...] = ()
    filled: bool = False


class HaltRow(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Why a scope is halted, by whom, since when."""

    scope: str
    by: str
    reason: str
    at_ns: int


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """A token bucket in whole numbers: a token is 60 s x 1e9, so that a rate per minute refills by
    its own number each nanosecond."""

    level: int
    at_ns: int


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """What one account has at stake in one instrument: net position, what is still to be filled,
    orders alive."""

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


class Alive(msgspec.Struct, frozen=True, gc=False):
    """How many orders of an account are alive, and how many of them have an unknown outcome."""

    orders: int = 0
    unknown: int = 0


NONE_ALIVE: Final = Alive()


class Stake(msgspec.Struct, frozen=True, gc=False):
    """What one strategy's own orders may still fill in one instrument of one account.

    Legs that wait for their price are counted apart: they take nothing away from what an exit may
    close.
    """

    buy_entries: Decimal = ZERO
    sell_entries: Decimal = ZERO
    buy_exits: Decimal = ZERO
    sell_exits: Decimal = ZERO
    buy_legs: Decimal = ZERO
    sell_legs: Decimal = ZERO


NOTHING: Final = Stake()


RestingEntry = tuple[Decimal, str]
"""Where an order rests among those of its side, the best first, and its name."""


class Facts(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The single facts of a journal: its name, its writer, the configuration in force.

    ``forgotten_ns``: when the newest duplicate key that was dropped had come. A message of that
    time or before may have been served without our knowing it any more. ``limits_file``: the limits
    as the last file had them, ``None`` when they are those in force; ``limits_waiting``: scope and
    name of those that wait for a person. ``lapsed_ns``: when it was noticed last that the journal
    has forgotten what was durable once.
    """

    journal: str = ""
    epoch: int = 0
    software: str = ""
    setup: Setup = EMPTY
    setup_hash: str = ""
    started_ns: int = 0
    stopped_cleanly: bool = True
    swept_ns: int = 0
    forgotten_ns: int = 0
    limits_file: dict[str, Limits] | None = None
    limits_waiting: tuple[tuple[str, str], ...] = ()
    lapsed_ns: int = 0

    @property
    def file_limits(self) -> dict[str, Limits]:
        """Return the limits as the last file had them."""
        return self.setup.limits if self.limits_file is None else self.limits_file


_MISSING: Final[Any] = object()
_PUSHED: Final[Any] = object()
_SHIFTED: Final[Any] = object()


class Mark(NamedTuple):
    """A moment to which ``State.rollback`` can return."""

    undo: int
    number: int
    last_ns: int
    facts: Facts


_Undo = tuple[Any, Any, Any]
"""A table or a line, the key or what was done, and what was there."""


def _remembering(undo: list[_Undo]) -> tuple[Any, Any, Any, Any]:
    """Make ``put``, ``drop``, ``push`` and ``shift`` that write down how to go back."""
    note = undo.append

    def put(table: dict[Any, Any], key: Any, row: Any) -> None:
        note((table, key, table.get(key, _MISSING)))
        table[key] = row

    def drop(table: dict[Any, Any], key: Any) -> None:
        old = table.pop(key, _MISSING)
        if old is not _MISSING:
            note((table, key, old))

    def push(line: deque[Any], at_ns: int, name: Any) -> None:
        note((line, _PUSHED, None))
        line.append((at_ns, name))

    def shift(line: deque[Any]) -> Any:
        item = line.popleft()
        note((line, _SHIFTED, item))
        return item[1]

    return put, drop, push, shift


def _drop(table: dict[Any, Any], key: Any) -> None:
    table.pop(key, None)


def _push(line: deque[Any], at_ns: int, name: Any) -> None:
    line.append((at_ns, name))


def _shift(line: deque[Any]) -> Any:
    return line.popleft()[1]


class State:
    """All tables. ``number`` and ``last_ns`` are those of the last folded record.

    ``mismatches`` by account, kind and key, ``foreign`` orders by account and the venue's name for
    them. ``touched``: when a record last changed an order of an account and instrument. ``plans``:
    protections in force, ``drifts``: how far own fills ran, by account, instrument and strategy, as
    are the open ``trades`` and, in ``apart``, followers that differ from their leaders.
    ``trade_line``: closed trades, by when they closed. ``quality``: what orders cost, by strategy
    and venue.

    Worked out from the tables: ``exposures`` by account and instrument, ``exposed`` instruments of
    an account and the orders ``alive_at`` it, ``working`` orders and their ``stakes`` by account,
    instrument and strategy, limit orders ``resting`` by account, instrument and side,
    ``strategies_at`` an account and instrument (all that ever were), ``plans_at`` an instrument,
    ``order_fills``, entries by the names of their ``attached`` stops, orders ``alive``, ``held``
    until, ``turning`` (held until their way is clear), ``partly`` filled, waiting for
    ``followups``, ``refused`` to be ended, and ``done`` since, and the lines of keys, signals,
    fills and done orders, oldest first. A line may name what is gone or came again: its time tells.
    ``earned``: by account, what all its fills realized less their fees.
    """

    __slots__ = (
        "_kept", "_undo", "accounts", "alarms", "alive", "alive_at", "apart", "attached", "awaited",
        "breakers", "buckets", "caches", "calls", "cash", "choices", "clearing", "closed_trades",
        "cooldowns", "cycles", "done", "done_line", "doubts", "drifts", "drop", "earned", "ends",
        "exposed", "exposures", "facts", "fill_line", "fills", "flats", "flattens", "followups",
        "foreign", "fronts", "gaps", "halts", "held", "key_line", "keys", "last_ns", "legs_at",
        "losses", "mismatches", "number", "order_fills", "orders", "partly", "plans", "plans_at",
        "positions", "priced", "proven", "push", "put", "quality", "refused", "resting", "routes",
        "schedules", "shift", "signal_line", "signals", "stakes", "strategies_at", "streams",
        "targets", "tickets", "tickets_at", "touched", "trade_line", "trades", "turning", "turns",
        "watched", "working",
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
        self.flattens: dict[str, FlattenRow] = {}
        self.plans: dict[Key, PlanRow] = {}
        self.turns: dict[Key, TurnRow] = {}
        """Shares that exits turned in our books, perhaps not at the venue."""
        self.buckets: dict[str, Bucket] = {}
        self.cycles: dict[tuple[str, str], CycleRow] = {}
        self.breakers: dict[tuple[str, str], BreakerRow] = {}
        self.apart: dict[tuple[str, str, str], ApartRow] = {}
        self.schedules: dict[str, ScheduleRow] = {}
        self.flats: dict[tuple[str, str], FlatRow] = {}
        self.fronts: dict[str, FrontRow] = {}
        self.choices: dict[tuple[str, str, str, int], ChoiceRow] = {}
        """By account, strategy, future and depth of the continuous symbol."""
        self.calls: dict[tuple[str, str], CallRow] = {}
        self.ends: dict[tuple[str, int], EndRow] = {}
        self.alarms: dict[int, AlarmRaised] = {}
        self.mismatches: dict[tuple[str, Kind, str], Mismatch] = {}
        self.foreign: dict[tuple[str, str], ForeignOrder] = {}
        self.touched: dict[tuple[str, str], int] = {}
        self.doubts: dict[str, DoubtRow] = {}
        self.watched: dict[str, int] = {}
        """Orders that count as not placed, and when each is asked for next."""
        self.proven: dict[str, tuple[tuple[str, int], ...]] = {}
        """By account: the orders that its venue proved last, newest first, and when."""
        self.tickets: dict[tuple[str, str, str], TicketRow] = {}
        """Of hedging accounts, by account, ticket and owner."""
        self.targets: dict[tuple[str, str, str], TargetRow] = {}
        self.gaps: dict[tuple[str, str, str], GapRow] = {}
        self.trades: dict[tuple[str, str, str], TradeRow] = {}
        self.closed_trades: dict[str, TradeRow] = {}
        self.cash: dict[str, CashRow] = {}
        self.losses: dict[str, LossRow] = {}
        self.cooldowns: dict[tuple[str, str], CooldownRow] = {}
        self.drifts: dict[tuple[str, str, str], DriftRow] = {}
        self.quality: dict[tuple[str, str], QualityRow] = {}
        self.routes: dict[str, RouteRow] = {}
        self.streams: dict[StreamKey, StreamRow] = {}
        self.priced: dict[tuple[str, str], Decimal] = {}
        """By account and instrument: the price by which a smallest value is counted."""
        self._work_out()
        self.put: Callable[[dict[Any, Any], Any, Any], None]
        """Set a row, remembering what was there."""
        self.drop: Callable[[dict[Any, Any], Any], None]
        """Remove a row if it is there, remembering it."""
        self.push: Callable[[deque[Any], int, Any], None]
        """Add to the end of a line, remembering that."""
        self.shift: Callable[[deque[Any]], Any]
        """Take the oldest out of a line, remembering it."""
        self.remember(on=True)

    def _work_out(self) -> None:
        """Begin what follows from the tables and is not written into a snapshot."""
        self.plans_at: dict[str, dict[Key, None]] = {}
        self.exposures: dict[tuple[str, str], Exposure] = {}
        self.exposed: dict[str, dict[str, None]] = {}
        self.alive_at: dict[str, Alive] = {}
        self.working: dict[tuple[str, str, str], dict[str, None]] = {}
        self.legs_at: dict[tuple[str, str, str], dict[str, None]] = {}
        """The legs among the working orders."""
        self.stakes: dict[tuple[str, str, str], Stake] = {}
        self.tickets_at: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {}
        self.resting: dict[tuple[str, str, Side], tuple[RestingEntry, ...]] = {}
        self.strategies_at: dict[tuple[str, str], dict[str, None]] = {}
        self.order_fills: dict[str, tuple[str, ...]] = {}
        self.attached: dict[str, str] = {}
        self.alive: dict[str, None] = {}
        self.held: dict[str, int] = {}
        self.turning: dict[str, None] = {}
        self.clearing: dict[tuple[str, str, str], None] = {}
        """Targets that wait for orders to end."""
        self.partly: dict[str, None] = {}
        self.followups: dict[str, None] = {}
        self.refused: dict[str, None] = {}
        self.done: dict[str, int] = {}
        self.key_line: deque[tuple[int, tuple[str, str]]] = deque()
        self.signal_line: deque[tuple[int, str]] = deque()
        self.done_line: deque[tuple[int, str]] = deque()
        self.fill_line: deque[tuple[int, tuple[str, str]]] = deque()
        self.trade_line: deque[tuple[int, str]] = deque()
        self.earned: dict[str, Decimal] = {}
        self.awaited: dict[StreamKey, int] = {}
        """Scripts of which numbers may still come, and when the first were noticed as missing."""
        self.caches: dict[Any, Any] = {}
        """Answers that hold while the configuration stands; thrown away with it."""

    def remember(self, *, on: bool) -> None:
        """Switch the memory for ``rollback`` off, while committed records are replayed, or on."""
        self._undo: list[_Undo] = []
        # Each record calls these a dozen times: a closure has what it needs at hand.
        self.put, self.drop, self.push, self.shift = (
            _remembering(self._undo) if on else (setitem, _drop, _push, _shift)
        )
        self._kept: Mark = self.savepoint()

    def commit(self) -> None:
        """Make everything folded so far the state to which ``rollback`` returns."""
        self._undo.clear()
        self._kept = self.savepoint()

    def savepoint(self) -> Mark:
        """Remember this moment for ``rollback``."""
        return Mark(len(self._undo), self.number, self.last_ns, self.facts)

    def rollback(self, to: Mark | None = None) -> None:
        """Throw away what was folded since ``to``, or since the last commit."""
        mark = to if to is not None else self._kept
        undo = self._undo
        while len(undo) > mark.undo:
            table, key, old = undo.pop()
            if key is _PUSHED:
                table.pop()
            elif key is _SHIFTED:
                table.appendleft(old)
            elif old is _MISSING:
                del table[key]
            else:
                table[key] = old
        self.number, self.last_ns = mark.number, mark.last_ns
        if self.facts is not mark.facts:
            self.facts = mark.facts
            self.caches.clear()


def account_row(state: State, account: str) -> AccountRow:
    """Return what is known of an account."""
    return state.accounts.get(account) or AccountRow(account=account)
