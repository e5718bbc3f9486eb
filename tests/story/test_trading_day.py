"""One trading day, told through the engine: what a person would have seen, hour by hour."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.answers import AskLookup, Done
from tests.unit.core.setups import DAY_NS, WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def opening() -> Stage:
    """Midnight: two accounts of one desk, with a shared limit, before anybody traded."""
    limits = {
        "account:desk": replaced(WIDE, position_max=D(3)),
        "account:prop": replaced(WIDE, position_max=D(1), daily_loss_max=D(300)),
        "group:all": replaced(type(WIDE)(), gross_max=D(300_000)),
    }
    setup = setup_of("desk", "prop", limits=limits, account={"groups": ("all",)})
    return Stage(setup, recovered=False)


def night(day: Stage) -> None:
    """What waited for the comparison is sent; parts and overtaking reports are no trouble."""
    # 00:00  The process starts, nothing is compared yet: an alert waits.
    waiting = day.say(effect="open", quantity="1")
    assert "held link_down" == codes(waiting)
    assert [] == day.sent

    # 00:00  The days of both accounts are known, and the venues answer. What waited is sent.
    midnights = tuple(day.now + offset * DAY_NS for offset in range(15))
    for account in ("desk", "prop"):
        day.do(
            c.LoadCalendar(
                account=account, days_ns=midnights, valid_until_ns=midnights[-1], source_hash="h"
            )
        )
        day.recover(account)
        assert 1 == len(day.sent)
    first, second = waiting.orders

    # 00:01  One order is filled in two parts; the fill of the other overtakes its acknowledgement.
    day.do(
        c.NoteSent(order=first, entered_ns=day.now), c.NoteSent(order=second, entered_ns=day.now)
    )
    day.report(first, "accepted", venue_order="d1")
    day.fill(first, "0.4", "50001")
    day.fill(first, "0.6", "50002")
    day.fill(second, "1", "50001")
    day.report(second, "accepted", venue_order="p1")
    assert [] == day.alarms
    assert (D(1), D(1)) == (day.share("desk"), day.share("prop"))
    assert D("50001.6") == day.order(first).average_price


def morning(day: Stage) -> str:
    """Four deliveries, a silent venue and a power cut. Returns the order that is in doubt."""
    # 08:00  TradingView delivers one alert four times. The prop account is full: it alone refuses.
    day.wait(8 * 3600)
    alert = day.signal(effect="open", quantity="1")
    answers = [day.hear(alert) for _ in range(4)]
    assert ["admitted"] + ["duplicate duplicate"] * 3 == [codes(answer) for answer in answers]
    verdicts = {v.account: v.code for v in answers[0].accounts}
    assert {"desk": "", "prop": "position_over_limit"} == verdicts
    doubtful = answers[0].orders[0]

    # 08:00  Its venue does not answer. The order is unknown: it counts, and nothing new goes there.
    day.do(c.NoteTrouble(order=doubtful, proven=False, code="timeout", text="no answer in 5 s"))
    assert [AskLookup(doubtful)] == day.last.effects
    assert "unknown_outcome" == day.say(effect="open").accounts[0].code
    assert D(1) == day.exposure("desk").buy

    # 08:01  Power is lost. The new process folds the journal and finds the same.
    before = picture(day.state)
    day.state = replay(day.records)
    assert before == picture(day.state)
    day.wait(60)
    day.start()
    assert ["restarted_after_crash", "downtime"] == day.alarms
    assert "held link_down" == codes(day.send("exit", symbol="BTCUSDT", quantity="0.1"))
    held = list(day.state.held)

    # 08:02  The venue knows the order, half filled. It is adopted, and the exits that waited go.
    fill = day.told(doubtful, "fill", exec_id="late", quantity="0.5", price="50100", fee="1").report
    day.look(doubtful, day.shown(doubtful, "accepted", filled=D("0.5"), fills=(fill,)))
    assert ("partially_filled", D("1.5")) == (day.order(doubtful).state, day.share("desk"))
    for account in ("desk", "prop"):
        day.recover(account)
    for name in held:
        assert "intended" == day.order(name).state
        day.fill(name, "0.1", "50200")
    return doubtful


def afternoon(day: Stage, doubtful: str) -> None:
    """A loss that stops one account, and the red button."""
    # 12:00  The market falls. One bad tick stops nothing; three readings stop the prop account.
    day.wait(4 * 3600)
    day.equity("prop", "5")
    day.equity("prop", "99990")
    assert 0 == day.state.accounts["prop"].tripped_ns
    day.equity("prop", "99690", "99690", "99690")
    assert "daily_loss_reached" in day.alarms
    refused = day.say(effect="open", quantity="0.1", symbol="ETHUSDT")
    assert ["", "daily_loss_reached"] == [verdict.code for verdict in refused.accounts]
    day.report(refused.orders[0], "rejected", reason="margin")

    # 13:00  Somebody presses the red button. What works is asked to end, and exits still pass.
    day.wait(3600)
    pressed = day.do(c.Halt(scope="global", by="anna", reason="central bank")).answers[0]
    assert Done(orders=(doubtful,)) == pressed
    assert "refused halted" == codes(day.send(effect="open"))
    day.fill(doubtful, "0.5", "49000")
    assert ([], "filled") == (day.alarms, day.order(doubtful).state)
    way_out = day.say("exit")
    assert "admitted" == codes(way_out)
    for name in way_out.orders:
        day.fill(name, str(day.order(name).quantity), "49000")
    assert (D(0), D(0)) == (day.share("desk"), day.share("prop"))
    assert "no_action nothing_to_close" == codes(day.send("exit"))


def evening(day: Stage, doubtful: str) -> None:
    """A trade is taken back, the bridge is lowered again, and the next day begins."""
    # 15:00  The venue takes a trade back. The position is moved, and somebody is called.
    day.wait(2 * 3600)
    day.report(doubtful, "bust", exec_id="late")
    assert ["fill_busted"] == day.alarms
    assert D("-0.5") == day.share("desk")

    # 16:00  A person lowers the bridge, and closes what the bust left behind.
    day.wait(3600)
    day.do(c.Resume(scope="global", by="anna", reason="it is over"))
    closing = day.say("exit")
    assert ("buy", D("0.5")) == (
        day.order(closing.orders[0]).side, day.order(closing.orders[0]).quantity,
    )  # fmt: skip
    day.fill(closing.orders[0], "0.5", "49000")

    # 24:00  Midnight: the prop account's day begins anew, and it trades again.
    day.wait(8 * 3600)
    day.tick()
    started = [record for record in day.last.records if isinstance(record, r.DayStarted)]
    assert {"desk", "prop"} == {record.account for record in started}
    assert ["", ""] == [v.code for v in day.say(effect="open", quantity="0.1").accounts]

    # 48:00  A day later the state holds what is alive; the journal holds everything.
    day.wait(24 * 3600 + 61)
    day.tick()
    assert set(day.state.alive) == set(day.state.orders)


def test_a_trading_day() -> None:
    """From the first look at the venue to the next midnight, with everything that goes wrong."""
    day = opening()
    night(day)
    doubtful = morning(day)
    afternoon(day, doubtful)
    evening(day, doubtful)

    assert picture(replay(day.records)) == picture(day.state)
    assert {r.LossTripped, r.Halted, r.Resumed, r.Swept} < {type(record) for record in day.records}
