"""``bascule signal read``: say how an alert would be understood, or why it would be refused.

Rules of this file
1. Nothing is sent, written or asked: the alert comes from standard input, and the words go out.
2. A route reads as it would at the hook, but for the sender's token; a dialect reads by the terms
   that are given.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from pydantic import ValidationError

from adapters.tradingview import BODY_BYTES_MAX, DIALECTS, Reading, Terms
from adapters.tradingview.likeness import likeness
from bridge.cli.screen import Screen
from bridge.cli.sending import route_of
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.cli.ways import tell_way
from bridge.config.reading import ReadingSection, terms_of
from bridge.exits import Exit
from bridge.http.reading import understood_at
from bridge.understood import said, understood

Row = dict[str, Any]


def read(
    screen: Screen, path: Path, *, route: str | None, dialect: str | None, settings: Sequence[str]
) -> Exit:
    """Read the alert on standard input, and say what it says."""
    if dialect is not None and route is not None:
        raise stopped(Exit.USAGE, "reading_twice", route, dialect)
    if dialect is None and settings:
        raise stopped(Exit.USAGE, "setting_unfit", settings[0], "--dialect")
    body = sys.stdin.buffer.read(BODY_BYTES_MAX + 1)
    if dialect is None:
        row = _by_route(path, route, body)
    else:
        row = _by_dialect(path, dialect, settings, body)
    if screen.as_json:
        screen.give(row)
    else:
        tell(screen, row)
    return Exit.OK if row["ok"] else Exit.USAGE


def _by_route(path: Path, route: str | None, body: bytes) -> Row:
    config = configuration(path)
    return understood_at(config, route_of(config, route), body, time.time_ns())


def _by_dialect(path: Path, dialect: str, settings: Sequence[str], body: bytes) -> Row:
    row = DIALECTS.get(dialect)
    if row is None:
        raise stopped(Exit.USAGE, "dialect_unknown", dialect, ", ".join(DIALECTS))
    reading = row.read(body, _terms(path, settings))
    contents = _contents(reading, dialect, body)
    return understood(contents, ignored=reading.ignored, repaired=reading.repaired)


def _contents(reading: Reading, dialect: str, body: bytes) -> tuple[Any, ...]:
    if reading.misread is None:
        return reading.signals
    like = likeness(body)
    return (replace(reading.misread, like=like if dialect not in (like, "mapping") else ""),)


def _terms(path: Path, settings: Sequence[str]) -> Terms:
    """Read ``key=value`` as the table ``[routes.NAME.reading]``; a list has commas."""
    given: dict[str, Any] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign:
            raise stopped(Exit.USAGE, "setting_unfit", setting, "key=value")
        given[name.strip()] = value.split(",") if name.strip() == "repair" else value.strip()
    try:
        section = ReadingSection.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        known = ", ".join(ReadingSection.model_fields)
        expected = str(first.get("ctx", {}).get("expected", "")) or f"one of {known}"
        raise stopped(Exit.USAGE, "setting_unfit", name, expected) from None
    if section.mapping is None:
        return terms_of(section)
    mappings = configuration(path).mappings
    if section.mapping not in mappings:
        known = ", ".join(mappings) or "a mapping of the configuration"
        raise stopped(Exit.USAGE, "setting_unfit", f"mapping={section.mapping}", known)
    return terms_of(section, mappings=mappings)


def tell(screen: Screen, row: Row) -> None:
    """Say it in words."""
    if not row["ok"]:
        screen.line(str(row["sentence"]), "bad")
        screen.line(f"  {row['fix']}")
        screen.line(f"  code {row['code']}", "quiet")
        return
    for place, signal in enumerate(row["signals"], 1):
        if len(row["signals"]) > 1:
            screen.line(f"Signal {place} of {len(row['signals'])}", "strong")
        for name, value in signal.items():
            if value not in (None, [], "") and name != "instruments":
                screen.parts((f"{name.ljust(20)} ", "quiet"), (said(value), ""))
        for one in signal.get("instruments", ()):
            _instrument(screen, one)


def _instrument(screen: Screen, row: Row) -> None:
    """Say what one account trades under the symbol."""
    if row["code"]:
        screen.line(f"{row['account']}: {row['sentence']}", "bad")
        screen.line(f"  {row['fix']}")
    else:
        words = f"{row['instrument']} ({row['way']})"
        screen.parts((f"{('in ' + row['account']).ljust(20)} ", "quiet"), (words, ""))
    tell_way(screen, row, indent=2)
