"""Controls 11 and 12: a strategy that loops, and a bridge that sends more than was asked for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.answers import SignalAnswer
from core.cycles import cycles_since
from core.guards import guard
from core.ids import order_id
from core.orders import Order
from core.setup import CYCLES_DEFAULTS, Setup
from tests.unit.core.followups import declined, ended, partly, stage_of
from tests.unit.core.setups import SIGNALS, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def looped(**limits: Any) -> Setup:
    """Make a setup in which a strategy may enter three times in a minute and five in a day."""
    known = {"cycles_per_minute_max": 3, "cycles_per_day_max": 5} | limits
    return limited("strategy:trend", **known)


def enter(stage: Stage) -> str:
    """Send an entry, and fill it when it goes."""
    answer = stage.say(effect="open")
    for name in answer.orders:
        stage.fill(name, "1")
    return codes(answer)


def enter_times(stage: Stage, times: int) -> list[str]:
    """Enter and be filled, so many times."""
    return [enter(stage) for _ in range(times)]


def test_the_last_cycle_that_is_allowed_passes_and_the_next_halts_the_strategy() -> None:
    """The first entry is no cycle; three more are; then it takes a person."""
    stage = Stage(looped())
    assert ["admitted"] * 4 == enter_times(stage, 4)
    assert "refused repeated_execution" == enter(stage)

    row = stage.state.halts["strategy:trend"]
    assert ("bridge", "repeated_execution: 3") == (row.by, row.reason)
    assert [("repeated_execution", "3", "3 in 60 s", "strategy:trend")] == [
        (one.code, one.value, one.limit, one.where)
        for one in stage.records
        if isinstance(one, r.AlarmRaised)
    ]
    assert "refused halted" == enter(stage)
    assert "admitted" == codes(stage.send(effect="open", strategy="fade"))
    assert "admitted" == codes(stage.send("exit"))


def test_a_minute_later_the_count_is_of_another_minute() -> None:
    """Exactly a minute old is over; the day goes on counting."""
    stage = Stage(looped())
    enter_times(stage, 4)
    stage.wait(60)
    assert ["admitted"] * 2 == enter_times(stage, 2)
    assert "refused repeated_execution" == enter(stage)
    assert "5 in 24 h" == _checks(stage)["repeated_execution"][4]


def test_a_day_later_the_count_is_of_another_day() -> None:
    """The last 24 hours count, not those of the calendar."""
    stage = Stage(looped(cycles_per_minute_max=100))
    enter_times(stage, 6)
    stage.wait(24 * 3600)

    assert "admitted" == enter(stage)


def test_entries_without_a_fill_between_them_are_no_cycles() -> None:
    """Scaling in by many orders at once is no loop."""
    stage = Stage(looped())

    assert ["admitted"] * 9 == [codes(stage.send(effect="open")) for _ in range(9)]


def test_of_two_entries_at_the_edge_one_passes() -> None:
    """Both in one batch: the first is the last cycle, and the second begins none."""
    stage = Stage(looped())
    enter_times(stage, 3)
    two = [stage.signal(effect="open") for _ in range(2)]
    assert ["admitted", "admitted"] == [codes(one) for one in stage.do(*two).answers]
    for order in list(stage.state.alive):
        stage.fill(order, "1")
    two = [stage.signal(effect="open") for _ in range(2)]

    assert ["refused repeated_execution", "refused halted"] == [
        codes(one) for one in stage.do(*two).answers
    ]


def test_a_restart_forgets_no_cycle() -> None:
    """Folded from the journal, and kept in a snapshot."""
    stage = Stage(looped())
    enter_times(stage, 4)
    assert picture(stage.state) == picture(replay(stage.records))
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")

    assert "refused repeated_execution" == enter(stage)
    assert "strategy:trend" in replay(stage.records).halts


def test_a_person_who_resumes_lets_it_begin_anew() -> None:
    """The halt and the count go together."""
    stage = Stage(looped())
    enter_times(stage, 5)
    stage.do(c.Resume(scope="strategy:trend", by="anna", reason="looked at it"))

    assert ["admitted"] * 4 == enter_times(stage, 4)


def test_each_account_counts_by_itself() -> None:
    """One signal to two accounts is one cycle in each."""
    limits = {"strategy:trend": replaced(SIGNALS, cycles_per_minute_max=3)}
    stage = Stage(setup_of("one", "two", limits=limits))

    assert ["admitted"] * 4 == enter_times(stage, 4)


def test_without_a_limit_ten_in_a_minute_and_a_hundred_in_a_day_are_allowed() -> None:
    """The documented defaults."""
    nothing = {"cycles_per_minute_max": None, "cycles_per_day_max": None}
    stage = Stage(looped(**nothing))
    assert {"cycles_per_minute_max": 10, "cycles_per_day_max": 100} == CYCLES_DEFAULTS

    assert ["admitted"] * 11 == enter_times(stage, 11)
    assert "refused repeated_execution" == enter(stage)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(("enter", "fill", "wait", "restart")), max_size=30))
def test_there_are_never_more_cycles_than_the_limit(story: list[str]) -> None:
    """Whatever the order of entries, fills, pauses and restarts."""
    stage = Stage(looped())
    for act in story:
        if act == "enter":
            stage.send(effect="open")
        elif act == "fill" and stage.state.alive:
            stage.fill(min(stage.state.alive), "1")
        elif act == "wait":
            stage.wait(20)
        elif act == "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        row = stage.state.cycles.get(("one", "trend"))
        assert cycles_since(row, stage.now - 60 * 10**9) <= 3
        assert cycles_since(row, 0) <= 5


def _checks(stage: Stage) -> dict[str, list[Any]]:
    """Return the checks of the last refusal, by name."""
    last = [one for one in stage.records if isinstance(one, r.SignalRefused)][-1]
    return {check[1]: check for check in json.loads(bytes(last.checks))}


# --- orders out against orders asked for ----------------------------------------------------------


def planted(stage: Stage, answer: SignalAnswer, **changes: Any) -> Order:
    """Let a defect make one order more under a signal, past the risk engine."""
    order = stage.order(answer.orders[0])
    known = {"order": order_id("one", order.origin, "again"), "number": 0, "filled": D(0)}
    return replaced(order, **(known | changes))


def breached(stage: Stage, order: Order) -> bool:
    """Fold an order that nobody asked for, and let the guard look at it."""
    record = r.OrderIntended(at_ns=stage.now, order=order)
    stage.records.append(record)
    stage.state = replay(stage.records)
    made = [one for one in guard(stage.state, [record], stage.now) if isinstance(one, r.Halted)]
    return [one.scope for one in made] == ["global"]


@pytest.mark.parametrize(
    ("changes", "breach"),
    [
        ({}, True),
        ({"revision": 1, "quantity": D("0.001")}, True),
        ({"origin": "another signal"}, False),
    ],
)
def test_a_second_entry_under_one_signal_halts_everything(
    changes: dict[str, Any], breach: bool
) -> None:
    """A defect that enters twice for one signal: another intent, or a revision too early."""
    stage = Stage()
    answer = stage.say(effect="open")
    if changes.get("revision"):
        changes = changes | {"first": answer.orders[0]}

    assert breach is breached(stage, planted(stage, answer, **changes))


def test_a_revision_for_what_is_left_is_what_was_asked_for() -> None:
    """One of three is filled, two go again at the market: no breach, and the check says so."""
    stage = stage_of("market")
    order = partly(stage, "3", "1")
    stage.wait(10)
    stage.tick()
    ended(stage, order)

    assert [] == declined(stage)
    assert {} == stage.state.halts
    made = [one for one in stage.records if isinstance(one, r.OrderIntended)][-1]
    checks = {check[1]: check for check in json.loads(bytes(made.checks))}
    assert ["3", "3"] == checks["orders_out"][3:5]


def test_a_step_more_than_is_left_is_a_breach() -> None:
    """Exactly what is left is none; the smallest step more is."""
    for quantity, breach in (("2", False), ("2.001", True)):
        stage = stage_of()
        order = partly(stage, "3", "1")
        stage.report(order, "cancelled")
        again = replaced(
            stage.order(order),
            order=order_id("one", order.origin, "entry", 1),
            revision=1,
            first=order.order,
            quantity=D(quantity),
            filled=D(0),
            notional=D(0),
            fee=D(0),
            done_ns=0,
            state=type(order.state).INTENDED,
        )

        assert breach is breached(stage, again)


def test_the_step_itself_halts_when_a_defect_sends_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders from one verdict: both are in the journal, none may leave, a person is called."""
    from core import ordering
    from core.answers import Send

    def twice(verdict: Any, intake: Any, *rest: Any, **fields: Any) -> Any:
        order = made(verdict, intake, *rest, **fields)
        return replaced(order, order=order_id("one", intake.signal, f"e{len(stage.state.orders)}"))

    stage = Stage()
    made = ordering._intended
    honest = ordering.judged

    def doubled(*args: Any, **fields: Any) -> Any:
        yield from honest(*args, **fields)
        yield from honest(*args, **fields)

    monkeypatch.setattr(ordering, "_intended", twice)
    monkeypatch.setattr("core.verdicts.judged", doubled)
    stage.do(stage.signal(effect="open"))

    assert "global" in stage.state.halts
    assert ["orders_over_asked"] == stage.alarms
    sends = [one.order for one in stage.last.effects if isinstance(one, Send)]
    assert all(stage.order(name).pending_cancel for name in sends)
