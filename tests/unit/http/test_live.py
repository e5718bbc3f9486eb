"""The live stream: tells soon, tells seldom, and never keeps the bridge from ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.http import live
from bridge.http.live import STREAMS_MAX, Hub
from bridge.http.refusal import Refusal
from bridge.writer import Commit
from core.records import BridgeStopped, Record
from tests.unit.http.room import Room

RECORD = BridgeStopped(at_ns=1, epoch=1)


def commit(first: int, count: int = 1) -> Commit:
    """Make a commit of some records."""
    records: list[Record] = [RECORD] * count
    return Commit(first, records)


async def events(stream: AsyncIterator[bytes], count: int) -> list[str]:
    """Read the next events, without what only keeps the line open."""
    found: list[str] = []
    async with asyncio.timeout(20):
        async for chunk in stream:
            if chunk.startswith(b"event"):
                found.append(chunk.decode())
            if len(found) == count:
                break
    return found


async def test_a_storm_is_a_handful_of_events() -> None:
    """Whatever comes in between is one event, with the newest number."""
    hub = Hub(7)
    stream = hub.open(lambda: True)
    first = await events(stream, 1)
    for number in range(8, 1_008):
        hub.note(commit(number))
    second = await events(stream, 1)

    assert ["event: beat\nid: 7\ndata: 7\n\n"] == first
    assert ["event: changed\nid: 1007\ndata: 1007\n\n"] == second


async def test_a_page_that_comes_back_hears_what_it_missed() -> None:
    """With the number that it saw last, the first event says whether there is more."""
    hub = Hub(9)

    assert ["event: changed\nid: 9\ndata: 9\n\n"] == await events(hub.open(lambda: True, 4), 1)


async def test_streams_end_with_the_bridge() -> None:
    """Closing ends the open ones, and opens no more."""
    hub = Hub(1)
    streams = [hub.open(lambda: True) for _ in range(3)]
    for stream in streams:
        await events(stream, 1)
    hub.close()
    rest = [await events(stream, 1) for stream in streams]

    assert [[], [], []] == rest
    with pytest.raises(Refusal):
        hub.open(lambda: True)


async def test_a_stream_ends_with_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the login is over, the stream says nothing more."""
    monkeypatch.setattr(live, "BEAT_EVERY_S", 0.01)
    hub, logged_in = Hub(1), [True]
    stream = hub.open(lambda: logged_in[0])
    before = await events(stream, 1)
    logged_in[0] = False

    assert (1, 0) == (len(before), len(await events(stream, 1)))


async def test_streams_are_bounded() -> None:
    """One more than there may be is refused; a place is free again when one ends."""
    hub = Hub(1)
    streams: list[Any] = [hub.open(lambda: True) for _ in range(STREAMS_MAX)]
    for stream in streams:
        await events(stream, 1)
    with pytest.raises(Refusal) as refused:
        hub.open(lambda: True)
    await streams[0].aclose()
    another = hub.open(lambda: True)

    assert "streams_full" == refused.value.code
    assert 1 == len(await events(another, 1))


async def test_the_writer_tells_the_stream(house: Room) -> None:
    """A signal that is committed is heard, with the number of a record that is in the journal."""
    hub = Hub(house.runtime.writer.head.number)
    house.runtime.writer.observers.append(hub.note)
    stream = hub.open(lambda: True)
    await events(stream, 1)
    answer = await house.send()
    (heard,) = await events(stream, 1)
    row = await house.runtime.writer.read(lambda state: state.signals[answer.signal])

    assert heard.startswith("event: changed")
    assert row.number <= hub.number <= house.runtime.writer.head.number
