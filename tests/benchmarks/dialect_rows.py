"""Rows of the dialects in the whole process: each webhook in another one, against a bare server."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bridge.cli.stage import free_ports
from bridge.config import Config, load
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row
from tests.benchmarks.load import Result, post, request, send
from tests.benchmarks.process_rows import CONNECTIONS, ROUNDS, WEBHOOKS
from tests.benchmarks.serving import alerts as native
from tests.benchmarks.serving import process
from tests.e2e.dialect_desks import DESKS, configuration
from tests.servers import free_port

BARE: Final = {
    "native_text": "id=1,time=$now,symbol=BTCUSDT,action=sell,quantity=0.003",
    "pineconnector": "60123456789,buy,BTCUSDT,risk=0.002",
    "tradesgnl": "60123456789,BTCUSDT,sell,risk=0.005",
    "tradewzrd": "BUY, BTCUSDT, VOL=0.004",
    "metaapi": '{"symbol": "BTCUSDT", "type": "POSITION_TYPE_BUY", "time": "$now", "volume": 0.01}',
}
"""Entries without levels and targets, so that each alert is one order as in the other rows."""


def throughput() -> list[Row]:
    """Compare durable webhooks in every dialect with a bare application, which parses JSON."""
    with tempfile.TemporaryDirectory() as name:
        port, bare_port = free_ports(), free_port()
        config = _config(Path(name), port)
        run = ["-m", "bridge.cli", "run", "-c", str(config.path)]
        with (
            process(run, port + 1, "/readyz"),
            process(["-m", "tests.benchmarks.bare", str(bare_port)], bare_port),
        ):
            pairs: list[tuple[Result, Result]] = []
            for turn in range(ROUNDS + 1):
                alerts = _alerts(turn)
                bare = post(bare_port, "/", native(f"t{turn}", WEBHOOKS), CONNECTIONS)
                ours = send(port, [request(path, body) for path, body in alerts], CONNECTIONS)
                assert ours.statuses == {"202": WEBHOOKS}, ours.statuses
                if turn:  # the first round warms both up
                    pairs.append((ours, bare))
    ratios = sorted(ours.per_second / bare.per_second for ours, bare in pairs)
    ours, bare = (max(pair[side].per_second for pair in pairs) for side in (0, 1))
    detail = (
        f"{len(DESKS)} dialects in turn, {CONNECTIONS} connections: {ours:,.0f}/s against "
        f"{bare:,.0f}/s; ratios {[round(ratio, 2) for ratio in ratios]}"
    )
    middle = ratios[len(ratios) // 2]
    name = "durable webhooks / bare ASGI (dialects)"
    return [Row(name, middle, "of it", 0.35, 0.5, higher=True, detail=detail)]


def _config(folder: Path, port: int) -> Config:
    """Give each dialect its route in the bench profile."""
    file = configured(folder, port).path
    file.write_text(configuration(file.read_text(encoding="utf-8")), encoding="utf-8")
    made = load(file, {})
    assert isinstance(made, Config), made
    return made


def _alerts(turn: int) -> list[tuple[str, bytes]]:
    """Write the first alert of each desk in turn, each with bytes of its own."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = list(DESKS)
    made: list[tuple[str, bytes]] = []
    for number in range(WEBHOOKS):
        name = names[number % len(names)]
        body = BARE.get(name) or DESKS[name]["steps"][0]["body"]
        path = f"/hooks/{name}/a-token-of-{name}-and-long-enough"
        own = _own(body.replace("$now", at), turn * WEBHOOKS + number)
        made.append((path, own.encode()))
    return made


def _own(body: str, number: int) -> str:
    """Make a message one of its own: by its id, and by white space, which means nothing."""
    body = body.replace('"id": "1"', f'"id": "{number}"').replace("id=1,", f"id={number},")
    return body + f"{number:020b}".replace("0", " ").replace("1", "\n")
