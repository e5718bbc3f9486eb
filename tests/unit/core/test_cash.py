"""The cash ledger: what no fill explains is found, told, and neither profit nor loss until it is
named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.answers import Denied, Done
from core.cash_rows import BY_A_PERSON, CashKind
from core.money import ZERO
from core.statement import Statement
from tests.unit.core.losing import equity, losing, restarted, show
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
ASKED: dict[str, Any] = {"account": "one", "by": "anna", "reason": "rent"}


def booked(stage: Stage) -> list[tuple[str, Decimal]]:
    """Return what was booked: kind and amount."""
    rows = [one for one in stage.records if isinstance(one, r.CashBooked)]
    return [(str(one.kind), one.amount) for one in rows]


def agreed(**limits: str) -> Stage:
    """Begin with an account whose balance of 100000 was compared once."""
    numbers: dict[str, Any] = {"daily_loss_max": "1000"} | limits
    stage = losing(**numbers)
    show(stage, "100000")
    equity(stage, "100000")
    return stage


def test_a_withdrawal_is_no_loss() -> None:
    """From its first second: entries wait while it may be a loss, nothing trips, and two pictures
    settle it."""
    stage = agreed()
    assert [] == equity(stage, "95000", balance="95000")
    answer = stage.say(effect="open", quantity="0.001")
    assert ("refused balance_in_doubt", "-5000") == (codes(answer), answer.value)
    show(stage, "95000")
    assert [] == booked(stage)
    show(stage, "95000")
    assert ["balance_differs"] == stage.alarms
    equity(stage, "95000", balance="95000")

    assert [("unexplained", D(-5000))] == booked(stage)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.001"))
    assert "daily_loss_reached" in equity(stage, "94000", balance="95000")


def test_a_deposit_hides_no_loss() -> None:
    """Money that came in while the account loses does not let it trade on."""
    stage = agreed()
    equity(stage, "104000", balance="105000")
    assert "refused balance_in_doubt" == codes(stage.send(effect="open"))
    for _ in range(2):
        show(stage, "105000")

    assert "daily_loss_reached" in equity(stage, "104000", balance="105000")


def test_a_deposit_is_no_peak() -> None:
    """The trailing drawdown counts as if it had not come."""
    stage = losing(trailing_drawdown_max="1000", daily_loss_max="9000", daily_loss_warn="9000")
    show(stage, "100000")
    equity(stage, "100000")
    equity(stage, "150000", balance="150000")
    assert D(100000) == stage.state.losses["one"].peak
    for _ in range(2):
        show(stage, "150000")
    equity(stage, "150000", balance="150000")
    assert [] == equity(stage, "149000.01", balance="150000")

    assert ["trailing_drawdown_reached"] == equity(stage, "149000", balance="150000")


def test_an_announced_transfer_is_booked_at_sight_without_an_alarm() -> None:
    """Under the person's name; the announcement is used up."""
    stage = agreed()
    done = stage.do(c.NoteTransfer(kind="transfer", amount=D(-5000), **ASKED)).answers[0]
    show(stage, "95000")

    assert (Done(), [], ()) == (done, stage.alarms, stage.state.cash["one"].expected)
    assert [("transfer", D(-5000))] == booked(stage)
    assert "anna" == next(x for x in stage.records if isinstance(x, r.CashBooked)).by


def test_an_announcement_is_forgotten_after_a_week() -> None:
    """What comes later comes unannounced."""
    stage = agreed()
    stage.do(c.NoteTransfer(kind="transfer", amount=D(-5000), **ASKED))
    stage.wait(7 * 24 * 3600)
    for _ in range(2):
        show(stage, "95000")

    assert [("unexplained", D(-5000))] == booked(stage)


@pytest.mark.parametrize("kind", BY_A_PERSON)
def test_what_a_person_names_is_that_from_the_moment_of_its_booking(kind: CashKind) -> None:
    """A fee and a financing become the loss that they were; a transfer stays none."""
    stage = agreed()
    for _ in range(2):
        show(stage, "99200")
    entry = stage.state.cash["one"].unnamed[0].entry
    stage.do(c.NoteTransfer(kind=kind, entry=entry, **ASKED))
    costs = kind in (CashKind.FEE, CashKind.FUNDING)
    said = equity(stage, "98900", balance="99200")

    assert () == stage.state.cash["one"].unnamed
    assert costs is ("daily_loss_reached" in said)
    assert [kind] == [x.kind for x in stage.records if isinstance(x, r.CashNamed)]


def test_a_cost_of_yesterday_that_is_named_today_is_no_loss_of_today() -> None:
    """The day began without it."""
    stage = agreed()
    for _ in range(2):
        show(stage, "99200")
    equity(stage, "99200", balance="99200")
    day = stage.now + 10**9
    stage.do(c.LoadCalendar(account="one", days_ns=(day,), valid_until_ns=day * 2, source_hash="h"))
    stage.wait(2)
    equity(stage, "99200", balance="99200")
    stage.do(c.NoteTransfer(kind="fee", amount=D(-800), **ASKED))

    assert ["daily_loss_warning"] == equity(stage, "98600", balance="99200")


def test_a_named_gain_moves_the_peak_as_if_it_had_been_one() -> None:
    """Financing that was received raised the account."""
    stage = losing(trailing_drawdown_max="1000", daily_loss_max="9000", daily_loss_warn="9000")
    show(stage, "100000")
    equity(stage, "100000")
    for _ in range(2):
        show(stage, "101000")
    equity(stage, "101000", balance="101000")
    stage.do(c.NoteTransfer(kind="funding", amount=D(1000), **ASKED))
    equity(stage, "101000", balance="101000")

    assert ["trailing_drawdown_reached"] == equity(stage, "100000", balance="101000")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "two"}, "account_unknown"),
        ({"kind": "gift"}, "cash_kind_unknown"),
        ({"kind": "unexplained"}, "cash_kind_unknown"),
        ({"reason": ""}, "reason_missing"),
        ({"amount": None}, "cash_amount_missing"),
        ({"amount": ZERO}, "cash_amount_missing"),
        ({"entry": "nothing"}, "cash_entry_unknown"),
    ],
)
def test_a_transfer_is_noted_with_all_that_it_needs(change: dict[str, Any], code: str) -> None:
    """Account, kind, reason, and an amount or the booking that it names."""
    stage = agreed()
    asked: dict[str, Any] = {"kind": "transfer", "amount": D(5), **ASKED, **change}
    (answer,) = stage.do(c.NoteTransfer(**asked)).answers

    assert isinstance(answer, Denied)
    assert code == answer.code


def test_announcements_have_a_bound() -> None:
    """The twenty-first is refused."""
    stage = agreed()
    asked = [c.NoteTransfer(kind="transfer", amount=D(n), **ASKED) for n in range(1, 22)]
    answers = [stage.do(one).answers[0] for one in asked]

    assert [Done()] * 20 == answers[:20]
    assert "cash_too_many" == getattr(answers[20], "code", "")


def test_fills_and_fees_explain_the_balance() -> None:
    """A loss that was traded is a loss, and no transfer."""
    stage = agreed()
    stage.fill(stage.entry("1"), "1", "50000", fee="10")
    stage.fill(stage.say("exit").orders[0], "1", "49000", fee="10")
    show(stage, "98980")

    assert ([], []) == (booked(stage), stage.alarms)
    assert "daily_loss_reached" in equity(stage, "98980", balance="98980")


def test_a_split_of_profit_that_the_venue_makes_in_another_way_is_nothing() -> None:
    """Two strategies at two prices: the venue nets them, and its balance differs, its worth not."""
    stage = agreed()
    stage.fill(stage.entry("1", strategy="trend"), "1", "49000", fee="0")
    stage.fill(stage.entry("1", strategy="fade"), "1", "51000", fee="0")
    stage.fill(stage.say("exit", strategy="fade").orders[0], "1", "50000", fee="0")
    show(stage, "100000")  # by its average price of 50000 it earned nothing; by ours fade lost

    assert ([], None) == (booked(stage), stage.state.cash["one"].suspect)
    assert D(1000) == stage.state.cash["one"].split


def test_a_fee_that_was_not_told_is_no_transfer() -> None:
    """Up to a hundredth of what was traded; more is none that anybody takes."""
    stage = agreed()
    for side in ("in", "out"):
        order = stage.entry("1") if side == "in" else stage.order(stage.say("exit").orders[0])
        stage.fill(order, "1", "50000", fee=None)
    for _ in range(2):
        show(stage, "99950")
    assert ([], True) == (booked(stage), "admitted" == codes(stage.send(effect="open")))
    stage.report(next(iter(stage.state.alive)), "cancelled")
    for _ in range(2):
        show(stage, "97000")

    assert [("unexplained", D(-3000))] == booked(stage)


def test_where_others_trade_what_is_left_over_counts() -> None:
    """Their loss is the account's: nobody can call it a transfer by silence."""
    stage = agreed()
    show(stage, "100000", BTCUSDT="1")
    stage.wait(6)
    show(stage, "100000", BTCUSDT="1")
    stage.do(c.Resume(scope="account:one", by="anna", reason="mine"))
    for _ in range(25):
        show(stage, "98000", BTCUSDT="1")
    assert [] == booked(stage)  # the venue may still list it as a movement of money
    for _ in range(3):
        show(stage, "98000", BTCUSDT="1")

    assert [("strangers", D(-2000))] == booked(stage)
    assert "daily_loss_reached" in equity(stage, "98000", balance="98000")


def with_others(**limits: str) -> Stage:
    """Begin with an account in which somebody else holds something."""
    stage = agreed(**limits)
    show(stage, "100000", BTCUSDT="1")
    stage.wait(6)
    show(stage, "100000", BTCUSDT="1")
    stage.do(c.Resume(scope="account:one", by="anna", reason="mine"))
    return stage


def listed(stage: Stage, amount: str) -> None:
    """Let the venue list a movement of money."""
    stage.do(
        c.TakeBooking(
            account="one", id="w1", kind=CashKind.TRANSFER, amount=D(amount), currency="USDT",
            venue_ns=stage.now, note="withdrawal",
        )
    )  # fmt: skip


def lines(stage: Stage) -> list[tuple[str, Decimal | None]]:
    """Return what the statement says of money beside fills."""
    statement, found = Statement(), {}
    for record in stage.records:
        for change in statement.take(record):
            if change.new is not None:
                found[change.new.place] = (str(change.new.kind), change.new.amount)
    return list(found.values())


@pytest.mark.parametrize("pictures", [0, 2, 25, 40])
def test_a_withdrawal_where_others_trade_is_one_line(pictures: int) -> None:
    """Whether the balance or the venue's list tells of it first, and however late the list is: one
    line, a transfer, and no loss of the day."""
    stage = with_others()
    for _ in range(pictures):
        show(stage, "97000", BTCUSDT="1")
    listed(stage, "-3000")
    for _ in range(30):
        show(stage, "97000", BTCUSDT="1")

    assert [("transfer", D(-3000))] == lines(stage)
    assert D(-3000) == stage.state.cash["one"].flows
    assert "daily_loss_reached" not in equity(stage, "97000", balance="97000")
    assert picture(replay(stage.records)) == picture(stage.state)


def test_a_deposit_listed_late_raises_no_peak() -> None:
    """It was taken for a profit of others, and a drawdown was counted from there; told as what it
    was, the peak is the one before."""
    stage = with_others(trailing_drawdown_max="1000", daily_loss_max="9000")
    assert D(100000) == stage.state.losses["one"].peak
    for _ in range(30):
        show(stage, "103000", BTCUSDT="1")
    equity(stage, "103000", balance="103000")
    assert D(103000) == stage.state.losses["one"].peak
    listed(stage, "3000")

    assert D(100000) == stage.state.losses["one"].peak
    assert [("transfer", D(3000))] == lines(stage)


def test_a_deposit_that_raised_the_peak_is_no_loss_when_the_position_becomes_ours() -> None:
    """It came while a share was out of our hands, and was counted; taken back before the balance
    was explained, it is not taken out of the figures a second time."""
    stage = agreed(trailing_drawdown_max="1000", daily_loss_max="9000")
    stage.fill(stage.entry("1"), "1", "50000", fee="0")
    show(stage, "100000", BTCUSDT="1")
    share: dict[str, Any] = {
        "account": "one", "instrument": "BTCUSDT", "by": "anna", "reason": "mine",
    }  # fmt: skip
    stage.do(c.AssignPosition(source="trend", target="", **share))
    for _ in range(3):
        show(stage, "103000", BTCUSDT="1")
    equity(stage, "103000", balance="103000")
    assert D(103000) == stage.state.losses["one"].peak
    stage.do(c.AdoptPosition(strategy="trend", **share))
    said: list[str] = []
    for _ in range(40):
        show(stage, "103000", BTCUSDT="1")
        said += equity(stage, "103000", balance="103000")

    assert [("strangers", D(3000))] == booked(stage)
    assert "trailing_drawdown_reached" not in said


def test_a_change_that_goes_away_again_was_none() -> None:
    """A balance that lags behind a fill, once, is booked nowhere."""
    stage = agreed()
    show(stage, "99000")
    assert D(-1000) == stage.state.cash["one"].suspect
    show(stage, "100000")

    assert ([], None) == (booked(stage), stage.state.cash["one"].suspect)


def test_what_was_seen_once_before_a_restart_is_confirmed_after_it() -> None:
    """Suspicion, announcements and unnamed bookings are in the journal."""
    stage = agreed()
    stage.do(c.NoteTransfer(kind="transfer", amount=D(300), **ASKED))
    show(stage, "99000")
    restarted(stage)
    show(stage, "99000")

    assert [("unexplained", D(-1000))] == booked(stage)
    assert picture(replay(stage.records)) == picture(stage.state)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(-40, 40)), max_size=8))
def test_every_change_is_booked_to_the_cent_and_nothing_else(
    steps: list[tuple[bool, int]],
) -> None:
    """Trades and transfers in any order: what is booked is what was transferred."""
    stage = losing(daily_loss_max="900000", daily_loss_warn="900000")
    show(stage, "100000")
    balance, moved = D(100000), ZERO
    for trades, hundreds in steps:
        amount = D(hundreds) * 100
        if trades:
            stage.wait(600)  # a trade so far from the market pauses the strategy for a while
            stage.fill(stage.entry("0.01", strategy="fade"), "0.01", "50000", fee="0.5")
            price = D(50000) + amount * 100
            out = stage.say("exit", strategy="fade").orders[0]
            stage.fill(out, "0.01", str(max(price, D(1))), fee="0.5")
            balance += (max(price, D(1)) - 50000) / 100 - 1
        else:
            moved += amount
        stage.equity("one", str(balance + moved), observe=False)
        for _ in range(2):
            show(stage, str(balance + moved))
    cash = stage.state.cash["one"]

    assert moved == cash.flows == cash.booked
