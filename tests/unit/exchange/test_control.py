"""The control API and what the exchange is started with: certificates, keys, markets, money."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from cryptography import x509

from adapters.exchange import controlport
from adapters.exchange.certificates import kept, make
from adapters.exchange.control import Control
from adapters.exchange.exchange import Exchange, Settings, running
from adapters.exchange.faults import KINDS
from adapters.exchange.keys import Key
from adapters.exchange.markets import market_at
from adapters.exchange.orders import NewOrder, Side
from bridge.cli.exchanging import Wanted, account_lines, serve
from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.exits import Exit
from tests.unit.exchange.books import SYMBOL, D, bybit

ROOT: Final = Path(__file__).parents[3]
OPEN: Final = Settings(control_port=0)
NOW_NS: Final = 1_800_000_000_000_000_000
DAY_NS: Final = 86_400_000_000_000


async def ask(exchange: Exchange, command: str, token: str = "", **fields: Any) -> tuple[int, Any]:
    """Call the control API as a program of another language would."""
    head = {"Authorization": f"Bearer {token or exchange.control_token}"}
    async with (
        aiohttp.ClientSession() as plain,
        plain.post(f"{exchange.control_url}/{command}", json=fields, headers=head) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.loopback
async def test_a_market_is_moved_and_an_order_filled_from_outside() -> None:
    """Prices, fills by strangers and the truth about orders go over plain HTTP."""
    async with running(OPEN) as exchange, bybit(exchange) as client:
        await client.create_order(SYMBOL, "limit", "buy", 1, 49_000, {"clientOrderId": "mine"})
        asked = {"venue": "bybit", "order": "mine", "quantity": "0.25"}
        filled = await ask(exchange, "fill", **asked)
        moved = await ask(exchange, "price", venue="bybit", symbol="BTCUSDT", mid="48000")
        _, orders = await ask(exchange, "orders", venue="bybit")
        _, arrivals = await ask(exchange, "arrivals", venue="bybit")
        _, trades = await ask(exchange, "trades", venue="bybit", account="customer")

    assert (200, 200) == (filled[0], moved[0])
    assert [("filled", D(1))] == [(one["status"], D(one["filled"])) for one in orders["result"]]
    assert {"mine": 1} == arrivals["result"]
    assert ["0.25", "0.75"] == [one["quantity"] for one in trades["result"]]


@pytest.mark.loopback
async def test_every_command_can_be_called_from_outside() -> None:
    """Each command takes JSON and answers JSON; nothing of ``Control`` is left out."""
    order = {"symbol": "BTCUSDT", "side": "buy", "quantity": "1", "price": "100", "client_id": "h"}
    bybits = {"venue": "bybit"}
    mine = {**bybits, "account": "customer"}
    calls: dict[str, dict[str, Any]] = {
        "fault": {"fault": {"kind": "wall", "call": "create"}},
        "storm": {"seed": 1, "chances": [{"fault": {"kind": "wall"}, "per_mille": 1}]},
        "calm": {},
        "skew": {"skew_ms": 5},
        "announce": {**bybits, "begins_ms": 1, "ends_ms": 2},
        "outage": {**bybits, "on": False},
        "hang": {**bybits, "on": False},
        "limits": {**bybits, "on": True},
        "door": {"open": False},
        "drop": bybits,
        "close": {**bybits, "code": 1001},
        "silence": bybits,
        "mute": bybits,
        "terminate": bybits,
        "price": {**bybits, "symbol": "BTCUSDT", "mid": "49999.95"},
        "depth": {**bybits, "symbol": "BTCUSDT", "quantity": "1"},
        "trading": {**bybits, "symbol": "ETHUSDT", "on": False},
        "hand": {**mine, "new": order},
        "fill": {**bybits, "order": "h", "quantity": "0.5"},
        "cancel": {**bybits, "order": "h"},
        "expire": {**bybits, "order": "h"},
        "transfer": {**mine, "asset": "USDT", "amount": "-5"},
        "adjust": {**mine, "asset": "USDT", "amount": "1"},
        "fund": {**bybits, "symbol": "BTCUSDT", "rate": "0.0001"},
        "liquidate": {**mine, "symbol": "BTCUSDT"},
        "mode": {**mine, "hedge": True},
        "key": {**bybits, "permissions": ["read"]},
        "rotate": bybits,
        "orders": bybits,
        "trades": bybits,
        "arrivals": bybits,
        "account": mine,
        "requests": bybits,
        "state": {},
    }
    async with running(OPEN) as exchange:
        said = {name: await ask(exchange, name, **fields) for name, fields in calls.items()}

    public = {name for name in vars(Control) if not name.startswith("_")}
    assert set(controlport.COMMANDS) == set(calls)
    assert {"dialect", "sessions"} == public - set(calls)
    assert dict.fromkeys(calls, 200) == {name: one[0] for name, one in said.items()}


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("command", "fields", "status", "word"),
    [
        ("explode", {}, 404, "commands"),
        ("price", {"venue": "bybit"}, 400, "needs symbol, mid"),
        ("price", {"venue": "none", "symbol": "BTCUSDT", "mid": "1"}, 400, "bybit"),
        ("price", {"venue": "bybit", "symbol": "NONE", "mid": "1"}, 400, "it has BTCUSDT"),
        ("price", {"venue": "bybit", "symbol": "BTCUSDT", "mid": "x"}, 400, "decimal"),
        ("price", {"venue": "bybit", "symbol": "BTCUSDT", "mid": "1", "x": 1}, 400, "not 'x'"),
        ("fault", {"fault": {"kind": "flood"}}, 400, "flood"),
        ("fill", {"venue": "bybit", "order": "none", "quantity": "1"}, 400, "no order"),
    ],
)
async def test_a_wrong_call_is_told_what_is_right(
    command: str, fields: dict[str, Any], status: int, word: str
) -> None:
    """A mistake gets a sentence with what there is, and does nothing."""
    async with running(OPEN) as exchange:
        said = await ask(exchange, command, **fields)

    assert status == said[0]
    assert word in json.dumps(said[1])


@pytest.mark.loopback
async def test_the_control_api_asks_for_its_token() -> None:
    """Without the token nothing is done, whatever is asked."""
    async with running(OPEN) as exchange:
        said = await ask(exchange, "skew", token="guessed", skew_ms=5)

        assert (401, 0) == (said[0], exchange.clock.skew_ms)


@pytest.mark.loopback
async def test_what_a_person_does_by_hand_is_his_own() -> None:
    """Orders and money by hand are on the account, and marked as what they are."""
    async with running() as exchange, bybit(exchange) as client:
        control = exchange.control
        control.hand("bybit", "customer", NewOrder(symbol="BTCUSDT", side=Side.BUY, quantity=D(1)))
        control.transfer("bybit", "customer", "USDT", D(500))
        held = await client.fetch_positions([SYMBOL])
        control.liquidate("bybit", "customer", "BTCUSDT")
        rows = (await client.privateGetV5ExecutionList({"category": "linear"}))["result"]["list"]

    assert [1.0] == [one["contracts"] for one in held]
    assert ["BustTrade", "Trade"] == [row["execType"] for row in rows]


def test_certificates_are_used_again_while_they_are_good(tmp_path: Path) -> None:
    """The same files serve the next start; they are made anew for more hosts, or near their end."""
    first = make(tmp_path, ["api.a.com"], NOW_NS)
    before = first.authority.read_bytes()

    assert kept(tmp_path, ["api.a.com"], NOW_NS) == first
    assert kept(tmp_path, ["api.a.com", "api.b.com"], NOW_NS) is None
    assert kept(tmp_path, ["api.a.com"], NOW_NS + 30 * DAY_NS) is None
    assert kept(tmp_path / "empty", ["api.a.com"], NOW_NS) is None
    first.key.write_bytes(b"spoilt")
    assert kept(tmp_path, ["api.a.com"], NOW_NS) is None
    assert make(tmp_path, ["api.a.com"], NOW_NS).authority.read_bytes() != before


def test_private_keys_are_private(tmp_path: Path) -> None:
    """The leaf's key is its owner's alone, the authority's is kept nowhere, and signs no more."""
    files = make(tmp_path, ["api.a.com"], NOW_NS)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    leaf = x509.load_pem_x509_certificate(files.chain.read_bytes())
    leaf.verify_directly_issued_by(authority)

    assert {"ca.pem", "exchange.pem", "exchange.key"} == {one.name for one in tmp_path.iterdir()}
    if os.name != "nt":
        assert 0o600 == stat.S_IMODE(files.key.stat().st_mode)


@pytest.mark.loopback
async def test_a_client_without_the_authority_is_turned_away() -> None:
    """The certificate is good for nobody who was not told of its authority."""
    async with running() as exchange, aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await plain.get(f"https://127.0.0.1:{exchange.port}/v5/market/time")
        trusting = ssl.create_default_context(cafile=str(exchange.ca_file))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 asks for by itself
        url = f"https://127.0.0.1:{exchange.port}/v5/market/time"
        async with plain.get(url, ssl=trusting) as answer:
            said = await answer.json()

    assert 0 == said["retCode"]


@pytest.mark.loopback
async def test_an_unknown_host_is_not_served() -> None:
    """A name that is no venue's gets no venue's answer."""
    async with running() as exchange, aiohttp.ClientSession() as plain:
        trusting = ssl.create_default_context(cafile=str(exchange.ca_file))
        url = f"https://127.0.0.1:{exchange.port}/v5/market/time"
        async with plain.get(url, ssl=trusting, headers={"Host": "example.com"}) as answer:
            said = answer.status

    assert 421 == said


@pytest.mark.loopback
async def test_the_walk_goes_by_itself() -> None:
    """With a walk the prices move without anybody asking."""
    async with running(Settings(walk_ms=1)) as exchange:
        moved = asyncio.Event()
        exchange.engine("bybit").listen(lambda _: moved.set())
        await moved.wait()

        assert exchange.engine("bybit").mark("SOLUSDT") > 0


@pytest.mark.parametrize(
    ("price", "tick", "lot"),
    [("50000", "0.1", "0.00001"), ("0.1234", "0.000001", "1"), ("3", "0.00001", "0.1")],
)
def test_a_market_is_made_of_its_price(price: str, tick: str, lot: str) -> None:
    """Tick and lot of a market that was asked for fit its price."""
    market = market_at("NEW", D(price), linear=True)

    assert (D(tick), D(lot)) == (market.tick, market.lot)
    assert market.start % market.tick == 0


@pytest.mark.parametrize(
    "options",
    [{"balances": ("USDT",)}, {"balances": ("USDT=x",)}, {"markets": ("BTC=1",)},
     {"markets": ("bybit:BTC=0",)}, {"markets": ("none:BTC=5",)}],
)  # fmt: skip
def test_an_option_that_cannot_be_read_is_refused(tmp_path: Path, options: Any) -> None:
    """A wrong option ends the command with how it is written, before anything is served."""
    given = {"balances": (), "markets": (), **options}
    wanted = Wanted(folder=tmp_path / "x", port=0, control_port=0, seed=0, walk_ms=0, **given)
    with pytest.raises(Stopped) as ended:
        serve(Screen(), wanted)

    assert (Exit.USAGE, "exchange_option_wrong") == (ended.value.exit_code, ended.value.code)
    assert not (tmp_path / "x").exists()


def test_without_the_extra_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where aiohttp is not installed, the command names it and how to get it."""
    for name in [name for name in sys.modules if name.startswith("adapters.exchange")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    wanted = Wanted(
        folder=tmp_path, port=0, control_port=0, seed=0, walk_ms=0, balances=(), markets=()
    )
    with pytest.raises(Stopped) as ended:
        serve(Screen(), wanted)

    assert (Exit.CONFIG, "exchange_extra_missing") == (ended.value.exit_code, ended.value.code)
    assert "bascule[ccxt]" in ended.value.fix


def start(folder: Path) -> tuple[subprocess.Popen[str], Any, Key]:
    """Start the command as a person does, and read what it says and the keys that it names."""
    words = ["exchange", str(folder), "--port", "0", "--control-port", "0", "--json"]
    words += ["--balance", "USDT=777", "--market", "bybit:DOGE=0.1234"]
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    child = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=flags,
    )
    assert child.stdout is not None
    said = json.loads(child.stdout.readline())
    keys = tomllib.loads(Path(said["venues"]["bybit"]["keys_file"]).read_text("utf-8"))
    return child, said, Key(keys["api_key"], keys["secret"], "customer")


@pytest.mark.e2e
async def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    """It says where it is, an account trades there with what it says, and Ctrl-C is a good end."""
    child, said, keys = start(tmp_path)
    lines = tomllib.loads("\n".join(account_lines("bybit", said)))["accounts"]["NAME"]["ccxt"]
    place = Exchange(Settings())  # stands for the other process: its address alone is used
    place.port, place.ca_file = said["port"], Path(said["ca_file"])
    async with bybit(place, keys) as client:
        balance = await client.fetch_balance()
        markets = set(client.markets)
    child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
    _, errors = child.communicate(timeout=30)

    assert (0, "") == (child.returncode, errors)
    assert 777.0 == balance["USDT"]["total"]
    assert {"BTC/USDT:USDT", "DOGE/USDT:USDT"} <= markets
    assert (said["port"], said["ca_file"]) == (lines["local"]["port"], lines["local"]["ca_file"])


@pytest.mark.e2e
def test_the_next_start_has_the_same_keys(tmp_path: Path) -> None:
    """Keys and authority of an earlier start stay good, so an account stays pointed."""
    found: list[tuple[Key, str]] = []
    for _ in range(2):
        child, said, key = start(tmp_path)
        found.append((key, Path(said["ca_file"]).read_text("utf-8")))
        child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        child.communicate(timeout=30)

    assert found[0] == found[1]


PAGE: Final = (ROOT / "docs" / "exchange.md").read_text("utf-8")


def test_the_page_documents_every_fault_and_command() -> None:
    """Each fault and each command of the control API has its row, and no other has one."""
    commands = re.findall(r"^\| `([a-z]+)` \| [`-]", PAGE, re.MULTILINE)

    rows = [
        f"| `{kind}` | {slot.replace('_', ' ')} | {sentence} |"
        for kind, (slot, sentence) in KINDS.items()
    ]
    assert "\n".join(rows) in PAGE
    assert sorted(controlport.COMMANDS) == sorted(commands)
