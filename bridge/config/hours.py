"""When an instrument trades, as the bridge uses it: its own windows, and the calendars it heeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bridge.config.windows import Window

SESSIONS: Final = "sessions"
CLOSED: Final = "closed"
NEWS: Final = "news"


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A file of dates. ``kind``: what its events are (``sessions``, ``closed`` or ``news``).

    ``zone``: of times that name none. ``before_ns``, ``after_ns``: around each news event.
    ``covers_until``: the last day that the file speaks of, ``None``: that of its last event.
    ``names``: what an event may be about, besides currencies of three letters.
    """

    name: str
    path: Path
    kind: str
    zone: str = "UTC"
    before_ns: int = 0
    after_ns: int = 0
    covers_until: date | None = None
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hours:
    """When one instrument trades.

    ``windows``: its weekly sessions, none: always, unless one of ``calendars`` has sessions.
    ``holidays``: days of ``zone`` on which it is closed. ``concerns``: what news have to be about
    to concern it.
    """

    instrument: str
    zone: str = "UTC"
    windows: tuple[Window, ...] = ()
    holidays: tuple[date, ...] = ()
    calendars: tuple[str, ...] = ()
    concerns: frozenset[str] = frozenset()
