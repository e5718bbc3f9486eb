"""Alarms as log lines."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from core import commands as c
from tests.unit.bridge.parts import bridge


async def test_an_alarm_is_a_log_line_too(tmp_path: Path) -> None:
    """Once it is in the journal, in the words of its code, with its fix and its number there."""
    async with bridge(tmp_path) as running:
        with capture_logs() as lines:
            for code in ("clock_set", "account_refused_exposed"):
                await running.runtime.writer.ask(c.RaiseAlarm(code=code, value="7 s", where="x"))
        told = [line for line in lines if line["event"] == "alarm"]
        numbers = [number for number, one in running.state.alarms.items() if one.value == "7 s"]

    assert [("clock_set", "warning"), ("account_refused_exposed", "error")] == [
        (line["code"], line["log_level"]) for line in told
    ]
    assert numbers == [line["number"] for line in told]
    assert "7 s" in told[0]["sentence"] and told[0]["fix"]
