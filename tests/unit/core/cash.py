"""Money that comes and goes on an account without a fill of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core import commands as c
from tests.unit.core.books import agreed
from tests.unit.core.stage import Stage

D = Decimal


def money_comes_and_goes(stage: Stage) -> None:
    """Let money come and go on the second account, and a drawdown be reached and let go."""
    asked: dict[str, Any] = {"account": "two", "by": "anna", "reason": "paid"}
    agreed(stage, "two")
    for _ in range(2):
        stage.equity("two", "101000", observe=False)
        stage.wait(6)
        agreed(stage, "two")
    stage.do(c.NoteTransfer(kind="transfer", amount=D(1000), **asked))
    stage.do(c.NoteTransfer(kind="transfer", amount=D(-500), **asked))
    limit: dict[str, Any] = {"by": "anna", "reason": "calm"}
    name = "trailing_drawdown_max"
    stage.do(c.SetLimit(scope="account:two", name=name, value=D(100), **limit))
    values = ("101000", "101000", "101000", "100800", "100800", "100800")
    stage.equity("two", *values, balance="101000")
    stage.do(c.SetBaseline(what="peak", value=D(100850), **asked))
    stage.do(c.ReleaseLoss(**asked))


def a_trade_is_lost(stage: Stage) -> None:
    """Let a strategy that may lose one trade in a row lose it, and cool down for a second."""
    for name in ("losses_in_row_max", "cooldown_s"):
        said: dict[str, Any] = {"by": "anna", "reason": "calm"}
        stage.do(c.SetLimit(scope="strategy:fade", name=name, value=D(1), **said))
    for side, effect, price in (("buy", "open", "2000"), ("sell", "close", "1990")):
        fields: dict[str, Any] = {"symbol": "ETHUSDT", "strategy": "fade", "quantity": "1"}
        for order in stage.say(side, effect=effect, **fields).orders:
            stage.fill(order, "1", price)
