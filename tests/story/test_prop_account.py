"""Two prop accounts, told through the engine: one through its daily loss, one that trails."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.loss_setup import DayFrom, LossRules, OnBreach, PeakAt
from tests.unit.core.losing import show
from tests.unit.core.setups import DAY_NS, WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
HOUR_S = 3600


def prop(loss: LossRules, **limits: str) -> Stage:
    """Midnight: an account of 50000 at a firm, beside one of our own without such rules."""
    numbers = {name: D(text) for name, text in limits.items()}
    setup = setup_of("prop", "desk", limits={"account:prop": replaced(WIDE, **numbers)})
    accounts = dict(setup.accounts)
    accounts["prop"] = replaced(accounts["prop"], loss=loss)
    day = Stage(replaced(setup, accounts=accounts), recovered=False)
    day.standings.pop("prop")
    midnights = tuple(day.now + offset * DAY_NS for offset in range(15))
    for name in ("prop", "desk"):
        day.do(
            c.LoadCalendar(
                account=name, days_ns=midnights, valid_until_ns=midnights[-1], source_hash="h"
            )
        )
    marks(day, "50000")
    for name in ("prop", "desk"):
        day.recover(name)
    show(day, "50000", account="prop")
    return day


def marks(day: Stage, equity: str, balance: str = "50000", *, times: int = 3) -> list[str]:
    """Let the venue tell its figures; return the alarms."""
    said: list[str] = []
    for _ in range(times):
        day.equity("prop", equity, balance=balance)
        said += day.alarms
    return said


def restart(day: Stage) -> None:
    """Pull the plug; the new process reads the journal and compares."""
    before = picture(day.state)
    day.state = replay(day.records)
    assert before == picture(day.state)
    day.start()
    for name in ("prop", "desk"):
        day.recover(name)


def open_and_down(day: Stage) -> str:
    """The market alone takes the account to its limit. Returns the order that was resting."""
    # 08:00  An alert buys on both accounts, and rests another order below.
    day.wait(8 * HOUR_S)
    bought = day.say(effect="open", quantity="1")
    for name in bought.orders:
        day.fill(name, "1", "50001", fee="0")
    resting = day.say(effect="open", quantity="1", order_type="limit", price="49000").orders[0]
    day.report(resting, "accepted")

    # 09:30  It falls. One bad tick warns of nothing; three readings do.
    day.wait(90 * 60)
    assert [] == marks(day, "10", times=1)
    assert [] == marks(day, "50000")
    assert ["daily_loss_warning"] == marks(day, "49400")

    # 10:00  No trade, only the market: 1000 below midnight. The firm's rule would be 1250.
    day.wait(30 * 60)
    assert [] == marks(day, "49000.01")
    assert ["daily_loss_reached"] == marks(day, "49000")
    tripped = next(x for x in day.records if isinstance(x, r.LossTripped))
    assert (D(1000), D(1000), "daily", "flatten") == (
        tripped.loss, tripped.limit, tripped.rule, tripped.on_breach,
    )  # fmt: skip
    return resting


def flat_and_shut(day: Stage, resting: str) -> None:
    """What is open is closed, through a crash in the middle of it."""
    # 10:00  Everything that works there is asked to end; the other account is left alone.
    assert day.order(resting).pending_cancel
    assert not any(
        o.purpose == "flatten" and o.account == "desk" for o in day.state.orders.values()
    )

    # 10:00  The process dies before the venue has confirmed. The new one goes on where it was.
    restart(day)
    for order in [day.state.orders[name] for name in day.state.alive]:
        if order.account == "prop" and order.purpose == "entry":
            day.report(order, "cancelled")
    day.wait(6)
    day.tick()
    (close,) = [
        order
        for order in day.state.orders.values()
        if order.purpose == "flatten" and order.account == "prop"
    ]
    assert ("sell", D(1)) == (close.side, close.quantity)
    day.fill(close, "1", "49001", fee="0")
    show(day, "49000", account="prop")
    assert {} == day.state.flattens
    assert D(0) == day.share("prop")

    # 11:00  It stays shut, though the market comes back; the other account trades on.
    day.wait(HOUR_S)
    marks(day, "49000", "49000")
    verdicts = {v.account: v.code for v in day.say(effect="open", quantity="0.01").accounts}
    assert {"prop": "daily_loss_reached", "desk": ""} == verdicts


def next_day(day: Stage) -> None:
    """Midnight of the account's own zone lifts it, and counts from there."""
    # 14:00  A payout of 500 leaves the account. It is announced, so nobody is called.
    day.wait(3 * HOUR_S)
    day.do(
        c.NoteTransfer(account="prop", kind="transfer", amount=D(-500), by="anna", reason="payout")
    )
    show(day, "48500", account="prop")
    assert [] == day.alarms
    marks(day, "48500", "48500")

    # 23:59  Another restart. It is still today.
    day.wait(10 * HOUR_S - 60 - 12)
    restart(day)
    assert "daily_loss_reached" == day.say(effect="open", quantity="0.01").accounts[0].code

    # 24:00  The next day begins at 48500, and 1000 may be lost again.
    day.wait(2 * HOUR_S)
    marks(day, "48500", "48500")
    day.tick()
    assert D(48500) == day.state.accounts["prop"].day_equity
    assert "" == day.say(effect="open", quantity="0.01").accounts[0].code
    assert [] == [a for a in marks(day, "47500.01", "48500") if a == "daily_loss_reached"]
    assert ["daily_loss_reached"] == marks(day, "47500", "48500")


def test_a_prop_account_through_its_daily_loss() -> None:
    """Marking to market alone trips it; it is closed, through a restart; the next day is a new
    one."""
    rules = LossRules(day_from=DayFrom.HIGHER, on_breach=OnBreach.FLATTEN)
    day = prop(rules, daily_loss_max="1000", daily_loss_warn="500")
    resting = open_and_down(day)
    flat_and_shut(day, resting)
    next_day(day)

    assert picture(replay(day.records)) == picture(day.state)


def test_a_trailing_drawdown() -> None:
    """The floor follows the best days up to the start balance, and a person lets it go."""
    # A firm's account of 50000: at most 2000 below the best end of a day, never above 50000.
    rules = LossRules(
        start_balance=D(50000),
        peak=PeakAt.END_OF_DAY,
        trailing_lock=D(0),
        on_breach=OnBreach.REDUCE,
    )
    day = prop(
        rules, trailing_drawdown_max="2000", trailing_drawdown_warn="1500",
        daily_loss_max="90000", daily_loss_warn="90000",
    )  # fmt: skip

    # Monday  Up 1500 at noon, up 800 in the evening. Only the evening counts.
    day.wait(12 * HOUR_S)
    assert [] == marks(day, "51500")
    day.wait(11 * HOUR_S)
    marks(day, "50800")
    assert D(50000) == day.state.losses["prop"].peak

    # Tuesday  The day began with 50800, so the floor is at 48800. A restart forgets no peak.
    day.wait(2 * HOUR_S)
    day.tick()
    restart(day)
    assert D(50800) == day.state.losses["prop"].peak
    assert ["trailing_drawdown_warning"] == marks(day, "49000")

    # Tuesday  Up again, and 4000 at the end of the day: the floor would be at 52800. It is locked.
    marks(day, "54800")
    day.wait(24 * HOUR_S)
    day.tick()
    marks(day, "50000.01")
    assert "" == day.say(effect="open", quantity="0.001").accounts[0].code

    # Wednesday  The last cent of profit is gone: what rests is cancelled, entries stop.
    resting = day.say(effect="open", quantity="1", order_type="limit", price="49000").orders[0]
    day.report(resting, "accepted")
    assert ["trailing_drawdown_reached"] == marks(day, "50000")
    assert day.order(resting).pending_cancel

    # Friday  Neither days nor gains let it go. A person does, and says why.
    day.wait(48 * HOUR_S)
    day.tick()
    marks(day, "53000")
    restart(day)
    assert "trailing_drawdown_reached" == day.say(effect="open").accounts[0].code
    day.do(c.ReleaseLoss(account="prop", by="anna", reason="spoken with the firm"))
    assert "" == day.say(effect="open", quantity="0.001").accounts[0].code
