"""Target mode: a strategy says what position it wants, and what is there is led to it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.money import ZERO, plain
from tests.unit.core.aiming import fill_all, made, want
from tests.unit.core.copying import MICROS, Group, copy
from tests.unit.core.followups import declined, due, ended, partly, rejected, stage_of
from tests.unit.core.setups import WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
KEY = ("one", "BTCUSDT", "trend")


@pytest.mark.parametrize(
    ("held", "wanted", "orders"),
    [
        ("0", "3", ["entry buy 3"]),
        ("0", "-3", ["entry sell 3"]),
        ("2", "3", ["entry buy 1"]),
        ("3", "2", ["exit sell 1"]),
        ("-3", "-2", ["exit buy 1"]),
        ("2", "0", ["exit sell 2"]),
        ("-2", "0", ["exit buy 2"]),
        ("2", "-3", ["exit sell 2", "entry sell 3 flat_first"]),
        ("-2", "3", ["exit buy 2", "entry buy 3 flat_first"]),
        ("2", "2.0005", []),
    ],
)
def test_what_is_there_is_led_to_what_is_wanted(held: str, wanted: str, orders: list[str]) -> None:
    """From anywhere to anywhere; what is below the smallest step is there already."""
    stage = Stage()
    if D(held):
        stage.position(str(abs(D(held))), "buy" if D(held) > 0 else "sell")
    answer = want(stage, wanted)

    assert orders == [
        f"{purpose} {side} {plain(quantity)} {held_for}".strip()
        for purpose, side, quantity, held_for in made(stage, answer)
    ]
    fill_all(stage)
    assert D(wanted) // D("0.001") * D("0.001") == stage.share()
    assert "no_action target_reached" == codes(want(stage, wanted))


def test_the_same_target_again_changes_nothing_while_the_first_is_under_way() -> None:
    """Another alert with another id, before any fill: what is on its way counts."""
    stage = Stage()
    want(stage, "3")

    assert "no_action target_reached" == codes(want(stage, "3"))
    stage.fill(next(iter(stage.state.alive)), "1")
    assert "no_action target_reached" == codes(want(stage, "3"))


def test_a_lost_alert_is_made_up_for_by_the_next() -> None:
    """The alert that wanted 5 never came; the one that wants -2 leads there from what is held."""
    stage = Stage()
    want(stage, "3")
    fill_all(stage)
    want(stage, "-2")
    fill_all(stage)

    assert D(-2) == stage.share()


def test_an_older_alert_changes_nothing() -> None:
    """By the sender's own time; and it says how far it is behind."""
    stage = Stage()
    late = stage.signal("target", target_position="5")
    stage.wait(2)
    want(stage, "3")
    answer = stage.hear(late)

    assert ("no_action target_superseded", "2000 ms", "3") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    fill_all(stage)
    assert D(3) == stage.share()


def test_own_entries_of_the_wrong_way_end_first() -> None:
    """A working buy is asked to end; the sell waits for the proof, and for what it still filled."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.report(buy, "accepted")
    answer = want(stage, "-2")
    entry = stage.order(answer.orders[0])
    assert ([buy.order], [("entry", "sell", D(2), "entries_first")]) == (
        stage.asked_to_end, made(stage, answer),
    )  # fmt: skip
    stage.fill(buy, "1")
    stage.report(buy, "cancelled")
    rest = next(one for one in stage.state.orders.values() if one.leg == "rest")
    assert ("exit", "sell", D(1)) == (rest.purpose, rest.side, rest.quantity)
    assert ([rest.order], "held") == (stage.sent, stage.order(entry).state)
    stage.fill(rest, "1")

    assert [entry.order] == stage.sent
    stage.fill(entry, "2")
    assert D(-2) == stage.share()


def test_what_an_ending_entry_still_fills_is_closed_again() -> None:
    """Nothing is wanted any more, and the cancel came too late for a part."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.report(buy, "accepted")
    answer = want(stage, "0")
    assert "admitted" == codes(answer)
    assert (buy.order,) == answer.orders
    stage.fill(buy, "1")
    assert [] == stage.sent
    stage.report(buy, "cancelled")
    rest = stage.order(stage.sent[0])

    assert ("exit", "sell", D(1), "rest") == (rest.purpose, rest.side, rest.quantity, rest.leg)
    stage.fill(rest, "1")
    assert ZERO == stage.share()


def test_an_entry_of_unknown_outcome_keeps_the_way_blocked() -> None:
    """It may be at the venue: nothing opens on the other side until that is known."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.do(c.NoteTrouble(order=buy.order, proven=False, code="timeout", text=""))
    answer = want(stage, "-2")
    assert "refused unknown_outcome" == codes(answer)  # it stops entries by itself
    told = stage.told(buy, "fill", exec_id="x", quantity="3", price="50000", fee="1").report
    stage.look(buy, stage.shown(buy, "fill", filled=D(3), fills=(told,)))
    rest = stage.order(stage.sent[0])

    assert ("exit", D(3)) == (rest.purpose, rest.quantity)


def test_a_target_that_is_raised_again_takes_its_exit_back() -> None:
    """The exit is asked to end; what it filled anyway is opened again, no more."""
    stage = Stage()
    stage.position("5")
    out = stage.order(want(stage, "0").orders[0])
    stage.report(out, "accepted")
    answer = want(stage, "5")
    assert [out.order] == stage.asked_to_end
    entry = stage.order(answer.orders[0])
    assert ("entry", D(5), "exits_first") == (entry.purpose, entry.quantity, entry.held_for)
    stage.fill(out, "2")
    stage.report(out, "cancelled")

    assert [entry.order] == stage.sent
    assert D(2) == stage.order(entry).quantity
    fill_all(stage)
    assert D(5) == stage.share()


def test_an_entry_that_nothing_needs_any_more_ends_without_an_alarm() -> None:
    """The exit was cancelled before it filled: the target is reached as it is."""
    stage = Stage()
    stage.position("5")
    out = stage.order(want(stage, "0").orders[0])
    entry = stage.order(want(stage, "5").orders[0])
    stage.report(out, "cancelled")

    assert ("cancelled", "target_reached", []) == (
        stage.order(entry).state, stage.order(entry).reason, stage.alarms,
    )  # fmt: skip


def test_another_target_ends_what_waits_for_the_former() -> None:
    """Long 2, wants -3, then 1: the held short never goes."""
    stage = Stage()
    stage.position("2")
    short = stage.order(want(stage, "-3").orders[1])
    want(stage, "1")
    assert "cancelled" == stage.order(short).state
    fill_all(stage)

    assert D(1) == stage.share()


def test_nothing_of_the_past_follows_a_target() -> None:
    """An entry that was rejected for a moment would be tried again: not after a target of none."""
    stage = stage_of(retries=3)
    order = stage.entry("3")
    rejected(stage, order)
    want(stage, "0")
    stage.wait(5)
    stage.tick()

    assert ["target_superseded"] == declined(stage)
    assert [] == stage.sent


def test_a_refused_entry_does_not_keep_the_exit_of_a_target() -> None:
    """The limit stops the short; the long is closed all the same, and the target is remembered."""
    stage = Stage(limited(position_max="2"))
    stage.position("2")
    answer = want(stage, "-3")

    assert "admitted position_over_limit" == codes(answer)
    fill_all(stage)
    assert (ZERO, D(-3)) == (stage.share(), stage.state.targets[KEY].wanted)


def test_a_target_in_another_unit_is_worked_out_once() -> None:
    """The price moves and the same alert comes again: nothing is traded for that."""
    stage = Stage()
    want(stage, "50001", quantity_unit="quote")
    fill_all(stage)
    assert D(1) == stage.share()
    stage.quote("BTCUSDT", "52000", "52001")
    assert "no_action target_reached" == codes(want(stage, "50001", quantity_unit="quote"))
    want(stage, "10", quantity_unit="equity_percent")
    fill_all(stage)

    assert D("0.192") == stage.share()


def test_a_target_that_cannot_be_worked_out_still_closes_what_is_against_it() -> None:
    """Without a price nobody knows how short; that it is not long any more is known."""
    stage = Stage()
    stage.position("2")
    stage.wait(60, fresh=False)
    same = want(stage, "50000", quantity_unit="quote")
    assert "refused reference_stale" == codes(same)
    answer = want(stage, "-50000", quantity_unit="quote")

    assert "admitted reference_stale" == codes(answer)
    assert [("exit", "sell", D(2), "")] == made(stage, answer)
    stage.wait(1)
    fill_all(stage)
    assert "admitted" == codes(want(stage, "-50000", quantity_unit="quote"))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"position": "flat"}, "0"),
        ({"position": "long", "position_size": "2"}, "2"),
        ({"position": "short", "position_size": "2"}, "-2"),
        ({"position": "short", "quantity": "3"}, "-3"),
        ({"position": "long"}, "4"),
    ],
)
def test_the_senders_own_position_is_a_target(fields: dict[str, str], wanted: str) -> None:
    """Side and size of the sender's position, or the route's quantity."""
    stage = Stage(setup_of(route={"quantity": D(4)}))
    stage.position("1", "sell")
    stage.say("target", **fields)
    fill_all(stage)

    assert D(wanted) == stage.share()


def test_a_target_that_says_nothing_is_refused() -> None:
    """Neither a number nor a side, or a side without a size anywhere."""
    stage = Stage()

    assert "refused target_missing" == codes(stage.send("target"))
    assert "refused target_missing" == codes(stage.send("target", position="long"))


def test_a_restart_in_the_middle_goes_on_where_it_was() -> None:
    """The row, what ends for it and the entry that waits are folded from the journal."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.report(buy, "accepted")
    entry = stage.order(want(stage, "-2").orders[0])
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    stage.start()
    stage.fill(buy, "1")
    stage.report(buy, "cancelled")
    rest = next(one for one in stage.state.orders.values() if one.leg == "rest")
    assert ("held", "held") == (rest.state, stage.order(entry).state)
    stage.recover("one")
    fill_all(stage)

    assert D(-2) == stage.share()


def test_what_the_strategy_or_a_person_does_next_is_not_put_right() -> None:
    """After an order from elsewhere an ending entry's fill is not closed again for the target."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    want(stage, "0")
    stage.entry("1")
    stage.fill(buy, "1")
    stage.report(buy, "cancelled")

    assert [] == stage.sent
    assert not [one for one in stage.records if isinstance(one, r.TargetCleared)]


def test_nothing_that_was_refused_is_asked_for_again_by_itself() -> None:
    """The venue rejects the exit; only the next alert asks again."""
    stage = Stage()
    stage.position("2")
    stage.report(want(stage, "0").orders[0], "rejected")
    stage.wait(60)
    stage.tick()
    assert [] == stage.sent

    assert [("exit", "sell", D(2), "")] == made(stage, want(stage, "0"))


def test_all_or_none_holds_for_targets() -> None:
    """One account may not be short: none is, and both are flat."""
    limits = {"account:two": replaced(WIDE, position_max=D(2))}
    stage = Stage(setup_of("one", "two", limits=limits, route={"all_or_none": True}))
    want(stage, "2")
    fill_all(stage)
    answer = want(stage, "-3")
    fill_all(stage)

    assert ["all_or_none", "position_over_limit"] == [one.code for one in answer.accounts]
    assert (ZERO, ZERO) == (stage.share("one"), stage.share("two"))


def test_followers_hold_their_part_of_the_target() -> None:
    """By ratio and equivalent, cut down; and back to nothing."""
    group = Group({"third": copy("0.3"), "micro": copy("0.1", equivalents=MICROS)})
    group.trade("target", target_position="5")
    assert ["5", "1"] == group.held("lead", "third")
    assert ["5"] == group.held("micro", instrument="MNQ")
    group.trade("target", target_position="-10")
    group.settle()
    assert ["-10", "-3"] == group.held("lead", "third")
    group.trade("target", target_position="0")

    assert ["0", "0"] == group.held("lead", "third")


def test_a_target_passes_what_stops_entries_when_it_closes() -> None:
    """Halted: the way down is open, the way up is not."""
    stage = Stage()
    stage.position("2")
    stage.do(c.Halt(scope="global", by="anna", reason="news"))

    assert "refused halted" == codes(want(stage, "3"))
    assert [("exit", "sell", D(1), "")] == made(stage, want(stage, "1"))


def test_an_entry_that_waits_too_long_expires_with_an_alarm() -> None:
    """The working buy does not end: the short is not opened, and a person hears of it."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.report(buy, "accepted")
    want(stage, "-2")
    waiting = next(iter(stage.state.turning))
    stage.wait(30)
    stage.tick()

    assert ("expired", ["reversal_not_completed"]) == (stage.order(waiting).state, stage.alarms)


def test_what_a_policy_ends_is_not_sent_again_at_the_market_after_a_target() -> None:
    """The rest of a partly filled entry was to go as market; the target wants less, so it stays."""
    stage = stage_of("market")
    order = partly(stage, "3", "1")
    due(stage)
    assert [order.order] == stage.asked_to_end
    want(stage, "1")
    ended(stage, order)

    assert ([], D(1)) == (stage.sent, stage.share())
    assert not stage.state.alive
