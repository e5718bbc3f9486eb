"""Lapses: a journal that went back in time makes no id again that its venue may have used, and a
journal that did not makes the same ids in every process."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import msgspec
import pytest

from core import commands as c
from core import snapshot
from core.ids import body_hash
from core.orders import Order
from tests.unit.core.aiming import want
from tests.unit.core.books import Books
from tests.unit.core.followups import due, ended, rejected, revisions, stage_of
from tests.unit.core.guarded import KEPT, guarded, legs, opened, plan, quote
from tests.unit.core.stage import Stage, replay


def again(
    stage: Stage, until: int, *, lapse: str = "", seconds: int = 60, recovered: bool = True
) -> Stage:
    """Begin again, a while later, with no more than the first records of a journal; ``lapse``: what
    the mark that is kept apart from it says."""
    other = copy(stage)
    other.records = stage.records[:until]
    other.state = replay(other.records)
    other.wait(seconds)
    other.do(
        c.StartBridge(
            journal="stage",
            epoch=other.state.facts.epoch + 1,
            software="test",
            setup=other.setup,
            setup_hash=body_hash(msgspec.json.encode(other.setup)),
            halt_code=lapse,
        )
    )
    if recovered:
        other.recover("one")
    return other


# --- what the bridge makes by itself: how it comes to it, and the order ---------------------------


def kept() -> Stage:
    """Hold a position whose stop the bridge keeps."""
    stage = guarded(KEPT)
    opened(stage)
    return stage


def closed(stage: Stage) -> Order:
    """Let the price reach the stop."""
    quote(stage, "48000")
    return legs(stage)[0]


def flattening() -> Stage:
    """Begin to flatten a position, with an exit in the way that does not end."""
    stage = Stage()
    stage.position("2")
    stage.report(stage.say("exit", order_type="limit", price="60000").orders[0], "accepted")
    stage.do(
        c.Flatten(scope="account:one", whose="ours", by="anna", reason="storm", confirmed=True)
    )
    return stage


def flattened(stage: Stage) -> Order:
    """Let the exit end."""
    for order in [stage.order(name) for name in stage.state.alive]:
        stage.report(order, "cancelled")
    return newest(stage)


def partly_closed() -> Stage:
    """Fill some of an exit, and ask for the end of the rest: the route says that more follows."""
    stage = stage_of("market", 3)
    stage.position("3")
    order = stage.order(stage.say("exit", order_type="limit", price="51000").orders[0])
    stage.report(order, "accepted")
    stage.fill(order, "1")
    due(stage)
    return stage


def followed(stage: Stage) -> Order:
    """Let the exit end, and what it filled be shown."""
    (name,) = stage.state.alive
    ended(stage, stage.order(name))
    return newest(stage)


def unwanted() -> Stage:
    """Want nothing any more while an entry fills in part."""
    stage = Stage()
    buy = stage.order(want(stage, "3").orders[0])
    stage.report(buy, "accepted")
    want(stage, "0")
    stage.fill(buy, "1")
    return stage


def rested(stage: Stage) -> Order:
    """Let the entry end: what it filled is closed."""
    (name,) = stage.state.alive
    stage.report(name, "cancelled")
    return newest(stage)


def newest(stage: Stage) -> Order:
    """Return the order that is on its way since the last step."""
    (name,) = stage.sent
    return stage.order(name)


MADE = [(kept, closed), (flattening, flattened), (partly_closed, followed), (unwanted, rested)]
"""A leg, a part of a flatten, the next revision of an exit, an exit of what is beyond a target."""

made_by_itself = pytest.mark.parametrize(("before", "makes"), MADE)


@made_by_itself
def test_two_processes_make_the_same_order_of_the_same_journal(
    before: Callable[[], Stage], makes: Callable[[Stage], Order]
) -> None:
    """One of them may not know yet that it is no writer any more: a venue that keeps ids unique
    takes one order."""
    stage = before()
    there = len(stage.records)
    first = makes(stage)
    second = makes(again(stage, there))

    assert first.order == second.order


@made_by_itself
@pytest.mark.parametrize("lapse", ["store_went_back", "store_empty", "store_other"])
def test_what_is_made_anew_after_the_journal_went_back_has_another_id(
    before: Callable[[], Stage], makes: Callable[[Stage], Order], lapse: str
) -> None:
    """The first one may be at the venue, even filled: under its id nothing else is sent."""
    stage = before()
    there = len(stage.records)
    first = makes(stage)
    second = makes(again(stage, there, lapse=lapse))
    third = makes(again(stage, there, lapse=lapse, seconds=120))  # and it went back once more

    assert 3 == len({first.order, second.order, third.order})
    assert (first.quantity, first.side) == (second.quantity, second.side)


def test_a_leg_that_only_the_venue_remembers_is_not_made_again() -> None:
    """No mark was there; a picture of the venue shows the leg before another one may go."""
    stage = kept()
    there = len(stage.records)
    books = Books(stage)
    first = closed(stage)
    books.accept(first)
    other = books.stage = again(stage, there, recovered=False)
    quote(other, "48000")
    assert [] == legs(other)
    books.show()
    assert "account:one" in other.state.halts
    other.recover("one")
    second = closed(other)

    assert first.order != second.order


def test_a_protection_that_is_made_anew_has_legs_of_its_own() -> None:
    """The journal came to the same number again, and nobody noticed that it went back."""
    stage = guarded()
    order = stage.entry("4", protection=plan())
    stage.report(order, "accepted")
    there = len(stage.records)
    other = copy(stage)
    other.records, other.state = stage.records[:there], replay(stage.records[:there])
    other.wait(1)
    stage.fill(order, "4")
    other.fill(order, "4")

    assert legs(stage)[0].plan == legs(other)[0].plan
    assert legs(stage)[0].order != legs(other)[0].order


def test_a_revision_after_a_lapse_follows_the_one_before_it() -> None:
    """Else it would be made again and again."""
    stage = partly_closed()
    other = again(stage, len(stage.records), lapse="store_went_back")
    second = followed(other)
    rejected(other, second)
    due(other, 10)
    third = newest(other)
    rejected(other, third)

    assert [second.order, third.order] == [one.order for one in revisions(other)]
    assert other.order(second).followed == third.order
    assert [third.order] == list(other.state.followups)


def test_a_snapshot_remembers_a_lapse() -> None:
    """The records that told of it are not read again."""
    stage = kept()
    there = len(stage.records)
    first, other = closed(stage), again(stage, there, lapse="store_went_back")
    other.state = snapshot.unpack(snapshot.pack(snapshot.copy(other.state)))

    assert other.state.facts.lapsed_ns == other.now
    assert first.order != closed(other).order
