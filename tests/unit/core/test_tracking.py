"""What becomes of an order by executions, outcomes of calls, look-ups and news of strangers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.money import ZERO, NumberError
from core.orders import Order, OrderEvent
from core.reports import Report
from tests.unit.core.setups import DAY_NS, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal


def unknown(stage: Stage) -> Order:
    """Make an order whose outcome nobody knows."""
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text="no answer"))
    return stage.order(order)


# --- executions


def test_a_fee_that_comes_later_moves_money_alone() -> None:
    """A fill without its fee has none yet; told again with it, only the fees change."""
    stage = Stage()
    order = stage.entry("2")
    stage.fill(order, "1", exec_id="a", fee=None, price="90")
    stage.fill(order, "1", exec_id="b", fee="0.5", price="110")
    assert stage.order(order).fee is None
    before = stage.state.positions["one", "BTCUSDT", "trend"]
    stage.fill(order, "1", exec_id="a", fee="0.25", price="90")
    after = stage.state.positions["one", "BTCUSDT", "trend"]

    assert D("0.75") == stage.order(order).fee == after.fees
    assert (before.quantity, before.average_price, before.realized) == (
        after.quantity, after.average_price, after.realized,
    )  # fmt: skip
    assert [] == stage.fill(order, "1", exec_id="a", fee="0.25", price="90").records


def test_a_fee_in_another_currency_is_not_known() -> None:
    """Nothing is converted: a fee in another currency than the account's counts as not known."""
    stage = Stage()
    order = stage.entry("2")
    stage.fill(order, "2", fee="0.001", fee_currency="BNB")

    assert stage.order(order).fee is None
    assert ZERO == stage.state.positions["one", "BTCUSDT", "trend"].fees


def test_a_bust_gives_back_quantity_money_and_fee() -> None:
    """A fill that is taken back leaves a position, and fees, as if it had never been."""
    stage = Stage()
    order = stage.position("2")
    other = stage.entry("1")
    stage.fill(other, "1", exec_id="x", price="60000", fee="3")
    stage.report(other, "bust", exec_id="x")
    position = stage.state.positions["one", "BTCUSDT", "trend"]

    assert ["fill_busted"] == stage.alarms
    assert (D(2), D("0.1")) == (position.quantity, position.fees)
    assert D(50000) * 2 == position.average_price * 2 - position.realized
    assert ("cancelled", ZERO, ZERO) == (
        stage.order(other).state, stage.order(other).filled, stage.order(other).fee,
    )  # fmt: skip
    assert [] == stage.report(other, "bust", exec_id="x").records
    assert [] == stage.fill(other, "1", exec_id="x", price="60000", fee="3").records
    assert "filled" == stage.order(order).state


def test_a_correction_changes_price_and_quantity() -> None:
    """A corrected fill counts as corrected, and its first story, told again, changes nothing."""
    stage = Stage()
    order = stage.entry("2")
    stage.fill(order, "2", exec_id="x", price="50000")
    stage.report(order, "corrected", exec_id="x", quantity="2", price="49000", fee="0.1")

    assert ["fill_corrected"] == stage.alarms
    assert (D(49000), "filled") == (stage.order(order).average_price, stage.order(order).state)
    assert [] == stage.fill(order, "2", exec_id="x", price="50000").records
    again = stage.report(order, "corrected", exec_id="x", quantity="2", price="49000", fee="0.1")
    assert [] == again.records
    stage.report(order, "corrected", exec_id="x", quantity="2", price="49000", fee="0.3")
    assert D("0.3") == stage.order(order).fee
    assert D("0.3") == stage.state.positions["one", "BTCUSDT", "trend"].fees
    unsaid = stage.report(order, "corrected", exec_id="x", quantity="2", price="49000")
    assert [] == unsaid.records


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("fill", {"exec_id": "", "quantity": "1", "price": "1"}),
        ("fill", {"exec_id": "n", "quantity": None, "price": "1"}),
        ("fill", {"exec_id": "n", "quantity": "0", "price": "1"}),
        ("fill", {"exec_id": "n", "quantity": "-1", "price": "1"}),
        ("fill", {"exec_id": "n", "quantity": "1", "price": None}),
        ("fill", {"exec_id": "x", "quantity": "2", "price": "50000"}),
        ("fill", {"exec_id": "x", "quantity": "1", "price": "50001"}),
        ("corrected", {"exec_id": "x"}),
        ("bust", {"exec_id": ""}),
        ("bust", {"exec_id": "other"}),
        ("fill", {"exec_id": "other", "quantity": "1", "price": "50000"}),
        ("replaced", {"quantity": "0"}),
        ("released", {}),
        ("sent", {}),
        ("found", {}),
        ("absent", {}),
    ],
)
def test_what_cannot_be_changes_nothing_and_calls_a_person(
    event: str, facts: dict[str, str]
) -> None:
    """Reports without their facts, against known facts, or not for a venue to make: an alarm."""
    stage = Stage()
    stage.fill(stage.entry("1"), "1", exec_id="other")
    order = stage.entry("2")
    stage.fill(order, "1", exec_id="x", price="50000")
    before, at_stake = stage.order(order), stage.exposure()
    stage.report(order, event, **facts)

    assert ["report_impossible"] == stage.alarms
    assert (before, at_stake) == (stage.order(order), stage.exposure())


def test_no_number_of_a_report_is_nan() -> None:
    """A venue's NaN is refused where the report is made, before it can reach a sum."""
    with pytest.raises(NumberError):
        Report(account="a", order="o", event=OrderEvent.FILL, at_ns=1, quantity=D("NaN"))


def test_profit_counts_what_one_unit_is_worth() -> None:
    """An instrument whose unit is worth two makes twice the profit."""
    stage = Stage()
    stage.fill(stage.entry("1", symbol="ETHUSDT"), "1", price="2000")
    stage.fill(stage.say("exit", symbol="ETHUSDT").orders[0], "1", price="2010")

    assert D(20) == stage.state.positions["one", "ETHUSDT", "trend"].realized


# --- strangers


def test_a_fill_of_an_order_that_is_nobodys_calls_a_person() -> None:
    """An order without our name is somebody else's business: shown, and trading goes on."""
    stage = Stage()
    stage.report("", "fill", exec_id="z", quantity="1", price="1")

    assert ["report_unmatched"] == stage.alarms
    assert {} == stage.state.halts
    assert "admitted" == codes(stage.send())


@pytest.mark.parametrize("event", ["accepted", "fill", "replaced", "bust"])
def test_news_of_an_unknown_order_under_our_name_stops_the_account(event: str) -> None:
    """The journal is an old copy, or a second bridge runs: entries stop until a person looked."""
    stage = Stage(setup_of("one", "two"))
    facts = {"exec_id": "z", "quantity": "1", "price": "1"} if event != "accepted" else {}
    stage.report("a" * 26, event, **facts)

    assert ["report_unmatched"] == stage.alarms
    assert ["account:one"] == list(stage.state.halts)
    stage.report("b" * 26, event, **facts)
    assert 1 == sum(isinstance(record, r.Halted) for record in stage.records)
    verdicts = {verdict.account: verdict.code for verdict in stage.say().accounts}
    assert {"one": "halted", "two": ""} == verdicts


@pytest.mark.parametrize(
    ("event", "age_ns"), [("cancelled", 0), ("rejected", 0), ("fill", DAY_NS + 1)]
)
def test_old_stories_stop_nothing(event: str, age_ns: int) -> None:
    """What is over, or was told days ago and comes again after a reconnect, only calls a person."""
    stage = Stage()
    facts = {"exec_id": "z", "quantity": "1", "price": "1"}
    stage.report("a" * 26, event, at_ns=stage.now - age_ns, **facts)

    assert ["report_unmatched"] == stage.alarms
    assert {} == stage.state.halts


def test_a_report_of_another_account_is_not_for_this_order() -> None:
    """An order is known by its account too: another account's word does not touch it."""
    stage = Stage(setup_of("one", "two"))
    order = stage.entry("2")
    stage.report(order, "fill", account="two", exec_id="z", quantity="1", price="1")

    assert ["report_unmatched"] == stage.alarms
    assert ZERO == stage.order(order).filled


# --- outcomes of calls


def test_an_order_was_sent_when_its_venue_was_called() -> None:
    """The time of the call counts, not that of the news; told twice it stays the first."""
    stage = Stage()
    order = stage.entry("2")
    entered_ns = stage.now + 1
    stage.wait(1)
    stage.do(c.NoteSent(order=order.order, entered_ns=entered_ns))
    stage.report(order, "accepted", at_ns=entered_ns + 1)
    assert stage.now == stage.order(order).accepted_ns
    again = stage.do(c.NoteSent(order=order.order, entered_ns=stage.now)).records

    assert (entered_ns, []) == (stage.order(order).sent_ns, again)


def test_what_proves_nothing_makes_an_order_unknown_and_asks() -> None:
    """A timeout leaves the order at full size and asks the venue for it."""
    stage = Stage()
    order = unknown(stage)

    assert ("unknown", D(2)) == (order.state, stage.exposure().buy)
    assert [AskLookup(order.order)] == stage.last.effects


def test_a_proven_reject_gives_back_what_was_reserved() -> None:
    """What is proven not to be at the venue is at nobody's risk."""
    stage = Stage()
    order = stage.entry("2")
    stage.do(c.NoteTrouble(order=order.order, proven=True, code="no_money", text="too poor"))

    assert ("rejected", "no_money", ZERO) == (
        stage.order(order).state, stage.order(order).reason, stage.exposure().buy,
    )  # fmt: skip
    assert [] == stage.last.effects


@pytest.mark.parametrize(("asked", "state"), [(False, "expired"), (True, "cancelled")])
def test_what_was_not_sent_in_time_is_expired_or_cancelled(asked: bool, state: str) -> None:
    """An order that never left ends as cancelled when somebody had asked for that."""
    stage = Stage()
    order = stage.entry("2")
    if asked:
        stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    stage.do(c.NoteTrouble(order=order.order, proven=True, code="late", text="", expired=True))

    assert (state, []) == (stage.order(order).state, stage.alarms)


def test_a_fatal_answer_halts_the_account_once() -> None:
    """A venue that refuses to work with us needs a person; the first reason stays."""
    stage = Stage()
    for code, order in [("auth", stage.entry("1")), ("closed", stage.entry("1"))]:
        stage.do(c.NoteTrouble(order=order.order, proven=True, code=code, text="no", fatal=True))
        assert ["venue_fatal"] == stage.alarms

    assert "auth: no" == stage.state.halts["account:one"].reason
    assert "refused halted" == codes(stage.send())


def test_news_of_a_swept_order_is_nobodys_call() -> None:
    """Outcomes for orders that left the state long ago change nothing."""
    stage = Stage()
    for command in (
        c.NoteSent(order="gone", entered_ns=1),
        c.NoteTrouble(order="gone", proven=False, code="x", text=""),
        c.TakeLookup(order="gone", found=None, conclusive=True),
    ):
        assert [] == stage.do(command).records


# --- look-ups


def test_found_adopts_the_order_with_its_fills() -> None:
    """What the venue shows by our id is ours, fills and all, each counted once."""
    stage = Stage()
    order = unknown(stage)
    fill = stage.told(order, "fill", exec_id="a", quantity="0.5", price="50000", fee="1").report
    stage.do(c.TakeReport(report=fill))
    shown = stage.shown(order, "accepted", filled=D("0.5"), fills=(fill,))
    stage.look(order, shown)

    assert ("partially_filled", D("0.5"), "v1") == (
        stage.order(order).state, stage.order(order).filled, stage.order(order).venue_order,
    )  # fmt: skip
    assert [] == stage.alarms
    assert [] == stage.look(order, shown).records


@pytest.mark.parametrize("event", ["cancelled", "rejected", "expired"])
def test_found_over_ends_the_order(event: str) -> None:
    """What the venue shows as over is over."""
    stage = Stage()
    order = unknown(stage)
    stage.look(order, stage.shown(order, event, reason="so it is"))

    assert (event, "so it is") == (stage.order(order).state, stage.order(order).reason)


def test_fills_that_the_venue_counts_and_does_not_show_are_missed() -> None:
    """The venue says filled, its fills do not add up: nothing is set from a sum, a person looks."""
    stage = Stage()
    order = unknown(stage)
    stage.look(order, stage.shown(order, "fill", filled=D(2)))

    assert ["fills_incomplete"] == stage.alarms
    assert ("accepted", ZERO, D(2)) == (
        stage.order(order).state, stage.order(order).filled, stage.exposure().buy,
    )  # fmt: skip


def test_absence_that_proves_nothing_changes_nothing() -> None:
    """A venue that might not show it has not said that it is not there."""
    stage = Stage()
    order = unknown(stage)

    looked = stage.look(order, None, conclusive=False).records
    assert [r.LookedUp] == [type(record) for record in looked]
    assert ("unknown", D(2)) == (stage.order(order).state, stage.exposure().buy)


def test_proven_absence_frees_the_instrument_and_is_watched() -> None:
    """Not placed: nothing is reserved any more; when it arrives late it counts, and calls."""
    stage = Stage()
    order = unknown(stage)
    stage.look(order, None)
    assert ("not_placed", ZERO) == (stage.order(order).state, stage.exposure().buy)
    assert "admitted" == codes(stage.send())
    stage.fill(order, "1")

    assert ["late_arrival"] == stage.alarms
    assert ("partially_filled", D(2)) == (stage.order(order).state, stage.exposure().buy)
    assert D(1) == stage.share()


def test_a_young_order_goes_once_more_where_ids_are_kept_for_ever() -> None:
    """Absent and within its time to live: the same order under the same id."""
    stage = Stage()
    order = unknown(stage)
    stage.wait(29)

    looked = stage.look(order, None, may_resend=True).records
    assert [r.LookedUp] == [type(record) for record in looked]
    assert [order.order] == stage.sent
    stage.wait(1)
    stage.look(order, None, may_resend=True)
    assert ([], "not_placed") == (stage.sent, stage.order(order).state)


@pytest.mark.parametrize("why", ["halted", "cancelled", "held", "accepted", "reducing"])
def test_an_order_does_not_go_again_when_it_should_not(why: str) -> None:
    """Halted, asked to end, never allowed yet, seen before, or not allowed to grow: it stays."""
    stage = Stage()
    if why == "held":
        stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    order = stage.entry("2")
    if why == "halted":
        stage.do(c.Halt(scope="strategy:trend", by="anna", reason="test"))
    elif why == "cancelled":
        stage.do(c.CancelOrder(order=order.order, by="anna", reason="test"))
    elif why == "accepted":
        stage.report(order, "accepted")
    elif why == "reducing":
        stage.setup = setup_of(account={"reducing": True})
        stage.start()
        stage.recover("one")
    stage.look(order, None, may_resend=True)

    ends = {"held": "held", "accepted": "accepted"}.get(why, "not_placed")
    assert ([], ends) == (stage.sent, stage.order(order).state)
    assert (["working_order_not_shown"] if why == "accepted" else []) == stage.alarms


def test_an_exit_goes_again_while_halted() -> None:
    """What makes a position smaller passes a halt, also the second time."""
    stage = Stage()
    stage.position("2")
    name = stage.say("exit").orders[0]
    stage.do(c.NoteTrouble(order=name, proven=False, code="timeout", text=""))
    stage.do(c.Halt(scope="global", by="anna", reason="test"))
    stage.look(name, None, may_resend=True)

    assert [name] == stage.sent


def test_the_journal_of_all_this_gives_the_same_state() -> None:
    """Whatever happened to the orders, folding the journal again ends in the same state."""
    stage = Stage()
    order = unknown(stage)
    stage.fill(order, "1", exec_id="a", fee=None)
    stage.fill(order, "1", exec_id="a", fee="1")
    stage.report(order, "corrected", exec_id="a", quantity="2", price="1", fee="2")
    stage.report(order, "bust", exec_id="a")
    stage.look(order, None)

    assert stage.state.orders == replay(stage.records).orders
