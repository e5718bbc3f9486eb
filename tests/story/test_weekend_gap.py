"""A weekend gap through a stop, told hour by hour: at a venue that keeps stops, and at one that
does not."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.orders import OrderState
from tests.unit.core.guarded import (
    KEPT,
    able,
    accept,
    guarded,
    is_planned,
    legs,
    plan,
    quote,
    replaced_all,
    row,
    shape,
)
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal

HOUR = 3600


def friday(week: Stage) -> None:
    """An entry with a stop, a target and break-even; it fills in two parts."""
    # 15:00  An alert: buy 10 at 50,000, stop 49,000, half at 51,000, break-even from 50,800.
    wanted = plan("49000", "51000:50", even="50800")
    order = week.entry("10", protection=wanted)
    week.report(order, "accepted")
    assert [] == shape(week)

    # 15:00  The first part fills, then the second. What is open is covered from the first on.
    week.fill(order, "4")
    accept(week)
    week.fill(order, "6")
    replaced_all(week)

    # 18:00  A quiet evening below the break-even. Somebody presses halt before going home: the
    # position keeps its stop.
    week.wait(3 * HOUR)
    quote(week, "50400")
    week.do(c.Halt(scope="global", by="anna", reason="weekend"))
    assert [] == week.asked_to_end
    assert "refused halted" == codes(week.say(effect="open"))


def saturday(week: Stage) -> None:
    """The market is shut, the link is cut, and the machine is restarted for an update."""
    # 10:00  No quote since Friday. An old one reaches nothing.
    week.wait(16 * HOUR, fresh=False)
    week.tick()
    before = shape(week)
    week.do(c.NoteLink(account="one", up=False, reason="the broker is shut"))

    # 11:00  A restart. The journal has the levels.
    week.wait(HOUR, fresh=False)
    again = replay(week.records)
    assert picture(week.state) == picture(again)
    week.state = again
    week.start()
    week.recover("one")
    assert (before, []) == (shape(week), week.sent)
    assert D(49000) == row(week).stop


def monday(week: Stage) -> None:
    """It opens at 47,000, two thousand below the stop."""
    week.wait(40 * HOUR, fresh=False)
    price = week.quotes["BTCUSDT"]
    week.earlier["BTCUSDT"] = price
    week.quote("BTCUSDT", "47000", "47001")
    week.do(c.ObserveMarket(instrument="BTCUSDT"))


def lost(week: Stage) -> Decimal:
    """Return what the position has earned, before fees."""
    return week.state.positions["one", "BTCUSDT", "trend"].realized


def test_the_stop_at_the_venue_fills_at_the_price_of_the_gap() -> None:
    """Nothing of ours is in its way, nothing is sold twice, and nothing is left."""
    week = guarded(able())
    friday(week)
    assert ["stop 10 at 49000"] == shape(week)
    saturday(week)

    # 00:00  The venue triggers the stop. Its first part is told before our own quote comes.
    stop = legs(week)[0]
    week.fill(stop, "7", "47010")
    monday(week)
    assert ["stop 3 at 49000"] == shape(week)
    assert [] == week.sent
    week.fill(stop, "3", "46990")

    # 00:00  Flat, at the price that there was. The target died with the position.
    assert (D(0), False) == (week.share(), is_planned(week))
    assert D(-29960) == lost(week)
    quote(week, "51000")
    assert [] == week.last.records


def test_a_kept_stop_sells_at_once_at_the_first_quote() -> None:
    """The venue has no stops: the bridge closes at the market, and halted or not makes no
    difference."""
    week = guarded(KEPT)
    friday(week)
    assert [] == shape(week)
    saturday(week)
    monday(week)

    # 00:00  The very first quote is enough: it is far away, and it makes sense.
    (reached,) = (one for one in week.last.records if isinstance(one, r.LevelReached))
    assert ("stop", D(49000), D(47000), D(10)) == (
        reached.leg, reached.level, reached.price, reached.quantity,
    )  # fmt: skip
    assert ["stop 10 at market"] == shape(week)
    leg = legs(week)[0]
    assert [leg.order] == week.sent

    # 00:01  The venue is overrun and rejects it. A second later it goes again, though the price has
    # come back above the stop by then: what was decided is done.
    week.report(leg, "rejected", reason="try later")
    quote(week, "49200")
    again = legs(week)[0]
    assert again.order != leg.order
    week.do(c.NoteTrouble(order=again.order, proven=False, code="timeout", text="no answer"))

    # 00:02  Nobody knows whether it was placed. It counts, so nothing else is sold.
    for bid in ("49100", "47500"):
        quote(week, bid)
        week.tick()
        assert ["stop 10 at market"] == shape(week)
    assert OrderState.UNKNOWN is week.order(again).state

    # 00:03  The venue shows it: filled, at 49,150.
    told = week.told(again, "fill", exec_id="gap", quantity="10", price="49150", fee="1").report
    week.look(again, week.shown(again, "fill", filled=D(10), fills=(told,)))
    assert (D(0), [], False) == (week.share(), shape(week), is_planned(week))
    assert D(-8500) == lost(week)


def test_a_wild_first_quote_has_to_be_confirmed() -> None:
    """The spread of a market that just opened is not believed; two such quotes are."""
    week = guarded(KEPT)
    friday(week)
    saturday(week)
    week.wait(40 * HOUR, fresh=False)

    # 00:00  Bid 40,000, ask 60,000. Before it there is only a quote of Friday, above the stop.
    assert [] == quote(week, "40000", "20000")
    # 00:00  A second one as wild: the better of both bids is below the stop as well.
    assert ["stop 10 at market"] == quote(week, "46000", "9000")
