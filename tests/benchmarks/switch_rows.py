"""Rows of the kill switch: with many orders working, how soon it refuses and cancels."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.port import Trouble
from adapters.tradingview import DIALECTS
from adapters.tradingview.terms import PLAIN
from bridge import runtime as rt
from bridge.cli.stage import free_ports
from bridge.config.values import Config
from core.answers import Busy, Done, SignalAnswer
from core.commands import ReceiveSignal
from core.orders import Order, OrderState
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row
from tests.benchmarks.serving import alerts, until
from tests.servers import Server, start_valkey

WORKING = 500
"""Orders that wait at the venue when the switch is thrown."""


Breaking = Callable[[rt.Runtime], Awaitable[None]]
"""Takes the store away from a bridge that has not noticed it yet when the switch is thrown."""


def switch() -> list[Row]:
    """Time the kill switch over many orders: no new exposure any more, and the last cancel out."""
    with tempfile.TemporaryDirectory() as name:
        return _rows("", configured(Path(name), free_ports()), _whole)


def switch_without_store() -> list[Row]:
    """The same while the store is full, gone, or hangs."""
    with tempfile.TemporaryDirectory() as name:
        rows = _rows(", SQLite full", configured(Path(name), free_ports()), _full)
    for label, signal_name in (("gone", "SIGKILL"), ("hangs", "SIGSTOP")):
        if not hasattr(signal, signal_name):
            continue
        with tempfile.TemporaryDirectory() as name:
            server = start_valkey(Path(name) / "valkey")
            config = configured(Path(name) / "bridge", free_ports(), server.url)
            broken = _struck(server, getattr(signal, signal_name))
            rows += _rows(f", server {label}", config, broken)
            server.kill()
    return rows


def _rows(label: str, config: Config, breaking: Breaking) -> list[Row]:
    refused, cancelled = asyncio.run(_switch(config, breaking))
    return [
        Row(f"kill switch{label}: new exposure refused", refused * 1e3, "ms", 100, 10),
        Row(f"kill switch{label}: {WORKING} cancels sent", cancelled, "s", 1, 0.5),
    ]


async def _whole(runtime: rt.Runtime) -> None:
    """Leave the store as it is."""


async def _full(runtime: rt.Runtime) -> None:
    """Let the journal's file grow no more, as on a full disk."""
    await runtime.thread.call(lambda: _let_grow_no_more(runtime.opened.store))


def _let_grow_no_more(store: Any) -> None:
    (pages,) = store._file.connection.execute("PRAGMA page_count").fetchone()
    store._file.connection.execute(f"PRAGMA max_page_count={pages}").fetchone()


def _struck(server: Server, how: int) -> Breaking:
    async def strike(_runtime: rt.Runtime) -> None:
        os.kill(server.pid, how)
        if how == getattr(signal, "SIGKILL", None):
            server.kill()  # and wait until it is gone

    return strike


async def _switch(config: Config, breaking: Breaking) -> tuple[float, float]:
    runtime = await rt.start(config)
    await _put_to_work(runtime)
    sent = _timed_cancels(runtime)
    await breaking(runtime)
    begun = time.perf_counter()
    halting = asyncio.create_task(runtime.halt("global", by="bench", reason="measured"))
    await asyncio.sleep(0)
    answer = await runtime.writer.ask(_command(WORKING, alerts("n", 1)[0]))
    refused = time.perf_counter() - begun
    assert isinstance(answer, Busy | SignalAnswer) and not _admitted(answer), answer
    assert isinstance(await halting, Done), "it is raised"
    await until(lambda: len(sent) >= WORKING, "every order is cancelled", every_s=0.001)
    assert runtime.writer.durable is (breaking is _whole), "the store was away"
    await runtime.stop()
    return refused, sent[-1] - begun


def _admitted(answer: Busy | SignalAnswer) -> bool:
    return isinstance(answer, SignalAnswer) and answer.verdict != "refused"


async def _put_to_work(runtime: rt.Runtime) -> None:
    """Send limit orders a little below the market, and wait until the venue has them all."""
    await until(lambda: runtime.ready, "ready")
    await until(lambda: "BTCUSDT" in runtime.outlook.quotes_at("paper"), "a quote")
    tick = runtime.config.setup.instruments["BTCUSDT"].tick
    below = runtime.outlook.quotes_at("paper")["BTCUSDT"].bid * Decimal("0.99")
    price = str(below // tick * tick)
    limits = [
        json.dumps({**json.loads(body), "order_type": "limit", "price": price}).encode()
        for body in alerts("w", WORKING)
    ]
    asked = [runtime.writer.ask(_command(number, body)) for number, body in enumerate(limits)]
    for answer in await asyncio.gather(*asked):
        assert isinstance(answer, SignalAnswer) and answer.verdict == "admitted", answer
    state = runtime.opened.state
    orders = list(state.alive)
    await until(
        lambda: all(state.orders[name].state is OrderState.ACCEPTED for name in orders),
        "the venue has every order",
    )
    await runtime.writer.drain()


def _command(number: int, body: bytes) -> ReceiveSignal:
    signal = DIALECTS["native"].read(body, PLAIN).signal
    assert signal is not None, "our own alerts can be read"
    return ReceiveSignal(route="demo", body_hash=f"{number:064x}", content=signal)


def _timed_cancels(runtime: rt.Runtime) -> list[float]:
    """Note from now on when each cancel is out."""
    venue = runtime.links["paper"].venue
    cancel = venue.cancel
    sent: list[float] = []

    async def timed(order: Order) -> Trouble | None:
        trouble = await cancel(order)
        sent.append(time.perf_counter())
        return trouble

    venue.cancel = timed
    return sent
