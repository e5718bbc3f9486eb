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
from tests.benchmarks.load import Result, request, send
from tests.benchmarks.process_rows import CONNECTIONS, WEBHOOKS, against_bare
from tests.e2e.dialect_desks import DESKS, configuration

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
        port = free_ports()

        def sent(turn: int) -> Result:
            return send(port, [request(path, body) for path, body in _alerts(turn)], CONNECTIONS)

        return against_bare(_config(Path(name), port), sent, f"{len(DESKS)} dialects")


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
