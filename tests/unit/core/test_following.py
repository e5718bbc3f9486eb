"""Followers that differ from their leader: found, told once, and over when they meet again."""

from __future__ import annotations

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.copy_setup import Copy
from core.engine import next_due
from core.following import ALARM_AFTER_NS
from core.orders import Purpose
from core.setup import SECOND_NS
from tests.unit.core.copying import MICROS, Group, copied_setup, copy
from tests.unit.core.guarded import able, plan
from tests.unit.core.setups import replaced
from tests.unit.core.stage import picture, replay

HALF = {"half": copy("0.5")}


def apart(copies: dict[str, Copy] | None = None) -> Group:
    """A leader with 4 contracts whose follower's order was rejected."""
    group = Group(HALF if copies is None else copies)
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open")
    group.report(answer.orders[1], "rejected", reason="margin")
    group.settle()
    return group


def told(group: Group) -> list[str]:
    """Return what the last step said of followers."""
    said: list[str] = []
    for one in group.last.records:
        if isinstance(one, r.FollowerDiffered):
            said.append(f"differs {one.expected} {one.actual}")
        elif isinstance(one, r.FollowerAgreed):
            said.append(one.reason)
    return said


def alarms_of(group: Group) -> list[r.AlarmRaised]:
    """Return the alarms of followers, since the beginning."""
    raised = [one for one in group.records if isinstance(one, r.AlarmRaised)]
    return [one for one in raised if one.code == "follower_differs"]


def test_a_follower_that_differs_is_told_after_ten_seconds_once() -> None:
    """What it should hold, what it holds, and no second alarm however long it lasts."""
    group = apart()
    assert ["differs 2 0"] == told(group)
    group.wait("9.9")
    group.tick()
    assert [] == alarms_of(group)
    group.wait("0.1")
    group.tick()
    alarm = alarms_of(group)[0]
    assert ("0", "2", "trend in NQ in account:half") == (alarm.value, alarm.limit, alarm.where)
    for _ in range(3):
        group.wait(60)
        group.tick()

    assert 1 == len(alarms_of(group))


def test_a_timer_names_the_moment() -> None:
    """The next tick is due when a person has to be called, and not before."""
    group = apart()
    assert group.now + ALARM_AFTER_NS == next_due(group.state, group.now)
    group.wait(10)
    group.tick()
    assert group.now + SECOND_NS < next_due(group.state, group.now)


def test_nothing_is_judged_while_something_works() -> None:
    """Between the leader's fill and the follower's there is no difference."""
    group = Group(HALF)
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open")
    group.fill(answer.orders[0], "4", "20000")
    group.wait(60)
    group.tick()
    assert {} == group.state.apart
    group.fill(answer.orders[1], "2", "20000")

    assert ({}, []) == (group.state.apart, alarms_of(group))


def test_trading_again_starts_the_time_anew() -> None:
    """An order after nine seconds may mend it; when it did not, ten seconds begin again."""
    group = apart()
    group.wait(9)
    entry = group.say("buy", symbol="NQ", quantity="1", effect="open")
    assert ["trading"] == told(group)
    assert ["copy_below_step"] == [one.code for one in entry.accounts if one.code]
    group.wait(9)
    group.settle()
    assert ["differs 2 0"] == told(group)
    group.wait(9)
    group.tick()
    assert [] == alarms_of(group)
    group.wait(1)
    group.tick()

    assert 1 == len(alarms_of(group))


def test_it_is_gone_when_they_agree() -> None:
    """The leader closes: both are flat, and the next difference is told anew."""
    group = apart()
    group.wait(10)
    group.tick()
    assert [True] == [row.alarmed for row in group.state.apart.values()]
    group.trade("exit")
    assert (["agrees"], {}) == (told(group), group.state.apart)
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open")
    group.report(answer.orders[1], "rejected", reason="margin")
    group.settle()
    group.wait(10)
    group.tick()

    assert 2 == len(alarms_of(group))


@pytest.mark.parametrize("by", ["journal", "snapshot"])
def test_a_restart_neither_forgets_nor_repeats(by: str) -> None:
    """Folded anew or read back, the ten seconds go on; who was called is not called again, and
    since when they differ stays known."""
    group = apart()
    began_ns = group.now
    for _ in range(2):
        before = picture(group.state)
        group.state = replay(group.records) if by == "journal" else snapshot.load(before)
        assert before == picture(group.state)
        group.wait(10)
        group.start()
        group.tick()
        (row,) = group.state.apart.values()
        assert (began_ns, True) == (row.since_ns, row.alarmed)

    assert 1 == len(alarms_of(group))


def test_protective_legs_hide_no_difference() -> None:
    """A stop works as long as there is a position; that the follower has none is told all the
    same."""
    group = Group(HALF)
    for account in ("lead", "half"):
        group.do(c.DescribeVenue(account=account, abilities=able()))
    stop = plan("19000")
    answer = group.say("buy", symbol="NQ", quantity="4", effect="open", protection=stop)
    group.report(answer.orders[1], "rejected", reason="margin")
    group.settle()
    group.settle()
    assert [Purpose.LEG] == [group.order(name).purpose for name in group.state.alive]
    group.wait(10)
    group.tick()

    assert 1 == len(alarms_of(group))


def test_every_copy_has_legs_of_its_own_size() -> None:
    """Each account's stop covers what that account holds, after a share of it is closed, too."""
    group = Group({"half": copy("0.5"), "micro": copy("0.1", equivalents=MICROS)})
    for account in ("lead", "half", "micro"):
        group.do(c.DescribeVenue(account=account, abilities=able()))
    group.trade("buy", "4", effect="open", protection=plan("19000"))
    group.settle()
    assert [4, 2, 4] == stops(group)
    group.trade("sell", "2", effect="close")
    for name in list(group.state.alive):  # each venue makes the stop as small as it was asked to
        order = group.order(name)
        if order.asked is not None:
            group.report(order, "replaced", quantity=str(order.asked.quantity))
    group.settle()

    assert (["2", "1"], ["2"]) == (
        group.held("lead", "half"),
        group.held("micro", instrument="MNQ"),
    )
    assert [2, 1, 2] == stops(group)


def stops(group: Group) -> list[int]:
    """Return how much each account's stop covers."""
    legs = [group.order(name) for name in group.state.alive]
    return [int(leg.leaves) for leg in legs if leg.purpose is Purpose.LEG]


def test_a_position_that_a_person_moves_counts() -> None:
    """Given to another strategy, it is not the follower's any more; given back, they agree."""
    group = Group(HALF)
    group.trade("buy", "4", effect="open")
    move = c.AssignPosition(
        account="half", instrument="NQ", source="trend", target="fade", by="anna", reason="test"
    )
    group.do(move)
    assert ["differs 2 0", "differs 0 2"] == sorted(told(group), reverse=True)
    group.do(replaced(move, source="fade", target="trend"))

    assert (["agrees", "agrees"], {}) == (told(group), group.state.apart)


def test_rounding_is_no_difference() -> None:
    """Three contracts at a half are one, and less than one is none."""
    group = Group({"half": copy("0.5"), "tenth": copy("0.1"), "micro": copy(equivalents=MICROS)})
    group.trade("sell", "3", effect="open")
    group.wait(10)
    group.tick()

    assert ["-1", "0"] == group.held("half", "tenth")
    assert ["-30"] == group.held("micro", instrument="MNQ")
    assert {} == group.state.apart


def test_an_equivalent_is_compared_by_its_factor() -> None:
    """A stranger closes ten micros: one contract is missing."""
    group = Group({"micro": copy(equivalents=MICROS)})
    answer = group.say("buy", symbol="NQ", quantity="2", effect="open")
    group.fill(answer.orders[1], "10", "20000")
    group.report(answer.orders[1], "cancelled")
    group.settle()

    assert ["differs 20 10"] == told(group)
    assert {("micro", "MNQ", "trend")} == set(group.state.apart)


def test_a_new_configuration_is_judged_at_once() -> None:
    """Another ratio is a difference from the start on; without copies there is none."""
    group = Group(HALF)
    group.trade("buy", "4", effect="open")
    group.load(copied_setup({"half": copy("1")}))
    assert {("half", "NQ", "trend")} == set(group.state.apart)
    setup = copied_setup({"half": copy("1")})
    group.load(replaced(setup, routes={"door": replaced(setup.routes["door"], copies={})}))

    assert {} == group.state.apart
