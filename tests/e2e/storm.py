"""A storm of alerts against a bridge that is killed all the time, and the books afterwards.

Rules of this file
1. The sender does what TradingView does: a 5xx and a broken connection come again, up to a bound.
2. Every moment of a kill is drawn from a seed; what it hit is counted from the journal, not
   guessed.
3. Every wait has an end.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.cli.stage import free_ports
from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.journal import open_journal

ALERTS: Final = 200
DELIVERIES: Final = 4
KILLS: Final = 32

SILENT_S: Final = 150
"""How long it may take until silence has proven something: a minute of answers that count, the
first of them after the last kill, and the next round of questions when one did not count."""

TURNS_MAX: Final = 20_000
"""Turns of the loop to wait for so many answers: about as long as a life."""

TRIES_MAX: Final = 400
"""Deliveries of one alert by one sender: a bridge that is killed for a minute is met by each."""

WAIT_S: Final = 40
"""Far above what anything here takes; a bridge that hangs fails the test and not the suite."""

SLOW_VENUE: Final = """balance_start = 1_000_000_000_000
latency_ms_min = 15
latency_ms_max = 60
partial_fill_probability = 0.3
commission_percent = 0.05
"""
"""So that kills fall between commit and submit, submit and report, one part and the next."""

BAD_VENUE: Final = f"""{SLOW_VENUE}lose_reply_probability = 0.15
lose_request_probability = 0.05
lose_report_probability = 0.1
drop_link_every_s = 1
drop_link_s = 0.2
seed = 7
"""
"""A venue whose books prove everything, behind a way that loses much of it."""

LATE_VENUE: Final = f"""{SLOW_VENUE}lose_reply_probability = 0.15
lose_request_probability = 0.05
lose_report_probability = 0.1
visibility_lag_ms = 300
drop_link_every_s = 4
drop_link_s = 0.3
seed = 8
"""
"""A venue whose books are old, so that they prove no absence."""

CAPS: Final = """
[accounts.paper.limits.instruments.{}]
unknown_orders_max = 1_000
"""
"""A storm goes on where a person would be asked first."""

STARTED_S: Final = time.time_ns() // 1_000_000_000
"""The time of every alert: a resend carries the same bytes."""


@dataclass
class Bridge:
    """A bridge as a process that is killed and started again."""

    config: Config
    hook: str
    log: Path
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self) -> None:
        """Start it; it is not ready yet."""
        root = Path(__file__).parents[2]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridge.cli", "run", "-c", str(self.config.path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(root)},
            )

    async def ready(self, wait_s: int = WAIT_S) -> None:
        """Wait until it takes orders."""
        port = self.config.api.port
        for _ in range(wait_s * 50):
            assert self.process is not None and self.process.poll() is None, self.last_words()
            status, _ = await asked(port, b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            if status == 200:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it did not become ready: {self.last_words()}")

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None, "a bridge that runs"
        self.process.kill()
        self.process.wait(WAIT_S)
        self.kills += 1

    def stop(self) -> int:
        """End it in order."""
        assert self.process is not None, "a bridge that runs"
        self.process.terminate()
        return self.process.wait(WAIT_S)

    def last_words(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3_000:]


def made(folder: Path, store: str | None = None, venue: str = SLOW_VENUE) -> Bridge:
    """Make a bridge whose limits stop nothing, with a venue that takes its time."""
    starter = init(folder, free_ports(), store, "bench")
    assert isinstance(starter, Starter)
    text = starter.config.read_text(encoding="utf-8")
    text = text.replace("balance_start = 1_000_000_000_000\n", venue)
    text = text.replace("open_orders_max = ", "unknown_orders_max = 1_000\nopen_orders_max = ", 1)
    text += "".join(CAPS.format(instrument) for instrument in ("BTCUSDT", "ETHUSDT"))
    starter.config.write_text(text, encoding="utf-8")
    config = load(starter.config, {})
    assert isinstance(config, Config)
    return Bridge(config, starter.hook, folder / "bridge.log")


async def asked(port: int, request: bytes) -> tuple[int, bytes]:
    """Ask once over a connection of its own; 0 when nobody answered to the end."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return 0, b""
    try:
        writer.write(request)
        said = await asyncio.wait_for(reader.read(), WAIT_S)
    except (OSError, TimeoutError):
        return 0, b""
    finally:
        writer.close()
    head, found, body = said.partition(b"\r\n\r\n")
    length = [line[16:] for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"]
    if not found or not length or len(body) < int(length[0]):
        return 0, b""
    return int(head[9:12]), body


@dataclass
class Storm:
    """Alerts under way, and what was answered."""

    bridge: Bridge
    seed: int
    kills: int = KILLS
    life_s: float = 0.08
    """Longest time that a bridge which took a wave in is left alone."""
    answers: dict[int, list[dict[str, Any]]] = field(
        default_factory=dict[int, list[dict[str, Any]]]
    )
    statuses: Counter[int] = field(default_factory=Counter[int])
    found: Counter[str] = field(default_factory=Counter[str])
    """What each start found in the journal: orders by state, still without an end."""

    async def run(self) -> None:
        """Send everything while the bridge is killed, and leave it running with nothing open."""
        chance = random.Random(self.seed)
        waves = [list(range(n, ALERTS, self.kills + 1)) for n in range(self.kills + 1)]
        senders: list[asyncio.Task[None]] = []
        for life, wave in enumerate(waves):
            self.bridge.start()
            if life and life % 8 == 0:  # a life that never got ready: killed while it recovers
                await asyncio.sleep(chance.uniform(0.3, 0.9))
                self._kill()
                self.bridge.start()
            await self.bridge.ready()
            before = sum(self.statuses.values())
            senders += [
                asyncio.create_task(self._send(alert)) for alert in wave for _ in range(DELIVERIES)
            ]
            if life < self.kills:
                await self._moment(chance, before, len(wave) * DELIVERIES)
                self._kill()
        await asyncio.wait_for(asyncio.gather(*senders), WAIT_S)

    async def _moment(self, chance: random.Random, before: int, most: int) -> None:
        """Wait for the moment of the kill: after so many answers, or after so long."""
        if chance.random() < 0.6:
            wanted = before + chance.randrange(1, most)
            for _ in range(TURNS_MAX):
                if sum(self.statuses.values()) >= wanted:
                    return
                await asyncio.sleep(0)
        await asyncio.sleep(chance.uniform(0, self.life_s))

    def _kill(self) -> None:
        self.bridge.kill()
        opened = open_journal(self.bridge.config, read_only=True)
        try:
            alive = [opened.state.orders[name] for name in opened.state.alive]
            self.found.update(str(order.state) for order in alive)
        finally:
            opened.store.close()
            opened.emergency.close()

    async def _send(self, alert: int) -> None:
        """Deliver one alert until it is answered by anything but a 5xx."""
        path = self.bridge.hook.split("/", 3)[3]
        body = json.dumps(message(alert)).encode()
        request = (
            f"POST /{path} HTTP/1.1\r\nHost: hooks\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        for _ in range(TRIES_MAX):
            status, said = await asked(self.bridge.config.door.port, request)
            self.statuses[status] += 1
            if 0 < status < 500:
                answer = json.loads(said)
                self.answers.setdefault(alert, []).append({**answer, "status": status})
                return
            assert status in (0, 503), f"answered with {status}"
            await asyncio.sleep(0.1)
        raise AssertionError(f"the alert {alert} was never answered")

    async def settled(self) -> None:
        """Wait until no order is open any more."""
        await self._until(lambda: self._counts(lambda open_, unknown: not open_))

    async def settled_as_far_as_shown(self) -> None:
        """Wait until all that a venue of old books can show is known, and until it was silent on
        some order for so long that the bridge concludes what that means.
        """
        await self._until(lambda: self._counts(lambda open_, unknown: open_ == unknown))
        await self._until(self._has_given_up, SILENT_S)

    async def _counts(self, settled: Callable[[int, int], bool]) -> bool:
        """Ask how many orders are open in all, and how many of these are of unknown outcome."""
        counts = (await self._told("/api/status")).get("counts")
        return bool(counts) and settled(counts["working"] + counts["held"], counts["unknown"])

    async def _has_given_up(self) -> bool:
        return bool((await self._told("/api/orders?state=not_placed")).get("orders"))

    async def _until(self, settled: Callable[[], Awaitable[bool]], most_s: int = WAIT_S) -> None:
        for _ in range(most_s * 20):
            if await settled():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"orders stayed open: {(await self._told('/api/status'))['counts']}")

    async def _told(self, path: str) -> dict[str, Any]:
        """Ask the API; nothing while nobody answers."""
        token = self.bridge.config.api.tokens[0].secret
        head = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        status, body = await asked(self.bridge.config.api.port, head.encode())
        return json.loads(body) if status == 200 else {}


def message(alert: int) -> dict[str, str]:
    """Return one alert: an entry, so that none of them closes what another one opened."""
    symbol = ("BTCUSDT", "ETHUSDT")[alert % 2]
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(STARTED_S))
    return {
        "id": f"storm-{alert}",
        "strategy": "demo",
        "symbol": symbol,
        "action": "buy",
        "effect": "open",
        "quantity": f"0.00{1 + alert % 5}",
        "time": now,
    }
