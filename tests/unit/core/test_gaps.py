"""Gaps: an alert that never came shows in the next one's own position before its order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import records as r
from core.route_policies import OnGap
from tests.unit.core.copying import Group, copy
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def gaps(stage: Stage) -> list[tuple[str, str]]:
    """Return what was noted, both positions of each."""
    return [(one.theirs, one.ours) for one in stage.records if isinstance(one, r.GapNoted)]


def with_policy(policy: OnGap) -> Stage:
    """Begin with a route that says what to do."""
    return Stage(setup_of(route={"on_gap": policy}))


def add(stage: Stage, before: str, size: str | None = None, **fields: Any) -> str:
    """Send a buy of 1 by a sender that had another position before."""
    return codes(stage.send("buy", prev_position=before, prev_position_size=size, **fields))


CELLS = [
    # held, before, size before, told
    ("0", "flat", None, ""),
    ("0", "long", None, "long"),
    ("2", "flat", None, "flat"),
    ("-2", "long", None, "long"),
    ("2", "long", None, ""),
    ("2", "long", "2", ""),
    ("2", "long", "2.0009", ""),
    ("2", "long", "1.999", "long 1.999"),
    ("2", "long", "2.001", "long 2.001"),
    ("2", "long", "3", "long 3"),
    ("2", "short", "2", "short 2"),
    ("-2", "short", "2", ""),
]


@pytest.mark.parametrize(("held", "before", "size", "told"), CELLS)
def test_what_the_sender_had_is_compared_with_what_is_here(
    held: str, before: str, size: str | None, told: str
) -> None:
    """By side, and by size where it is told; less than the smallest order is no difference."""
    stage = Stage()
    if D(held):
        stage.position(str(abs(D(held))), "buy" if D(held) > 0 else "sell")
    stage.send("buy", effect="open", prev_position=before, prev_position_size=size)

    assert ([(told, held)] if told else []) == gaps(stage)
    assert (["alert_missed"] if told else []) == stage.alarms


def test_what_is_on_its_way_explains_a_difference() -> None:
    """The sender's entry has filled there, ours still works; its exit as well."""
    stage = Stage()
    order = stage.entry("2")
    assert "admitted" == add(stage, "long", "2", effect="open")
    stage.fill(order, "2")
    stage.say("exit", quantity="2")
    assert "admitted" == add(stage, "flat", effect="open")

    assert [] == gaps(stage)


def test_entries_are_skipped_and_exits_pass_unless_the_route_says_otherwise() -> None:
    """The sender adds to a position that is not here: that would be another trade than its own."""
    stage = Stage()
    assert "refused alert_missed" == add(stage, "long", "2")
    stage.position("1")

    assert "admitted" == codes(stage.send("sell", effect="close", prev_position="short"))


def test_a_turn_over_a_gap_closes_and_opens_nothing() -> None:
    """Here another size was held than there: the exit goes, what to open is the route's choice."""
    stage = Stage()
    stage.position("1")
    hints = {"prev_position": "long", "position": "short", "prev_position_size": "5"}
    answer = stage.say("sell", quantity="10", **hints)

    assert "admitted alert_missed" == codes(answer)
    assert ["exit"] == [stage.order(name).purpose for name in answer.orders]

    other = with_policy(OnGap.FOLLOW)
    other.position("1")
    orders = other.say("sell", quantity="10", **hints).orders
    assert [D(1), D(5)] == [other.order(name).quantity for name in orders]


def test_a_route_may_follow() -> None:
    """The order is carried out as it is, with the alarm."""
    stage = with_policy(OnGap.FOLLOW)

    assert "admitted" == add(stage, "long", "2")
    assert ["alert_missed"] == stage.alarms


def test_a_route_may_halt_the_strategy() -> None:
    """A person has to look; what makes the position smaller passes."""
    stage = with_policy(OnGap.HALT)
    stage.position("1")

    assert "refused halted" == add(stage, "long", "2")
    row = stage.state.halts["strategy:trend"]
    assert ("bridge", "alert_missed: long 2 there, 1 in one") == (row.by, row.reason)
    assert "admitted" == codes(stage.send("exit"))


def test_a_target_is_followed() -> None:
    """It says itself where it leads: the gap is told, and healed."""
    stage = Stage()
    answer = stage.say("target", target_position="3", prev_position="long", prev_position_size="2")

    assert (["alert_missed"], "admitted") == (stage.alarms, codes(answer))
    assert D(3) == stage.order(answer.orders[0]).quantity


def test_a_target_is_skipped_where_the_route_says_so() -> None:
    """Then only what makes the position smaller goes."""
    stage = with_policy(OnGap.SKIP)
    stage.position("1", "sell")
    answer = stage.say("target", target_position="3", prev_position="long")

    assert "admitted alert_missed" == codes(answer)
    assert ["exit"] == [stage.order(name).purpose for name in answer.orders]


def test_a_gap_is_told_once_until_both_are_alike_again() -> None:
    """A person is called by the first alert of a row, and by the first of the next row."""
    stage = Stage()
    for _ in range(3):
        add(stage, "long", "2")
    assert [("long 2", "0")] == gaps(stage)
    assert "admitted" == add(stage, "flat")
    add(stage, "short")

    assert [("long 2", "0"), ("", "0"), ("short", "0")] == gaps(stage)


def test_a_gap_survives_a_restart() -> None:
    """The row is folded from the journal and kept in a snapshot: no second alarm."""
    stage = Stage()
    add(stage, "long", "2")
    assert picture(stage.state) == picture(replay(stage.records))
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    add(stage, "long", "2")

    assert 1 == len(gaps(stage))


def test_sizes_of_another_unit_are_not_compared() -> None:
    """The route sizes the order itself: the sender's contracts say nothing about ours."""
    stage = Stage(setup_of(route={"quantity": D(1)}))
    stage.position("1")

    assert "admitted" == add(stage, "long", "500", quantity=None, position="long")
    assert [] == gaps(stage)


def test_followers_do_as_their_leader() -> None:
    """The leader misses an entry: nobody adds to it."""
    group = Group({"half": copy("0.5")})

    assert ["refused alert_missed", "refused leader_declined"] == group.trade(
        "buy", "2", effect="open", prev_position="long", prev_position_size="2"
    )
    assert 1 == len(gaps(group))


def test_all_or_none_counts_a_skip() -> None:
    """One account missed an alert: none of them enters, and the alarm is not lost."""
    stage = Stage(setup_of("one", "two", route={"all_or_none": True}))
    first = stage.say(quantity="2")
    stage.fill(first.orders[0], "2")
    stage.report(first.orders[1], "rejected")
    answer = stage.say("buy", effect="open", prev_position="long", prev_position_size="2")

    assert ["all_or_none", "alert_missed"] == [one.code for one in answer.accounts]
    assert ["alert_missed"] == stage.alarms


def test_followers_do_as_their_leader_when_it_turns_over_a_gap() -> None:
    """What the leader's own exit may change since explains nothing: the gap was there before."""
    group = Group({"half": copy("0.5")})
    group.trade("buy", "4", effect="open")
    verdicts = group.trade("sell", "2", prev_position="flat", position="short")

    assert [D(0), D(0)] == [group.share(name, "NQ") for name in ("lead", "half")]
    assert "admitted leader_declined" == verdicts[1]  # its exit is, its entry is not
