"""Limits in force: what a new file changes at once, and what of it waits for a person.

Rules of this file
1. What is in force changes by a file only towards less risk: tighter, or set where there was none.
2. A limit that the file raises or leaves out waits for a person's act with a reason. What the file
   says as before stays as it is in force, so an act of a person survives a start.
3. A scope whose account, strategy or instrument is not configured any more keeps its limits: taking
   a name out of the file and putting it back is no way round rule 2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from core.money import ZERO, plain
from core.setup import COOLDOWN_DEFAULT_S, CYCLES_DEFAULTS, UNKNOWN_DEFAULTS, Limits, Setup

Tables = Mapping[str, Limits]
"""Limits by scope."""

Place = tuple[str, str]
"""A limit's scope and its name."""

UNSET: Final = Limits()

NAMES: Final = tuple(field.name for field in msgspec.structs.fields(Limits))
"""Every limit there is."""

COUNTS: Final = frozenset(
    {
        "open_orders_max", "signals_per_minute", "signals_burst", "messages_per_minute",
        "messages_burst", "unknown_orders_max", "losses_in_row_max", "cooldown_s",
        "cycles_per_minute_max", "cycles_per_day_max",
    }
)  # fmt: skip
"""Limits that count things; the others are amounts."""

_LOSSES: Final = tuple(
    f"{rule}_{end}"
    for rule in ("daily_loss", "drawdown", "trailing_drawdown")
    for end in ("max", "warn", "percent_max", "percent_warn")
)

ABOVE_ZERO: Final = (COUNTS - {"open_orders_max"}) | {*_LOSSES}
"""Limits for which zero says nothing."""

FLOORS: Final = frozenset({"margin_free_percent_min", "cooldown_s"})
"""Limits of which the higher one is the tighter; of all others the lower one is."""

COUNT_MAX: Final = 1_000_000_000
"""The largest count, as in the file: more than any venue takes in a minute."""

_ORDER: Final = ("quantity_max", "value_max", "collar_percent", "position_max")
_INSTRUMENT: Final = (*_ORDER, "open_orders_max", "unknown_orders_max")
_SHARED: Final = (*_INSTRUMENT, "gross_max")

MEASURED: Final[Mapping[str, tuple[str, ...]]] = {
    "global": _SHARED,
    "group": _SHARED,
    "account": (
        *_SHARED, *_LOSSES, "messages_per_minute", "messages_burst", "margin_free_percent_min",
        "losses_in_row_max", "cooldown_s",
    ),
    "instrument": _INSTRUMENT,
    "strategy": (
        *_ORDER, "signals_per_minute", "signals_burst", "losses_in_row_max", "cooldown_s",
        "cycles_per_minute_max", "cycles_per_day_max",
    ),
}  # fmt: skip
"""What is measured in each kind of scope. A limit elsewhere would be read by nobody."""


class LimitChange(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One limit before and after; ``None``: not set."""

    scope: str
    name: str
    was: Decimal | None = None
    to: Decimal | None = None

    @property
    def loosens(self) -> bool:
        """Say whether it allows more than before."""
        default = default_of(self.scope, self.name)
        return is_looser(self.was, self.to, default, floor=self.name in FLOORS)

    def __str__(self) -> str:
        """Write it for people."""
        was = "not set" if self.was is None else plain(self.was)
        to = "not set" if self.to is None else plain(self.to)
        return f"{self.scope} {self.name}: {was} -> {to}"


class Adopted(NamedTuple):
    """What a file comes to: the limits in force, and those of the file that wait."""

    limits: dict[str, Limits]
    waiting: tuple[Place, ...]


def kind_of(scope: str) -> str:
    """Return the kind of a scope: a key of ``MEASURED`` when there is such a kind."""
    return "instrument" if "/" in scope else scope.partition(":")[0]


def is_configured(setup: Setup, scope: str) -> bool:
    """Say whether a scope names something of a configuration."""
    if scope == "global":
        return True
    kind, _, name = scope.partition(":")
    if kind == "group":
        return any(name in account.groups for account in setup.accounts.values())
    account, slash, inside = name.partition("/instrument:")
    if slash:
        return kind == "account" and account in setup.accounts and inside in setup.instruments
    named: dict[str, Collection[str]] = {
        "account": setup.accounts,
        "strategy": setup.strategies,
        "instrument": setup.instruments,
    }
    return name in named.get(kind, ())


def is_looser(
    was: Decimal | int | None,
    to: Decimal | int | None,
    default: int | None = None,
    *,
    floor: bool = False,
) -> bool:
    """Say whether a limit allows more than it did: of most limits the lower one is the tighter.

    ``default``: what holds where none is set. ``floor``: one of ``FLOORS``.
    """
    was, to = default if was is None else was, default if to is None else to
    if floor:
        return was is not None and (to is None or to < was)
    return was is not None and (to is None or to > was)


def default_of(scope: str, name: str) -> int | None:
    """Return what holds in a scope that does not set a limit; ``None``: nothing."""
    if name in CYCLES_DEFAULTS:
        return CYCLES_DEFAULTS[name]
    if name == "cooldown_s":
        return COOLDOWN_DEFAULT_S
    if name != "unknown_orders_max" or not scope.startswith("account:"):
        return None
    return UNKNOWN_DEFAULTS[kind_of(scope)]


def adopt(file: Setup, *, force: Tables, last: Tables, waiting: Collection[Place]) -> Adopted:
    """Compare a file's limits with those of the file before it and with those in force."""
    limits: dict[str, Limits] = {}
    waits: list[Place] = []
    for scope in sorted({*force, *file.limits}):
        ours = force.get(scope, UNSET)
        theirs, before = file.limits.get(scope, UNSET), last.get(scope, UNSET)
        known = is_configured(file, scope)
        changes: dict[str, Any] = {}
        for name in NAMES:
            now, new = getattr(ours, name), getattr(theirs, name)
            again = new == getattr(before, name)
            if new == now or (again and (scope, name) not in waiting):
                continue
            default = default_of(scope, name)
            if is_looser(now, new, default, floor=name in FLOORS):
                waits += [(scope, name)] if known else []
            else:
                changes[name] = new
        row = msgspec.structs.replace(ours, **changes) if changes else ours
        if row != UNSET:
            limits[scope] = row
    return Adopted(limits, tuple(waits))


def waiting_changes(force: Tables, file: Tables, waiting: Collection[Place]) -> list[LimitChange]:
    """Say what each limit that waits would become."""
    return [
        LimitChange(
            scope=scope, name=name, was=value(force, scope, name), to=value(file, scope, name)
        )
        for scope, name in waiting
    ]


def value(tables: Tables, scope: str, name: str) -> Decimal | None:
    """Return one limit as a number; ``None``: not set."""
    found = getattr(tables.get(scope, UNSET), name)
    return None if found is None else Decimal(found)


def changed(tables: Tables, changes: Collection[LimitChange]) -> dict[str, Limits]:
    """Return limits with some of them set anew."""
    out = dict(tables)
    for change in changes:
        to: Any = change.to
        if to is not None and change.name in COUNTS:
            to = int(to)
        row = msgspec.structs.replace(out.get(change.scope, UNSET), **{change.name: to})
        out[change.scope] = row
    return out


def is_possible(name: str, to: Decimal) -> bool:
    """Say whether a limit can have this value."""
    if to < ZERO or (to == ZERO and name in ABOVE_ZERO):
        return False
    return name not in COUNTS or (to == to.to_integral_value() and to <= COUNT_MAX)
