"""Effective limits: of all scopes that an order falls under, the tightest, and where it is from."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.inforce import default_of
from core.money import plain
from core.setup import Account, Limits, Setup, scopes_of


class Limit(msgspec.Struct, frozen=True, gc=False):
    """A limit in force, the scope that set it, and how it is written for people."""

    at: Decimal
    scope: str
    text: str


class Effective(msgspec.Struct, frozen=True, gc=False):
    """What limits an order of one strategy in one instrument of one account; ``None``: not set.

    ``gross``, ``orders`` and ``unknown`` hold every scope that set one, since each is measured over
    its own accounts. ``position`` is the tightest for the account alone; ``position_shared`` are
    those that accounts share, measured over all of them together.
    """

    quantity: Limit | None
    value: Limit | None
    collar: Limit | None
    position: Limit | None
    gross: tuple[Limit, ...]
    orders: tuple[Limit, ...]
    position_shared: tuple[Limit, ...] = ()
    unknown: tuple[Limit, ...] = ()


_SHARED: Final = ("global", "group:")


def effective(setup: Setup, account: Account, strategy: str, instrument: str) -> Effective:
    """Work out the limits of one kind of order. Callers keep them while the setup stands."""
    found = [
        (scope, limits)
        for scope in scopes_of(account, strategy, instrument)
        if (limits := setup.limits.get(scope)) is not None
    ]
    own = [pair for pair in found if pair[0] == f"account:{account.name}"]
    shared = [pair for pair in found if pair[0].startswith(_SHARED)]
    counted = [pair for pair in found if not pair[0].startswith("strategy:")]
    return Effective(
        quantity=_tightest(found, "quantity_max"),
        value=_tightest(found, "value_max"),
        collar=_tightest(found, "collar_percent"),
        position=_tightest(found, "position_max"),
        gross=_each([*shared, *own], "gross_max"),
        orders=_each(counted, "open_orders_max"),
        position_shared=_each(shared, "position_max"),
        unknown=_unknown(counted, account, instrument),
    )


def _unknown(
    found: list[tuple[str, Limits]], account: Account, instrument: str
) -> tuple[Limit, ...]:
    """Return the caps on orders of unknown outcome, widest scope first; two are always there."""
    caps = {limit.scope: limit for limit in _each(found, "unknown_orders_max")}
    for scope in (f"account:{account.name}", f"account:{account.name}/instrument:{instrument}"):
        default = default_of(scope, "unknown_orders_max")
        if scope not in caps and default is not None:
            caps[scope] = Limit(Decimal(default), scope, str(default))
    return tuple(caps.values())


def _each(found: list[tuple[str, Limits]], field: str) -> tuple[Limit, ...]:
    values = ((scope, getattr(limits, field)) for scope, limits in found)
    return tuple(
        Limit(Decimal(value), scope, plain(Decimal(value)))
        for scope, value in values
        if value is not None
    )


def _tightest(found: list[tuple[str, Limits]], field: str) -> Limit | None:
    return min(_each(found, field), key=lambda limit: limit.at, default=None)
