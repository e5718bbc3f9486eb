"""When the bridge was last able to take alerts: from that the next start, or the end of an outage,
knows for how long it was not.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bridge.alivefile import AliveKeeper
from bridge.clock import Clock
from bridge.writer import Writer
from core import commands as c
from core.downtime import DOWNTIME_NS

log = structlog.get_logger("alive")

LOOK_EVERY_S: Final = 1.0
"""How often it is looked whether alerts can be taken."""

WRITE_EVERY_NS: Final = 5_000_000_000
"""How often that is written down."""


async def keep_alive(file: AliveKeeper, writer: Writer, clock: Clock) -> None:
    """Note when alerts could last be taken, and tell of a time in which they could not."""
    able_ns, written_ns, cause = clock.now(), 0, ""
    while True:
        now = clock.now()
        if not writer.takes_entries:
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


async def _write(file: AliveKeeper, now: int) -> None:
    try:
        await asyncio.to_thread(file.write, now)
    except OSError as error:  # a full disk has its own alarm
        log.warning("alive_not_written", reason=error.strerror)
