"""Alarms as log lines: each one that is in the journal is told there too, in words."""

from __future__ import annotations

from typing import Final

import structlog

from bridge.codes import explain, is_critical
from bridge.writer import Commit
from core.records import AlarmRaised

log: Final = structlog.get_logger("alarms")


def log_alarms(commit: Commit) -> None:
    """Write a line for each alarm of a commit; its number is that of its record."""
    for place, record in enumerate(commit.records):
        if type(record) is AlarmRaised:
            sentence, fix = explain(record.code, record.value, record.limit, record.where)
            tell = log.error if is_critical(record.code) else log.warning
            tell(
                "alarm",
                code=record.code,
                sentence=sentence,
                fix=fix,
                where=record.where,
                number=commit.first + place,
            )
