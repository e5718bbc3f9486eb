"""The smallest value of an order: what a spot account cannot sell is dust until its price rises."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from tests.unit.core.books import agreed
from tests.unit.core.guarded import (
    accept,
    ended_all,
    is_planned,
    legs,
    plan,
    quote,
    shape,
)
from tests.unit.core.stage import Stage, codes, picture, replay
from tests.unit.core.wallets import bought, sold, wallet

D = Decimal


def rest_of_three_dollars(stage: Stage) -> None:
    """Buy for 100 with a stop, and sell all but what is worth 3."""
    bought(stage, "0.002", protection=plan("45000"))
    sold(stage, "0.00194")
    assert D("0.00006") == stage.share()


def alarms(stage: Stage) -> list[str]:
    """Return the codes of all alarms so far."""
    return [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]


def sent(stage: Stage) -> int:
    """Count the orders that were made so far."""
    return sum(isinstance(one, r.OrderIntended) for one in stage.records)


# --- a rest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "configured"), [("5", "0"), (None, "5"), ("4", "5")])
def test_a_rest_that_is_worth_too_little_gets_no_order(told: str | None, configured: str) -> None:
    """No leg, no close, no alarm, however long it lies there; the venue or the file says what is
    enough."""
    stage = wallet(told, configured)
    rest_of_three_dollars(stage)
    before = sent(stage)
    for bid in ("49000", "46000", "44000", "40000", "44000"):
        assert [] == quote(stage, bid)
        stage.wait(61)
        stage.quote("BTCUSDT", bid, f"{bid}.5")
        stage.tick()

    assert (before, []) == (sent(stage), alarms(stage))
    assert {} == stage.state.trades


def test_without_a_smallest_value_it_is_a_position() -> None:
    """Where nobody says one, three dollars are sold like anything else."""
    stage = wallet(None)
    rest_of_three_dollars(stage)

    assert ["stop 0.00006 at 45000"] == shape(stage)


def test_a_rest_is_flat_for_whoever_trades_it() -> None:
    """An exit finds nothing to close and says how much there would have to be, a flatten ends and
    names it, and a sender who is flat misses no alert."""
    stage = wallet()
    rest_of_three_dollars(stage)
    answer = stage.say("exit")
    assert ("no_action quantity_below_step", "0.00006", "0.000103") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test"))
    agreed(stage)
    (end,) = [one for one in stage.records if isinstance(one, r.FlattenEnded)]
    assert ("flat", ("0.00006 BTCUSDT of trend in one",)) == (end.outcome, end.rest)

    entry = stage.say("buy", quantity="0.002", prev_position="flat")
    assert ("admitted", []) == (codes(entry), alarms(stage))
    assert not stage.state.gaps


def test_a_rest_comes_alive_when_its_price_rises() -> None:
    """Its protection slept: the level that was kept for it covers it again, once it is worth the
    room and more, and no sooner."""
    stage = wallet()
    rest_of_three_dollars(stage)
    assert [] == quote(stage, "85000")  # 5.10: enough, without any room
    assert [] == quote(stage, "90000")  # 5.40, but 2.70 at its stop: the bridge keeps that

    stage = wallet()
    bought(stage, "0.002", protection=plan("45000", trail="1000"))
    sold(stage, "0.00194")
    assert [] == quote(stage, "85000")
    assert ["stop 0.00006 at 89000"] == quote(stage, "90000")
    accept(stage)
    assert "held legs_first" == codes(stage.say("exit"))


def test_a_price_around_the_border_places_and_ends_nothing() -> None:
    """What is covered stays covered and what sleeps goes on sleeping, until the market has gone
    two percent."""
    stage = wallet()
    bought(stage, "0.002", protection=plan("45000", trail="1000"))
    sold(stage, "0.00194")
    quote(stage, "90000")
    accept(stage)
    before = len(stage.records)
    for _ in range(20):
        quote(stage, "89500")
        quote(stage, "90050")
    stands = [row for row in stage.records[before:] if not isinstance(row, r.Swept)]

    assert ["stop 0.00006 at 89000"] == shape(stage)
    assert [] == stands


def test_a_stop_that_stands_is_never_taken_away_for_its_value() -> None:
    """When the price comes near it the position is worth less than the room asks for; what the
    venue has taken stays there."""
    stage = wallet()
    bought(stage, "0.002", protection=plan("48000"))
    sold(stage, "0.001893")  # what is left is worth 5.35, and at its stop 5.136
    accept(stage)
    assert ["stop 0.000107 at 48000"] == shape(stage)
    for bid in ("48100", "48005"):
        assert ["stop 0.000107 at 48000"] == quote(stage, bid)
    assert not legs(stage)[0].pending_cancel
    assert "no_action quantity_below_step" == codes(stage.say("exit"))


def test_more_of_the_same_entry_wakes_its_protection() -> None:
    """The first fill of an entry may be worth too little; with the next one all of it is
    covered."""
    stage = wallet()
    order = stage.entry("0.002", protection=plan("45000"))
    stage.fill(order, "0.00004", price="50000")
    assert [] == shape(stage)
    stage.fill(order, "0.00196", price="50000")

    assert ["stop 0.002 at 45000"] == shape(stage)


def test_a_fill_too_small_for_a_stop_of_its_own_joins_the_one_before() -> None:
    """Where another stop would be worth too little, one stop for both follows the first."""
    stage = wallet()
    order = stage.entry("0.002", protection=plan("45000"))
    stage.fill(order, "0.00196", price="50000")
    accept(stage)
    stage.fill(order, "0.00004", price="50000")
    assert [True] == [one.pending_cancel for one in legs(stage)]
    ended_all(stage)

    assert ["stop 0.002 at 45000"] == shape(stage)


def test_the_next_position_does_not_inherit_what_slept() -> None:
    """An entry without levels after an exit has none, though the rest of the former position had
    some."""
    stage = wallet()
    rest_of_three_dollars(stage)
    assert is_planned(stage)
    bought(stage, "0.002")

    assert (False, []) == (is_planned(stage), shape(stage))
    sold(stage, "0.00206")
    assert D(0) == stage.share()


def test_a_part_for_a_target_goes_to_the_next_one() -> None:
    """As with a part below the smallest order: what is worth too little is closed with the next
    target."""
    stage = wallet()
    bought(stage, "0.00024", protection=plan("45000", "50100:30", "50200:70"))
    assert ["stop 0.00024 at 45000"] == quote(stage, "50150")
    quote(stage, "50250")
    reached = [one for one in stage.records if isinstance(one, r.LevelReached)]

    assert [("target 2", D("0.00024"))] == [(one.leg, one.quantity) for one in reached]


def kept() -> Stage:
    """Own what is worth 6, with a stop that the bridge keeps at 45000, where it is worth 5.40."""
    stage = wallet(stops=False)
    bought(stage, "0.00012", protection=plan("45000"))
    return stage


def test_a_kept_stop_is_not_reached_by_what_nobody_would_take() -> None:
    """A gap through the stop to where nothing can be sold calls nothing; when it is worth enough
    again, and still below its stop, it is closed."""
    stage = kept()
    assert [] == quote(stage, "30000")
    assert [] == [one for one in stage.records if isinstance(one, r.LevelReached)]

    assert ["stop 0.00012 at market"] == quote(stage, "44000")


def test_what_was_called_waits_for_its_worth() -> None:
    """The close was refused, and then nobody takes it: no order is tried meanwhile, and it is
    closed as soon as it can be."""
    stage = kept()
    quote(stage, "44900")
    stage.report(legs(stage)[0], "rejected", reason="busy")
    quote(stage, "30000")
    before = sent(stage)
    for _ in range(3):
        stage.wait(61)
        stage.quote("BTCUSDT", "30000", "30001")
        stage.tick()
    assert (before, []) == (sent(stage), shape(stage))

    assert ["stop 0.00012 at market"] == quote(stage, "50000")


# --- entries --------------------------------------------------------------------------------------


def test_an_entry_is_worth_more_than_the_smallest_order() -> None:
    """In a wallet five percent more: of what is bought a fee is taken, and the rest is to be
    sold."""
    stage = wallet()
    answer = stage.say("buy", effect="open", quantity="0.000104")
    assert ("refused value_below_min", "5.200104", "5.25") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    assert "admitted" == codes(stage.say("buy", effect="open", quantity="0.000106"))


def test_an_entry_elsewhere_is_worth_the_smallest_order() -> None:
    """A swap's position can always be closed: the venue's own number holds."""
    stage = wallet(spot=False)
    assert "refused value_below_min" == codes(stage.say("buy", effect="open", quantity="0.000095"))
    assert "admitted" == codes(stage.say("buy", effect="open", quantity="0.000101"))


def test_what_is_left_elsewhere_is_a_position() -> None:
    """On an account that is no wallet the venue lets it be closed, however little it is worth."""
    stage = wallet(spot=False)
    rest_of_three_dollars(stage)

    assert ["stop 0.00006 at 45000"] == shape(stage)
    assert "held legs_first" == codes(stage.say("exit"))


def test_an_entry_is_worth_enough_at_its_stop() -> None:
    """A stop at which nothing could be sold protects nothing."""
    stage = wallet()
    answer = stage.say("buy", effect="open", quantity="0.00011", protection=plan("45000"))
    assert ("refused stop_value_below_min", "4.95", "5.25") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    assert "admitted" == codes(
        stage.say("buy", effect="open", quantity="0.00011", protection=plan("48000"))
    )


# --- the journal ----------------------------------------------------------------------------------


def test_the_journal_and_a_snapshot_say_the_same() -> None:
    """The price that counts is in the journal, a restart knows what sleeps, and nothing is placed
    or closed by it."""
    stage = wallet()
    rest_of_three_dollars(stage)
    quote(stage, "60000")
    noted = [one.price for one in stage.records if isinstance(one, r.PriceNoted)]
    assert [D(60000)] == noted
    assert picture(stage.state) == picture(replay(stage.records))
    assert snapshot.load(snapshot.dump(stage.state)).priced == stage.state.priced
    before = sent(stage)
    stage.start()
    stage.recover("one")

    assert (before, True) == (sent(stage), is_planned(stage))


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_price_that_is_trusted_wakes_anything(trusted: bool) -> None:
    """A quote without a bid to speak of, or with a spread that nobody believes, is not noted."""
    stage = wallet()
    rest_of_three_dollars(stage)
    stage.wait(1)
    stage.quote("BTCUSDT", "60000", "60001" if trusted else "70000")
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))

    assert (D(60000) if trusted else D(50000)) == stage.state.priced["one", "BTCUSDT"]
