"""Clocks that are apart: ours and the venue's, at requests, streams and prices."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from adapters.port import Gap, Heartbeat, LinkChanged, TroubleKind
from core.orders import OrderEvent
from core.reports import Quote
from tests.unit.ccxt.accounts import VENUES, order, scene

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("venue", VENUES)
async def test_a_clock_that_runs_away_is_measured_anew(venue: str) -> None:
    """A refused time stamp did not place anything; the clock is measured and the order goes."""
    async with scene(venue) as at:
        at.exchange.control.skew(30_000)
        asked = order()

        first = await at.venue.submit(asked)
        await at.until(lambda: any(one.venue_ns > ahead() for one in at.of(Heartbeat)))
        second = await at.venue.submit(asked)

        assert first is not None
        assert first.kind is TroubleKind.NOT_SENT
        assert second is None
        assert at.arrivals(asked.order) == 1


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("skew_ms", [30_000, -30_000])
async def test_a_clock_that_differs_keeps_nobody_away(venue: str, skew_ms: int) -> None:
    """Half a minute late or early: requests and the sign-in of the stream go by the venue's clock,
    so that the account connects, and is told of its order by the stream."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.skew(skew_ms)

        assert await at.connect() is None

        asked = order()
        assert await at.venue.submit(asked) is None
        at.exchange.control.cancel(venue, asked.order)
        await at.until(
            lambda: OrderEvent.CANCELLED in [one.event for one in at.reports(asked.order)]
        )


@pytest.mark.parametrize("venue", VENUES)
async def test_other_keys_leave_a_clock_that_differs_as_it_was_measured(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream comes up again under them by itself, and the next order goes at once."""
    monkeypatch.setattr("adapters.ccxt.venue.KEYS_EVERY_S", 0.05)
    async with scene(venue, connected=False) as at:
        at.exchange.control.skew(30_000)
        assert await at.connect() is None
        key = at.exchange.control.rotate(venue)
        at.keys.append(type(at.keys[0])(api_key=key.key, secret=key.secret))

        await at.until(lambda: bool(at.of(Gap)))

        assert await at.venue.submit(order()) is None
        assert not [one for one in at.of(LinkChanged) if not one.up]


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("skew_ms", [30_000, -30_000])
async def test_prices_are_dated_by_our_clock(venue: str, skew_ms: int) -> None:
    """A venue half a minute ahead or behind tells prices of now: none of the future, which would be
    fresh for half a minute after its stream died, and none that is old when it comes."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.skew(skew_ms)
        assert await at.connect() is None

        await at.until(lambda: bool(at.of(Quote)))
        at.exchange.control.price(venue, "BTCUSDT", Decimal(51_000))
        await at.until(lambda: at.of(Quote)[-1].mid > 50_500)

        ages = [time.time_ns() - one.at_ns for one in at.of(Quote)]
        assert 0 <= min(ages) <= max(ages) < 15_000_000_000


def ahead() -> int:
    """Return a time that only a clock that is ahead of ours shows."""
    return time.time_ns() + 20_000_000_000
