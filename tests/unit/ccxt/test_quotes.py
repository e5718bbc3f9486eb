"""Market data over real sockets: one public stream for all instruments, else REST."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.quote_timing import BUDGET_PART, QuoteTiming, timing_for
from adapters.ccxt.quotes import FEEDS, Quotes, polling
from adapters.exchange.faults import Fault, Kind
from core.reports import Quote
from tests.unit.ccxt.rig import Heard, Rig, rig

pytestmark = pytest.mark.loopback

each_venue = pytest.mark.parametrize("venue", FEEDS)

QUICK = QuoteTiming(
    each_s=0.0,
    look_s=0.02,
    pong_s=0.3,
    quiet_s=3600,
    poll_s=0.05,
    again_s=0.0,
    first_s=0.3,
    wait_least_s=0.01,
    wait_most_s=0.05,
)
SYMBOLS = {"binance": "BTC/USDT", "binanceusdm": "BTC/USDT:USDT", "bybit": "BTC/USDT:USDT"}


@asynccontextmanager
async def quoted(venue: str, **timing: Any) -> AsyncIterator[tuple[Rig, Quotes]]:
    """Run an exchange, and market data of one instrument that are not started."""
    async with rig(venue) as at:
        times = {field: getattr(QUICK, field) for field in QuoteTiming.__dataclass_fields__}

        async def read(method: str, *args: object) -> Any:
            return await getattr(at.client.exchange, method)(*args)

        quotes = Quotes(
            at.ears,
            FEEDS[venue],
            markets={"Bitcoin": (SYMBOLS[venue], "BTCUSDT")},
            poll=polling(read, at.client),
            on_source=at.source,
            timing=QuoteTiming(**{**times, **timing}),
        )
        try:
            yield at, quotes
        finally:
            await quotes.close()


def at_mid(mid: int) -> Callable[[Heard], bool]:
    """Make what says whether the last quote is round such a middle."""

    def enough(heard: Heard) -> bool:
        told = prices(heard)
        return bool(told) and abs(told[-1].mid - mid) < mid // 100

    return enough


def prices(heard: Heard) -> list[Quote]:
    """Return the quotes that were told."""
    return [event for event in heard.events if isinstance(event, Quote)]


@each_venue
async def test_prices_are_told_as_they_move(venue: str) -> None:
    """Each move comes by the stream, under the instrument's own name."""
    async with quoted(venue) as (at, quotes):
        await quotes.start(at.heard)
        for mid in (50_000, 51_000, 52_000):
            at.control.price(venue, "BTCUSDT", Decimal(mid))
            await at.heard.until(lambda heard, mid=mid: quotes.live and at_mid(mid)(heard))
        last = prices(at.heard)[-1]

        assert "Bitcoin" == last.instrument
        assert last.bid < last.ask


@each_venue
@pytest.mark.parametrize("how", ["drop", "close", "silence"])
async def test_a_broken_stream_is_made_again(venue: str, how: str) -> None:
    """A reset, a close frame and silence are noticed, and prices go on by the stream."""
    async with quoted(venue) as (at, quotes):
        await quotes.start(at.heard)
        at.control.price(venue, "BTCUSDT", Decimal(51_000))
        await at.heard.until(lambda heard: at.sources and at_mid(51_000)(heard))
        getattr(at.control, how)(venue)
        await at.heard.until(lambda heard: at.sources[-1:] != [True])
        await moved(at, quotes, 52_000)

        assert [True, False, True] == at.sources


async def moved(at: Rig, quotes: Quotes, mid: int) -> None:
    """Let the market go to a price, and wait until the stream tells it."""
    at.control.price(at.venue, "BTCUSDT", Decimal(mid))
    await at.heard.until(lambda heard: quotes.live and at_mid(mid)(heard))


@each_venue
async def test_rest_stands_in_for_the_stream(venue: str) -> None:
    """Without a stream prices are read by REST; when it can be had again, it tells them."""
    async with quoted(venue) as (at, quotes):
        at.control.fault(Fault(kind=Kind.STREAM_REFUSED, times=10_000))
        await quotes.start(at.heard)
        at.control.price(venue, "BTCUSDT", Decimal(53_000))
        await at.heard.until(at_mid(53_000))
        by_rest = quotes.live
        at.control.calm()
        at.exchange.engine(venue).move("BTCUSDT", Decimal(54_000))
        await at.heard.until(lambda heard: quotes.live)
        await moved(at, quotes, 55_000)

        assert not by_rest


@each_venue
async def test_a_dead_subscription_is_found_out_by_rest(venue: str) -> None:
    """A stream whose socket lives and that tells nothing is read beside by REST, and made again
    when it proves to be dead."""
    async with quoted(venue, quiet_s=0.05) as (at, quotes):
        await quotes.start(at.heard)
        at.control.price(venue, "BTCUSDT", Decimal(51_000))
        await at.heard.until(lambda heard: quotes.live and at_mid(51_000)(heard))
        at.control.mute(venue)
        at.control.price(venue, "BTCUSDT", Decimal(52_000))
        await at.heard.until(at_mid(52_000))
        at.control.price(venue, "BTCUSDT", Decimal(53_000))
        await at.heard.until(at_mid(53_000))
        at.control.price(venue, "BTCUSDT", Decimal(54_000))
        await at.heard.until(at_mid(54_000))
        await at.heard.until(lambda heard: len(at.sources) >= 3)
        await moved(at, quotes, 55_000)

        assert [True, False, True] == at.sources


async def test_the_newest_is_never_left_out() -> None:
    """Of many moves within a moment few are told, and the last one always is."""
    async with quoted("bybit", each_s=0.2) as (at, quotes):
        await quotes.start(at.heard)
        await moved(at, quotes, 51_000)
        before = len(prices(at.heard))
        hear = at.client.on_frame
        assert hear is not None
        for number in range(1_000):
            row = {"symbol": "BTCUSDT", "bid1Price": str(60_000 + number), "ask1Price": "70000"}
            frame = {"topic": "tickers.BTCUSDT", "type": "snapshot", "data": row}
            hear("wss://stream.bybit.com/v5/public/linear", frame)
        await at.heard.until(lambda heard: prices(heard)[-1].bid == 60_999)

        assert len(prices(at.heard)) <= before + 2


@each_venue
async def test_a_market_that_stands_still_keeps_a_fresh_price(venue: str) -> None:
    """Nothing moves, so the stream says nothing: its price is proven again and again all the same,
    and the stream is not taken for dead."""
    async with quoted(venue, quiet_s=0.05) as (at, quotes):
        await quotes.start(at.heard)
        await at.heard.until(lambda heard: quotes.live and prices(heard))
        first = prices(at.heard)[-1]
        await at.heard.until(lambda heard: prices(heard)[-1].at_ns > first.at_ns + 500_000_000)
        told = prices(at.heard)

        assert [True] == at.sources
        assert {(first.bid, first.ask)} == {(one.bid, one.ask) for one in told}
        assert all(one.at_ns <= later.at_ns for one, later in pairwise(told))
        assert len(told) > 3


@each_venue
async def test_an_answer_proves_the_moment_at_which_it_was_asked(venue: str) -> None:
    """A price that was on its way for long is as old as the question, not as the answer."""
    late_ms = 300
    async with quoted(venue, quiet_s=0.05) as (at, quotes):
        at.control.fault(Fault(kind=Kind.STREAM_REFUSED, times=10_000))
        late = Fault(kind=Kind.REPLY_LATE, call="quotes", delay_ms=late_ms, times=10_000)
        at.control.fault(late)
        ages: list[int] = []

        def sink(event: object) -> None:
            if isinstance(event, Quote):
                ages.append(time.time_ns() - event.at_ns)
                at.heard(event)

        await quotes.start(sink)
        await at.heard.until(lambda _: len(ages) >= 2)

        assert all(age >= late_ms * 1_000_000 for age in ages)


@each_venue
async def test_a_line_that_hangs_proves_nothing(venue: str) -> None:
    """While nothing is answered and no stream speaks, no quote is told as younger than the last
    word, however the market moves; when the line works again, its price is there."""
    async with quoted(venue, quiet_s=0.05, answer_s=0.3) as (at, quotes):
        await quotes.start(at.heard)
        await moved(at, quotes, 51_000)
        at.control.hang(venue, on=True)
        hung_ns = time.time_ns()
        at.control.price(venue, "BTCUSDT", Decimal(52_000))
        await at.heard.until(lambda heard: at.sources[-1:] == [False])
        last = prices(at.heard)[-1]
        at.control.hang(venue, on=False)
        await at.heard.until(at_mid(52_000))

        assert last.at_ns <= hung_ns
        assert abs(last.mid - 51_000) < 510


@each_venue
async def test_one_lost_answer_does_not_keep_the_next_question(venue: str) -> None:
    """An answer that never comes does not hold up the proof of a quiet market."""
    async with quoted(venue, quiet_s=0.05, answer_s=3600) as (at, quotes):
        await quotes.start(at.heard)
        await at.heard.until(lambda heard: quotes.live and prices(heard))
        at.control.fault(Fault(kind=Kind.REQUEST_LOST, call="quotes", how="hang"))
        await at.heard.until(lambda _: not at.exchange.faults.waiting)
        lost_ns = time.time_ns()
        await at.heard.until(lambda heard: prices(heard)[-1].at_ns > lost_ns)

        assert [True] == at.sources


@pytest.mark.parametrize("venue", PROFILES)
@pytest.mark.parametrize("age_ms", [1, 500, 2_000, 60_000, 86_400_000])
def test_silent_markets_are_asked_in_time_and_within_the_budget(venue: str, age_ms: int) -> None:
    """At every venue a silent market is asked before its quote is stale, twice if need be, unless
    that would take more than a quarter of what the venue grants."""
    limits = PROFILES[venue].limits
    method = "fetch_bids_asks" if "fetch_bids_asks" in limits.calls else "fetch_tickers"
    timing = timing_for(age_ms, limits, method)
    each_s = min(timing.quiet_s, timing.again_s)
    part = limits.calls.get(method, 1) * limits.window_s / each_s / limits.weight

    assert part <= BUDGET_PART + 1e-9
    assert 0.25 <= timing.quiet_s
    if venue in FEEDS and age_ms >= 2_000:
        assert timing.quiet_s + timing.again_s < age_ms / 1000
