"""Each control one command before it stops an entry: what tests of all of them begin with.

Rules of this file
1. Before its ``causes`` an entry passes, after them it does not: nothing else is in its way. Where
   there are no causes, the message or the configuration itself is what the control stops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from core import commands as c
from core.abilities import Abilities
from core.links import LinkEvent
from core.orders import Order, OrderType
from core.risk.controls import Control
from core.setup import SECOND_NS
from core.view import ClockReading
from tests.unit.core.books import Books
from tests.unit.core.schedules import HOUR, schedule, traded
from tests.unit.core.setups import limited, replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal


class Tripping(NamedTuple):
    """How a control is tripped, and what an entry is told then; ``fields``: of that entry."""

    begin: Callable[[], tuple[Stage, list[c.Command]]]
    told: str
    fields: Mapping[str, Any] = MappingProxyType({})


def enters(stage: Stage, **fields: Any) -> c.ReceiveSignal:
    """Make the message of an entry for 1."""
    return stage.signal(**({"effect": "open"} | fields))


def _lowered(name: str, value: str) -> Callable[[], tuple[Stage, list[c.Command]]]:
    """Let a person lower a limit."""

    def begin() -> tuple[Stage, list[c.Command]]:
        act = c.SetLimit(
            scope="account:one", name=name, value=D(value), by="anna", reason="a calm day"
        )
        return Stage(), [act]

    return begin


def _filled_up(
    scope: str = "account:one", /, **limits: Any
) -> Callable[[], tuple[Stage, list[c.Command]]]:
    """Let an entry take the room that there was for one."""

    def begin() -> tuple[Stage, list[c.Command]]:
        stage = Stage(limited(scope, **limits))
        return stage, [enters(stage)]

    return begin


def _filled(stage: Stage, order: Order, price: str = "50000") -> c.TakeReport:
    return stage.told(order, "fill", exec_id="last", quantity="1", price=price, fee="0")


def _drift() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    for price in ("10000", "11500"):
        stage.quote("BTCUSDT", price, price)
        order = stage.entry("1")
        if price == "10000":
            stage.fill(order, "1", price)
    return stage, [_filled(stage, order, "11500.02")]


def _loss() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    stage.equity("one", "98999", "98999", "98999", observe=False)
    return stage, [c.ObserveAccount(account="one")]


def _margin() -> tuple[Stage, list[c.Command]]:
    setup = setup_of()
    coin = replaced(setup.instruments["BTCUSDT"], margin_per_unit=D(60000))
    stage = Stage(replaced(setup, instruments=setup.instruments | {"BTCUSDT": coin}))
    return stage, [enters(stage)]


def _again() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    return stage, [enters(stage, id="twice")]


def _cycles() -> tuple[Stage, list[c.Command]]:
    stage = Stage(limited("strategy:trend", cycles_per_minute_max=1, cycles_per_day_max=1))
    stage.position("1")
    return stage, [_filled(stage, stage.entry("1"))]


def _rejects() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    for _ in range(4):
        stage.report(stage.entry("1"), "rejected", reason="no")
    return stage, [stage.told(stage.entry("1"), "rejected", reason="no")]


def _resting() -> tuple[Stage, list[c.Command]]:
    stage = Stage(setup_of(account={"allow_opposed": True}))
    rests = {"effect": "open", "strategy": "fade", "order_type": "limit", "price": "50001"}
    return stage, [stage.signal("sell", **rests)]


def _halted() -> tuple[Stage, list[c.Command]]:
    return Stage(), [c.Halt(scope="global", by="anna", reason="enough")]


def _reducing() -> tuple[Stage, list[c.Command]]:
    return Stage(setup_of(account={"reducing": True})), []


def _paused() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    until_ns = stage.now + 600 * SECOND_NS
    pause = c.NoteLink(
        account="one", up=False, reason="closed", event=LinkEvent.PAUSE, until_ns=until_ns
    )
    return stage, [pause]


def _differing() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    books = Books(stage)
    books.show()
    order = stage.entry("1", order_type="limit", price="49000")
    books.tell(books.accept(order))
    books.orders[order.order] = replaced(books.orders[order.order], price=D(48000))
    books.show()
    stage.wait(5)
    again = c.TakeSnapshot(snapshot=books.picture(), asked_ns=stage.now, cause="timer")
    return stage, [again]


def _wild() -> tuple[Stage, list[c.Command]]:
    stage = Stage(limited(collar_percent="100"))
    stage.quote("BTCUSDT", "30000", "50000")
    return stage, []


def _off() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    stage.clocks["one"] = ClockReading(10 * SECOND_NS, stage.now)
    return stage, []


def _disarmed() -> tuple[Stage, list[c.Command]]:
    stage = Stage(setup_of(account={"live": True}))
    able = Abilities(order_types=tuple(OrderType), reduce_only=True, live=True)
    stage.do(c.DescribeVenue(account="one", abilities=able))
    stage.do(c.Arm(account="one", by="anna", reason="checked", confirmed=True))
    return stage, [c.Disarm(account="one", by="anna", reason="enough")]


def _nothing_allowed() -> tuple[Stage, list[c.Command]]:
    setup = setup_of()
    none = replaced(setup.strategies["trend"], sides=())
    return Stage(replaced(setup, strategies=setup.strategies | {"trend": none})), []


def _closed() -> tuple[Stage, list[c.Command]]:
    stage = Stage(traded())
    stage.do(schedule((0, HOUR)))
    return stage, [schedule((HOUR, 2 * HOUR))]


def _unknown() -> tuple[Stage, list[c.Command]]:
    stage = Stage()
    order = stage.entry("1")
    return stage, [c.NoteTrouble(order=order.order, proven=False, code="timeout", text="")]


def _cooling() -> tuple[Stage, list[c.Command]]:
    stage = Stage(limited("strategy:trend", losses_in_row_max=1, cooldown_s=600))
    stage.position("1")
    way_out = stage.order(stage.say("exit").orders[0])
    return stage, [_filled(stage, way_out, "49000")]


def _same() -> tuple[Stage, list[c.Command]]:
    return Stage(setup_of(route={"signal_age_max_ns": 30 * SECOND_NS})), []


OLD: Final = 1_699_999_000 * SECOND_NS
"""Long before the stage began."""

TRIPPED: Final[dict[Control, Tripping]] = {
    Control.QUANTITY: Tripping(_lowered("quantity_max", "0.5"), "refused quantity_over_limit"),
    Control.VALUE: Tripping(_lowered("value_max", "50000"), "refused value_over_limit"),
    Control.COLLAR: Tripping(_lowered("collar_percent", "0.0001"), "refused price_outside_collar"),
    Control.DRIFT: Tripping(_drift, "refused drift_breaker"),
    Control.POSITION: Tripping(_filled_up(position_max="1.5"), "refused position_over_limit"),
    Control.GROSS: Tripping(_filled_up(gross_max="75000"), "refused gross_over_limit"),
    Control.DAILY_LOSS: Tripping(_loss, "refused daily_loss_reached"),
    Control.MARGIN: Tripping(_margin, "refused margin_short"),
    Control.RATE: Tripping(
        _filled_up("strategy:trend", signals_per_minute=1, signals_burst=1),
        "refused rate_over_limit",
    ),
    Control.DUPLICATE: Tripping(_again, "duplicate duplicate", {"id": "twice"}),
    Control.CYCLES: Tripping(_cycles, "refused repeated_execution"),
    Control.REJECTS: Tripping(_rejects, "refused reject_breaker"),
    Control.AGE: Tripping(_same, "refused signal_too_old", {"time_ns": OLD}),
    Control.SELF_MATCH: Tripping(_resting, "refused self_match"),
    Control.KILL_SWITCH: Tripping(_halted, "refused halted"),
    Control.TRADING_STATE: Tripping(_reducing, "refused reducing"),
    Control.LINK: Tripping(_paused, "held maintenance"),
    Control.RECONCILIATION: Tripping(_differing, "refused books_differ"),
    Control.MARKET_DATA: Tripping(_wild, "refused market_untrusted"),
    Control.CLOCK: Tripping(_off, "refused clock_off"),
    Control.ARMING: Tripping(_disarmed, "refused not_armed"),
    Control.ALLOW_LIST: Tripping(_nothing_allowed, "refused side_not_allowed"),
    Control.CALENDAR: Tripping(_closed, "refused session_closed"),
    Control.UNKNOWN_CAP: Tripping(_unknown, "refused unknown_outcome"),
    Control.COOLDOWN: Tripping(_cooling, "refused cooldown"),
}
"""Of each control, but for the one of orders that nobody asked for: only a defect trips it, and
``test_asked`` makes one."""
