"""Rows of an account at an exchange: what we add to ccxt's own call, start-up, memory.

The exchange is the local one, in a process of its own; ccxt speaks TLS with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.tradingview import DIALECTS
from adapters.tradingview.terms import PLAIN
from bridge import runtime as rt
from bridge.config.values import Config
from core.answers import Effect, Send, SignalAnswer
from core.commands import ReceiveSignal
from core.orders import Order
from tests.benchmarks.figures import Row, percentile
from tests.benchmarks.process_rows import _resident_mb
from tests.benchmarks.serving import alerts, until, wait_for

VENUE: Final = "binanceusdm"
"""Its orders are answered whole; Bybit answers with an id alone."""

PAIRS: Final = 80
WARM_UP: Final = 10
"""Together as many orders as the venue takes in its ten seconds, of both kinds."""

STARTS: Final = 4


def overhead() -> list[Row]:
    """Compare an order on its way through dispatch and connector with a bare ``create_order`` of
    the same class of ccxt at the same exchange, in turn.
    """
    with tempfile.TemporaryDirectory() as name, _exchange(Path(name)) as config:
        ours, bare = asyncio.run(_overhead(config))
    p50, bare50 = percentile(ours, 0.5), percentile(bare, 0.5)
    detail = (
        f"{p50 * 1e3:.2f} ms from the committed record to the answer, "
        f"against {bare50 * 1e3:.2f} ms of create_order alone; "
        f"p90 {percentile(ours, 0.9) * 1e3:.2f} against {percentile(bare, 0.9) * 1e3:.2f} ms"
    )
    value = (p50 - bare50) * 1e3
    return [Row("order at an exchange, beyond ccxt, p50", value, "ms", 2, 1, detail=detail)]


async def _overhead(config: Config) -> tuple[list[float], list[float]]:
    from adapters.ccxt.client import Client
    from adapters.ccxt.profiles import PROFILES

    runtime = await rt.start(config)
    client = Client(PROFILES[VENUE], config.exchanges["paper"])
    try:
        await until(lambda: runtime.ready, "ready")
        await until(lambda: "BTCUSDT" in runtime.outlook.quotes_at("paper"), "a quote")
        price = str(
            (runtime.outlook.quotes_at("paper")["BTCUSDT"].bid * Decimal("0.97")).quantize(
                Decimal(1)
            )
        )
        begun, ended = _timed(runtime)
        await client.open()
        await client.load_markets()
        bare: list[float] = []
        for number, body in enumerate(alerts("v", WARM_UP + PAIRS)):
            limit = json.dumps({**json.loads(body), "order_type": "limit", "price": price}).encode()
            signal = DIALECTS["native"].read(limit, PLAIN).signal
            assert signal is not None, "our own alerts can be read"
            answer = await runtime.writer.ask(
                ReceiveSignal(route="demo", body_hash=f"{number:064x}", content=signal)
            )
            assert isinstance(answer, SignalAnswer) and answer.verdict == "admitted", answer
            await until(lambda wanted=number + 1: len(ended) == wanted, "answered", every_s=0.001)
            await runtime.writer.drain()
            bare.append(await _bare(client.exchange, number, price))
        return [b - a for a, b in zip(begun, ended, strict=True)][WARM_UP:], bare[WARM_UP:]
    finally:
        await client.close()
        await runtime.stop()


def _timed(runtime: rt.Runtime) -> tuple[list[float], list[float]]:
    """Note when an order is handed to the dispatch, and when the venue's answer is there."""
    begun: list[float] = []
    ended: list[float] = []
    venue, carry_out = runtime.links["paper"].venue, runtime.writer.carry_out
    submit = venue.submit

    def handed(effects: list[Effect]) -> None:
        if any(isinstance(one, Send) for one in effects):
            begun.append(time.perf_counter())
        carry_out(effects)

    async def timed(order: Order) -> Any:
        trouble = await submit(order)
        ended.append(time.perf_counter())
        return trouble

    runtime.writer.carry_out, venue.submit = handed, timed
    return begun, ended


async def _bare(exchange: Any, number: int, price: str) -> float:
    """Time one order of ccxt's own."""
    params = {"newClientOrderId": f"bare-{number}"}
    begun = time.perf_counter()
    await exchange.create_order("BTC/USDT:USDT", "limit", "buy", "0.001", price, params)
    return time.perf_counter() - begun


def startup() -> list[Row]:
    """Time the start to ready with an account at an exchange, and read the memory at rest."""
    starts: list[float] = []
    memory = 0.0
    with tempfile.TemporaryDirectory() as name, _exchange(Path(name)) as config:
        for _ in range(STARTS):
            child = subprocess.Popen(
                [sys.executable, "-m", "bridge.cli", "run", "-c", str(config.path)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            starts.append(wait_for(config.api.port, "/readyz"))
            memory = max(memory, _resident_mb(child.pid))
            child.terminate()
            child.wait(timeout=15)
    detail = f"{[round(one, 2) for one in starts]}"
    rows = [
        Row(
            "ready to serve, account at an exchange",
            percentile(starts, 0.5),
            "s",
            READY_REACH_S,
            READY_AIM_S,
            detail=detail,
        )
    ]
    if memory:
        row = Row("memory at rest, account at an exchange", memory, "MB", MEMORY_REACH, MEMORY_AIM)
        rows.append(row)
    return rows


READY_REACH_S: Final = 4.0
READY_AIM_S: Final = 2.5
"""What a bridge without exchange may take (1.5 and 1 s), and ccxt's import, markets, connect."""

MEMORY_REACH: Final = 300
MEMORY_AIM: Final = 220
"""What a bridge without exchange may take, and ccxt's import of 109 MB with its markets."""


@contextlib.contextmanager
def _exchange(folder: Path) -> Generator[Config]:
    """Run the local exchange, and give a configuration that points at it."""
    from tests.e2e.exchange_storm import pointed

    words = ["exchange", str(folder / "exchange"), "--port", "0", "--control-port", "0"]
    words += ["--walk-ms", "0", "--json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert child.stdout is not None
        said = json.loads(child.stdout.readline())
        keys, ca = Path(said["venues"][VENUE]["keys_file"]), Path(said["ca_file"])
        yield pointed(folder / "bridge", VENUE, keys=keys, port=said["port"], ca=ca).config
    finally:
        child.terminate()
        child.wait(timeout=15)
        if child.stdout is not None:
            child.stdout.close()
