"""What happens to an order that its venue does not end although it should not be there."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import snapshot
from core.engine import next_due
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.followups import due, rejected, revisions, stage_of
from tests.unit.core.guarded import able
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def too_large(stage: Stage | None = None) -> tuple[Stage, Order]:
    """An exit works that closes five, and of these two are somebody else's now; its end is
    refused."""
    stage = stage or Stage(setup_of())
    stage.position("5")
    order = stage.order(stage.say("exit", order_type="limit", price="60000").orders[0])
    stage.report(order, "accepted")
    assign(stage, "2")
    assert [order.order] == stage.asked_to_end
    stage.report(order, "cancel_rejected")
    return stage, order


def assign(stage: Stage, quantity: str, source: str = "trend", target: str = "") -> None:
    """Let a person give some of a position to somebody else."""
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source=source, target=target,
            by="anna", reason="test", quantity=D(quantity),
        )
    )  # fmt: skip


def waits(stage: Stage) -> int:
    """Return in how many seconds time alone makes something due."""
    return -(-(next_due(stage.state, stage.now) - stage.now) // SECOND_NS)


def test_the_end_of_an_exit_that_is_too_large_is_asked_for_again() -> None:
    """The refusal may be the fill that is on its way: five seconds later it is not, and a person
    is called."""
    stage, order = too_large()
    assert ([], 5) == (stage.asked_to_end, waits(stage))
    due(stage, 4)
    assert [] == stage.asked_to_end
    due(stage, 1)

    assert ([order.order], ["order_not_ended"]) == (stage.asked_to_end, stage.alarms)


def test_a_venue_that_goes_on_refusing_is_asked_less_and_less_often() -> None:
    """Up to once a minute and for as long as it takes; the person is called once."""
    stage, order = too_large()
    waited: list[int] = []
    called: list[str] = []
    last = stage.now
    for _ in range(260):
        due(stage, 1)
        if stage.asked_to_end:
            waited.append((stage.now - last) // SECOND_NS)
            called += stage.alarms
            last = stage.now
            stage.report(order, "cancel_rejected")

    assert ([5, 10, 20, 40, 60, 60, 60], ["order_not_ended"]) == (waited, called)


def test_what_is_too_large_no_more_is_left_alone() -> None:
    """The share has grown meanwhile, so nothing is due; once it shrinks again, its end is."""
    stage, order = too_large()
    assign(stage, "2", source="", target="trend")
    due(stage, 5)
    assert ([], []) == (stage.asked_to_end, stage.alarms)
    assert 5 < waits(stage)
    assign(stage, "1")

    assert [order.order] == stage.asked_to_end


def test_every_fill_does_not_ask_again() -> None:
    """An exit that fills in many pieces while it is too large costs no message for each."""
    stage, order = too_large()
    stage.fill(order, "1")
    stage.fill(order, "1")
    assert [] == stage.asked_to_end
    due(stage, 5)

    assert [order.order] == stage.asked_to_end


def test_a_restart_does_not_forget_it() -> None:
    """Neither from the journal nor from a snapshot."""
    stage, order = too_large()
    for state in (replay(stage.records), snapshot.load(picture(stage.state))):
        again = Stage(setup_of())
        again.state, again.now = state, stage.now
        due(again, 5)
        assert [order.order] == again.asked_to_end


def test_what_a_person_wanted_to_end_is_the_persons() -> None:
    """An exit of the right size whose cancel is refused works on."""
    stage = Stage(setup_of())
    stage.position("5")
    order = stage.order(stage.say("exit", order_type="limit", price="60000").orders[0])
    stage.report(order, "accepted")
    stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    stage.report(order, "cancel_rejected")
    due(stage, 60)

    assert ([], []) == (stage.asked_to_end, stage.alarms)


def test_an_order_that_lives_beside_its_next_revision_is_asked_for_again_and_not_in_a_loop() -> (
    None
):
    """It came back to life, and its venue refuses to end it: the refusal itself asks nothing."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    rejected(stage, order)
    due(stage, 1)
    assert 1 == len(revisions(stage))
    stage.report(order, "accepted")
    assert [order.order] == stage.asked_to_end
    stage.report(order, "cancel_rejected")
    assert [] == stage.asked_to_end
    due(stage, 5)

    assert [order.order] == stage.asked_to_end


def test_an_exit_does_not_close_what_nobody_of_ours_owns() -> None:
    """The venue keeps reduce-only, and would let it close what is somebody else's, too."""
    stage = Stage(setup_of(account={"foreign": "allow"}))
    stage.do(c.DescribeVenue(account="one", abilities=able()))
    _, order = too_large(stage)
    due(stage, 5)

    assert [order.order] == stage.asked_to_end
