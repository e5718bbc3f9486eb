"""Control 12: what goes out under one signal is never more than what was asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import records as r
from core import snapshot
from core.answers import EFFECTS
from core.asked import committed, made_for, over_asked
from core.fold import fold
from core.guards import guard
from core.ids import order_id
from core.orders import ALIVE, Order, OrderState, Purpose
from core.state import State
from tests.unit.core.followups import due, ended, partly, rejected, stage_of
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def test_each_of_two_signals_in_one_batch_is_counted_by_itself() -> None:
    """Both for the same instrument and strategy: two signals ask for two orders, and no more."""
    stage = Stage()
    outcome = stage.do(*[stage.signal(effect="open", quantity="2") for _ in range(2)])
    assert ["admitted", "admitted"] == [codes(one) for one in outcome.answers]
    origins = [order.origin for order in stage.state.orders.values()]

    assert {} == stage.state.halts
    assert [D(2), D(2)] == [
        committed(made_for(stage.state, origin, "one", Purpose.ENTRY)) for origin in origins
    ]


def test_behind_a_breach_in_one_batch_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect sends the first one twice: the halt stands before the next command is judged, and
    what closes still goes."""
    from core import ordering

    stage, made = Stage(), list[str]()
    stage.position("3")
    honest = ordering._intended

    def another(verdict: Any, intake: Any, *rest: Any, **fields: Any) -> Order:
        made.append(intake.signal)
        order = honest(verdict, intake, *rest, **fields)
        return replaced(order, order=order_id("one", intake.signal, f"e{len(made)}"))

    def doubled(*args: Any, **fields: Any) -> Any:
        yield from ordering.judged(*args, **fields)
        if len(made) == 1:
            yield from ordering.judged(*args, **fields)

    monkeypatch.setattr(ordering, "_intended", another)
    monkeypatch.setattr("core.verdicts.judged", doubled)
    batch = [stage.signal(effect="open"), stage.signal(effect="open"), stage.signal("exit")]
    answers = [codes(one) for one in stage.do(*batch).answers]

    assert ["admitted orders_over_asked", "refused halted", "admitted"] == answers
    assert "global" in stage.state.halts


@pytest.mark.parametrize("how", ["journal", "snapshot"])
def test_a_restart_forgets_nothing_that_went_out(how: str) -> None:
    """What was filled before counts after it: what is left may go again, a step more may not."""
    stage = stage_of()
    order = partly(stage, "3", "1")
    stage.report(order, "cancelled")
    stage.state = restarted(stage, how)
    known = stage.order(order)
    for quantity, said in (("2", ""), ("2.001", "3.001 of 3")):
        again = replaced(
            known, order="again", revision=1, first=known.order, quantity=D(quantity),
            filled=D(0), notional=D(0), done_ns=0, state=OrderState.INTENDED,
        )  # fmt: skip
        mark = stage.state.savepoint()
        fold(stage.state, r.OrderIntended(at_ns=stage.now, order=again))
        assert said == over_asked(stage.state, again)
        stage.state.rollback(mark)


@pytest.mark.parametrize("how", ["journal", "snapshot"])
def test_a_halt_for_a_breach_stands_after_a_restart(how: str) -> None:
    """Only a person lets orders out again; what closes goes."""
    stage = Stage()
    stage.position("3")
    entry = stage.entry("2")
    twice = replaced(entry, order=order_id("one", entry.origin, "again"), number=0)
    record = r.OrderIntended(at_ns=stage.now, order=twice)
    fold(stage.state, record)
    stage.records.append(record)
    for one in guard(stage.state, [record], stage.now):
        if not isinstance(one, EFFECTS):
            fold(stage.state, one)
            stage.records.append(one)
    stage.state = restarted(stage, how)
    stage.start()
    stage.recover("one")

    assert "orders_over_asked: 2 orders to entry of 1" == stage.state.halts["global"].reason
    assert "refused halted" == codes(stage.send(effect="open"))
    assert "admitted" == codes(stage.send("exit"))


ACTS = ("enter", "exit", "fill", "part", "over", "reject", "due", "restart")


@settings(max_examples=60, deadline=None)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), max_size=25))
def test_no_story_sends_more_than_was_asked(acts: list[tuple[str, int]]) -> None:
    """Whatever fills, ends, is rejected for a moment and goes again: of each signal and kind the
    sum stays within the first order, and nothing is halted for it."""
    stage = stage_of(retries=2)
    for act, at in acts:
        happen(stage, act, at)
        for signal in stage.state.signals:
            for purpose, kinds in ((Purpose.ENTRY, 1), (Purpose.EXIT, 2)):
                made = made_for(stage.state, signal, "one", purpose)
                asked = sum((one.quantity for one in made if not one.revision), D(0))
                assert len({one.first or one.order for one in made}) <= kinds
                assert committed(made) <= asked

    assert {} == stage.state.halts


def happen(stage: Stage, act: str, at: int) -> None:
    """Let one thing happen."""
    alive = sorted(stage.state.alive, key=lambda name: stage.order(name).number)
    order = stage.order(alive[at % len(alive)]) if alive else None
    if act == "enter":
        stage.send(effect="open", quantity=str(1 + at), order_type="limit", price="50000")
    elif act == "exit":
        stage.send("exit")
    elif act == "due":
        due(stage)
    elif act == "restart":
        stage.state = replay(stage.records)
        stage.start()
        stage.recover("one")
    elif order is None or order.held_for or order.state not in ALIVE:
        return
    elif act in ("fill", "part"):
        stage.fill(order, str(order.leaves if act == "fill" else order.leaves / 2))
    elif act == "over":
        ended(stage, order)
    elif not order.filled and order.state == "intended":
        rejected(stage, order)


def restarted(stage: Stage, how: str) -> State:
    """Return the state as it is read back."""
    state = replay(stage.records)
    loaded = snapshot.load(snapshot.dump(state))
    assert picture(state) == picture(loaded)
    return loaded if how == "snapshot" else state
