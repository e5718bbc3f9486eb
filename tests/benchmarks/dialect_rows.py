"""Rows of the dialects in the whole process: each webhook in another one, against a bare server and
against the same routes in the native one."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bridge.cli.stage import free_ports
from bridge.config import Config, load
from tests.benchmarks.desk import configured
from tests.benchmarks.figures import Row
from tests.benchmarks.load import Result, request, send
from tests.benchmarks.process_rows import CONNECTIONS, ROUNDS, WEBHOOKS, against_bare
from tests.benchmarks.serving import process
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
    """Compare durable webhooks in every dialect with a bare application, which parses JSON, and
    with the native dialect at as many routes and accounts."""
    with tempfile.TemporaryDirectory() as name:
        port = free_ports()
        config = _config(Path(name), port)

        def sent(turn: int) -> Result:
            return _send(port, _alerts(turn))

        return [*against_bare(config, sent, f"{len(DESKS)} dialects"), _beside_native()]


def _send(port: int, alerts: list[tuple[str, bytes]]) -> Result:
    return send(port, [request(path, body) for path, body in alerts], CONNECTIONS)


def _beside_native() -> Row:
    """Send alerts in every dialect, and native ones, to as many routes and accounts, in turn. The
    goals are those of what may not slow the bridge down, the journal's length: 15 and 5 %."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        configs = [_config(Path(one), free_ports()), _native(_config(Path(two), free_ports()))]
        ports = [config.door.port for config in configs]
        with contextlib.ExitStack() as undo:
            for config in configs:
                run = ["-m", "bridge.cli", "run", "-c", str(config.path)]
                undo.enter_context(process(run, config.api.port, "/readyz"))
            pairs: list[tuple[Result, Result]] = []
            for turn in range(ROUNDS + 1):
                pair = _send(ports[0], _alerts(turn)), _send(ports[1], _native_alerts(turn))
                for result in pair:
                    assert result.statuses == {"202": WEBHOOKS}, result.statuses
                if turn:  # the first round warms both up
                    pairs.append(pair)
    ratios = sorted(dialects.per_second / native.per_second for dialects, native in pairs)
    dialects, native = (max(pair[side].per_second for pair in pairs) for side in (0, 1))
    detail = (
        f"{len(DESKS)} accounts: {dialects:,.0f}/s against {native:,.0f}/s; "
        f"ratios {[round(ratio, 2) for ratio in ratios]}"
    )
    name = f"webhooks in {len(DESKS)} dialects / native ones"
    return Row(name, ratios[len(ratios) // 2], "of it", 0.85, 0.95, higher=True, detail=detail)


def _config(folder: Path, port: int) -> Config:
    """Give each dialect its route in the bench profile."""
    file = configured(folder, port).path
    return _with(file, configuration(file.read_text(encoding="utf-8")))


def _native(config: Config) -> Config:
    """Let the same routes take native alerts."""
    text = config.path.read_text(encoding="utf-8")
    text = re.sub(r'(?m)^dialect = "\w+"$', 'dialect = "native"', text)
    return _with(config.path, re.sub(r"(?m)^reading = .*$", "", text))


def _with(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    made = load(file, {})
    assert isinstance(made, Config), made
    return made


def _native_alerts(turn: int) -> list[tuple[str, bytes]]:
    """Write native entries to each route in turn, buys and sells as far as they stand apart."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = list(DESKS)
    made: list[tuple[str, bytes]] = []
    for number in range(WEBHOOKS):
        name = names[number % len(names)]
        said = {
            "id": str(turn * WEBHOOKS + number),
            "time": at,
            "strategy": name,
            "symbol": "BTCUSDT",
            "action": "buy" if names.index(name) % 2 else "sell",
            "effect": "open",
            "quantity": "0.003",
        }
        made.append((_path(name), json.dumps(said).encode()))
    return made


def _path(name: str) -> str:
    return f"/hooks/{name}/a-token-of-{name}-and-long-enough"


def _alerts(turn: int) -> list[tuple[str, bytes]]:
    """Write the first alert of each desk in turn, each with bytes of its own."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = list(DESKS)
    made: list[tuple[str, bytes]] = []
    for number in range(WEBHOOKS):
        name = names[number % len(names)]
        body = BARE.get(name) or DESKS[name]["steps"][0]["body"]
        own = _own(body.replace("$now", at), turn * WEBHOOKS + number)
        made.append((_path(name), own.encode()))
    return made


def _own(body: str, number: int) -> str:
    """Make a message one of its own: by its id, and by white space, which means nothing."""
    body = body.replace('"id": "1"', f'"id": "{number}"').replace("id=1,", f"id={number},")
    return body + f"{number:020b}".replace("0", " ").replace("1", "\n")
