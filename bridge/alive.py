"""When the bridge was last able to take alerts: from that the next start, or the end of an outage,
knows for how long it was not.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from bridge.clock import Clock
from bridge.writer import Writer
from core import commands as c
from core.downtime import DOWNTIME_NS

log = structlog.get_logger("alive")

NAME: Final = "alive"
"""In the data folder. It holds one number: UTC nanoseconds."""

LOOK_EVERY_S: Final = 1.0
"""How often it is looked whether alerts can be taken."""

WRITE_EVERY_NS: Final = 5_000_000_000
"""How often that is written down."""

BYTES_MAX: Final = 32
"""Of the file that are read: a number of nanoseconds has 19 digits until the year 2286."""


class AliveFile:
    """One per data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> int:
        """Return the time that it holds; 0 when it is not there or says nothing."""
        try:
            with self._path.open("rb") as file:
                said = file.read(BYTES_MAX)
        except OSError:
            return 0
        return int(said) if said.isdigit() else 0

    def write(self, at_ns: int) -> None:
        """Replace it, so that a crash leaves the old time or the new one."""
        new = self._path.with_name(f"{NAME}.new")
        new.write_bytes(b"%d" % at_ns)
        new.replace(self._path)


async def keep_alive(file: AliveFile, writer: Writer, clock: Clock) -> None:
    """Note when alerts could last be taken, and tell of a time in which they could not."""
    able_ns, written_ns, cause = clock.now(), 0, ""
    while True:
        now = clock.now()
        if not (writer.durable and writer.roomy):
            cause = "the store was away"
        else:
            if now - able_ns > DOWNTIME_NS:
                cause = cause or "the process stood still"
                writer.tell(c.NoteDowntime(since_ns=able_ns, cause=cause))
            able_ns, cause = now, ""
            if now - written_ns >= WRITE_EVERY_NS:
                written_ns = now
                await _write(file, now)
        await asyncio.sleep(LOOK_EVERY_S)


async def _write(file: AliveFile, now: int) -> None:
    try:
        await asyncio.to_thread(file.write, now)
    except OSError as error:  # a full disk has its own alarm
        log.warning("alive_not_written", reason=error.strerror)
