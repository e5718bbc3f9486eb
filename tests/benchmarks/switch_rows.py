"""Rows of the kill switch: with many orders working, how soon it refuses and cancels."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from adapters.port import Trouble
from adapters.tradingview import DIALECTS
from bridge import runtime as rt
from bridge.cli.stage import free_ports
from bridge.config.values import Config
from core.answers import SignalAnswer
from core.commands import ReceiveSignal
from core.orders import Order, OrderState
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row
from tests.benchmarks.serving import alerts, until

WORKING = 500
"""Orders that wait at the venue when the switch is thrown."""


def switch() -> list[Row]:
    """Time the kill switch over many orders: no new exposure any more, and the last cancel out."""
    with tempfile.TemporaryDirectory() as name:
        refused, cancelled = asyncio.run(_switch(configured(Path(name), free_ports())))
    return [
        Row("kill switch: new exposure refused", refused * 1e3, "ms", 100, 10),
        Row(f"kill switch: {WORKING} cancels sent", cancelled, "s", 1, 0.5),
    ]


async def _switch(config: Config) -> tuple[float, float]:
    runtime = await rt.start(config)
    await _put_to_work(runtime)
    sent = _timed_cancels(runtime)
    begun = time.perf_counter()
    halting = asyncio.create_task(runtime.halt("global", by="bench", reason="measured"))
    await asyncio.sleep(0)
    answer = await runtime.writer.ask(_command(WORKING, alerts("n", 1)[0]))
    refused = time.perf_counter() - begun
    assert isinstance(answer, SignalAnswer) and answer.verdict == "refused", answer
    await halting
    await until(lambda: len(sent) >= WORKING, "every order is cancelled", every_s=0.001)
    await runtime.stop()
    return refused, sent[-1] - begun


async def _put_to_work(runtime: rt.Runtime) -> None:
    """Send limit orders a little below the market, and wait until the venue has them all."""
    await until(lambda: runtime.ready, "ready")
    await until(lambda: "BTCUSDT" in runtime.outlook.quotes, "a quote")
    tick = runtime.config.setup.instruments["BTCUSDT"].tick
    below = runtime.outlook.quotes["BTCUSDT"].bid * Decimal("0.99")
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
    signal = DIALECTS["native"](body).signal
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
