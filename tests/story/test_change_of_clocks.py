"""Clocks go forward and back in New York, told hour by hour: when a futures account may trade, when
it is closed for the weekend, and what the journal knows after a restart."""

from __future__ import annotations

from decimal import Decimal

from bridge.calendars.reading import Book, read
from bridge.calendars.turning import schedule_of
from bridge.config.hours import CalendarFile
from core import records as r
from core.money import ZERO
from core.orders import Order, Purpose
from core.setup import SECOND_NS
from tests.unit.calendars.books import FUTURES, NEW_YORK, Path, at, hours
from tests.unit.core.books import agreed
from tests.unit.core.schedules import traded
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal

PLAN = hours(FUTURES, holidays=["2024-03-29"], calendars=("news",))
"""Sunday to Thursday, 18:00 to 17:00 of the next day in New York; Good Friday off."""

NEWS = CalendarFile(
    "news", Path("news.csv"), "news", NEW_YORK,
    before_ns=300 * SECOND_NS, after_ns=300 * SECOND_NS,
)  # fmt: skip


def rates() -> Book:
    """Rates are told at 14:00 on the wall of New York, whatever that is in UTC."""
    text = b"begin,concerns\n2024-03-06 14:00,USD\n2024-03-20 14:00,USD\n2024-12-18 14:00,USD\n"
    found = read(NEWS, text)
    assert isinstance(found, Book), found
    return found


def account() -> Stage:
    """An account that has to be flat ten minutes before a weekend, and may hold over a night."""
    setup = traded(account={"flat_before_weekend_ns": 600 * SECOND_NS})
    return Stage(setup)


def clock(story: Stage, text: str) -> None:
    """Let it be a time (UTC). The bridge works out the schedule of the day, and time passes."""
    now = at(text)
    assert now >= story.now, "a story goes forward"
    story.now = now
    story.wait(0)
    schedule = replaced(schedule_of(PLAN, {"news": rates()}, now), instrument="BTCUSDT")
    if (
        story.state.schedules.get("BTCUSDT") is None
        or story.state.schedules["BTCUSDT"].source_hash != schedule.source_hash
    ):
        story.do(schedule)
    story.tick()


def asked(story: Stage, text: str) -> str:
    """Ask for an entry at a time, and return verdict and code."""
    clock(story, text)
    return codes(story.send(effect="open"))


def closing(story: Stage) -> list[Order]:
    """Return the orders that close."""
    return [order for order in story.state.orders.values() if order.purpose is Purpose.FLATTEN]


def closed(story: Stage) -> None:
    """Let the venue fill what closes, and its picture agree."""
    for order in closing(story):
        if order.leaves:
            story.fill(order, str(order.leaves))
    for order in list(story.state.orders.values()):
        if order.leaves:
            story.report(order, "cancelled")
    agreed(story)
    assert (ZERO, {}) == (story.share(), story.state.flattens)


def test_a_spring_and_an_autumn() -> None:
    """From the Friday before clocks go forward to the Monday after they went back."""
    story = account()
    _friday_in_winter_time(story)
    _sunday_on_which_clocks_went_forward(story)
    _week_in_summer_time(story)
    _holiday(story)
    _restart_over_the_change(story)
    _sunday_on_which_clocks_went_back(story)

    assert picture(story.state) == picture(replay(story.records))
    assert [] == [one for one in story.records if isinstance(one, r.FlatMissed)]


def _friday_in_winter_time(story: Stage) -> None:
    # Wednesday, 6 March: New York is five hours behind. Rates come at 14:00 there, 19:00 in UTC.
    assert "admitted" == asked(story, "2024-03-06T18:54:59")
    assert "refused news" == asked(story, "2024-03-06T18:55")
    assert "refused news" == asked(story, "2024-03-06T19:04:59")
    assert "admitted" == asked(story, "2024-03-06T19:05")

    # Thursday, 22:00: the session ends for an hour. What is held stays over the break.
    assert "refused session_closed" == asked(story, "2024-03-07T22:00")
    assert [] == closing(story)
    clock(story, "2024-03-07T23:00")
    story.position("2")

    # Friday, 21:50: ten minutes before the weekend everything is closed.
    assert "admitted" == asked(story, "2024-03-08T21:49:59")
    assert "refused flat_before_weekend" == asked(story, "2024-03-08T21:50")
    _cancels_confirmed(story)
    closed(story)
    assert "refused session_closed" == asked(story, "2024-03-08T22:00")


def _cancels_confirmed(story: Stage) -> None:
    """The venue confirms the end of entries; then what closes them goes."""
    for order in list(story.state.orders.values()):
        if order.leaves and order.purpose is Purpose.ENTRY:
            story.report(order, "cancelled")
    assert D(2) == sum((order.quantity for order in closing(story)), ZERO)


def _sunday_on_which_clocks_went_forward(story: Stage) -> None:
    # Saturday: closed. Nothing is stale about it, and a late exit would find nothing to close.
    assert "refused session_closed" == asked(story, "2024-03-09T12:00")
    assert "no_action nothing_to_close" == codes(story.send("exit"))

    # Sunday, 10 March. It opens at 18:00 as ever, which is an hour earlier in UTC than last week.
    assert "refused session_closed" == asked(story, "2024-03-10T21:59:59")
    assert "admitted" == asked(story, "2024-03-10T22:00")


def _week_in_summer_time(story: Stage) -> None:
    # Monday: the break begins at 21:00 in UTC now, and is over at 22:00.
    assert "admitted" == asked(story, "2024-03-11T20:59:59")
    assert "refused session_closed" == asked(story, "2024-03-11T21:00")
    assert "admitted" == asked(story, "2024-03-11T22:00")

    # Friday: flat at 20:50, an hour earlier than the week before.
    assert "admitted" == asked(story, "2024-03-15T20:49:59")
    assert "refused flat_before_weekend" == asked(story, "2024-03-15T20:50")
    closed(story)

    # Wednesday, 20 March: rates at 14:00 of the wall, 18:00 in UTC.
    assert "admitted" == asked(story, "2024-03-20T17:54:59")
    assert "refused news" == asked(story, "2024-03-20T18:00")
    assert "admitted" == asked(story, "2024-03-20T18:55")
    clock(story, "2024-03-22T20:50")
    closed(story)


def _holiday(story: Stage) -> None:
    # Good Friday, 29 March: closed from its midnight (04:00 in UTC) on, so the weekend begins then.
    assert "admitted" == asked(story, "2024-03-29T03:49:59")
    assert "refused flat_before_weekend" == asked(story, "2024-03-29T03:50")
    closed(story)
    assert "refused session_closed" == asked(story, "2024-03-29T15:00")
    assert "admitted" == asked(story, "2024-03-31T22:00")  # Easter Sunday: London moves, not here
    clock(story, "2024-04-05T20:50")
    closed(story)


def _restart_over_the_change(story: Stage) -> None:
    # Friday, 1 November, summer time still: flat at 20:50. The process ends in the middle of it.
    clock(story, "2024-11-01T20:00")
    story.position("1")
    clock(story, "2024-11-01T20:50")
    (order,) = [one for one in closing(story) if one.leaves]
    story.start()
    story.recover("one")
    assert "refused flat_before_weekend" == asked(story, "2024-11-01T20:52")
    story.fill(order, "1")
    agreed(story)
    assert ZERO == story.share()


def _sunday_on_which_clocks_went_back(story: Stage) -> None:
    # Sunday, 3 November: at 22:00 in UTC it is 17:00 again in New York. It opens an hour later.
    assert "refused session_closed" == asked(story, "2024-11-03T22:00")
    assert "refused session_closed" == asked(story, "2024-11-03T22:59:59")
    assert "admitted" == asked(story, "2024-11-03T23:00")

    # Monday: open at 21:00, when it was closed a week ago; the break begins at 22:00.
    assert "admitted" == asked(story, "2024-11-04T21:30")
    assert "refused session_closed" == asked(story, "2024-11-04T22:00")
    closed(story)

    # The news file ends on 18 December: after that nobody knows, and nothing is opened. An exit
    # waits for the entry of which nothing was heard.
    assert "admitted" == asked(story, "2024-12-18T18:54:59")
    assert "refused calendar_stale" == asked(story, "2024-12-18T19:00")
    assert "held entry_on_its_way" == codes(story.send("exit"))
    assert "no_action nothing_to_close" == codes(story.send("exit"))
