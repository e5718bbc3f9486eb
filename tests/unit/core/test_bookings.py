"""Money that a venue tells by itself: booked once, and named where a comparison found it first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.cash_rows import TOLD_MAX, CashKind
from tests.unit.core.losing import equity, losing, restarted, show
from tests.unit.core.stage import Stage

D = Decimal
SECOND = 1_000_000_000


def agreed() -> Stage:
    """Begin with an account whose balance of 100000 was compared once."""
    stage = losing(daily_loss_max="1000")
    show(stage, "100000")
    equity(stage, "100000")
    return stage


def told(stage: Stage, name: str, amount: str, **changes: Any) -> None:
    """Let the venue tell that it moved money a second from now, by its clock."""
    said: dict[str, Any] = {"kind": CashKind.FUNDING, "currency": "USDT", "account": "one"}
    said["venue_ns"] = stage.now + SECOND
    stage.do(c.TakeBooking(id=name, amount=D(amount), **(said | changes)))


def booked(stage: Stage) -> list[tuple[str, Decimal, str]]:
    """Return what was booked: kind, amount and by whom."""
    rows = [one for one in stage.records if isinstance(one, r.CashBooked)]
    return [(str(one.kind), one.amount, one.by) for one in rows]


def test_what_a_venue_tells_is_booked_once() -> None:
    """Funding is told at each reconnect again, also after a restart, and counts once."""
    stage = agreed()
    moved = stage.now + SECOND
    for _ in range(2):
        told(stage, "f-1", "-12.5", venue_ns=moved)
    stage = restarted(stage)
    told(stage, "f-1", "-12.5", venue_ns=moved)
    show(stage, "99987.5")
    show(stage, "99987.5")

    assert [("funding", D("-12.5"), "venue")] == booked(stage)
    assert [] == stage.alarms


def test_what_a_comparison_found_first_is_named_by_the_venue() -> None:
    """A payment that was seen in the balance before the venue told it is not booked twice."""
    stage = agreed()
    show(stage, "99000")
    stage.wait(6)
    show(stage, "99000")
    for _ in range(2):
        told(stage, "w-1", "-1000", kind=CashKind.TRANSFER)
    show(stage, "99000")

    named = [one for one in stage.records if isinstance(one, r.CashNamed)]
    assert [("transfer", "w-1", "venue")] == [(one.kind, one.venue_id, one.by) for one in named]
    assert [("unexplained", D(-1000), "")] == booked(stage)


def test_an_announced_payment_is_the_one_that_the_venue_tells() -> None:
    """The person who announced it is named, and the announcement is used up."""
    stage = agreed()
    stage.do(
        c.NoteTransfer(account="one", kind="transfer", amount=D(-700), by="anna", reason="rent")
    )
    told(stage, "w-2", "-700", kind=CashKind.TRANSFER)

    assert [("transfer", D(-700), "anna")] == booked(stage)
    assert () == stage.state.cash["one"].expected


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"venue_ns": 1}, id="it moved before the account was first compared"),
        pytest.param({"currency": "BTC"}, id="another currency"),
        pytest.param({"account": "nobody"}, id="an account that is not configured"),
        pytest.param({"kind": CashKind.UNEXPLAINED}, id="a kind that only a comparison makes"),
        pytest.param({"amount": D(0)}, id="nothing"),
    ],
)
def test_what_is_no_movement_of_its_cash_is_not_booked(changes: dict[str, Any]) -> None:
    """It would be counted twice, or as money that it is not."""
    stage = agreed()
    amount = str(changes.pop("amount", "5"))
    told(stage, "x-1", amount, **changes)
    assert [] == booked(stage)


def test_a_movement_too_old_to_be_remembered_is_not_booked_again() -> None:
    """The ids that are kept have a bound; what is older than all of them counts as told."""
    stage = agreed()
    first = stage.now + SECOND
    for index in range(TOLD_MAX + 1):
        told(stage, f"f-{index}", "1", venue_ns=first + index)
    told(stage, "f-0", "1", venue_ns=first)
    assert TOLD_MAX + 1 == len(booked(stage))
