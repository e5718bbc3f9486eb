"""A storm at the local exchange: the real bridge, the real ccxt, TLS, faults by seed, kill -9.

``python -m tests.e2e.exchange_storm --exchange bybit --orders 500 --seed 7`` runs a long one.

Rules of this file
1. The exchange runs in this process, so that its books can be asked for the truth; the bridge is a
   process of its own.
2. How long a storm lasts is counted in orders that arrived, never in seconds.
3. Every wait has an end, and what it waited for is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.exchange.certificates import write_secret
from adapters.exchange.exchange import Exchange, Settings, running
from adapters.exchange.server import Seen
from bridge.cli.stage import free_ports
from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.journal import open_journal
from core.state import State
from tests.e2e.books import check_journal
from tests.e2e.exchange_books import differences
from tests.e2e.exchange_weather import EVERY_ORDERS, SYMBOLS, Mischief, chances
from tests.e2e.storm import Bridge, asked

VENUES: Final = ("binance", "binanceusdm", "bybit")
KILLS: Final = 2

SETTLE_S: Final = 540
"""Silence proves something after seven answers that count, which are asked for a minute apart in
the end; a leg that was never there is placed after that. A crowded machine takes its time too."""

MOVED_S: Final = 15
"""How long the next alert waits for an order of the one before: a link may be down, and a storm of
alerts that wait for it would be another storm than this one."""

STORM_S: Final = 3_600
"""How long a storm may take from one moment that it waits for to the next."""

ANSWER_S: Final = 120
"""Far above what an alert waits, a bridge that is killed and starts again included."""

QUANTITIES: Final = {"BTCUSDT": "0.002", "ETHUSDT": "0.04"}

STEPS: Final = {
    "binance": {
        "BTCUSDT": ("0.01", "0.00001", "0.00001"),
        "ETHUSDT": ("0.01", "0.0001", "0.0001"),
    },
    "binanceusdm": {"BTCUSDT": ("0.1", "0.001", "0.001"), "ETHUSDT": ("0.01", "0.01", "0.01")},
    "bybit": {"BTCUSDT": ("0.1", "0.001", "0.001"), "ETHUSDT": ("0.01", "0.01", "0.01")},
}
"""Tick, lot step and smallest order of the markets. A wallet's fees leave rests that are worth less
than the venue's smallest order of 5: that they are dust is for the bridge to know."""

MONEY: Final = (("USDT", Decimal(1_000_000)), ("BTC", Decimal(0)))
"""What the account has at the beginning: money alone."""


def configured(folder: Path, exchange: Exchange, venue: str) -> Bridge:
    """Make a bridge with its account at the exchange."""
    folder.mkdir(parents=True)
    key, keys = exchange.key(venue), folder / "keys.toml"
    write_secret(keys, f'api_key = "{key.key}"\nsecret = "{key.secret}"\n'.encode())
    return pointed(folder, venue, keys=keys, port=exchange.port, ca=exchange.ca_file.resolve())


def pointed(folder: Path, venue: str, *, keys: Path, port: int, ca: Path) -> Bridge:
    """Make a bridge whose limits stop nothing, with its account at an exchange of this machine."""
    starter = init(folder, free_ports(), None, "bench")
    assert isinstance(starter, Starter)
    head, _, _ = starter.config.read_text(encoding="utf-8").partition("[accounts.paper]")
    text = starter.config.read_text(encoding="utf-8")
    limits = text[text.index("[accounts.paper.limits]") : text.index("[instruments.BTCUSDT]")]
    spot = venue == "binance"
    account = f"""[accounts.paper]
venue = "ccxt"
currency = "USDT"
spot = {str(spot).lower()}
foreign = "allow"
quote_age_max_s = 86_400
mark_age_max_s = 86_400

[accounts.paper.ccxt]
exchange = "{venue}"
keys_file = '{keys}'

[accounts.paper.ccxt.local]
port = {port}
ca_file = '{ca}'

"""
    limits = limits.replace("open_orders_max = ", "unknown_orders_max = 1_000\nopen_orders_max = ")
    # a market order goes as a limit at its collar: a wallet has to hold that much
    limits = limits.replace("collar_percent = 1_000_000\n", "collar_percent = 5\n")
    for symbol in SYMBOLS:
        limits += f"[accounts.paper.limits.instruments.{symbol}]\nunknown_orders_max = 1_000\n\n"
    starter.config.write_text(
        head + account + limits + "\n".join(_instrument(venue, one) for one in SYMBOLS),
        encoding="utf-8",
    )
    config = load(starter.config, {})
    assert isinstance(config, Config), config
    return Bridge(config, starter.hook, folder / "bridge.log")


def _instrument(venue: str, symbol: str) -> str:
    tick, lot, least = STEPS[venue][symbol]
    text = f'[instruments.{symbol}]\ncurrency = "USDT"\ntick = {tick}\nlot_step = {lot}\n'
    text += f"quantity_min = {least}\n"
    return text + (f'base = "{symbol[:3]}"\n' if venue == "binance" else "")


@dataclass
class Storm:
    """One bridge at one venue of an exchange, and what happens to both."""

    bridge: Bridge
    exchange: Exchange
    venue: str
    orders: int
    seed: int
    kills: int = KILLS
    faults: Counter[str] = field(default_factory=Counter[str])
    too_much: list[str] = field(default_factory=list[str])
    """Requests that were refused for their number, which no fault had done."""
    stops: bool = False
    """What it meets may halt its account."""

    def __post_init__(self) -> None:
        """Draw everything from one seed."""
        self.chance = random.Random(self.seed)
        self.mischief = Mischief(self.exchange, self.venue, random.Random(self.seed + 1))
        self.exchange.server.answered = self._seen

    def _seen(self, request: Seen) -> None:
        """Note what the venue refused for its number: that is how a ban is earned."""
        self.faults.update(request.faults)
        banned = request.status in {403, 418} and not self.mischief.done["ban"]
        if not request.faults and (request.status == 429 or banned):
            self.too_much.append(f"{request.status} for {request.method} {request.path}")

    @property
    def arrived(self) -> int:
        """Count the orders that arrived."""
        return sum(self.exchange.control.arrivals(self.venue).values())

    def until_calm(self) -> float:
        """Return how much of the storm is over, 1 at its end."""
        return self.arrived / self.orders

    async def run(self) -> State:
        """Let it pass over; return the bridge's books when nothing differs any more."""
        await self.start()
        senders = [asyncio.create_task(self._alerts(symbol)) for symbol in SYMBOLS]
        others = (self._killed(), self._troubled(), self._walked())
        beside = [asyncio.create_task(one) for one in others]
        try:
            await asyncio.gather(*senders)
            await asyncio.gather(*beside)
        finally:
            for task in (*senders, *beside):
                task.cancel()
        self.mischief.over()
        await self.agreed("after the storm")
        for symbol in SYMBOLS:
            await self.send({"action": "exit", "symbol": symbol}, f"last-{symbol}")
        await self.agreed("flat", self._open)
        assert await asyncio.to_thread(self.bridge.stop) == 0
        assert not self.too_much, "a connector that heeds limits earns no ban"
        return await asyncio.to_thread(check_journal, self.bridge.config)

    async def start(self) -> None:
        """Start the bridge; what a venue grants may be used up, for a minute at Binance."""
        self.bridge.start()
        await self.bridge.ready(SETTLE_S)

    async def _alerts(self, symbol: str) -> None:
        """Send entries with stops, smaller exits and whole ones, until the storm is over."""
        number = 0
        while self.until_calm() < 1:
            before = self.arrived
            said = await self.send(_words(symbol, number % 4), f"{symbol}-{number}")
            if said["verdict"] in {"admitted", "held"}:
                await self._moved(before)
            number += 1

    async def _moved(self, before: int) -> None:
        """Wait until an order arrived, or for a moment in which none did."""
        for _ in range(MOVED_S * 100):
            if self.arrived > before or self.until_calm() >= 1:
                return
            await asyncio.sleep(0.01)

    async def send(self, words: dict[str, str], name: str) -> dict[str, Any]:
        """Deliver one alert, as often as it takes; it is taken once. Return what was answered."""
        path = self.bridge.hook.split("/", 3)[3]
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = json.dumps({"id": name, "strategy": "demo", "time": now, **words}).encode()
        request = (
            f"POST /{path} HTTP/1.1\r\nHost: hooks\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        async with asyncio.timeout(ANSWER_S):
            while True:
                status, said = await asked(self.bridge.config.door.port, request)
                if 0 < status < 500:
                    assert status < 300, said
                    # nothing would ever arrive again
                    assert self.stops or b'"halted"' not in said, said
                    return json.loads(said)
                await asyncio.sleep(0.1)

    async def _killed(self) -> None:
        """Kill the bridge at drawn moments: right after so many orders have arrived."""
        for kill in range(self.kills):
            part = (kill + self.chance.uniform(0.3, 0.9)) / self.kills
            await self._until(lambda part=part: self.until_calm() >= part)
            assert self.bridge.process is not None
            self.bridge.process.kill()
            await asyncio.to_thread(self.bridge.kill)
            await self.start()

    async def _troubled(self) -> None:
        """Let streams fall, bans come and a stranger trade, every few orders."""
        while self.until_calm() < 1:
            wanted = min(self.arrived + EVERY_ORDERS, self.orders)
            await self._until(lambda wanted=wanted: self.arrived >= wanted)
            self.mischief.one()

    async def _walked(self) -> None:
        """Let prices take a step with each order that arrives."""
        while self.until_calm() < 1:
            before = self.arrived
            await self._until(lambda before=before: self.arrived > before or self.until_calm() >= 1)
            self.mischief.walk()

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait until so many orders have arrived."""
        for _ in range(STORM_S * 200):
            if true():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"{self.venue}: only {self.arrived} orders arrived")

    async def agreed(self, when: str, more: Callable[[State], list[str]] | None = None) -> None:
        """Wait until the books agree."""
        found: list[str] = []
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            state = await asyncio.to_thread(self.books)
            found = differences(state, self.exchange, self.venue)
            found += more(state) if more is not None else []
            if not found:
                return
            await asyncio.sleep(0.5)
        raise AssertionError(f"{self.venue}, {when}: " + "\n".join(found[:40]))

    def _open(self, state: State) -> list[str]:
        """List what is open although everything was closed."""
        found = [f"{state.orders[name].purpose} {name} is alive" for name in state.alive]
        there = self.exchange.engine(self.venue).register.open.values()
        found += [f"{one.client_id} works at the exchange" for one in there]
        for row in state.positions.values():
            if abs(row.quantity) >= state.facts.setup.instruments[row.instrument].quantity_min:
                found.append(f"{row.instrument}: {row.quantity} is held")
        return found

    def books(self) -> State:
        """Read the bridge's journal to its end."""
        opened = open_journal(self.bridge.config, read_only=True)
        try:
            return opened.state
        finally:
            opened.store.close()
            opened.emergency.close()

    def summary(self, state: State) -> str:
        """Say what happened."""
        orders = Counter(f"{one.purpose} {one.state}" for one in state.orders.values())
        alarms = Counter(alarm.code for alarm in state.alarms.values())
        return (
            f"{self.venue}: {self.arrived} orders arrived, {len(state.fills)} executions, "
            f"{self.bridge.kills} kills\n  orders {dict(orders)}\n  alarms {dict(alarms)}\n"
            f"  faults {dict(self.faults)}\n  beside {dict(self.mischief.done)}"
        )


def _words(symbol: str, turn: int) -> dict[str, str]:
    """Return an alert: two entries with a stop, the first one with a target as well, a smaller
    exit, all out."""
    words = {"symbol": symbol}
    if turn < 2:
        words |= {"stop": "1.2", "stop_unit": "percent"}
        if turn == 0:
            words |= {"targets": "1.5:50", "target_unit": "percent"}
        return words | {"action": "buy", "effect": "open", "quantity": QUANTITIES[symbol]}
    if turn == 2:
        return words | {"action": "sell", "effect": "close", "quantity": QUANTITIES[symbol]}
    return words | {"action": "exit"}


@asynccontextmanager
async def prepared(folder: Path, venue: str, orders: int, seed: int) -> AsyncIterator[Storm]:
    """Run an exchange of its own, with a bridge that does not outlive it."""
    async with running(Settings(balances=MONEY, seed=seed)) as exchange:
        exchange.control.storm(seed, chances(venue))
        storm = Storm(configured(folder / venue, exchange, venue), exchange, venue, orders, seed)
        try:
            yield storm
        finally:
            process = storm.bridge.process
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


async def weathered(folder: Path, venue: str, orders: int, seed: int) -> str:
    """Let a storm pass over a venue, and return what happened."""
    async with prepared(folder, venue, orders, seed) as storm:
        return storm.summary(await storm.run())


async def all_weathered(folder: Path, venues: tuple[str, ...], orders: int, seed: int) -> list[str]:
    """Let storms pass over some venues at once."""
    storms = (weathered(folder, venue, orders, seed) for venue in venues)
    return await asyncio.gather(*storms)


def main(arguments: list[str]) -> None:
    """Run a long storm and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchange", choices=VENUES, action="append")
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    wanted: Any = parser.parse_args(arguments)
    folder = wanted.folder or Path(tempfile.mkdtemp(prefix="bascule-storm-"))
    began = time.monotonic()
    venues = tuple(wanted.exchange or VENUES)
    for line in asyncio.run(all_weathered(folder, venues, wanted.orders, wanted.seed)):
        print(line)
    print(f"The books agree, after {time.monotonic() - began:.0f} s. Journals: {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
