"""Rows of the whole process: webhooks a second, latency, start-up, memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from adapters.port import Trouble
from bridge import runtime as rt
from bridge.cli.stage import free_ports
from bridge.config.values import Config
from bridge.http.door import Door, Receive, Scope
from bridge.http.servers import _server, bind
from core.codec import VERSION
from core.orders import Order
from core.store import chain
from core.store.opening import open_store
from tests.benchmarks.core_rows import orders_per_second
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row, percentile
from tests.benchmarks.load import Result, post
from tests.benchmarks.serving import alerts, hook_of, process, until, wait_for
from tests.servers import free_port

WEBHOOKS: Final = 6_000
CONNECTIONS: Final = 64
ROUNDS: Final = 5
ONE_BY_ONE: Final = 1_500
WARM_UP: Final = 100
"""Alerts at the beginning that are sent but not counted."""


def throughput(store: str | None = None, label: str = "SQLite") -> list[Row]:
    """Compare durable webhooks with a bare application, in turn, under the same load."""
    with tempfile.TemporaryDirectory() as name:
        port = free_ports()
        config = configured(Path(name), port, store)

        def send(turn: int) -> Result:
            return post(port, hook_of(config), alerts(f"t{turn}", WEBHOOKS), CONNECTIONS)

        return against_bare(config, send, label)


def against_bare(config: Config, send: Callable[[int], Result], label: str) -> list[Row]:
    """Serve a configuration beside a bare application and load both in turn; ``send`` loads the
    bridge. The second row holds the same webhooks against what has to be done for each of them, by
    what it takes without the other: a bare request and an order from signal to filled."""
    run = ["-m", "bridge.cli", "run", "-c", str(config.path)]
    bare_port = free_port()
    orders = max(orders_per_second())
    with (
        process(run, config.api.port, "/readyz"),
        process(["-m", "tests.benchmarks.bare", str(bare_port)], bare_port),
    ):
        pairs: list[tuple[Result, Result]] = []
        for turn in range(ROUNDS + 1):
            bare = post(bare_port, "/", alerts(f"t{turn}", WEBHOOKS), CONNECTIONS)
            ours = send(turn)
            assert ours.statuses == {"202": WEBHOOKS}, ours.statuses
            if turn:  # the first round warms both up
                pairs.append((ours, bare))
    ratios = sorted(ours.per_second / bare.per_second for ours, bare in pairs)
    ours, bare = (max(pair[side].per_second for pair in pairs) for side in (0, 1))
    detail = (
        f"{label}, {CONNECTIONS} connections: {ours:,.0f}/s against {bare:,.0f}/s; "
        f"ratios {[round(ratio, 2) for ratio in ratios]}"
    )
    least_s = 1 / bare + 1 / orders
    parts = f"{1e6 / ours:.0f} us against {1e6 / bare:.0f} us POST + {1e6 / orders:.0f} us order"
    whole = f"durable webhooks / bare ASGI ({label})"
    part = f"webhook / (bare POST + order path), {label}"
    return [
        Row(whole, ratios[len(ratios) // 2], "of it", 0.35, 0.5, higher=True, detail=detail),
        Row(part, 1 / ours / least_s, "x", 2, 1.5, detail=parts),
    ]


CLIENT = """
import sys
from tests.benchmarks.load import post
from tests.benchmarks.serving import alerts
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
    bare_port = free_port()
    with process(["-m", "tests.benchmarks.bare", str(bare_port)], bare_port):
        bare = asyncio.run(_times_of(bare_port, "/", ONE_BY_ONE))
    rows: list[Row] = []
    for share, reach, aim in ((0.5, 2.5, 2), (0.99, 5, 4)):
        bare_s, append_s, ours_s = (percentile(t, share) for t in (bare, synced, hops))
        detail = (
            f"{ours_s * 1e6:.0f} us against {bare_s * 1e6:.0f} us bare POST "
            f"+ {append_s * 1e6:.0f} us append"
        )
        rows.append(
            Row(
                f"webhook to venue's submit, p{share * 100:.0f} / (POST + append)",
                ours_s / (bare_s + append_s),
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

    async def timed_submit(order: Order) -> Trouble | None:
        entered.append(time.perf_counter())
        return await submit(order)

    async def timed_body(scope: Scope, receive: Receive) -> bytes | str:
        read = await body(scope, receive)
        received.append(time.perf_counter())
        return read

    venue.submit, door._body = timed_submit, timed_body
    door.now, door.ask = runtime.clock.now, runtime.writer.ask
    server = _server(door)
    serving = asyncio.create_task(server.serve(sockets=[bind("127.0.0.1", port)]))
    await until(lambda: runtime.ready, "ready")
    await _times_of(port, hook_of(config), ONE_BY_ONE)
    server.should_exit = True
    await serving
    await runtime.stop()
    assert len(received) == len(entered) == ONE_BY_ONE, (len(received), len(entered))
    return [b - a for a, b in zip(received[WARM_UP:], entered[WARM_UP:], strict=True)]


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
