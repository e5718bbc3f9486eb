"""A whole bridge with both listeners, in a thread of this process, for tests that look at it from
outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn

from bridge import runtime as rt
from bridge.config import Config, load
from bridge.config.problems import Problem
from bridge.config.starter import Starter, init
from bridge.http.door import Door
from bridge.http.private import private_app
from bridge.http.servers import bind
from tests.servers import free_port

WAIT_S: Final = 20
"""Longer than anything here takes on a busy machine."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@dataclass
class House:
    """A running bridge. ``loop`` is that of its thread."""

    starter: Starter
    config: Config
    loop: asyncio.AbstractEventLoop
    runtime: rt.Runtime
    private: str

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something on the bridge's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT_S)

    def send(self, **fields: Any) -> dict[str, Any]:
        """Send an alert through the door, as TradingView does."""
        message = {
            "id": f"t-{secrets.token_hex(6)}",
            "strategy": "demo",
            "symbol": "BTCUSDT",
            "action": "buy",
            "effect": "open",
            "quantity": "0.01",
            "time": datetime.fromtimestamp(time.time_ns() // 10**9, UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            **fields,
        }
        body = {name: value for name, value in message.items() if value is not None}
        return self.post(json.dumps(body).encode())

    def post(self, body: bytes) -> dict[str, Any]:
        """Send any bytes through the door."""
        request = urllib.request.Request(self.starter.hook, body, method="POST")
        return _answer(request)

    def api(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.private + path, data)
        request.add_header("Authorization", f"Bearer {self.starter.api_token}")
        return _answer(request)

    def until(self, path: str, fits: Any) -> dict[str, Any]:
        """Ask the API until its answer fits."""
        end = time.monotonic() + WAIT_S
        while True:
            answer = self.api(path)
            if fits(answer):
                return answer
            assert time.monotonic() < end, f"{path} never came to fit: {answer}"
            threading.Event().wait(0.05)


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


@contextlib.contextmanager
def house(folder: Path, change: Any = None) -> Generator[House]:
    """Run a bridge in ``folder``. ``change``: what is to be changed in the text of its
    configuration."""
    starter = init(folder, free_port())
    assert not isinstance(starter, Problem), starter
    port = free_port()
    text = starter.config.read_text(encoding="utf-8")
    api_port = int(starter.api.rpartition(":")[2].partition("/")[0])
    text = text.replace(f"port = {api_port}", f"port = {port}")
    starter.config.write_text(text if change is None else change(text), encoding="utf-8")
    config = load(starter.config, {})
    assert not isinstance(config, list), config
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bridge", daemon=True)
    thread.start()

    def call(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(WAIT_S)

    runtime, stop = call(_serve(config))
    try:
        made = House(starter, config, loop, runtime, f"http://127.0.0.1:{config.api.port}")
        made.until("/readyz", lambda answer: answer.get("ready"))
        made.until("/api/accounts", lambda answer: answer["accounts"][0]["mark_fresh"])
        yield made
    finally:
        call(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)
        loop.close()


async def _serve(config: Config) -> tuple[rt.Runtime, Any]:
    runtime = await rt.start(config)
    door = Door(config)
    door.now, door.ask = runtime.clock.now, runtime.writer.ask
    running: list[tuple[_Server, asyncio.Task[None]]] = []
    for app, host, port in (
        (door, config.door.host, config.door.port),
        (private_app(runtime), config.api.host, config.api.port),
    ):
        # No time limit for a stop here: an open page that does not end by itself fails its test.
        server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                ws="none",
            )
        )
        sockets = [bind(host, port)]
        running.append((server, asyncio.create_task(server.serve(sockets=sockets))))
    while True:
        if all(server.started for server, _ in running):
            break
        await asyncio.sleep(0.01)

    async def stop() -> None:
        door.ask = None
        for close in runtime.closers:
            close()
        for server, _ in running:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in running))
        await runtime.stop()

    return runtime, stop
