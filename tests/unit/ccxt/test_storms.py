"""Storms on the private stream: what was told, and what a picture after each gap shows, is all that
happened."""

from __future__ import annotations

import random

import pytest

from adapters.ccxt.streams import STREAMS
from adapters.exchange.exchange import CUSTOMER
from adapters.exchange.faults import Chance, Fault, Kind
from adapters.port import Gap, VenueEvent
from core.orders import OrderEvent
from core.reports import Report
from tests.unit.ccxt.rig import Heard, Rig, exec_id, name, rig

pytestmark = pytest.mark.loopback

ORDERS = 40
STORM = tuple(
    Chance(fault=Fault(kind=kind), per_mille=per_mille)
    for kind, per_mille in (
        (Kind.EVENT_MISSED, 60),
        (Kind.EVENT_DUPLICATED, 100),
        (Kind.EVENT_REORDERED, 100),
        (Kind.STREAM_DROPPED, 30),
        (Kind.STREAM_REFUSED, 200),
    )
)


class Bridge(Heard):
    """Takes what is told, and reads the account's fills by REST after each gap, as the bridge
    does."""

    def __init__(self, at: Rig) -> None:
        super().__init__()
        self.at = at
        self.known: set[str] = set()

    def __call__(self, event: VenueEvent) -> None:
        """Take one event."""
        if isinstance(event, Report) and event.event is OrderEvent.FILL:
            self.known.add(event.exec_id)
        if isinstance(event, Gap):
            self.known |= truth(self.at)
        super().__call__(event)


def truth(at: Rig) -> set[str]:
    """Return every fill of the account that the exchange made."""
    return {exec_id(at.venue, one) for one in at.control.trades(at.venue, CUSTOMER)}


@pytest.mark.parametrize("venue", STREAMS)
@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_lost_in_a_storm(venue: str, seed: int) -> None:
    """With events lost, doubled and swapped, sockets reset and dials refused, every fill comes to
    be known, and no order is told as ended before its fills without a gap."""
    chance = random.Random(seed)
    async with rig(venue, canary_ms=50) as at:
        bridge = Bridge(at)
        assert await at.news.start(bridge) is None
        at.pictures = True
        at.control.storm(seed, STORM)
        for number in range(1, ORDERS + 1):
            at.place(name(number))
            for _ in range(chance.randrange(3)):
                at.hit(name(number), "0.005")
            if chance.random() < 0.4:
                at.control.cancel(venue, name(number))
            seen = len(bridge.events)
            await bridge.until(lambda heard, seen=seen: len(heard.events) > seen)
        at.control.calm()
        await bridge.until(lambda heard: bridge.known >= truth(at))
        assert await at.news.start(bridge) is None
        at.place(name(ORDERS + 1))
        await bridge.until(lambda heard: heard.said(name(ORDERS + 1), OrderEvent.ACCEPTED))

        assert truth(at) == bridge.known
