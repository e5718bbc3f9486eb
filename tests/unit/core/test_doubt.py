"""When answers that do not show an order prove that it is not there, and what is watched then."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.doubt import NEGATIVES_MIN, canary_for
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

WAITS: Final = (0, 2, 3, 5, 10, 20, 20)
"""As the bridge asks: at 0, 2, 5, 10, 20, 40 and 60 s of doubt."""


def doubtful(*, proven: bool = True, **fields: str) -> tuple[Stage, Order, str]:
    """Make an order of unknown outcome, and the order that is its canary."""
    stage = Stage(setup_of("one", "two"))
    canary = ""
    if proven:
        canary = stage.entry("1").order
        stage.report(canary, "accepted")
    order = stage.entry("2", **fields)
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text="no answer"))
    return stage, stage.order(order), canary


def ask(stage: Stage, order: Order, canary: str, *, covers_closed: bool = True) -> None:
    """Let the venue answer that it does not show the order."""
    stage.look(order, None, conclusive=False, covers_closed=covers_closed, canary=canary)


def ask_for_a_minute(stage: Stage, order: Order, canary: str, *, closed: bool = True) -> list[str]:
    """Let it answer so on the bridge's schedule; return the states after each answer."""
    states: list[str] = []
    for wait in WAITS:
        stage.wait(wait)
        ask(stage, order, canary, covers_closed=closed)
        states.append(stage.order(order).state)
    return states


def test_seven_counting_answers_over_a_minute_are_proof() -> None:
    """Not before the seventh, and the record has the evidence."""
    stage, order, canary = doubtful()
    states = ask_for_a_minute(stage, order, canary)

    assert ["unknown"] * 6 + ["not_placed"] == states
    ended = next(x for x in stage.last.records if isinstance(x, r.OrderChanged))
    facts = msgspec.json.decode(ended.raw)
    assert (7, 60, ["orders"], canary) == (
        facts["negatives"], (facts["last_ns"] - facts["first_ns"]) // SECOND_NS, facts["calls"],
        facts["canary"],
    )  # fmt: skip
    assert "7 answers in 60 s did not show it" == stage.order(order).reason
    assert {} == stage.state.doubts


def test_many_answers_in_a_short_time_are_no_proof() -> None:
    """A restart or a nervous loop may ask often: the minute has to pass all the same."""
    stage, order, canary = doubtful()
    for _ in range(5 * NEGATIVES_MIN):
        stage.wait(1)
        ask(stage, order, canary)
    assert "unknown" == stage.order(order).state
    stage.wait(30)
    ask(stage, order, canary)

    assert "not_placed" == stage.order(order).state


@pytest.mark.parametrize("why", ["no_canary", "open_orders_only", "itself", "another_accounts"])
def test_answers_that_do_not_count_never_add_up(why: str) -> None:
    """Without a canary, or asked for open orders alone, a hundred answers prove nothing."""
    stage, order, canary = doubtful()
    if why == "another_accounts":
        canary = next(o.order for o in stage.state.orders.values() if o.account == "two")
        stage.report(canary, "accepted")
    shown = {"no_canary": "", "itself": order.order}.get(why, canary)
    for _ in range(100):
        stage.wait(60, fresh=False)
        ask(stage, order, shown, covers_closed=why != "open_orders_only")

    assert ("unknown", 3) == (stage.order(order).state, stage.exposure().buy)
    assert (100, 0) == (
        stage.state.doubts[order.order].asked, stage.state.doubts[order.order].negatives,
    )  # fmt: skip


def test_answers_in_between_that_do_not_count_are_left_out() -> None:
    """A venue that lags now and then takes longer; what did count stays counted."""
    stage, order, canary = doubtful()
    for _ in range(NEGATIVES_MIN - 1):
        stage.wait(10)
        ask(stage, order, canary)
        ask(stage, order, "")
    assert "unknown" == stage.order(order).state
    stage.wait(10)
    ask(stage, order, canary)

    assert "not_placed" == stage.order(order).state


def test_the_count_goes_on_after_a_restart() -> None:
    """The answers are in the journal: a new process begins where the old one was."""
    stage, order, canary = doubtful()
    for wait in WAITS[:-1]:
        stage.wait(wait)
        ask(stage, order, canary)
    stage.state = replay(stage.records)
    stage.start()
    stage.wait(WAITS[-1])
    ask(stage, order, canary)

    assert "not_placed" == stage.order(order).state
    assert picture(replay(stage.records)) == picture(stage.state)


def test_evidence_ends_the_doubt_and_its_count() -> None:
    """Found after six answers: alive; and a later doubt counts anew."""
    stage, order, canary = doubtful()
    for wait in WAITS[:-1]:
        stage.wait(wait)
        ask(stage, order, canary)
    stage.look(order, stage.shown(order, "accepted"))

    assert "accepted" == stage.order(order).state
    assert {} == stage.state.doubts


def test_a_handed_over_order_that_is_not_shown_becomes_unknown() -> None:
    """After a crash nobody waits for its answer: it counts as unknown and is asked for again."""
    stage = Stage()
    order = stage.entry("1")
    ask(stage, order, "")

    assert ("unknown", "not_shown") == (
        stage.order(order).state,
        next(x.reason for x in stage.last.records if isinstance(x, r.OrderChanged)),
    )
    assert [AskLookup(order.order)] == stage.last.effects


def test_the_canary_is_the_newest_proven_order_but_never_itself() -> None:
    """Proven by a report or a look-up, within a day, of the same account."""
    stage = Stage(setup_of("one", "two"))
    first, second, third = (stage.entry("1").order for _ in range(3))
    assert None is canary_for(stage.state, stage.order(first), stage.now)
    stage.report(first, "accepted")
    stage.wait(1)
    stage.look(second, stage.shown(second, "accepted"))

    def canary(order: str) -> str:
        found = canary_for(stage.state, stage.order(order), stage.now)
        return found.order if found is not None else ""

    assert (second, second, first) == (canary(third), canary(first), canary(second))
    stage.wait(60)
    stage.fill(first, "1")
    assert first == canary(third)
    other = next(o for o in stage.state.orders.values() if o.account == "two")
    assert "" == canary(other.order)
    stage.wait(24 * 3600 + 1)
    assert "" == canary(third)


def test_the_canary_is_of_the_kind_that_is_asked_for() -> None:
    """Venues keep what waits for a trigger in other lists: a newer stop does not take the place of
    the plain order that proves a look-up, nor the other way round; it is better than none."""
    stage = Stage()
    plain = [stage.entry("1").order for _ in range(3)]
    stops = [stage.entry("1", order_type="stop", trigger="50100").order for _ in range(3)]

    def canary(order: str) -> str:
        found = canary_for(stage.state, stage.order(order), stage.now)
        return found.order if found is not None else ""

    stage.report(stops[0], "accepted")
    assert (stops[0], stops[0]) == (canary(plain[0]), canary(stops[2]))
    stage.report(plain[0], "accepted")
    stage.report(plain[1], "accepted")
    stage.report(stops[1], "accepted")

    assert (plain[1], plain[0]) == (canary(plain[2]), canary(plain[1]))
    assert (stops[1], stops[0]) == (canary(stops[2]), canary(stops[1]))
    assert picture(replay(stage.records)) == picture(stage.state)


def test_ten_minutes_of_doubt_call_a_person_once() -> None:
    """Whatever the venue answers or does not: one alarm, also after a restart."""
    stage, order, _ = doubtful(proven=False)
    stage.wait(599)
    stage.tick()
    assert [] == stage.alarms
    stage.wait(1)
    stage.tick()
    assert ["unknown_needs_person"] == stage.alarms
    stage.state = replay(stage.records)
    stage.start()
    stage.wait(3600)
    stage.tick()

    assert "unknown_needs_person" not in stage.alarms
    assert "unknown" == stage.order(order).state


def test_what_was_not_placed_is_asked_for_again_through_the_day() -> None:
    """At 5 minutes, 1, 6 and 23 hours, each once, whatever happens in between."""
    stage = Stage()
    order = stage.entry("1")
    stage.look(order, None)
    asked: list[int] = []
    for minute in range(1, 24 * 60 + 2):
        stage.wait(60)
        if minute == 40:
            stage.state = replay(stage.records)
            stage.start()
        stage.tick()
        if AskLookup(order.order) in stage.last.effects:
            asked.append(minute)
            stage.look(order, None)

    assert [5, 60, 360, 23 * 60] == asked
    assert "" == codes_of(stage, order)


def test_what_was_not_placed_is_asked_for_until_an_answer_comes() -> None:
    """The bridge dies over the question, or the venue is away: the next one is not hours off."""
    stage = Stage()
    order = stage.entry("1")
    stage.look(order, None)
    asked: list[int] = []
    for minute in range(1, 70):
        stage.wait(60)
        if minute == 6:
            stage.state = replay(stage.records)
            stage.start()
        stage.tick()
        if AskLookup(order.order) in stage.last.effects:
            asked.append(minute)
            if minute >= 15:
                stage.look(order, None)

    assert [5, 10, 15, 60] == asked


def codes_of(stage: Stage, order: Order) -> str:
    """Return the state of an order, empty once it left."""
    known = stage.state.orders.get(order.order)
    return known.state if known is not None else ""


def test_asking_again_is_recorded_and_settles_nothing() -> None:
    """Still not there: one more record. There after all: alive, with an alarm."""
    stage = Stage()
    order = stage.entry("1")
    stage.look(order, None)
    looked = stage.look(order, None).records
    assert [r.LookedUp] == [type(record) for record in looked]
    stage.look(order, stage.shown(order, "accepted"))

    assert ("accepted", ["late_arrival"]) == (stage.order(order).state, stage.alarms)
    assert {} == stage.state.watched


def test_entries_elsewhere_go_on() -> None:
    """Doubt about one instrument of one account is nobody else's."""
    stage, _, _ = doubtful()
    answer = stage.say(symbol="ETHUSDT", quantity="1")

    assert "admitted" == codes(answer)


@pytest.mark.parametrize("expired", [False, True])
def test_a_second_try_that_is_refused_says_nothing_of_an_order_that_is_there(
    expired: bool,
) -> None:
    """The first try arrived late, and the second one was refused or not sent any more: the order
    works, whatever the answer was; its venue is asked."""
    stage, order, _ = doubtful()
    stage.look(order, None, may_resend=True)
    stage.report(order, "accepted")
    stage.do(c.NoteTrouble(order=order.order, proven=True, code="id", text="", expired=expired))

    assert ("accepted", 3) == (stage.order(order).state, stage.exposure().buy)
    assert [AskLookup(order.order)] == stage.last.effects
    assert [] == stage.alarms
