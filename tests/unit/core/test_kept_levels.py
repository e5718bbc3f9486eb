"""Levels that the bridge keeps: when they are reached, and what leaves then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from tests.unit.core.guarded import (
    KEPT,
    able,
    accept,
    asked,
    ended_all,
    guarded,
    is_planned,
    legs,
    opened,
    plan,
    quote,
    replaced_all,
    row,
    shape,
)
from tests.unit.core.stage import Stage, codes, replay

D = Decimal


def reasons(stage: Stage) -> list[str]:
    """Return what the last step said of levels."""
    said: list[str] = []
    for record in stage.last.records:
        if isinstance(record, r.LevelReached):
            said.append(f"{record.leg} {'seen' if record.trusted else 'confirmed'}")
        elif isinstance(record, r.StopMoved):
            said.append(f"{record.cause} {record.stop.normalize():f}")
    return said


@pytest.mark.parametrize(
    ("side", "stop", "before", "at"),
    [("buy", "49000", "49000.01", "49000"), ("sell", "51000", "50998.99", "50999")],
)
def test_a_kept_stop_closes_when_the_side_that_the_exit_meets_is_there(
    side: str, stop: str, before: str, at: str
) -> None:
    """A long position is sold at the bid, a short one bought at the ask; at the level counts."""
    stage = guarded(KEPT)
    opened(stage, "10", side, protection=plan(stop))
    assert [] == shape(stage)
    assert [] == quote(stage, before)
    assert ["stop 10 at market"] == quote(stage, at)
    leg = legs(stage)[0]
    assert [leg.order] == stage.sent
    assert (None, "leg") == (leg.worst_price, leg.purpose)
    # The next quotes ask for nothing more.
    assert ["stop 10 at market"] == quote(stage, at)
    assert [] == stage.last.records
    stage.fill(leg, "10")
    assert not is_planned(stage)


def test_a_quote_that_is_not_trusted_has_to_be_confirmed() -> None:
    """One bad tick closes nothing; a second quote that says the same does."""
    stage = guarded(KEPT)
    opened(stage, "10")
    assert [] == quote(stage, "48000", "9000")
    assert [] == quote(stage, "50000")
    assert [] == quote(stage, "48000", "9000")
    assert ["stop 10 at market"] == quote(stage, "48500", "9000")
    assert ["stop confirmed"] == reasons(stage)


def test_an_old_quote_reaches_nothing() -> None:
    """Nobody knows where the market is."""
    stage = guarded(KEPT)
    opened(stage, "10")
    stage.quote("BTCUSDT", "48000", "48001")
    stage.wait(10, fresh=False)
    stage.tick()
    assert [] == shape(stage)


def test_a_kept_stop_that_was_called_is_sent_again_until_it_is_done() -> None:
    """The price may come back: what was decided is done."""
    stage = guarded(KEPT)
    opened(stage, "10")
    quote(stage, "49000")
    first = legs(stage)[0]
    stage.report(first, "rejected")
    assert [] == shape(stage)
    quote(stage, "49500")
    assert ["stop 10 at market"] == shape(stage)
    assert first.order != legs(stage)[0].order


def test_what_a_stranger_or_an_exit_closes_is_not_closed_by_the_stop_again() -> None:
    """An exit on its way and a market leg never sum above the share."""
    stage = guarded(KEPT)
    opened(stage, "10")
    stage.say("exit", quantity="4")
    assert ["stop 6 at market"] == quote(stage, "49000")
    assert "nothing_to_close" in codes(stage.say("exit"))


def test_kept_levels_survive_a_restart() -> None:
    """The journal has them; the next quote is enough."""
    stage = guarded(KEPT)
    opened(stage, "10")
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    assert ["stop 10 at market"] == quote(stage, "48990")


def test_what_the_stop_at_the_venue_does_not_cover_yet_the_bridge_keeps() -> None:
    """While a replace is pending only the rest is closed; no more than the share ever leaves."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    stop = legs(stage)[0]
    stage.fill(order, "6")
    assert ["stop 4 at 49000", "stop 6 at market"] == quote(stage, "49000")
    stage.fill(legs(stage)[1], "6", "49000")
    stage.fill(stop, "4", "49000")
    assert (D(0), []) == (stage.share(), shape(stage))


def test_a_kept_target_closes_its_part_and_the_stop_shrinks_first() -> None:
    """Nothing is sold for the target before the venue has confirmed the smaller stop."""
    stage = guarded()
    opened(stage, "10", protection=plan("49000", "51000:40", "52000"))
    quote(stage, "51000")
    assert (["target 1 seen"], []) == (reasons(stage), stage.sent)
    assert D(6) == asked(legs(stage)[0])
    replaced_all(stage)
    assert ["stop 6 at 49000", "target 1 4 at market"] == shape(stage)
    stage.fill(legs(stage)[1], "4", "51000")
    assert ["stop 6 at 49000"] == shape(stage)
    assert D(4) == row(stage).targets[0].filled
    assert ["stop 6 at 49000"] == quote(stage, "51500")
    quote(stage, "52000")
    assert [legs(stage)[0].order] == stage.asked_to_end
    ended_all(stage)
    assert ["target 2 6 at market"] == shape(stage)
    stage.fill(legs(stage)[0], "6", "52000")
    assert not is_planned(stage)


def test_the_stop_fills_while_it_shrinks_for_a_target() -> None:
    """What it took, the target does not take again."""
    stage = guarded()
    opened(stage, "10", protection=plan("49000", "51000"))
    quote(stage, "51000")
    stop = legs(stage)[0]
    stage.fill(stop, "10", "49000")
    assert ([], D(0)) == (shape(stage), stage.share())


def test_targets_are_shares_of_the_largest_position() -> None:
    """An exit between two targets takes from the last ones; a scale-in makes them larger."""
    stage = guarded(KEPT)
    opened(stage, "6", protection=plan("49000", "51000:50", "52000"))
    stage.position("4")
    assert ["target 1 5 at market"] == quote(stage, "51000")
    stage.fill(legs(stage)[0], "5", "51000")
    stage.fill(stage.say("exit", quantity="3").orders[0], "3", "51000")
    assert ["target 2 2 at market"] == quote(stage, "52000")


def test_all_targets_that_one_quote_reaches_go_at_once() -> None:
    """A gap through two targets closes both parts."""
    stage = guarded(KEPT)
    opened(stage, "9", protection=plan("49000", "51000", "52000", "53000"))
    assert ["target 1 3 at market", "target 2 3 at market"] == quote(stage, "52500")


def test_native_targets_stand_beside_the_stop_where_the_venue_links_them() -> None:
    """One group; what one fills the others lose at the venue, and the books follow."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "10", protection=plan("49000", "51000:40", "52000"))
    assert [
        "stop 10 at 49000", "target 1 4 at 51000", "target 2 6 at 52000",
    ] == shape(stage)  # fmt: skip
    assert 1 == len({leg.group for leg in legs(stage)})
    assert "" not in {leg.group for leg in legs(stage)}
    stop, first, _ = legs(stage)
    stage.fill(first, "4", "51000")
    assert D(6) == asked(stage.order(stop))
    replaced_all(stage)
    assert ["stop 6 at 49000", "target 2 6 at 52000"] == shape(stage)
    assert ["stop 6 at 49000", "target 2 6 at 52000"] == quote(stage, "52000")
    stage.fill(legs(stage)[1], "6", "52000")
    ended_all(stage)
    assert ([], False) == (shape(stage), is_planned(stage))


# --- break-even and trailing ----------------------------------------------------------------------


def test_break_even_moves_the_stop_to_the_entry_exactly_once() -> None:
    """Once the profit was there; a later fall and rise moves nothing."""
    stage = guarded()
    opened(stage, "10", protection=plan(even="50500"))
    quote(stage, "50499")
    assert [] == reasons(stage)
    quote(stage, "50500")
    assert ["break_even 50000"] == reasons(stage)
    replaced_all(stage)
    assert ["stop 10 at 50000"] == shape(stage)
    for bid in ("50400", "50500", "50600"):
        quote(stage, bid)
        assert [] == stage.last.records


def test_break_even_never_takes_a_nearer_stop_back() -> None:
    """A trailing stop that has passed the entry stays where it is."""
    stage = guarded()
    opened(stage, "10", protection=plan(trail="200", even="51000"))
    quote(stage, "50900")
    assert ["trail 50700"] == reasons(stage)
    quote(stage, "51000")
    assert ["break_even 50800"] == reasons(stage)
    assert D(50800) == row(stage).stop


def test_a_trailing_stop_follows_in_steps_and_never_goes_back() -> None:
    """A tenth of its distance is worth a move; a breath is none."""
    stage = guarded()
    opened(stage, "10", protection=plan(None, trail="1000"))
    assert ["stop 10 at 49000"] == shape(stage)
    moves: list[list[str]] = []
    for bid in ("50090", "50100", "50150", "50400", "49500"):
        quote(stage, bid)
        replaced_all(stage) if reasons(stage) else None
        moves.append([str(row(stage).stop)])
    assert [["49000.00"], ["49100.00"], ["49100.00"], ["49400.00"], ["49400.00"]] == moves
    assert ["stop 10 at 49400"] == shape(stage)


def test_a_stop_moves_at_most_once_a_second() -> None:
    """A market that runs brings one move a second, not one a quote."""
    stage = guarded(KEPT)
    opened(stage, "10", protection=plan(None, trail="1000"))
    quote(stage, "50500")
    moved = row(stage).stop
    stage.quote("BTCUSDT", "50900", "50901")
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    assert moved == row(stage).stop
    stage.wait(1)
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    assert D(49900) == row(stage).stop


def test_a_trailing_stop_that_waits_for_its_profit_is_no_stop_before() -> None:
    """Then it is there, and it stays when the profit goes."""
    stage = guarded()
    opened(stage, "10", protection=plan(None, trail="300", after="50500"))
    assert ([], None) == (shape(stage), row(stage).stop)
    quote(stage, "50500")
    assert ["stop 10 at 50200"] == shape(stage)
    accept(stage)
    quote(stage, "50300")
    assert D(50200) == row(stage).stop


def test_an_untrusted_quote_moves_no_stop() -> None:
    """A jump upwards must not bring a stop above the market."""
    stage = guarded()
    opened(stage, "10", protection=plan(None, trail="1000", even="50500"))
    quote(stage, "60000", "9000")
    quote(stage, "60000", "9000")
    assert ([], D("49000.00")) == (reasons(stage), row(stage).stop)


def test_what_is_added_after_a_stop_was_called_is_not_closed_for_it() -> None:
    """The rest of a share begins anew with its stop when it grows."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    stage.fill(order, "6")
    quote(stage, "49000")
    stage.fill(legs(stage)[1], "6", "49000")
    quote(stage, "49500")
    stage.position("5")
    assert ["stop 4 at 49000"] == shape(stage)
    accept(stage)
    assert D(9) == asked(legs(stage)[0])


def test_a_level_says_how_much_it_closes() -> None:
    """Less what is on its way out already."""
    stage = guarded(KEPT)
    opened(stage, "10")
    stage.say("exit", quantity="4")
    quote(stage, "49000")
    reached = [one for one in stage.last.records if isinstance(one, r.LevelReached)]
    assert [D(6)] == [one.quantity for one in reached]


def test_what_a_called_stop_leaves_at_the_venue_trails_on() -> None:
    """The bridge closed what no leg covered; the rest is protected as before."""
    stage = guarded()
    order = stage.entry("10", protection=plan(trail="1000"))
    stage.fill(order, "4")
    stage.fill(order, "6")
    quote(stage, "49000")
    stage.fill(legs(stage)[1], "6", "49000")
    accept(stage)
    quote(stage, "51000")
    assert ["trail 50000"] == reasons(stage)
    replaced_all(stage)
    assert ["stop 4 at 50000"] == shape(stage)


@pytest.mark.parametrize("reduce_only", [True, False])
def test_an_exit_that_waits_for_its_price_goes_before_a_target_that_is_reached(
    reduce_only: bool,
) -> None:
    """What was called is carried out; both together would close more than is held."""
    stage = guarded(able(reduce_only=reduce_only))
    opened(stage, "4", protection=plan("49000", "52000"))
    stop = legs(stage)[0]
    way_out = stage.say("exit", order_type="limit", price="60000").orders[0]
    if not reduce_only:
        stage.report(stop, "cancelled")
    stage.report(way_out, "accepted")
    quote(stage, "52000")
    assert way_out in stage.asked_to_end
    ended_all(stage)
    stage.report(way_out, "cancelled")

    assert ["target 1 4 at market"] == shape(stage)


def test_an_exit_that_leaves_a_target_enough_stays() -> None:
    """The stop makes way for both."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "4", protection=plan("49000", "52000:50"))
    way_out = stage.say("exit", quantity="1", order_type="limit", price="60000").orders[0]
    replaced_all(stage)
    stage.report(way_out, "accepted")
    quote(stage, "52000")
    assert [] == stage.asked_to_end
    replaced_all(stage)

    assert ["stop 1 at 49000", "target 1 2 at market"] == shape(stage)
