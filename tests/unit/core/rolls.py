"""A future with three contracts for the tests: the first rolls ten days after the stage began."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from core.contract_setup import Contract, Future
from core.instruments import Instrument
from core.orders import Purpose
from core.setup import Setup
from tests.unit.core.setups import DAY_NS, NOW, replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal
DAY: Final = 24 * 3600

ESZ: Final = Instrument(
    name="ESZ2026",
    currency="USDT",
    tick=D("0.25"),
    lot_step=D(1),
    quantity_min=D(1),
    multiplier=D(50),
)
NAMES: Final = ("ESZ2026", "ESH2027", "ESM2027")


def contract(place: int, **changes: Any) -> Contract:
    """Make the n-th contract: 90 days each, expiring 15 days after the next one is in front."""
    roll = NOW + (10 + 90 * place) * DAY_NS
    known: dict[str, Any] = {
        "front_ns": 0 if not place else roll - 90 * DAY_NS,
        "last_entry_ns": roll + 10 * DAY_NS,
        "expiry_ns": roll + 15 * DAY_NS,
        "notice_ns": roll + 12 * DAY_NS,
    }
    return Contract(name=NAMES[place], **(known | changes))


ES: Final = Future(
    name="ES",
    contracts=tuple(contract(place) for place in range(3)),
    prefixes=("CME_MINI",),
    guard_ns=DAY_NS,
    alarm_ns=2 * DAY_NS,
    rule="dates of the table",
)


def rolling(setup: Setup | None = None, *rules: str, **changes: Any) -> Setup:
    """Return a setup that trades the future; ``rules``: those that a person confirmed."""
    setup = setup or setup_of()
    instruments = {**setup.instruments, **{name: replaced(ESZ, name=name) for name in NAMES}}
    strategies = {
        name: replaced(one, instruments=tuple(instruments))
        for name, one in setup.strategies.items()
    }
    return replaced(
        setup,
        instruments=instruments,
        strategies=strategies,
        futures={"ES": replaced(ES, **changes)},
        symbol_rules=rules,
    )


class Pit(Stage):
    """A stage that trades the future; whatever is sent is filled at once."""

    def __init__(self, setup: Setup | None = None) -> None:
        super().__init__(setup or rolling())
        for name in NAMES:
            self.quote(name, "6000", "6000.25")

    def days(self, count: float) -> None:
        """Let days pass, with a tick at their end."""
        self.wait(int(count * DAY))
        self.tick()

    def trade(self, action: str = "buy", quantity: str | None = "1", **fields: Any) -> str:
        """Send a signal for ``ES1!``, fill what follows, and return its verdict."""
        known: dict[str, Any] = {"symbol": "ES1!", "quantity": quantity} | fields
        answer = self.say(action, **known)
        self.settle()
        return f"{answer.verdict} {answer.code}".strip()

    def settle(self) -> None:
        """Fill what was sent and is not over, but for legs that rest."""
        for name in list(self.state.alive):
            order = self.order(name)
            if order.purpose is not Purpose.LEG and not order.held_for and order.leaves:
                self.fill(name, str(order.leaves), "6000")

    def holds(self, strategy: str = "trend", account: str = "one") -> dict[str, str]:
        """Return what a strategy holds of each contract."""
        shares = {name: self.share(account, name, strategy) for name in NAMES}
        return {name: str(share) for name, share in shares.items() if share}


EVER: Final = Future(
    name="CR",
    contracts=(
        Contract(
            name="BTCUSDT",
            front_ns=0,
            last_entry_ns=NOW + 99 * DAY_NS,
            expiry_ns=NOW + 100 * DAY_NS,
        ),
    ),
    alarm_ns=100 * DAY_NS,
    ends_ns=NOW + 13 * DAY_NS,
)
"""A future of one contract, of which a person is told as soon as it is held, and whose table ends
soon."""
