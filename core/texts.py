"""Times in the words of alarms."""

from __future__ import annotations

from datetime import UTC, datetime

from core.setup import SECOND_NS


def moment(at_ns: int) -> str:
    """Write a time for people, in UTC."""
    return datetime.fromtimestamp(at_ns // SECOND_NS, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span_text(span_ns: int) -> str:
    """Write a span of time for people."""
    seconds = span_ns // SECOND_NS
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {seconds % 60} s" if seconds % 60 else f"{minutes} min"
    return f"{seconds} s"
