"""What the parts of a file say of each other about times: zones, calendars, times to be flat."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from bridge.config.calendar import SessionSection
from bridge.config.model import FileModel
from bridge.config.problems import Finding, PathKey, meant, shown
from bridge.config.trading import AccountSection, InstrumentSection

Missing = Callable[[PathKey, Collection[str], str], Iterator[Finding]]
"""Finds names that are not in a section of the file."""

SUFFIXES: Final = (".ics", ".csv")

KINDS: Final = {
    "flat_before_close_s": ("sessions", "closed"),
    "flat_before_weekend_s": ("sessions", "closed"),
    "flat_before_news_s": ("news",),
}
"""What an account needs to know of each instrument to be flat in time: kinds of calendars."""


def zone(path: PathKey, name: str) -> Iterator[Finding]:
    """Judge the name of a time zone."""
    if name == "UTC":
        return
    import zoneinfo  # costs milliseconds, and most files do not need it

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        suggestion = meant(name, zoneinfo.available_timezones())
        yield Finding(path, "config_zone_unknown", shown(name), "", suggestion)


def calendar_findings(model: FileModel, missing: Missing) -> Iterator[Finding]:
    """Judge sessions, calendars, and who has to be flat before what."""
    for name, instrument in model.instruments.items():
        path: PathKey = ("instruments", name)
        yield from zone((*path, "zone"), instrument.zone)
        yield from _sessions((*path, "sessions"), instrument.sessions)
        yield from missing((*path, "calendars"), instrument.calendars, "calendars")
    for name, calendar in model.calendars.items():
        path = ("calendars", name)
        yield from zone((*path, "zone"), calendar.zone)
        if not calendar.file.lower().endswith(SUFFIXES):
            expected = "a file that ends in `.ics` or `.csv`"
            yield Finding((*path, "file"), "config_text_invalid", shown(calendar.file), expected)
    for name, account in model.accounts.items():
        yield from _flat_before(model, ("accounts", name), name, account)


def _sessions(path: PathKey, sessions: tuple[SessionSection, ...]) -> Iterator[Finding]:
    for index, session in enumerate(sessions):
        if session.zone is not None:
            yield from zone((*path, index, "zone"), session.zone)


def _flat_before(
    model: FileModel, path: PathKey, name: str, account: AccountSection
) -> Iterator[Finding]:
    """Find what an account trades of which nobody says when it closes, or when news come."""
    routes = [route for route in model.routes.values() if name in route.accounts]
    strategies = {strategy for route in routes for strategy in route.strategies}
    traded = sorted(
        {
            instrument
            for strategy in strategies
            if (found := model.strategies.get(strategy)) is not None
            for instrument in found.instruments
        }
    )
    for key, kinds in KINDS.items():
        if getattr(account, key) is None:
            continue
        for instrument in traded:
            section = model.instruments.get(instrument)
            if section is not None and not _knows(model, section, kinds):
                expected = " or ".join(f"`{kind}`" for kind in kinds)
                yield Finding((*path, key), "config_calendar_missing", shown(instrument), expected)


def _knows(model: FileModel, section: InstrumentSection, kinds: tuple[str, ...]) -> bool:
    if "sessions" in kinds and (section.sessions or section.holidays):
        return True
    named = (model.calendars.get(name) for name in section.calendars)
    # A calendar that is not there, or is faulty itself, is told of elsewhere.
    return any(calendar is None or calendar.kind in kinds for calendar in named)
