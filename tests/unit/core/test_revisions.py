"""Revisions of one intent: passing rejects, their end, and late stories of earlier ones."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.followups import REVISIONS_MAX
from core.money import ZERO
from core.orders import ALIVE
from tests.unit.core.followups import declined, due, ended, partly, rejected, revisions, stage_of

D = Decimal


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_reject_that_passes_is_tried_again_so_often(retries: int) -> None:
    """As the next revision, under the same terms, after a wait that doubles; then it is final."""
    stage = stage_of("wait", retries)
    order = stage.entry("2", order_type="limit", price="50000")
    waits = 1
    for revision in range(1, retries + 1):
        rejected(stage, order)
        assert [] == stage.sent
        due(stage, waits)
        order = revisions(stage)[-1]
        assert [order.order] == stage.sent
        assert (revision, D(2), D(50000)) == (order.revision, order.quantity, order.price)
        waits *= 2
    rejected(stage, order)
    due(stage, 10)

    assert retries == len(revisions(stage))
    assert ZERO == stage.exposure().buy


def test_a_reject_that_does_not_pass_is_final() -> None:
    """Only a reason that is known to pass is tried again."""
    stage = stage_of("wait", 3)
    rejected(stage, stage.entry("2"), transient=False)
    due(stage, 10)

    assert [] == revisions(stage)


def test_a_refused_call_is_tried_again_as_a_rejected_order() -> None:
    """The venue may answer the call itself: trouble that is known to pass."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    stage.do(
        c.NoteTrouble(order=order.order, proven=True, code="busy", text="later", transient=True)
    )
    due(stage, 1)

    assert 1 == len(revisions(stage))


def test_a_retry_lives_as_long_as_the_first_try() -> None:
    """Beyond the time to live of the intent nothing is tried again."""
    stage = stage_of("wait", 3)
    order = stage.entry("2")
    stage.wait(29)
    rejected(stage, order)
    due(stage, 1)

    assert ([], ["followup_too_late"]) == (revisions(stage), declined(stage))


def test_a_retry_that_must_wait_for_its_account_is_held() -> None:
    """The link went away meanwhile: it is held as any entry, and judged when the link is back."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    rejected(stage, order)
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    due(stage, 1)
    (again,) = revisions(stage)
    assert "held" == again.state
    stage.recover("one")

    assert [again.order] == stage.sent


def test_revisions_have_an_end() -> None:
    """Each rest fills a little and rests again: after ten revisions somebody has to look."""
    stage = stage_of()
    order = partly(stage, "100")
    for _ in range(REVISIONS_MAX + 3):
        if order.state in ALIVE:
            due(stage)
            ended(stage, order)
        later = revisions(stage)
        if later and later[-1].order != order.order:
            order = later[-1]
            stage.fill(order, "1")
            order = stage.order(order)

    assert REVISIONS_MAX == len(revisions(stage))
    assert ["revisions_over_limit"] == declined(stage)


# --- late stories


def test_a_late_fill_is_taken_off_the_later_revision() -> None:
    """The former was over, and filled after all: what was sent for it is asked to end."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    ended(stage, order)
    (rest,) = revisions(stage)
    stage.report(rest, "accepted")
    stage.fill(order, "1")

    assert ["fill_after_cancel", "revision_overfill"] == stage.alarms
    assert [rest.order] == stage.asked_to_end
    ended(stage, rest)
    due(stage, 60)
    assert 1 == len(revisions(stage))
    assert D(2) == stage.share()


def test_a_late_fill_beside_a_filled_revision_is_an_alarm() -> None:
    """Nothing is left to take it off: a person is called."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    ended(stage, order)
    (rest,) = revisions(stage)
    stage.fill(rest, "2")
    stage.fill(order, "1")

    assert "revision_overfill" in stage.alarms
    assert [] == stage.asked_to_end


def test_a_former_that_comes_back_to_life_is_asked_to_end() -> None:
    """Rejected, tried again, and then accepted after all: the two do not live side by side."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    rejected(stage, order)
    due(stage, 1)
    (again,) = revisions(stage)
    stage.report(order, "accepted")

    assert ["accept_after_reject", "revision_revived"] == stage.alarms
    assert [order.order] == stage.asked_to_end
    assert not stage.order(again).pending_cancel
    assert D(4) == stage.exposure().buy
    stage.report(order, "accepted")
    assert [] == stage.asked_to_end
