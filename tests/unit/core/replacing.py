"""What the tests of replaces say and look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from core import commands as c
from core import records as r
from core.answers import Answer, AskReplace, Denied
from core.orders import Order, OrderType, Terms
from tests.unit.core.stage import Stage

D = Decimal
LIMIT: Final = {"order_type": OrderType.LIMIT, "price": "50000"}


def working(stage: Stage, quantity: str = "2", filled: str = "", **fields: Any) -> Order:
    """Bring a limit entry to where it works, some of it filled."""
    order = stage.entry(quantity, **(LIMIT | fields))
    stage.report(order, "accepted")
    if filled:
        stage.fill(order, filled)
    return stage.order(order)


def leaving(stage: Stage, quantity: str = "2") -> Order:
    """Bring a limit exit of a position of 3 to where it works."""
    stage.position("3")
    answer = stage.say("sell", effect="close", quantity=quantity, order_type="limit", price="50500")
    stage.report(answer.orders[0], "accepted")
    return stage.order(answer.orders[0])


def ask(stage: Stage, order: Order, reason: str = "moved", **terms: Any) -> Answer:
    """Ask for new terms."""
    numbers: dict[str, Any] = {
        name: D(value) if isinstance(value, str) else value for name, value in terms.items()
    }
    command = c.ReplaceOrder(order=order.order, by="anna", reason=reason, **numbers)
    return stage.do(command).answers[0]


def asked(stage: Stage) -> list[Terms]:
    """Return the terms that the last step asks the venue for."""
    return [effect.terms for effect in stage.last.effects if isinstance(effect, AskReplace)]


def code(answer: Answer) -> str:
    """Return the code of a denial."""
    return answer.code if isinstance(answer, Denied) else ""


def shows(stage: Stage, order: Order, **fields: Any) -> None:
    """Let a look-up show the order."""
    event = fields.pop("event", "accepted")
    known = stage.order(order)
    base = {"price": known.price, "filled": known.filled}
    numbers = {
        name: D(value) if isinstance(value, str) else value for name, value in fields.items()
    }
    stage.look(order, stage.shown(order, event, **(base | numbers)))


def stage_alarms(stage: Stage) -> list[str]:
    """Return the alarms of the whole day."""
    return [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]
