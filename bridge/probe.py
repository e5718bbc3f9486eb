"""The probe: asks an absent store now and then whether it is back. Nothing waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from bridge.storethread import StoreThread
from core.store.port import Append, Head, Store, StoreFenced

PROBE_EVERY_S: Final = 1.0
"""How often an absent store is asked."""


class Probe:
    """One for a writer. ``back``: called once the store answers and its journal ends where ours
    does.
    ``failed``: called with what the store said, and says itself whether that is the end.
    """

    def __init__(
        self,
        store: Store,
        thread: StoreThread,
        epoch: int,
        *,
        ends: Callable[[], tuple[Head, Append | None]],
        back: Callable[[], None],
        failed: Callable[[object], bool],
    ) -> None:
        self._store, self._thread, self._epoch = store, thread, epoch
        self._ends, self._back, self._failed = ends, back, failed
        self._loop = asyncio.get_running_loop()

    def later(self) -> None:
        """Ask in a moment, and again until it is back."""
        self._loop.call_later(PROBE_EVERY_S, self._ask)

    def _ask(self) -> None:
        self._thread.run(self._store.head, self._told)

    def _told(self, result: Head | Exception) -> None:
        if self._failed(result):
            return
        if isinstance(result, Exception):
            self.later()
            return
        head, due = self._ends()
        ours = [(head.number, head.hash), *([(due.last, due.hash)] if due is not None else [])]
        if result.epoch != self._epoch or (result.number, result.hash) not in ours:
            # The append whose reply was lost had arrived: we know less than the journal.
            where = f"the journal is at {result.number}, we are at {head.number}"
            self._failed(StoreFenced("store_moved", where))
            return
        self._back()
