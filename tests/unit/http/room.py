"""A running bridge on a temporary folder, and clients of its private listener, without any
socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from adapters.tradingview import DIALECTS, redact
from bridge import runtime as rt
from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.http.noise import Noise
from bridge.http.private import private_app
from core.answers import SignalAnswer
from core.commands import ReceiveSignal
from core.fold import fold
from core.ids import body_hash
from core.records import Swept
from core.signals import Misread
from core.state import State

WAIT_S: Final = 20

READ: Final = "r-NcX1hLQ0aVw8yTzu3sKd7Me"
HALT: Final = "h-Gq5pRWv2yKx9oBtn4ZcA6Jf"

TOKENS: Final = f"""
[[api.tokens]]
name = "reader"
scope = "read"
token = "{READ}"

[[api.tokens]]
name = "watch"
scope = "halt"
token = "{HALT}"
"""


@dataclass
class Room:
    """What a test holds."""

    runtime: rt.Runtime
    config: Config
    starter: Starter
    app: Any
    clock: list[int]
    """Nanoseconds that the listener's own clock is ahead: a test moves it to let a login grow
    old."""
    noise: Noise

    @property
    def operator(self) -> str:
        """Return the token that may do everything."""
        return self.starter.api_token

    @property
    def origin(self) -> str:
        """Return where our own pages come from."""
        return f"http://127.0.0.1:{self.config.api.port}"

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """Make a client, with a bearer token or without."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=("127.0.0.1", 50_000)),
            base_url=self.origin,
            headers=headers,
        )

    @asynccontextmanager
    async def logged_in(self, token: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        """Make a client that is logged in, as a browser is: it says where its forms come from."""
        async with self.client() as client:
            client.headers["sec-fetch-site"] = "same-origin"
            client.headers["origin"] = "null"
            answer = await client.post("/login", data={"token": token or self.operator})
            assert 303 == answer.status_code, answer.text
            yield client

    async def send(self, **fields: Any) -> SignalAnswer:
        """Send an alert, read as the door reads it."""
        message = {
            "id": f"id-{time.time_ns()}",
            "strategy": "demo",
            "symbol": "BTCUSDT",
            "action": "buy",
            "effect": "open",
            "quantity": "0.01",
            "time": time.time_ns() // 1_000_000,
            **fields,
        }
        body = json.dumps({name: value for name, value in message.items() if value is not None})
        return await self.post(body.encode())

    async def post(self, body: bytes) -> SignalAnswer:
        """Send any message."""
        hook = self.config.hooks["demo"]
        reading = DIALECTS[hook.dialect].read(body, hook.terms)
        content = reading.signal or reading.misread or Misread(code="body_unreadable")
        command = ReceiveSignal(
            route="demo",
            body_hash=body_hash(body),
            content=content,
            raw=redact(body),
            door_ns=self.runtime.clock.now(),
        )
        answer = await self.runtime.writer.ask(command)
        assert isinstance(answer, SignalAnswer), answer
        return answer

    async def until(self, fits: Callable[[State], bool]) -> None:
        """Wait until the committed state fits."""
        changed = asyncio.Event()
        self.runtime.writer.observers.append(lambda commit: changed.set())
        async with asyncio.timeout(WAIT_S):
            while not await self.runtime.writer.read(fits):
                await changed.wait()
                changed.clear()

    async def filled(self, answer: SignalAnswer) -> str:
        """Wait until the one order of a signal is filled, and return its id."""
        (order,) = answer.orders
        await self.until(lambda state: state.orders[order].state == "filled")
        return order

    async def forget(self) -> None:
        """Let a day pass for the state: what is over leaves it, and stays in the journal."""

        def sweep(state: State) -> None:
            later = state.last_ns + 1
            fold(state, Swept(at_ns=state.last_ns, before_ns=later))
            state.number -= 1
            state.commit()

        await self.runtime.writer.read(sweep)


@asynccontextmanager
async def room(folder: Path, change: Callable[[str], str] | None = None) -> AsyncGenerator[Room]:
    """Run a bridge in ``folder`` until the test is over; a second time with another file."""
    (folder / "bascule.toml").unlink(missing_ok=True)
    starter = init(folder, 18_470)
    assert isinstance(starter, Starter), starter
    text = starter.config.read_text(encoding="utf-8") + TOKENS
    text = text.replace("signals_burst = 10", "signals_burst = 100")
    starter.config.write_text(text if change is None else change(text), encoding="utf-8")
    config = load(starter.config, {})
    assert not isinstance(config, list), config
    runtime = await rt.start(config)
    ahead = [0]
    noise = Noise()
    app = private_app(runtime, now=lambda: runtime.clock.now() + ahead[0], noise=noise)
    made = Room(runtime, config, starter, app, ahead, noise)
    try:
        await made.until(lambda state: all(row.recovered for row in state.accounts.values()))
        async with asyncio.timeout(WAIT_S):
            while True:
                if (
                    runtime.ready
                    and runtime.outlook.standings
                    and runtime.outlook.quotes_at("paper")
                ):
                    break
                await asyncio.sleep(0.01)
        yield made
    finally:
        await runtime.stop()
