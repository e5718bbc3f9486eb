"""What waits too long: messages that do not arrive, answers that do not come, connections that ask
for nothing.

Rules of this file
1. One timer for all that wait for the same thing: a timer of its own would cost each request more
   than reading it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

LOOK_EVERY_S: Final = 0.25
"""How often is looked for what is overdue: a limit of seconds is kept to a quarter of one."""

SILENT_S: Final = 10.0
"""How long a connection may take to ask for something. A sender that waits longer will not."""


class Overdue(Generic[T]):
    """Things that have the same time to be done; ``late`` is called with each that is not."""

    def __init__(self, within_s: float, late: Callable[[T], None]) -> None:
        self._within_s, self._late = within_s, late
        self._waiting: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, one: T) -> None:
        """Let its time begin."""
        loop = asyncio.get_running_loop()
        self._waiting[one] = loop.time() + self._within_s
        if self._timer is None:
            self._timer = loop.call_later(LOOK_EVERY_S, self._look)

    def forget(self, one: T) -> None:
        """Note that it is done."""
        self._waiting.pop(one, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        late: list[T] = []
        for one, due in self._waiting.items():  # in the order in which they came
            if due > now:
                break
            late.append(one)
        for one in late:
            del self._waiting[one]
            self._late(one)
        waits = bool(self._waiting)
        self._timer = loop.call_later(LOOK_EVERY_S, self._look) if waits else None


class Silent:
    """The connections of one server that neither ask nor are served. The server itself closes those
    that were served before.
    """

    def __init__(self, connections: set[Any]) -> None:
        self._connections = connections
        self._since: dict[Any, tuple[Any, float]] = {}

    async def keep(self) -> None:
        """Close them, until this task is cancelled."""
        while True:
            await asyncio.sleep(SILENT_S / 4)
            self.look(asyncio.get_running_loop().time())

    def look(self, now: float) -> None:
        """Close those that have been silent for too long."""
        before, self._since = self._since, {}
        for connection in list(self._connections):
            cycle = connection.cycle
            asked = cycle is not None and not cycle.response_complete
            if asked or connection.timeout_keep_alive_task is not None:
                continue
            seen, since = before.get(connection, (None, now))
            since = since if seen is cycle else now
            if now - since < SILENT_S:
                self._since[connection] = (cycle, since)
            elif connection.transport is not None:
                connection.transport.abort()
