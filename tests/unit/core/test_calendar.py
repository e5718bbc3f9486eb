"""Control 25: sessions, news, and what an entry meets outside of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.engine import next_due
from core.schedule_rows import ALWAYS_NS
from core.setup import SECOND_NS, Setup
from tests.unit.core.schedules import HOUR, always, ns, schedule, traded
from tests.unit.core.setups import NOW, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def staged(*sessions: tuple[float, float], setup: Setup | None = None, **fields: Any) -> Stage:
    """Begin with a schedule."""
    stage = Stage(setup or traded())
    stage.do(schedule(*sessions, **fields))
    return stage


def asked(stage: Stage, **fields: Any) -> str:
    """Ask for an entry, and return verdict and code."""
    return codes(stage.send(effect="open", **fields))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, "refused session_closed"),
        ("9.999999999", "refused session_closed"),
        (10, "admitted"),
        ("19.999999999", "admitted"),
        (20, "refused session_closed"),
    ],
)
def test_the_edges_of_a_session(after: int | str, expected: str) -> None:
    """At the nanosecond of the opening an entry passes, at that of the close it does not."""
    stage = staged((10, 20), (HOUR, 2 * HOUR))
    stage.wait(after)

    assert expected == asked(stage)


@pytest.mark.parametrize(
    ("after", "expected"),
    [("99.999999999", "admitted"), (100, "refused news"), (159, "refused news"), (160, "admitted")],
)
def test_the_edges_of_news(after: int | str, expected: str) -> None:
    """News stop entries from their first nanosecond to the one before their last."""
    stage = staged((0, HOUR), news=((100, 160),))
    stage.wait(after)

    assert expected == asked(stage)


def test_it_says_how_long_and_what() -> None:
    """The refusal names the instrument and the seconds to the opening."""
    answer = staged((90, 100)).say(effect="open")
    assert ("90 s", "BTCUSDT", "instrument:BTCUSDT") == (answer.value, answer.limit, answer.where)
    longer = [staged((wait, 10**5)).say(effect="open").value for wait in (119.5, 120, 3599, 7380)]
    assert ["2 min 0 s", "2 min 0 s", "59 min 59 s", "2 h 3 min"] == longer
    never = staged((-2, -1)).say(effect="open")

    assert "a time that is not known" == never.value


@pytest.mark.parametrize("code", ["closed", "news", "stale", "unread"])
def test_what_makes_a_position_smaller_passes(code: str) -> None:
    """Exits and cancels pass outside the session, in news, and with no calendar at all."""
    stage = staged((0, HOUR))
    stage.position("2")
    working = stage.entry("1", order_type="limit", price="49000")
    stage.do(
        {
            "closed": schedule((2 * HOUR, 3 * HOUR)),
            "news": schedule((0, HOUR), news=((0, HOUR),)),
            "stale": schedule((0, HOUR), valid_until_ns=NOW),
            "unread": schedule(fault="calendar_form", where="news.csv:3"),
        }[code]
    )

    assert "refused" == asked(stage).split()[0]
    assert "admitted" == codes(stage.send("exit"))
    assert 1 == len(stage.sent)
    stage.send("cancel")
    assert [working.order] == stage.asked_to_end


@pytest.mark.parametrize(
    ("known", "value"),
    [
        (None, "none yet"),
        (schedule((0, HOUR), valid_until_ns=NOW), "it has ended"),
        (schedule(fault="calendar_form", where="news.csv:3"), "calendar_form"),
    ],
)
def test_a_calendar_that_says_nothing_about_now_refuses(
    known: c.LoadSchedule | None, value: str
) -> None:
    """Not loaded, ended, or unreadable: what is not known refuses."""
    stage = Stage(traded())
    if known is not None:
        stage.do(known)
    answer = stage.say(effect="open")

    assert ("calendar_stale", value) == (answer.code, answer.value)


def test_the_end_of_what_is_known() -> None:
    """The last nanosecond before the end still counts."""
    stage = staged((0, HOUR), valid_until_ns=ns(10))
    stage.wait("9.999999999")
    assert "admitted" == asked(stage)
    stage.wait("0.000000001")

    assert "refused calendar_stale" == asked(stage)


def test_one_that_cannot_be_read_leaves_what_was_known() -> None:
    """Its hours stay in the state for what is to be flat by then; the next good one counts."""
    stage = staged((0, HOUR))
    stage.do(schedule(fault="calendar_form", where="news.csv:3"))
    row = stage.state.schedules["BTCUSDT"]
    assert (((NOW, ns(HOUR)),), "calendar_form") == (row.sessions_ns, row.fault)
    stage.do(schedule((0, HOUR)))

    assert "admitted" == asked(stage)


def test_an_instrument_without_a_calendar_always_trades() -> None:
    """What has no calendar in the configuration asks for none, whatever was known once."""
    stage = staged((HOUR, 2 * HOUR))

    assert "admitted" == asked(stage, symbol="ETHUSDT")
    stage.load(setup_of())
    stage.recover("one")
    assert "admitted" == asked(stage)


def test_a_closed_market_is_not_called_stale() -> None:
    """No quote comes while it is closed; the reason that is told is the session, everywhere."""
    stage = staged((10 * HOUR, 11 * HOUR))
    stage.wait(HOUR, fresh=False)
    stage.equity("one", "100000")
    answer = stage.say(effect="open")
    assert "refused session_closed" == codes(answer)
    (refusal,) = [one for one in stage.last.records if isinstance(one, r.SignalRefused)]
    assert b"reference_stale" not in bytes(refusal.checks)
    stage.wait(9 * HOUR, fresh=False)
    stage.equity("one", "100000")

    assert "refused reference_stale" == asked(stage)


def test_an_entry_can_wait_for_the_opening() -> None:
    """With ``hold`` it is held, without a quote too, and judged and sent when the session opens."""
    setup = traded(account={"hold": ("session_closed",)}, route={"order_life_ns": HOUR * SECOND_NS})
    stage = staged((60, HOUR), setup=setup)
    stage.wait(5, fresh=False)
    stage.equity("one", "100000")
    order = stage.entry("1")
    assert ("held", "session_closed") == (order.state, order.held_for)
    (verdict,) = stage.state.signals[order.origin].verdicts
    assert (verdict.value, verdict.limit) == ("55 s", "BTCUSDT"), "the sentence needs both"
    stage.wait(54)
    assert [] == stage.tick().effects
    stage.wait(1)
    stage.tick()

    assert [order.order] == stage.sent


@pytest.mark.parametrize("code", ["session_closed", "news"])
def test_an_entry_does_not_go_at_the_opening_while_the_store_is_away(code: str) -> None:
    """It goes a moment after the store is back."""
    setup = traded(account={"hold": (code,)}, route={"order_life_ns": HOUR * SECOND_NS})
    if code == "news":
        stage = staged((0, HOUR), setup=setup, news=((0, 60),))
    else:
        stage = staged((60, HOUR), setup=setup)
    order = stage.entry("1")
    stage.durable = False
    stage.wait(60)
    stage.tick()
    assert ([], "held") == (stage.sent, stage.order(order).state)
    stage.durable = True
    assert next_due(stage.state, stage.now) <= stage.now + SECOND_NS
    stage.wait(1)
    stage.tick()

    assert [order.order] == stage.sent


def test_what_waited_for_the_opening_is_judged_anew() -> None:
    """At the opening its price is stale, so it does not go."""
    setup = traded(account={"hold": ("session_closed",)}, route={"order_life_ns": HOUR * SECOND_NS})
    stage = staged((60, HOUR), setup=setup)
    order = stage.entry("1")
    stage.wait(60, fresh=False)
    stage.tick()

    assert ("cancelled", "reference_stale") == (stage.order(order).state, stage.order(order).reason)


def test_it_waits_no_longer_than_its_life() -> None:
    """An order life of 30 s does not reach the opening in a minute."""
    stage = staged((60, HOUR), setup=traded(account={"hold": ("session_closed",)}))
    order = stage.entry("1")
    stage.wait(30)
    stage.tick()

    assert "expired" == stage.order(order).state


def test_an_entry_can_wait_for_the_end_of_news() -> None:
    """News hold it, and the end of the session meanwhile refuses it."""
    hold = traded(account={"hold": ("news",)}, route={"order_life_ns": HOUR * SECOND_NS})
    stage = staged((0, HOUR), setup=hold, news=((0, 60),))
    order = stage.entry("1")
    stage.wait(60)
    stage.tick()
    assert [order.order] == stage.sent

    closed = staged((0, 60), setup=hold, news=((0, 60),))
    order = closed.entry("1")
    closed.wait(60)
    closed.tick()
    assert [] == closed.sent
    assert "held" == closed.order(order).state


def test_what_waited_for_a_link_waits_for_the_market_too() -> None:
    """The link comes back while it is closed: it goes at the opening, not before."""
    setup = traded(account={"hold": ("session_closed",)}, route={"order_life_ns": HOUR * SECOND_NS})
    stage = staged((60, HOUR), setup=setup)
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    order = stage.entry("1")
    stage.wait(10)
    stage.recover("one")
    stage.tick()
    assert [] == stage.sent
    stage.wait(50)
    stage.tick()

    assert [order.order] == stage.sent


def test_of_two_at_once_neither_passes() -> None:
    """Two entries in one batch at the close meet the same clock."""
    stage = staged((0, 10))
    stage.wait(10)
    messages = [stage.signal(effect="open") for _ in range(2)]
    answers = stage.do(*messages).answers

    assert ["refused session_closed"] * 2 == [codes(answer) for answer in answers]


def test_a_schedule_and_an_entry_in_one_batch() -> None:
    """What the calendar says first counts for what follows it in the same batch."""
    stage = staged((0, HOUR))
    message = stage.signal(effect="open")
    answers = stage.do(schedule((HOUR, 2 * HOUR)), message).answers

    assert "refused session_closed" == codes(answers[1])


def test_it_survives_a_restart() -> None:
    """A new process knows the hours from the journal, before any file is read again."""
    stage = staged((0, 10))
    assert picture(stage.state) == picture(replay(stage.records))
    stage.start()
    stage.recover("one")
    stage.wait(10)

    assert "refused session_closed" == asked(stage)


def test_a_session_without_an_end() -> None:
    """What always trades but on holidays has a last session that never closes."""
    stage = staged()
    always = ((NOW, ALWAYS_NS),)
    stage.do(replaced(schedule(), sessions_ns=always, valid_until_ns=ALWAYS_NS))

    assert "admitted" == asked(stage)


@settings(max_examples=60, deadline=None)
@given(
    edges=st.lists(st.integers(1, 200), min_size=2, max_size=8, unique=True),
    news=st.tuples(st.integers(0, 150), st.integers(1, 50)),
    at=st.integers(0, 210),
)
def test_an_entry_passes_exactly_inside_a_session_and_outside_of_news(
    edges: list[int], news: tuple[int, int], at: int
) -> None:
    """Whatever the sessions are, also to a restarted bridge; what closes always goes."""
    edges = sorted(edges)
    sessions = list(zip(edges[::2], edges[1::2], strict=False))
    stage = Stage(traded())
    stage.do(always("BTCUSDT"))
    stage.position("1")
    begin, end = news[0], sum(news)
    stage.do(schedule(*sessions, news=((begin, end),)))
    stage.wait(at)
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    is_open = any(a <= at < b for a, b in sessions) and not begin <= at < end

    assert ("admitted" if is_open else "refused") == asked(stage).split()[0]
    assert "admitted" == codes(stage.send("exit"))
