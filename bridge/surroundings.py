"""The surroundings of a bridge: what it touches of the machine beside its store and its venues.

Rules of this file
1. The defaults are the real machine. Whoever rehearses gives others, and everything else stays the
   same code.
2. Nothing here decides: it is where time, threads and small files come from.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge import haltfile
from bridge.alivefile import AliveFile, AliveKeeper
from bridge.calendars.text import FileReader
from bridge.storethread import StoreThread
from core.store.emergency import EmergencyFile, EmergencyLog
from core.store.mark import Mark, MarkFile, MarkKeeper


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``time_ns``: the wall clock; ``monotonic_ns``: what no clock setting moves. ``thread``: makes
    the thread of a store for a loop, by name. ``emergency``, ``load_mark``, ``begin_mark``,
    ``halt_reason`` and ``alive``: the files of the data folder. ``files``: those of calendars."""

    time_ns: Callable[[], int] = time.time_ns
    monotonic_ns: Callable[[], int] = time.monotonic_ns
    thread: Callable[[asyncio.AbstractEventLoop, str], StoreThread] = StoreThread
    emergency: Callable[[Path], EmergencyLog] = EmergencyFile
    load_mark: Callable[[Path], Mark | None] = Mark.load
    begin_mark: Callable[[Path, str, int, bytes], MarkKeeper] = MarkFile
    halt_reason: Callable[[Path], str | None] = haltfile.reason_in
    alive: Callable[[Path], AliveKeeper] = AliveFile
    files: FileReader = field(default_factory=FileReader)


MACHINE: Final = Surroundings()
"""The machine that this process runs on."""
