"""``bascule doctor``: whether alerts come in, as TradingView sends them, and what else may fail.

Rules of this file
1. Looking changes nothing: no lease, no write, and no alert that could be admitted.
2. Rows that ``check`` has are its own, made by the same code.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path

from bridge import sntp
from bridge.cli.checking import examined, show
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.client import Client
from bridge.config import Config
from bridge.config.check import CheckRow
from bridge.doctor.front import row, visit
from bridge.exits import Exit

MS_NS = 1_000_000


def diagnose(screen: Screen, path: Path, *, offline: bool = False) -> None:
    """Visit the front door, then look at bridge, clock, store and exchanges. Errors: ``Stopped``
    with exit code 1 when something fails."""
    config = configuration(path)
    route = next(iter(config.hooks), "doctor")
    rows = [
        bridge_row(config),
        *visit(config.door.public_url, route),
        clock_row(config),
        *examined(config, offline=offline),
    ]
    failed = [one for one in rows if one.status == "fail"]
    if screen.as_json:
        value = {
            "ok": not failed,
            "config": str(config.path),
            "rows": [dataclasses.asdict(one) for one in rows],
        }
        if not failed:
            screen.give(value)
            return
        end = stopped(Exit.FAILED, "doctor_failed", _told(failed))
        end.more = value
        raise end
    show(screen, rows)
    if failed:
        raise stopped(Exit.FAILED, "doctor_failed", _told(failed))
    warned = sum(one.status == "warn" for one in rows)
    screen.line(f"Good ({warned} {'warning' if warned == 1 else 'warnings'}).", "good")


def bridge_row(config: Config) -> CheckRow:
    """Say whether the bridge of this configuration runs here and is ready."""
    with Client(config) as client:
        if client.ready():
            where = f"{config.door.host}:{config.door.port}"
            return CheckRow("bridge", "ok", where, "It runs and takes alerts there.")
    return row("warn", "doctor_bridge_away", config.name, name="bridge")


def clock_row(config: Config) -> CheckRow:
    """Compare the clock with the time servers of the configuration; the middle answer counts."""
    if not config.time_servers:
        return row("warn", "doctor_clock_unasked", "clock.servers", name="clock")
    answers = asyncio.run(_asked(config.time_servers))
    if not answers:
        servers = ", ".join(config.time_servers)
        return row("warn", "doctor_clock_silent", "clock", servers, name="clock")
    ahead_ns = sorted(answers)[(len(answers) - 1) // 2]
    off, most_ns = f"{abs(ahead_ns) // MS_NS} ms", config.setup.clock_off_max_ns
    if abs(ahead_ns) > most_ns:
        most = f"{most_ns // MS_NS} ms"
        return row("fail", "doctor_clock_off", "clock", off, limit=most, name="clock")
    return CheckRow("clock", "ok", off, f"{len(answers)} time servers agree with it.")


async def _asked(servers: tuple[str, ...]) -> list[int]:
    answers = await asyncio.gather(*(sntp.ask(server, time.time_ns) for server in servers))
    return [one.ahead_ns for one in answers if one is not None]


def _told(failed: list[CheckRow]) -> str:
    return "; ".join(f"{one.name}: {one.sentence}" for one in failed).rstrip(".")
