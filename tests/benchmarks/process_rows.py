"""Rows of the whole process: webhooks a second, latency, the switch, start-up, memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bridge import runtime as rt
from bridge.config.values import Config
from bridge.http.door import Door
from bridge.http.servers import _server, bind
from core.codec import VERSION
from core.store import chain
from core.store.opening import open_store
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row, percentile
from tests.benchmarks.load import Result, post, request

WEBHOOKS = 6_000
CONNECTIONS = 64
ROUNDS = 5
ONE_BY_ONE = 1_500
WORKING = 500
WAIT_S = 20.0


def free_ports() -> int:
    """Return a port that is free together with the one above it."""
    for port in range(20_000 + os.getpid() % 20_000, 60_000, 2):
        with contextlib.suppress(OSError), socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", port))
            b.bind(("127.0.0.1", port + 1))
            return port
    raise OSError("no free port")


@contextlib.contextmanager
def process(
    arguments: list[str], port: int, path: str = "/"
) -> Generator[subprocess.Popen[bytes], None, None]:
    """Run a server, wait until it answers with anything below 500, and end it."""
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, path)
        yield child
    finally:
        child.terminate()
        child.wait(timeout=15)


def wait_for(port: int, path: str) -> float:
    """Wait until an address answers with anything below 500; return the seconds it took."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < WAIT_S:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1):
                return time.perf_counter() - begun
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.005)
    raise TimeoutError(f"nothing answers at port {port}")


def alerts(tag: str, count: int) -> list[bytes]:
    """Write alerts with their own ids and the time of now; buys and sells in turn."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        json.dumps(
            {
                "id": f"BTCUSDT-{at}-{tag}-{number}",
                "strategy": "demo",
                "symbol": "BTCUSDT",
                "action": "buy",
                "effect": "open",
                "quantity": "0.001",
                "order_type": "market",
                "price": "50000.10",
                "time": at,
            }
        ).encode()
        for number in range(count)
    ]


def hook_of(config: Config) -> str:
    """Return the path of the hook, with its token."""
    hook = config.hooks["demo"]
    return f"/hooks/{hook.route}/{hook.tokens[0]}"


def throughput(store: str | None = None, label: str = "SQLite") -> list[Row]:
    """Compare durable webhooks with a bare application, in turn, the same load on the same
    server."""
    with tempfile.TemporaryDirectory() as name:
        port = free_ports()
        config = configured(Path(name), port, store)
        run = ["-m", "bridge.cli", "run", "-c", str(config.path)]
        bare_port = free_ports_above(port + 2)
        with (
            process(run, port + 1, "/readyz"),
            process(["-m", "tests.benchmarks.bare", str(bare_port)], bare_port),
        ):
            pairs: list[tuple[Result, Result]] = []
            for turn in range(ROUNDS + 1):
                bodies = alerts(f"t{turn}", WEBHOOKS)
                bare = post(bare_port, "/", bodies, CONNECTIONS)
                ours = post(port, hook_of(config), bodies, CONNECTIONS)
                assert ours.statuses == {"202": WEBHOOKS}, ours.statuses
                if turn:  # the first round warms both up
                    pairs.append((ours, bare))
    ratios = sorted(ours.per_second / bare.per_second for ours, bare in pairs)
    ours, bare = (max(pair[side].per_second for pair in pairs) for side in (0, 1))
    detail = f"{label}, {CONNECTIONS} connections: {ours:,.0f}/s against {bare:,.0f}/s; ratios {[round(r, 2) for r in ratios]}"
    return [
        Row(
            f"durable webhooks / bare ASGI ({label})",
            ratios[len(ratios) // 2],
            "of it",
            0.35,
            0.5,
            higher=True,
            detail=detail,
        )
    ]


def free_ports_above(port: int) -> int:
    """Return a free port at or above ``port``."""
    for candidate in range(port, port + 1000):
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", candidate))
            return candidate
    raise OSError("no free port")


CLIENT = """
import sys
from tests.benchmarks.load import post
from tests.benchmarks.process_rows import alerts
port, path, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
result = post(port, path, alerts("l", count), 1)
print(" ".join(repr(t) for t in result.times))
"""


async def _times_of(port: int, path: str, count: int) -> list[float]:
    """Let another process send ``count`` alerts, one at a time; return its round trips."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, str(port), path, str(count), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    return [float(word) for word in out.split()]


def latency() -> list[Row]:
    """Time from the webhook's last byte to the entry of the venue's ``submit``, one at a time."""
    with tempfile.TemporaryDirectory() as name:
        port = free_ports()
        config = configured(Path(name), port)
        hops = asyncio.run(_latency(config, port))
        synced = _appends(Path(name))
    bare_port = free_ports_above(port + 2)
    with process(["-m", "tests.benchmarks.bare", str(bare_port)], bare_port):
        bare = asyncio.run(_times_of(bare_port, "/", ONE_BY_ONE))
    rows: list[Row] = []
    for share, reach, aim in ((0.5, 2.5, 2), (0.99, 5, 4)):
        base = percentile(bare, share) + percentile(synced, share)
        ours = percentile(hops, share)
        detail = f"{ours * 1e6:.0f} us against {percentile(bare, share) * 1e6:.0f} us bare POST + {percentile(synced, share) * 1e6:.0f} us append"
        rows.append(
            Row(
                f"webhook to venue's submit, p{share * 100:.0f} / (POST + append)",
                ours / base,
                "x",
                reach,
                aim,
                detail=detail,
            )
        )
    return rows


async def _latency(config: Config, port: int) -> list[float]:
    runtime = await rt.start(config)
    door = Door(config)
    received: list[float] = []
    entered: list[float] = []
    venue = runtime.links["paper"].venue
    submit, body = venue.submit, door._body

    async def timed_submit(order):  # type: ignore[no-untyped-def]
        entered.append(time.perf_counter())
        return await submit(order)

    async def timed_body(scope, receive):  # type: ignore[no-untyped-def]
        read = await body(scope, receive)
        received.append(time.perf_counter())
        return read

    venue.submit, door._body = timed_submit, timed_body  # type: ignore[method-assign]
    door.now, door.ask = runtime.clock.now, runtime.writer.ask
    server = _server(door)
    serving = asyncio.create_task(server.serve(sockets=[bind("127.0.0.1", port)]))
    while not runtime.ready:
        await asyncio.sleep(0.01)
    await _times_of(port, hook_of(config), ONE_BY_ONE)
    server.should_exit = True
    await serving
    await runtime.stop()
    assert len(received) == len(entered) == ONE_BY_ONE, (len(received), len(entered))
    return [b - a for a, b in zip(received[100:], entered[100:], strict=True)]


def _appends(folder: Path) -> list[float]:
    """Time one synced append of an ordinary size, on the same disk."""
    store = open_store("baseline.db", data=folder, journal="baseline")
    epoch, head = store.lease("bench"), chain.START
    times: list[float] = []
    payload = b'{"t":"x","v":"' + b"x" * 1_500 + b'"}\n' + b'{"t":"y"}\n'
    for _ in range(ONE_BY_ONE):
        begun = time.perf_counter()
        append = chain.seal(head, epoch=epoch, at_ns=1, version=VERSION, count=2, payload=payload)
        store.append(append)
        times.append(time.perf_counter() - begun)
        head = chain.head_of(append)
    store.close()
    return times


def switch() -> list[Row]:
    """Time the kill switch with 500 working orders: refusal of new exposure, and the last cancel
    out."""
    with tempfile.TemporaryDirectory() as name:
        refused, cancelled = asyncio.run(_switch(configured(Path(name), free_ports())))
    return [
        Row("kill switch: new exposure refused", refused * 1e3, "ms", 100, 10),
        Row(f"kill switch: {WORKING} cancels sent", cancelled, "s", 1, 0.5),
    ]


async def _switch(config: Config) -> tuple[float, float]:
    from adapters.tradingview import DIALECTS
    from core.commands import ReceiveSignal

    runtime = await rt.start(config)
    while not runtime.ready:
        await asyncio.sleep(0.01)
    quote = runtime.outlook.quotes.get("BTCUSDT")
    while quote is None:
        await asyncio.sleep(0.01)
        quote = runtime.outlook.quotes.get("BTCUSDT")
    price = str((quote.bid * Decimal("0.99")).quantize(Decimal("0.01")))
    tick = config.setup.instruments["BTCUSDT"].tick
    price = str((quote.bid * Decimal("0.99") // tick) * tick)

    def command(number: int, body: bytes) -> ReceiveSignal:
        signal = DIALECTS["native"](body).signal
        assert signal is not None
        return ReceiveSignal(route="demo", body_hash=f"{number:064x}", content=signal)

    limits = [
        json.dumps({**json.loads(body), "order_type": "limit", "price": price}).encode()
        for body in alerts("w", WORKING)
    ]
    answers = [runtime.writer.ask(command(n, body)) for n, body in enumerate(limits)]
    made = await asyncio.gather(*answers)
    assert all(answer.verdict == "admitted" for answer in made), made[0]
    venue = runtime.links["paper"].venue
    while len((await venue.snapshot()).orders) < WORKING:  # type: ignore[union-attr]
        await asyncio.sleep(0.01)
    await runtime.writer.drain()
    sent: list[float] = []
    cancel = venue.cancel

    async def timed(order):  # type: ignore[no-untyped-def]
        trouble = await cancel(order)
        sent.append(time.perf_counter())
        return trouble

    venue.cancel = timed  # type: ignore[method-assign]
    begun = time.perf_counter()
    halting = asyncio.create_task(runtime.halt("global", by="bench", reason="measured"))
    await asyncio.sleep(0)
    answer = await runtime.writer.ask(command(WORKING, alerts("n", 1)[0]))
    refused = time.perf_counter() - begun
    assert answer.verdict == "refused", answer  # type: ignore[union-attr]
    await halting
    while len(sent) < WORKING and time.perf_counter() - begun < WAIT_S:
        await asyncio.sleep(0.001)
    await runtime.stop()
    return refused, sent[-1] - begun


def startup() -> list[Row]:
    """Time ``--help`` and the start to ready, and read the memory at rest."""
    helps = [_run_help() for _ in range(7)]
    starts: list[float] = []
    memory = 0.0
    with tempfile.TemporaryDirectory() as name:
        port = free_ports()
        config = configured(Path(name), port)
        for _ in range(4):
            child = subprocess.Popen(
                [sys.executable, "-m", "bridge.cli", "run", "-c", str(config.path)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            starts.append(wait_for(port + 1, "/readyz"))
            time.sleep(1.0)
            memory = max(memory, _resident_mb(child.pid))
            child.terminate()
            child.wait(timeout=15)
    rows = [
        Row("bascule --help", percentile(helps, 0.5), "s", 0.2, 0.1),
        Row(
            "ready to serve",
            percentile(starts, 0.5),
            "s",
            1.5,
            1.0,
            detail=f"{[round(s, 2) for s in starts]}",
        ),
    ]
    if memory:
        rows.append(Row("resident memory, idle", memory, "MB", 120, 80))
    return rows


def _run_help() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bridge.cli", "--help"], capture_output=True, check=True)
    return time.perf_counter() - begun


def _resident_mb(pid: int) -> float:
    """Read a process's resident memory where the system tells it in a file, else 0."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


__all__ = ["latency", "request", "startup", "switch", "throughput"]
