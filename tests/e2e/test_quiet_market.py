"""A market that stands still, and a line that hangs, through the whole bridge."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.ccxt, pytest.mark.timeout(180)]

VENUES = ("binance", "binanceusdm", "bybit")

AGE_NS: Final = 2_000_000_000
"""When a quote is stale unless an account says otherwise."""

WAY_NS: Final = 1_500_000_000
"""How long a word from before the line hung may have been on its way, on a crowded machine."""

QUESTIONS: Final = 5
"""Questions for the price of a silent market, one each second: it stood still for twice as long as
a quote may be old."""

WAIT_S: Final = 60
"""Far above what anything here takes."""


@pytest.mark.parametrize("venue", VENUES)
def test_an_entry_passes_on_a_quiet_market_and_never_on_a_line_that_hangs(
    tmp_path: Path, venue: str
) -> None:
    """Nothing moved for longer than a quote may be old: an entry fills at that price. Then the line
    hangs while the market goes on: an entry is refused, and the reason is the stale price. When the
    line works again, entries pass, at the price of now.
    """
    pytest.importorskip("ccxt")
    told = asyncio.run(_played(tmp_path, venue))

    assert "admitted" == told.calm["verdict"]
    assert ("refused", "reference_stale") == (told.hung["verdict"], told.hung["code"])
    assert 1 == told.arrived
    assert abs(told.prices[0] - 50_000) < 500
    assert abs(told.prices[1] - 52_000) < 500


@dataclass(frozen=True)
class Told:
    """What the bridge answered on the quiet market and on the line that hung, how many orders had
    arrived by then, and at which prices the entries filled."""

    calm: dict[str, Any]
    hung: dict[str, Any]
    arrived: int
    prices: list[Decimal]


async def _played(folder: Path, venue: str) -> Told:
    from adapters.exchange.exchange import Settings, running
    from tests.e2e.exchange_storm import MONEY, Storm, configured

    async with running(Settings(balances=MONEY)) as exchange:
        bridge = configured(folder / venue, exchange, venue)
        text = bridge.config.path.read_text(encoding="utf-8")
        text = text.replace("quote_age_max_s = 86_400\n", "")
        bridge.config.path.write_text(text, encoding="utf-8")
        storm = Storm(bridge, exchange, venue, orders=0, seed=0)
        try:
            await storm.start()
            told = await _entries(storm, venue)
            assert await asyncio.to_thread(bridge.stop) == 0
            return told
        finally:
            if bridge.process is not None and bridge.process.poll() is None:
                bridge.process.kill()
                bridge.process.wait()


async def _entries(storm: Any, venue: str) -> Told:
    control, buy = storm.exchange.control, {"action": "buy", "effect": "open", "quantity": "0.002"}
    words = {"symbol": "BTCUSDT", **buy}

    quiet = control.requests(venue)
    await _until(lambda: _prices_asked(control, venue) >= _prices_asked_in(quiet) + QUESTIONS)
    calm = await storm.send(words, "calm")
    await _until(lambda: len(control.trades(venue, "customer")) == 1)

    hung_ns = time.time_ns()
    control.hang(venue, on=True)
    control.price(venue, "BTCUSDT", Decimal(52_000))
    await _until(lambda: time.time_ns() > hung_ns + AGE_NS + WAY_NS)
    hung = await storm.send(words, "hung")
    arrived = storm.arrived

    control.hang(venue, on=False)
    await _passes(storm, words)
    await _until(lambda: len(control.trades(venue, "customer")) == 2)
    prices = [one.price for one in control.trades(venue, "customer")]
    return Told(calm, hung, arrived, prices)


async def _passes(storm: Any, words: dict[str, str]) -> None:
    """Send entries until one passes: the account is connected and compared anew first."""
    for number in range(WAIT_S * 5):
        said = await storm.send(words, f"again-{number}")
        if said["verdict"] == "admitted":
            return
        assert said["verdict"] == "refused", said
        await asyncio.sleep(0.2)
    raise AssertionError("no entry passes any more")


def _prices_asked(control: Any, venue: str) -> int:
    return _prices_asked_in(control.requests(venue))


def _prices_asked_in(requests: Any) -> int:
    return sum(one.call == "quotes" for one in requests)


async def _until(true: Any) -> None:
    for _ in range(WAIT_S * 20):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("what was waited for did not happen")
