"""The private stream over real sockets: the real ccxt.pro against a local exchange, and every way in
which a stream goes wrong."""

from __future__ import annotations

import asyncio

import pytest

from adapters.ccxt.streams import STREAMS
from adapters.exchange.faults import Fault, Kind
from core.orders import OrderEvent
from tests.unit.ccxt.rig import Rig, name, rig

pytestmark = pytest.mark.loopback

_EV = OrderEvent
VENUES = ["bybit"]
each_venue = pytest.mark.parametrize("venue", VENUES)


async def started(at: Rig) -> None:
    """Subscribe, and have one order seen."""
    assert await at.news.start(at.heard) is None
    at.place(name(1))
    await at.heard.until(lambda heard: heard.said(name(1), _EV.ACCEPTED))


async def lives(at: Rig, number: int) -> None:
    """See that what happens now is told."""
    at.place(name(number))
    await at.heard.until(lambda heard: heard.said(name(number), _EV.ACCEPTED))
    at.hit(name(number), "0.02")
    await at.heard.until(lambda heard: heard.filled(name(number)))


@each_venue
async def test_life_of_an_order(venue: str) -> None:
    """An order is told from its acceptance through its fills to its end, with nothing missing."""
    async with rig(venue) as at:
        await started(at)
        at.hit(name(1), "0.005")
        at.hit(name(1), "0.007")
        at.control.cancel(at.name, name(1))
        await at.heard.until(lambda heard: heard.said(name(1), _EV.CANCELLED))
        truth = at.control.orders(at.name)[-1].filled
        events = [report.event for report in at.heard.reports]

        assert truth == at.heard.filled(name(1))
        assert _EV.CANCELLED is events[-1]
        assert [] == at.heard.gaps


@each_venue
@pytest.mark.parametrize("how", ["drop", "close", "terminate", "silence"])
async def test_a_broken_stream_is_made_again(venue: str, how: str) -> None:
    """A reset, a close frame, a notice of its end and a socket that fell silent are noticed; there
    is a gap, and the stream goes on."""
    async with rig(venue) as at:
        await started(at)
        getattr(at.control, how)(at.name, at.private)
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert 1 == len(at.heard.gaps)
        assert [] == at.heard.falls
        assert 1 == len([s for s in at.control.sessions(at.name) if not s.silent])


@each_venue
async def test_a_stream_that_cannot_be_made_again_takes_the_link_down(venue: str) -> None:
    """After a bounded time without a stream the link is down, and nobody dials any more."""
    async with rig(venue) as at:
        await started(at)
        await at.control.door(open=False)
        await at.heard.until(lambda heard: heard.falls)
        await at.control.door(open=True)

        assert [] == at.heard.gaps
        assert not at.news.whole
        assert at.news.start is not None
        assert await at.news.start(at.heard) is None
        await lives(at, 2)


@each_venue
async def test_refused_dials_are_tried_again(venue: str) -> None:
    """A venue that refuses some connections is dialled again, and told of as one gap."""
    async with rig(venue) as at:
        await started(at)
        at.control.fault(Fault(kind=Kind.STREAM_REFUSED, times=2))
        at.control.drop(at.name, at.private)
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert 1 == len(at.heard.gaps)


@each_venue
async def test_a_missed_fill_is_a_gap(venue: str) -> None:
    """A fill that the venue counts and did not tell is noticed without any break."""
    async with rig(venue) as at:
        await started(at)
        at.hit(name(1), "0.005")
        await at.heard.until(lambda heard: heard.filled(name(1)))
        at.control.fault(Fault(kind=Kind.EVENT_MISSED))
        at.hit(name(1), "0.005")
        at.hit(name(1), "0.005")
        await at.heard.until(lambda heard: heard.gaps)

        assert "not all of its fills were told" in at.heard.gaps[0]


@each_venue
async def test_doubled_and_reordered_events_change_nothing(venue: str) -> None:
    """Events that come twice or late give each fill once by its id, and no gap."""
    async with rig(venue) as at:
        await started(at)
        at.control.fault(Fault(kind=Kind.EVENT_DUPLICATED, times=3))
        at.hit(name(1), "0.004")
        at.control.fault(Fault(kind=Kind.EVENT_REORDERED))
        at.hit(name(1), "0.005")
        at.hit(name(1), "0.011")
        await at.heard.until(lambda heard: heard.filled(name(1)) == at.place(name(9)).quantity)
        await lives(at, 2)

        assert [] == at.heard.gaps


@each_venue
async def test_heartbeats_come_while_nothing_happens(venue: str) -> None:
    """A quiet stream says that it is whole; one that fell silent says nothing any more."""
    async with rig(venue) as at:
        await started(at)
        before = at.heard.beats
        await at.heard.until(lambda heard: heard.beats >= before + 3)

        assert [] == at.heard.gaps
        assert at.news.heartbeat_ms == 400


@each_venue
async def test_what_strangers_do_is_a_gap(venue: str) -> None:
    """A trade of somebody else on our account calls for a picture; an order of theirs does not."""
    async with rig(venue) as at:
        await started(at)
        at.place("web-1")
        await lives(at, 2)
        assert [] == at.heard.gaps
        at.hit("web-1", "0.01")
        await at.heard.until(lambda heard: heard.gaps)

        assert "others traded" in at.heard.gaps[0]
        assert "web-1" not in {report.order for report in at.heard.reports}


@each_venue
async def test_nothing_is_left_behind(venue: str) -> None:
    """After the close no task, no timer and no socket of the stream is left."""
    async with rig(venue) as at:
        await started(at)
        await at.news.close()
        names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]

        assert not [one for one in names if "News" in one or "watch" in one]
        assert [] == [url for url in at.client.exchange.clients if STREAMS[venue].carries(url)]
