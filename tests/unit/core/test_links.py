"""The life of a link: each transition, what waits meanwhile, and how a pause ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.links import HELD_FOR, IS_UP, TRANSITIONS, LinkEvent, LinkState
from core.setup import SECOND_NS
from core.state import AccountRow
from core.timers import next_due
from tests.unit.core.setups import NOW
from tests.unit.core.stage import Stage, codes, picture, replay

MINUTE: Final = 60 * SECOND_NS


def note(stage: Stage, event: str, **fields: Any) -> None:
    """Let something happen to the link."""
    up = event in ("up", "gap")
    known: dict[str, Any] = {"account": "one", "up": up, "reason": event}
    stage.do(c.NoteLink(event=LinkEvent(event), **(known | fields)))


def row(stage: Stage) -> AccountRow:
    """Return what is known of the account."""
    return stage.state.accounts["one"]


def windows(stage: Stage, *windows_s: tuple[int, int]) -> None:
    """Announce maintenance, in seconds from now."""
    turned = tuple(
        (stage.now + begin * SECOND_NS, stage.now + end * SECOND_NS) for begin, end in windows_s
    )
    stage.do(
        c.LoadCalendar(
            account="one",
            days_ns=(),
            valid_until_ns=0,
            source_hash="h",
            maintenance_ns=turned,
        )
    )


def led_to(state: LinkState) -> Stage:
    """Make a stage whose link is in a state."""
    stage = Stage(recovered=False)
    for event in {
        LinkState.DOWN: [],
        LinkState.CONNECTING: ["try"],
        LinkState.RECONCILING: ["try", "up"],
        LinkState.READY: ["try", "up"],
        LinkState.PAUSED: ["pause"],
    }[state]:
        note(stage, event)
    if state is LinkState.READY:
        stage.recover("one")
    assert state is row(stage).link
    return stage


@pytest.mark.parametrize("event", LinkEvent)
@pytest.mark.parametrize("state", LinkState)
def test_every_cell_of_the_table(state: LinkState, event: LinkEvent) -> None:
    """A link goes where the table leads, and nowhere without it; what it is worth follows."""
    stage = led_to(state)
    if event is LinkEvent.COMPARED:
        money = Decimal(1)
        stage.do(c.NoteRecovered(account="one", balance=money, equity=money, orders_checked=0))
    elif event is LinkEvent.WAKE:
        stage.wait(61)
        stage.tick()
    else:
        note(stage, event)
    to = TRANSITIONS.get((state, event), state)

    assert to is row(stage).link
    assert (to in IS_UP, to is LinkState.READY) == (row(stage).link_up, row(stage).recovered)


@pytest.mark.parametrize("state", LinkState)
def test_what_an_order_waits_for(state: LinkState) -> None:
    """Entry and exit are held with the reason of the link's state; ready lets both pass."""
    stage = Stage()
    stage.position("2")
    events = {
        LinkState.DOWN: ["fell"],
        LinkState.CONNECTING: ["fell", "try"],
        LinkState.RECONCILING: ["gap"],
        LinkState.READY: [],
        LinkState.PAUSED: ["pause"],
    }[state]
    for event in events:
        note(stage, event)
    expected = f"held {HELD_FOR[state]}" if HELD_FOR[state] else "admitted"

    assert expected == codes(stage.send(effect="open"))
    assert expected == codes(stage.send("exit"))


@pytest.mark.parametrize("code", ["throttled", "banned"])
def test_a_venue_that_throttles_is_named_so(code: str) -> None:
    """A pause for the rate is no maintenance, and a ban is not the rate of a moment."""
    stage = Stage()
    note(stage, "pause", code=code, until_ns=NOW + MINUTE)

    assert f"held {code}" == codes(stage.send(effect="open"))
    assert ["link_paused"] == [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]


def test_exits_and_stops_are_first_in_line_after_a_pause() -> None:
    """Of what was held the exit goes first, although it came last."""
    stage = Stage()
    stage.position("2")
    note(stage, "fell")
    entries = [stage.entry("1"), stage.entry("1")]
    way_out = stage.say("exit").orders[0]
    stage.recover("one")

    assert [way_out, entries[0].order, entries[1].order] == stage.sent


def test_an_entry_expires_inside_a_pause_and_an_exit_does_not() -> None:
    """The time to live of a held entry goes on; the exit goes when the pause is over."""
    stage = Stage()
    stage.position("2")
    note(stage, "pause", code="maintenance", until_ns=NOW + 10 * MINUTE)
    entry, way_out = stage.entry("1"), stage.say("exit").orders[0]
    stage.wait(31)
    stage.tick()
    assert ("expired", "held_too_long") == (stage.order(entry).state, stage.order(entry).reason)
    stage.wait(600)
    stage.tick()
    assert LinkState.DOWN is row(stage).link
    stage.recover("one")

    assert [way_out] == stage.sent


def test_a_pause_without_an_end_grows_and_starts_again_after_ready() -> None:
    """A minute, then twice as long each time, a quarter of an hour at most; ready forgets."""
    stage = Stage()
    seen: list[int] = []
    for _ in range(6):
        note(stage, "pause", code="maintenance")
        seen.append((row(stage).link_until_ns - stage.now) // SECOND_NS)
        stage.wait(seen[-1])
        stage.tick()
        assert LinkState.DOWN is row(stage).link
    stage.recover("one")
    note(stage, "pause", code="maintenance")

    assert [60, 120, 240, 480, 900, 900] == seen
    assert 60 == (row(stage).link_until_ns - stage.now) // SECOND_NS


def test_pauses_whose_end_the_venue_named_make_no_other_one_longer() -> None:
    """It said until when, four times: the first time that it does not, a minute is enough."""
    stage = Stage()
    for _ in range(4):
        note(stage, "pause", code="maintenance", until_ns=stage.now + 5 * SECOND_NS)
        stage.wait(6)
        stage.tick()
        assert LinkState.DOWN is row(stage).link
    note(stage, "pause", code="maintenance")

    assert 60 == (row(stage).link_until_ns - stage.now) // SECOND_NS


def test_calls_under_way_that_end_the_same_change_nothing() -> None:
    """Eight calls meet the maintenance: one pause, one alarm, and it is not made longer."""
    stage = Stage()
    for _ in range(8):
        note(stage, "pause", code="maintenance")
    told = [one for one in stage.records if isinstance(one, r.LinkChanged) and not one.up]

    assert (1, NOW + MINUTE) == (len(told), row(stage).link_until_ns)


@pytest.mark.parametrize(("later_s", "until_s"), [(30, 60), (60, 60), (61, 61)])
def test_a_pause_is_made_longer_never_shorter(later_s: int, until_s: int) -> None:
    """The later end counts, whatever comes after."""
    stage = Stage()
    note(stage, "pause", code="throttled", until_ns=NOW + MINUTE)
    note(stage, "pause", code="throttled", until_ns=NOW + later_s * SECOND_NS)

    assert NOW + until_s * SECOND_NS == row(stage).link_until_ns


def test_no_pause_is_believed_for_longer_than_a_day() -> None:
    """A venue that names a time in years is asked again tomorrow."""
    stage = Stage()
    note(stage, "pause", code="throttled", until_ns=NOW + 9 * 10**18)

    assert NOW + 24 * 60 * MINUTE == row(stage).link_until_ns


@pytest.mark.parametrize(("after_s", "link"), [(59, "paused"), (60, "down"), (61, "down")])
def test_a_restart_inside_a_pause_stays_paused(after_s: int, link: str) -> None:
    """A ban is not forgotten by a restart; one that is over is not kept."""
    stage = Stage()
    note(stage, "pause", code="throttled", until_ns=NOW + MINUTE)
    stage.wait(after_s)
    stage.start()

    assert link == row(stage).link
    if link == "paused":
        note(stage, "try")
        stage.recover("one")
        assert (link, False) == (row(stage).link, row(stage).recovered)
    assert picture(stage.state) == picture(replay(stage.records))


def test_scheduled_maintenance_begins_and_ends_by_time_alone() -> None:
    """Due at its first moment, over at its last; held meanwhile, and no attempt to connect."""
    stage = Stage()
    windows(stage, (10, 35), (60, 90))
    assert NOW + 10 * SECOND_NS == next_due(stage.state, stage.now)
    stage.wait("9.999999999")
    assert [] == stage.tick().records
    stage.wait("0.000000001")
    stage.tick()
    assert ("paused", "maintenance_scheduled") == (row(stage).link, row(stage).link_code)
    assert "held maintenance" == codes(stage.send(effect="open"))
    note(stage, "try")
    assert [] == stage.last.records
    stage.wait("24.999999999")
    stage.tick()
    assert "paused" == row(stage).link
    stage.wait("0.000000001")
    stage.tick()
    assert "down" == row(stage).link
    stage.recover("one")
    assert 1 == len(stage.sent)
    assert NOW + 60 * SECOND_NS == next_due(stage.state, stage.now)
    assert [] == [one for one in stage.records if isinstance(one, r.AlarmRaised)]


def test_a_start_inside_a_window_waits_for_its_end() -> None:
    """Told before the first attempt to connect, so none is made."""
    stage = Stage(recovered=False)
    windows(stage, (-10, 20))

    assert ("paused", NOW + 20 * SECOND_NS) == (row(stage).link, row(stage).link_until_ns)


def test_a_window_that_was_taken_out_of_the_file_ends_its_pause() -> None:
    """Who planned six hours by mistake corrects the file and is not locked out."""
    stage = Stage(recovered=False)
    windows(stage, (0, 6 * 3600))
    windows(stage)
    assert "down" == row(stage).link
    note(stage, "pause", code="throttled", until_ns=NOW + MINUTE)
    windows(stage)
    assert "paused" == row(stage).link


def test_a_window_makes_another_pause_longer() -> None:
    """A throttle that ends inside the maintenance ends with the maintenance."""
    stage = Stage()
    note(stage, "pause", code="throttled", until_ns=NOW + MINUTE)
    windows(stage, (30, 300))
    stage.wait(30)
    stage.tick()

    assert NOW + 300 * SECOND_NS == row(stage).link_until_ns


def test_an_attempt_that_fails_again_is_told_once() -> None:
    """A venue that is away for a day fills no journal; another reason is worth a record."""
    stage = Stage(recovered=False)
    note(stage, "try")
    before = len(stage.records)
    for reason in ("refused", "refused", "no route", "refused"):
        note(stage, "fell", reason=reason)
        note(stage, "try")

    told = [one for one in stage.records[before:] if isinstance(one, r.LinkChanged)]

    assert ["refused", "no route", "refused"] == [one.reason for one in told]


def test_a_journal_of_before_reads_the_same() -> None:
    """A record without a state means what it said: up is not yet compared, down is down."""
    stage = Stage()
    for up, link in ((False, "down"), (True, "reconciling"), (False, "down")):
        record = r.LinkChanged(at_ns=stage.now, account="one", up=up, reason="old")
        stage.records.append(record)
        assert link == replay(stage.records).accounts["one"].link


@settings(max_examples=60)
@given(
    events=st.lists(
        st.tuples(st.sampled_from([*LinkEvent]), st.integers(0, 2000), st.integers(-10, 4000)),
        max_size=12,
    )
)
def test_whatever_happens_a_pause_ends_and_the_link_gets_ready(
    events: list[tuple[LinkEvent, int, int]],
) -> None:
    """From any story: after time alone no pause stands, and a comparison makes it ready."""
    stage = Stage()
    windows(stage, (50, 60), (500, 900))
    for event, wait_s, until_s in events:
        stage.wait(wait_s)
        note(stage, event, until_ns=stage.now + until_s * SECOND_NS)
        stage.tick()
    while row(stage).link is LinkState.PAUSED or row(stage).maintenance_ns[-1][1] > stage.now:
        stage.now = max(stage.now + 1, next_due(stage.state, stage.now))
        stage.wait(0)
        stage.tick()
    note(stage, "try")
    note(stage, "up")
    stage.recover("one")

    assert LinkState.READY is row(stage).link
    assert "admitted" == codes(stage.send(effect="open"))
