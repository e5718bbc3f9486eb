"""A route with copies: a leader, followers with their ratios, and what each of them holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from core.copy_setup import Copy, Equivalent
from core.instruments import Instrument
from core.orders import OrderState, Purpose
from core.setup import Limits, Setup
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal

NQ: Final = Instrument(
    name="NQ",
    currency="USDT",
    tick=D("0.25"),
    lot_step=D(1),
    quantity_min=D(1),
    multiplier=D(20),
    aliases=("CME:NQ1!",),
)
MNQ: Final = replaced(NQ, name="MNQ", multiplier=D(2), aliases=("CME:MNQ1!",))
MICROS: Final = {"NQ": Equivalent(instrument="MNQ", factor=D(10))}
"""Ten micros stand for one."""


def copy(ratio: str = "1", **fields: Any) -> Copy:
    """Make the row of a follower."""
    return Copy(ratio=D(ratio), **fields)


def copied_setup(
    copies: dict[str, Copy],
    *,
    limits: dict[str, Limits] | None = None,
    route: dict[str, Any] | None = None,
    account: dict[str, Any] | None = None,
) -> Setup:
    """Make a setup of a leader ``lead`` and its followers, who may also trade futures."""
    setup = setup_of(
        "lead",
        *copies,
        limits=limits,
        route={"copies": copies, **(route or {})},
        account=account,
    )
    instruments = {**setup.instruments, "NQ": NQ, "MNQ": MNQ}
    strategies = {
        name: replaced(one, instruments=tuple(instruments))
        for name, one in setup.strategies.items()
    }
    return replaced(setup, instruments=instruments, strategies=strategies)


class Group(Stage):
    """A stage whose orders are filled in whole as soon as they are sent."""

    def __init__(self, copies: dict[str, Copy], **setup: Any) -> None:
        super().__init__(copied_setup(copies, **setup))
        for name in ("NQ", "MNQ"):
            self.quote(name, "20000", "20000.25")

    def trade(self, action: str, quantity: str | None = None, **fields: Any) -> list[str]:
        """Send a signal in NQ, fill what follows, and return each account's verdict."""
        known: dict[str, Any] = {"symbol": "NQ", "quantity": quantity} | fields
        answer = self.say(action, **known)
        self.settle()
        return [f"{one.verdict} {one.code}".strip() for one in answer.accounts]

    def settle(self) -> None:
        """Fill what was sent and is not over; protective legs work from now on."""
        for name in list(self.state.alive):
            order = self.order(name)
            if order.purpose is Purpose.LEG:
                if order.state is OrderState.INTENDED:
                    self.report(order, "accepted")
            elif not order.held_for and order.leaves:
                self.fill(name, str(order.leaves), "20000")

    def held(self, *accounts: str, instrument: str = "NQ", strategy: str = "trend") -> list[str]:
        """Return what accounts hold."""
        return [str(self.share(one, instrument, strategy)) for one in accounts]
