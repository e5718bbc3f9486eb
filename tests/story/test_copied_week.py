"""A copy group through scale-in and scale-out, told step by step: a leader in index futures, and
followers of a tenth, three tenths, two and a half times, and a tenth in micros."""

from __future__ import annotations

from core import commands as c
from core.records import AlarmRaised
from tests.unit.core.copying import MICROS, Group, copy
from tests.unit.core.stage import picture, replay

COPIES = {
    "tenth": copy("0.1"),
    "third": copy("0.3"),
    "large": copy("2.5"),
    "micro": copy("0.1", equivalents=MICROS),
}


def holds(group: Group, line: str) -> None:
    """Compare what all five hold with a line: leader, tenth, third, large, micros."""
    micros = group.held("micro", instrument="MNQ")

    assert line.split() == [*group.held("lead", "tenth", "third", "large"), *micros]


def differing(group: Group) -> list[str]:
    """Return what was ever told of followers that differ."""
    told = [one for one in group.records if isinstance(one, AlarmRaised)]
    return [
        f"{one.where}: {one.value} of {one.limit}" for one in told if one.code == "follower_differs"
    ]


def monday(group: Group) -> None:
    """Scale in: 3, then 4, then 5 contracts."""
    # 15:30  Buy 3. A tenth of it is no contract, and ten micros stand for one: three of them are.
    assert [
        "admitted",
        "no_action copy_below_step",
        "no_action copy_below_step",
        "admitted",
        "admitted",
    ] == group.trade("buy", "3", effect="open", symbol="CME:NQ1!")
    holds(group, "3 0 0 7 3")

    # 15:45  Buy 4 more. Three tenths of 7 are two; what the first rounding took has come with it.
    group.wait(900)
    group.trade("buy", "4", effect="open")
    holds(group, "7 0 2 17 7")

    # 16:10  And 5: of 12 contracts a tenth is one at last.
    group.wait(1500)
    group.trade("buy", "5", effect="open")
    holds(group, "12 1 3 30 12")
    group.wait(60)
    group.tick()
    assert ([], {}) == (differing(group), group.state.apart)


def tuesday(group: Group) -> None:
    """Scale out by half while one follower's venue rejects; it is told, and nothing is guessed."""
    # 09:31  The leader sells 6 of 12. Half of each position goes; the exit of "third" is rejected.
    group.wait(17 * 3600)
    half = group.say("sell", symbol="NQ", quantity="6", effect="close")
    assert [6, 1, 2, 15, 6] == [int(group.order(name).quantity) for name in half.orders]
    group.report(half.orders[2], "rejected", reason="outside of trading hours")
    group.settle()
    holds(group, "6 0 3 15 6")

    # 09:31:10  It holds 3 where 1 is right. A person is called, once, also across a restart.
    group.wait(10)
    group.tick()
    assert ["trend in NQ in account:third: 3 of 1"] == differing(group)
    before = picture(group.state)
    group.state = replay(group.records)
    assert before == picture(group.state)
    group.start()
    for account in ("lead", *COPIES):
        group.recover(account)
    group.wait(60)
    group.tick()
    assert 1 == len(differing(group))


def wednesday(group: Group) -> None:
    """The next exits take the straggler along: a share of what it holds, and the last all of it."""
    # 10:00  The leader sells 2 of 6: a third of each position. "third" closes one of its three.
    group.wait(24 * 3600)
    group.trade("sell", "2", effect="close")
    holds(group, "4 0 2 10 4")

    # 10:20  An alert without a word of closing: "sell 2". It is read as the leader reads it, so the
    #        account that holds nothing goes short of nothing.
    group.wait(1200)
    assert "no_action nothing_to_close" == group.trade("sell", "2")[1]
    holds(group, "2 0 1 5 2")

    # 11:00  The last exit closes all of everything. They agree, and the difference is over.
    group.wait(2400)
    group.trade("sell", "2", effect="close")
    holds(group, "0 0 0 0 0")
    assert ({}, 1) == (group.state.apart, len(differing(group)))


def thursday(group: Group) -> None:
    """Short, by one alert, while the red button holds one account: it does not catch up later."""
    # 14:00  "large" is halted. The others go short, and its difference is told.
    group.do(c.Halt(scope="account:large", by="anna", reason="margin call"))
    assert "refused halted" == group.trade("sell", "4", effect="open")[3]
    holds(group, "-4 0 -1 0 -4")
    group.wait(10)
    group.tick()
    assert "trend in NQ in account:large: 0 of -10" == differing(group)[-1]

    # 14:30  It is free again. The next entry adds its own part, 5 of 15, and not the ten it missed.
    group.do(c.Resume(scope="account:large", by="anna", reason="funded"))
    group.wait(1800)
    group.trade("sell", "2", effect="open")
    holds(group, "-6 0 -1 -5 -6")

    # 15:00  "exit" closes whatever each of them holds.
    group.trade("exit")
    holds(group, "0 0 0 0 0")
    assert {} == group.state.apart


def test_a_copy_group_from_monday_to_thursday() -> None:
    """Everything that the leader did is everywhere in its part, rounded down; what was missed is
    told; and the journal alone gives the same state."""
    group = Group(COPIES)
    monday(group)
    tuesday(group)
    wednesday(group)
    thursday(group)

    assert picture(group.state) == picture(replay(group.records))
