"""One instance of ccxt for one account: where it may go, what is seen of it, how it changes."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from adapters.ccxt import library
from adapters.ccxt.client import DOWN, UP, Client, SandboxFailed
from adapters.ccxt.profile import Call, Profile
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.requests import REQUESTS_KEPT, Answer
from adapters.ccxt.settings import CcxtSettings, Keys
from adapters.ccxt.wire import EgressBarred
from tests.unit.ccxt.venue import (
    Seen,
    Venue,
    client_of,
    json_answer,
    reset,
    settings_of,
    symbol_of,
    text_answer,
    venue,
)

pytestmark = pytest.mark.loopback

__all__ = ["venue"]

BINANCE: Final = PROFILES["binance"]
ALL: Final = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())


async def test_with_a_local_exchange_nothing_goes_elsewhere(venue: Venue) -> None:
    """A name that is not the venue's, and an address without a name, raise before anything is
    sent."""
    async with client_of(BINANCE, venue.local) as client:
        for away in ("https://example.com/x", "https://127.0.0.1:1/x", "https://10.0.0.1/x"):
            with pytest.raises(EgressBarred):
                await client.exchange.fetch(away)

    assert [] == venue.seen


async def test_every_request_is_seen_and_no_secret_of_it(venue: Venue) -> None:
    """A request is known by phase, method, host and path, with its time and its end; the ring is
    bounded."""
    venue.answer = json_answer([])
    heard: list[Answer] = []
    async with client_of(BINANCE, venue.local) as client:
        client.on_answer = heard.append
        with client.trail("picture") as trail:
            await client.exchange.fetch_open_orders(symbol_of(BINANCE))
        venue.answer = reset
        with pytest.raises(library.errors.NetworkError):
            await client.exchange.fetch_time()
        first, second = client.requests.kept
        bound = client.requests.kept.maxlen

    assert [first] == trail.requests
    assert ("picture", "GET", "api.binance.com", "/api/v3/openOrders", 200) == (
        first.phase,
        first.method,
        first.host,
        first.path,
        first.status,
    )
    assert first.took_ns > 0
    assert first.left
    assert not first.writes
    assert ("", "ExchangeNotAvailable", 0) == (second.phase, second.error, second.status)
    assert [200] == [one.status for one in heard]
    assert "signature" not in repr(client.requests.kept)
    assert REQUESTS_KEPT == bound


async def test_a_cancel_is_sent_once(venue: Venue) -> None:
    """A kept connection that breaks under a cancel does not make the library send it again."""
    venue.answer = json_answer([])
    cancel = BINANCE.plain.cancel
    args, params = cancel.bound(symbol=symbol_of(BINANCE), id="x")
    async with client_of(BINANCE, venue.local) as client:
        await client.exchange.fetch_open_orders(symbol_of(BINANCE))
        venue.answer = reset
        with pytest.raises(library.errors.ExchangeNotAvailable):
            await client.exchange.cancel_order(*args, params=params)

    assert ["GET", "DELETE"] == [one.method for one in venue.seen]


async def test_a_price_is_never_a_float(venue: Venue) -> None:
    """A number that a venue sends as a number is read digit by digit, as far as it goes."""
    futures = PROFILES["krakenfutures"]
    order = {
        "order_id": "1",
        "symbol": "PF_XBTUSD",
        "side": "buy",
        "orderType": "lmt",
        "limitPrice": "PRICE",
        "unfilledSize": 3,
        "filledSize": 0,
        "status": "untouched",
    }
    text = json.dumps({"result": "success", "openOrders": [order]})
    precise = "20000.12345678901234567890"
    venue.answer = text_answer(text.replace('"PRICE"', precise), 200, "application/json")
    async with client_of(futures, venue.local) as client:
        (read,) = await client.exchange.fetch_open_orders(symbol_of(futures))

    assert precise == read["info"]["limitPrice"]
    assert Decimal(3) == Decimal(read["remaining"])


async def test_new_keys_are_taken_without_a_restart(venue: Venue) -> None:
    """Keys are asked for again; with others a new instance takes over, and knows the markets."""
    held = [Keys("first", "secret")]
    async with client_of(BINANCE, venue.local, keys=lambda: held[0]) as client:
        before = client.exchange
        same = await client.refresh_keys()
        held[0] = Keys("second", "secret")
        changed = await client.refresh_keys()
        venue.answer = json_answer([])
        await client.exchange.fetch_open_orders(symbol_of(BINANCE))
        after = client.exchange

    assert (False, True) == (same, changed)
    assert before is not after
    assert ["second"] == [one.headers["x-mbx-apikey"] for one in venue.seen]


async def test_a_call_under_way_survives_new_keys(venue: Venue) -> None:
    """What is on its way while the keys are exchanged gets its answer."""
    arrived = asyncio.Event()

    async def slow(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        arrived.set()
        await venue.gate.wait()
        return web.json_response([])

    venue.answer = slow
    held = [Keys("first", "secret")]
    async with client_of(BINANCE, venue.local, keys=lambda: held[0]) as client:
        old = client.exchange
        under_way = asyncio.create_task(old.fetch_open_orders(symbol_of(BINANCE)))
        await arrived.wait()
        held[0] = Keys("second", "secret")
        await client.refresh_keys()
        venue.gate.set()
        got = await under_way

    assert [] == got


@ALL
async def test_a_client_leaves_nothing_behind(profile: Profile, venue: Venue) -> None:
    """Closed twice, opened again and dropped, no venue's instance warns of anything."""
    client = Client(profile, settings_of(profile, venue.local))
    await client.open()
    await client.open()
    await client.close()
    await client.close()
    del client
    gc.collect()

    assert [] == venue.seen


@pytest.mark.parametrize(
    ("venue_name", "mode"),
    [("kraken", "sandbox"), ("coinbase", "sandbox"), ("kucoin", "sandbox"), ("okx", "demo")],
)
async def test_a_switch_that_fails_is_the_end(venue_name: str, mode: str) -> None:
    """A venue that cannot be led away from real money is not used at all."""
    settings = CcxtSettings(venue=venue_name, currency="USD", keys=Keys, sandbox=mode)
    client = Client(PROFILES[venue_name], settings)
    with pytest.raises(SandboxFailed):
        await client.open()
    gone = client.exchange is None
    await client.close()

    assert gone


async def test_a_switch_that_changes_nothing_is_the_end() -> None:
    """Also where the switch of ccxt raises, or leaves the addresses as they were, nothing
    passes."""
    for method in ("set_sandbox_mode", "omit_zero", "check_required_credentials", "nothing_at_all"):
        kraken = replace(PROFILES["kraken"], sandbox={"sandbox": method})
        settings = CcxtSettings(venue="kraken", currency="USD", keys=Keys, sandbox="sandbox")
        client = Client(kraken, settings)
        with pytest.raises(SandboxFailed):
            await client.open()
        await client.close()

        assert client.exchange is None


@pytest.mark.parametrize(
    ("name", "mode"),
    [(p.venue, mode) for p in PROFILES.values() for mode in p.sandbox],
)
async def test_a_sandbox_is_somewhere_else(name: str, mode: str) -> None:
    """Every mode that a profile offers leads to other hosts, or marks every request."""
    live = Client(PROFILES[name], CcxtSettings(venue=name, currency="USD", keys=Keys))
    play = Client(PROFILES[name], CcxtSettings(venue=name, currency="USD", keys=Keys, sandbox=mode))
    await live.open()
    await play.open()
    real = (str(live.exchange.urls["api"]), str(live.exchange.headers))
    other = (str(play.exchange.urls["api"]), str(play.exchange.headers))
    await live.close()
    await play.close()

    assert real != other


@ALL
async def test_every_call_of_a_profile_is_one_of_ccxt(profile: Profile, venue: Venue) -> None:
    """Each method that a profile names exists there, and each silenced one does nothing."""
    ways = [way for way in (profile.plain, profile.stop) if way is not None]
    calls: list[Call | None] = [profile.position_mode, profile.margin_mode, *profile.probes]
    for way in ways:
        calls += [*way.find, way.fetch, way.cancel, way.working]
    async with client_of(profile, venue.local) as client:
        names = {one.method for one in calls if one is not None} | {profile.status}
        missing = [one for one in names if one and not callable(getattr(client.exchange, one, 0))]
        silent = [await getattr(client.exchange, one)() for one in profile.silenced]
        shown = type(client.exchange).__name__

    assert [] == missing
    assert [None] * len(profile.silenced) == silent
    assert profile.venue == shown
    assert [] == venue.seen


async def test_the_venues_clock_is_measured(venue: Venue) -> None:
    """A venue whose clock is ahead gets its own time on the next request."""
    now_ns = [1_700_000_000_000_000_000]
    venue.answer = json_answer({"serverTime": 1_700_000_030_000})
    async with client_of(BINANCE, venue.local) as client:
        client.now = lambda: now_ns[0]
        ahead_ns = await client.measure_clock()
        difference = client.exchange.options["timeDifference"]

    assert 30_000_000_000 == ahead_ns
    assert -30_000 == difference


async def test_streams_are_heard(venue: Venue) -> None:
    """A stream that comes up, says something and breaks is told, with the frame as it came."""
    said: list[tuple[str, Any]] = []
    gone = asyncio.Event()

    async def speak(request: web.Request, _seen: Seen) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        await socket.send_json({"e": "news", "price": "1.10"})
        await socket.close(code=1012)
        return socket

    def streamed(_url: str, state: str, _reason: str) -> None:
        said.append(("state", state))
        if state == DOWN:
            gone.set()

    venue.answer = speak
    async with client_of(BINANCE, venue.local) as client:
        client.on_frame = lambda _url, message: said.append(("frame", message))
        client.on_stream = streamed
        watching = asyncio.ensure_future(client.exchange.watch_ticker(symbol_of(BINANCE)))
        await gone.wait()
        with pytest.raises(library.errors.NetworkError):
            await watching

    assert [("state", UP), ("frame", {"e": "news", "price": "1.10"}), ("state", DOWN)] == said[:3]


def test_only_what_is_asked_for_is_loaded() -> None:
    """A venue brings itself and no other; its name means its class, also where another venue is
    built on it."""
    code = (
        "import sys; from adapters.ccxt.library import errors, venues;"
        "print(venues.binanceusdm.__mro__[1].__name__, venues.bybit.__name__,"
        " issubclass(errors.OrderNotFound, errors.InvalidOrder), errors.Exchange.__name__,"
        " sorted(m.split('.')[-1] for m in sys.modules"
        " if m.startswith('ccxt.pro.') or m.startswith('ccxt.async_support.b')))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    loaded = done.stdout

    assert loaded.startswith("binance bybit True Exchange")
    assert "bybit" in loaded
    assert "bitget" not in loaded


def test_another_ccxt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that the profiles were not checked with is refused, and the fix is named."""
    monkeypatch.setattr(library.errors, "__version__", "4.6.0")
    with pytest.raises(ImportError) as caught:
        importlib.reload(library)
    monkeypatch.undo()
    importlib.reload(library)

    assert "ccxt_version_differs" in str(caught.value)
    assert "pip install 'ccxt==4.5.90'" in str(caught.value)


def test_profiles_are_bound_to_the_version() -> None:
    """No profile claims another version of ccxt than the one that is asked for."""
    assert {"4.5.90"} == {one.version for one in PROFILES.values()}
    assert {"binance", "binanceusdm", "bybit"} == {n for n, p in PROFILES.items() if p.proven}
    assert Path(library.__file__).exists()
