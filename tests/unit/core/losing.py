"""An account with loss rules, and the words in which tests tell what its equity does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core import commands as c
from core.loss_setup import LossRules
from core.reports import AccountMark, VenuePosition, VenueSnapshot
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, replay

D = Decimal


def losing(
    *, loss: dict[str, Any] | None = None, recovered: bool = True, **limits: str | int
) -> Stage:
    """Begin with an account whose losses are counted so, and limited so (amounts as text)."""
    numbers = {
        name: D(value) if isinstance(value, str) else value for name, value in limits.items()
    }
    rules = LossRules(**(loss or {}))
    setup = setup_of(
        limits={"account:one": replaced(WIDE, **numbers)}, account={"loss": rules}
    )  # fmt: skip
    return Stage(setup, recovered=recovered)


def equity(stage: Stage, *values: str, balance: str = "100000") -> list[str]:
    """Tell each equity three times, with the balance as it is; return all alarms."""
    said: list[str] = []
    for value in values:
        for _ in range(3):
            stage.equity("one", value, balance=balance)
            said += stage.alarms
    return said


def show(
    stage: Stage, balance: str, *, account: str = "one", asked_ns: int = 0, **theirs: str
) -> None:
    """Show a picture that agrees with our books but for the balance, and the figures with it;
    ``asked_ns``: if it was asked for before now."""
    stage.wait(6)
    mark = AccountMark(account=account, balance=D(balance), equity=D(balance), at_ns=stage.now)
    held = {
        name: exposure.net
        for (owner, name), exposure in stage.state.exposures.items()
        if owner == account
    } | {name: D(quantity) for name, quantity in theirs.items()}
    fills = tuple(
        stage.told(fill.order, "fill", exec_id=fill.exec_id, quantity=fill.quantity,
                   price=fill.price).report
        for fill in stage.state.fills.values()
        if fill.account == account and fill.quantity
    )  # fmt: skip
    shown = VenueSnapshot(
        account=account,
        orders=(),
        positions=tuple(
            VenuePosition(instrument=name, quantity=net, average_price=D(50000))
            for name, net in held.items()
            if net
        ),
        mark=mark,
        at_ns=stage.now,
        fills=fills,
        fills_since_ns=1,
    )
    stage.do(c.TakeSnapshot(snapshot=shown, asked_ns=asked_ns or stage.now, cause="timer"))


def restarted(stage: Stage) -> Stage:
    """Let a new process read the journal and begin."""
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    return stage
