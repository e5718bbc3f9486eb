"""The private stream over real sockets: the real ccxt.pro against a local exchange, and every way
in which a stream goes wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.ccxt.news import FLAPS_MAX
from adapters.ccxt.streams import STREAMS
from adapters.exchange.faults import Fault, Kind
from adapters.port import TroubleKind
from core.orders import OrderEvent
from tests.unit.ccxt import samples
from tests.unit.ccxt.rig import QUICK, Rig, name, rig

pytestmark = pytest.mark.loopback

_EV = OrderEvent
VENUES = ["bybit", "binance", "binanceusdm"]
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
        at.control.cancel(at.venue, name(1))
        await at.heard.until(lambda heard: heard.said(name(1), _EV.CANCELLED))
        truth = at.control.orders(at.venue)[-1].filled
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
        getattr(at.control, how)(at.venue, at.private)
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert 1 == len(at.heard.gaps)
        assert [] == at.heard.falls
        assert 1 == len([s for s in at.control.sessions(at.venue) if not s.silent])


@each_venue
async def test_silence_is_noticed_by_ourselves(venue: str) -> None:
    """A half-open socket is found within the time of a ping and its pong, however long ccxt would
    wait."""
    async with rig(venue) as at:
        at.client.exchange.options["ws"]["maxPingPongMisses"] = 1_000
        await started(at)
        at.control.silence(at.venue, at.private)
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert "nothing was heard" in at.heard.gaps[0]


async def test_a_stream_that_breaks_again_and_again_takes_the_link_down() -> None:
    """Subscriptions that live for a moment only are not made for ever: after some of them the link
    is down, and the bridge waits longer."""
    async with rig("bybit", timing=replace(QUICK, steady_s=3_600)) as at:
        await started(at)
        for gaps in range(1, FLAPS_MAX + 1):
            at.control.drop(at.venue)
            await at.heard.until(lambda heard, gaps=gaps: len(heard.gaps) == gaps)
        at.control.drop(at.venue)
        await at.heard.until(lambda heard: heard.falls)

        assert FLAPS_MAX == len(at.heard.gaps)


async def test_a_triggered_order_that_fills_before_it_is_known() -> None:
    """What a triggered order does may be told before whose it is: then it is told all the same."""
    async with rig("binanceusdm") as at:
        await started(at)
        (session,) = at.control.sessions(at.venue, at.private)
        fill = {"x": "TRADE", "l": "0.01", "L": "49000", "z": "0.01", "t": 5}
        session.send(samples.usdm(i=777, c="x-venue", **fill))
        session.send(samples.algo(X="TRIGGERED", ai="777"))
        await at.heard.until(lambda heard: heard.filled(samples.OURS))

        assert Decimal("0.01") == at.heard.filled(samples.OURS)


@each_venue
async def test_a_stream_that_cannot_be_made_again_takes_the_link_down(venue: str) -> None:
    """After a bounded time without a stream the link is down, and nobody dials any more."""
    async with rig(venue, timing=replace(QUICK, rejoin_s=2.0)) as at:
        await started(at)
        await at.control.door(open=False)
        await at.heard.until(lambda heard: heard.falls)
        await at.control.door(open=True)

        assert [] == at.heard.gaps
        assert not at.news.whole
        assert await at.news.start(at.heard) is None
        await lives(at, 2)


@each_venue
async def test_refused_dials_are_tried_again(venue: str) -> None:
    """A venue that refuses some connections is dialled again, and told of as one gap."""
    async with rig(venue) as at:
        await started(at)
        at.control.fault(Fault(kind=Kind.STREAM_REFUSED, times=2))
        at.control.drop(at.venue, at.private)
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
        at.control.fault(Fault(kind=Kind.EVENT_MISSED, times=2))  # the fill, and what goes with it
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
        await at.heard.until(lambda heard: heard.filled(name(1)) == Decimal("0.02"))
        await lives(at, 2)

        assert [] == at.heard.gaps


@each_venue
async def test_a_dead_subscription_on_a_living_socket_is_noticed(venue: str) -> None:
    """A stream that answers pings and tells nothing is found out by what REST shows, and made
    again."""
    async with rig(venue, canary_ms=50) as at:
        await started(at)
        await at.heard.until(lambda heard: heard.beats >= 3)
        at.pictures = True
        at.control.mute(at.venue, at.private)
        at.hit(name(1), "0.01")
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 3)

        assert "the stream did not tell the fill" in at.heard.gaps[0]
        assert 1 == len(at.heard.gaps)


@each_venue
async def test_a_picture_that_agrees_proves_nothing_wrong(venue: str) -> None:
    """Pictures that show what the stream told leave it alone."""
    async with rig(venue, canary_ms=50) as at:
        await started(at)
        at.pictures = True
        await lives(at, 2)
        taken = at.taken
        await at.heard.until(lambda heard: at.taken >= taken + 5)

        assert [] == at.heard.gaps


async def test_an_expired_key_of_a_stream_is_made_anew() -> None:
    """When the venue says that the key of the stream expired, a new one is asked for."""
    async with rig("binanceusdm") as at:
        await started(at)
        asked = len(at.posts("listenKey"))
        (session,) = at.control.sessions(at.venue, at.private)
        session.send({"e": "listenKeyExpired", "E": 1, "listenKey": "gone"})
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert "the key of the stream expired" in at.heard.gaps[0]
        assert asked + 1 == len(at.posts("listenKey"))


@pytest.mark.parametrize("venue", ["binance", "binanceusdm"])
async def test_a_server_that_stops_is_left_at_once(venue: str) -> None:
    """A notice that the server is about to stop does not wait for its end."""
    async with rig(venue) as at:
        await started(at)
        (session,) = at.control.sessions(at.venue, at.private)
        session.send({"e": "serverShutdown", "E": 1})
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert ["the venue's server is about to stop"] == at.heard.gaps


@each_venue
async def test_a_frame_that_is_no_json_is_survived(venue: str) -> None:
    """After a frame that nobody can read the stream is made again: it may have said anything."""
    async with rig(venue) as at:
        await started(at)
        (session,) = at.control.sessions(at.venue, at.private)
        session.frames.put_nowait(b'{"e": broken')
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert [] == at.heard.falls


@each_venue
async def test_what_is_not_understood_is_a_gap(venue: str) -> None:
    """An event that nobody documented calls for a picture, and the stream goes on."""
    async with rig(venue) as at:
        await started(at)
        (session,) = at.control.sessions(at.venue, at.private)
        session.send({"e": "neverHeardOf", "E": 1, "topic": "neverHeardOf", "data": []})
        await at.heard.until(lambda heard: heard.gaps)
        await lives(at, 2)

        assert "not understood: unknown" in at.heard.gaps[0]
        assert at.news.whole


async def test_wrong_keys_are_fatal_only_by_rest() -> None:
    """A key that REST refuses is fatal; a socket's refusal may be the clock, and is tried again."""
    async with rig("binanceusdm") as at:
        at.control.key(at.venue, revoked=True)
        by_rest = await at.news.start(at.heard)
    async with rig("binance") as at:
        at.control.key(at.venue, revoked=True)
        by_socket = await at.news.start(at.heard)

    assert by_rest is not None
    assert TroubleKind.FATAL is by_rest.kind
    assert by_socket is not None
    assert TroubleKind.UNKNOWN is by_socket.kind
    assert "ccxt_stream_failed" == by_socket.code


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
