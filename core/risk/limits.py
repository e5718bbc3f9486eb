"""Effective limits: of all scopes that an order falls under, the tightest, and which scope it came from."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from core.setup import Account, Limits, Setup, scopes_of


class Limit(NamedTuple):
    """A limit in force and the scope that set it."""

    at: Decimal
    scope: str


class Effective(NamedTuple):
    """What limits an order of one strategy in one instrument of one account; ``None``: nobody set it.

    ``gross`` and ``orders`` hold every scope that set one, since each is measured over its own accounts.
    """

    quantity: Limit | None
    value: Limit | None
    collar: Limit | None
    position: Limit | None
    loss: Limit | None
    gross: tuple[Limit, ...]
    orders: tuple[Limit, ...]


_MEASURED_BY_SCOPE: Final = ("global", "group:", "account:")


def effective(setup: Setup, account: Account, strategy: str, instrument: str) -> Effective:
    """Work out the limits of one kind of order. Pure; callers keep the answer while the configuration stands."""
    found = [
        (scope, limits)
        for scope in scopes_of(account, strategy, instrument)
        if (limits := setup.limits.get(scope)) is not None
    ]
    own = [(scope, limits) for scope, limits in found if scope == f"account:{account.name}"]
    wide = [(scope, limits) for scope, limits in found if scope.startswith(_MEASURED_BY_SCOPE)]
    return Effective(
        quantity=_tightest(found, "quantity_max"),
        value=_tightest(found, "value_max"),
        collar=_tightest(found, "collar_percent"),
        position=_tightest(found, "position_max"),
        loss=_tightest(own, "daily_loss_max"),
        gross=_each([pair for pair in wide if "/" not in pair[0]], "gross_max"),
        orders=_each([pair for pair in found if not pair[0].startswith("strategy")], "open_orders_max"),
    )


def _each(found: list[tuple[str, Limits]], field: str) -> tuple[Limit, ...]:
    values = ((scope, getattr(limits, field)) for scope, limits in found)
    return tuple(Limit(Decimal(value), scope) for scope, value in values if value is not None)


def _tightest(found: list[tuple[str, Limits]], field: str) -> Limit | None:
    return min(_each(found, field), key=lambda limit: limit.at, default=None)
