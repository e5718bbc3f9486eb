"""The markets of a venue: beside the event loop, kept on disk, and never trusted blindly."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from adapters.ccxt.client import Client
from adapters.ccxt.profiles import PROFILES
from tests.unit.ccxt.venue import Seen, Venue, json_answer, settings_of, text_answer, venue

pytestmark = pytest.mark.loopback

__all__ = ["venue"]

BINANCE: Final = PROFILES["binance"]

INFO: Final[dict[str, Any]] = {
    "timezone": "UTC",
    "serverTime": 1,
    "symbols": [
        {
            "symbol": "BTCUSDT",
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "orderTypes": ["LIMIT", "MARKET"],
            "isSpotTradingAllowed": True,
            "permissionSets": [["SPOT"]],
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": "0.01", "tickSize": "0.01000000"},
                {"filterType": "LOT_SIZE", "minQty": "0.00001", "stepSize": "0.00001000"},
                {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
            ],
        }
    ],
}


async def known(venue: Venue, folder: Path, *, fresh: bool = False) -> dict[str, Any]:
    """Start anew, and return what is known of the one market."""
    client = Client(BINANCE, settings_of(BINANCE, venue.local, cache=folder))
    await client.open()
    try:
        await client.load_markets(fresh=fresh)
        return dict(client.exchange.market("BTC/USDT"))
    finally:
        await client.close()


async def test_markets_are_parsed_beside_the_loop(venue: Venue, tmp_path: Path) -> None:
    """Loading asks without keys, in a thread of its own; numbers stay text."""
    threads: list[int] = []

    async def answer(request: web.Request, seen: Seen) -> web.StreamResponse:
        threads.append(threading.active_count())
        return await json_answer(INFO)(request, seen)

    venue.answer = answer
    market = await known(venue, tmp_path)

    assert ("0.01000000", "0.00001000", "5.00000000") == (
        market["precision"]["price"],
        market["precision"]["amount"],
        market["limits"]["cost"]["min"],
    )
    assert [True] == ["x-mbx-apikey" not in one.headers for one in venue.seen]
    assert threads[0] > 1


async def test_the_folders_that_are_made_for_it_are_private(venue: Venue, tmp_path: Path) -> None:
    """`bascule check` comes here first: the data folder that it makes must be one that the start
    takes."""
    if os.name == "nt":
        return
    venue.answer = json_answer(INFO)
    await known(venue, tmp_path / "data" / "markets")

    made = (tmp_path / "data", tmp_path / "data" / "markets")
    assert [0o700, 0o700] == [stat.S_IMODE(folder.stat().st_mode) for folder in made]


async def test_a_second_start_asks_nothing(venue: Venue, tmp_path: Path) -> None:
    """What is on disk is taken, and says the same."""
    venue.answer = json_answer(INFO)
    first = await known(venue, tmp_path)
    venue.answer = text_answer("away", 503)
    second = await known(venue, tmp_path)

    assert first["precision"] == second["precision"]
    assert first["limits"] == second["limits"]
    assert first["info"] == second["info"]
    assert 1 == len(venue.seen)
    assert ["binance-local.markets"] == names(tmp_path)


def names(folder: Path) -> list[str]:
    """Return what was left in the folder of the cache."""
    return sorted(one.name for one in folder.iterdir() if "binance" in one.name)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _flip(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0.01", b"0.02"))


def _clear(path: Path) -> None:
    path.write_bytes(b"")


def _garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff" * 100)


def _headed(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        line, _, body = path.read_bytes().partition(b"\n")
        path.write_bytes(json.dumps({**json.loads(line), **changes}).encode() + b"\n" + body)

    return change


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _flip,
        _clear,
        _garbage,
        _headed(at_s=0),
        _headed(at_s=9_999_999_999),
        _headed(ccxt="4.5.89"),
        _headed(where="live"),
        _headed(at_s="soon"),
    ],
)
async def test_what_is_damaged_old_or_of_another_is_not_believed(
    venue: Venue, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """A file that is not whole, not young, or not of this venue and version, is loaded anew."""
    venue.answer = json_answer(INFO)
    await known(venue, tmp_path)
    damage(tmp_path / "binance-local.markets")
    market = await known(venue, tmp_path)
    again = await known(venue, tmp_path)

    assert "0.01000000" == market["precision"]["price"] == again["precision"]["price"]
    assert 2 == len(venue.seen)


async def test_asked_for_fresh_it_asks(venue: Venue, tmp_path: Path) -> None:
    """A reload goes to the venue, whatever lies on disk."""
    venue.answer = json_answer(INFO)
    await known(venue, tmp_path)
    await known(venue, tmp_path, fresh=True)

    assert 2 == len(venue.seen)


async def test_a_disk_that_takes_nothing_is_no_trouble(venue: Venue, tmp_path: Path) -> None:
    """Where the folder cannot be made, the markets are known all the same."""
    venue.answer = json_answer(INFO)
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    market = await known(venue, tmp_path / "file" / "cache")

    assert "BTCUSDT" == market["id"]
