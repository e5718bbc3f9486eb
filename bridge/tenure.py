"""The tenure: whether this process is still the journal's writer, as the store said last.

Rules of this file
1. Every append that the store took is its word. It is good for a moment from when it was asked for:
   a reply may have waited for a process that stood still. After that it is asked again.
2. Another writer's epoch ends this process: it never reads on and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from bridge.storethread import StoreThread
from core.store.codes import failure
from core.store.port import Head, Store, StoreFenced

SEND_WINDOW_NS: Final = 20_000_000
"""How long after the store's word an order may leave without asking again: a process that was
paused for longer may
have a successor. A commit and the way to the venue's ``submit`` take a tenth of it."""


CONFIRM_WITHIN_S: Final = 1.0
"""How long an order waits for that word: an exit leaves without it then, an entry asks again."""


class Tenure:
    """Made with a lease that was just taken. ``failed``: told what the store said when it did not
    say yes."""

    def __init__(
        self,
        store: Store,
        thread: StoreThread,
        epoch: int,
        *,
        failed: Callable[[Exception], object],
        monotonic_ns: Callable[[], int],
    ) -> None:
        self.epoch = epoch
        self._store, self._thread, self._failed = store, thread, failed
        self._monotonic_ns = monotonic_ns
        self._heard_ns = monotonic_ns()
        self._asked: asyncio.Future[bool] | None = None

    def now_ns(self) -> int:
        """Return the time by which the store's word is dated: read it before the store is asked."""
        return self._monotonic_ns()

    def heard(self, asked_ns: int) -> None:
        """Note that the store took an append of ours that it was asked for at ``asked_ns``. Called
        in the store's thread."""
        self._heard_ns = asked_ns

    def fresh(self) -> bool:
        """Say whether the store's word is young enough to send an order on it."""
        return self._monotonic_ns() - self._heard_ns <= SEND_WINDOW_NS

    def confirm(self) -> asyncio.Future[bool]:
        """Ask the store. Whoever asks meanwhile shares the answer; it is ``False`` when the store
        gives none."""
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
            self._thread.run(self._ask, self._told)
        return self._asked

    async def confirm_soon(self) -> bool:
        """Ask, and take a store that is silent for one that gives no answer."""
        asked = asyncio.shield(self.confirm())  # others share it
        try:
            async with asyncio.timeout(CONFIRM_WITHIN_S):
                return await asked
        except TimeoutError:
            return False

    def _ask(self) -> tuple[Head, int]:
        asked_ns = self._monotonic_ns()
        return self._store.head(), asked_ns

    def _told(self, result: tuple[Head, int] | Exception) -> None:
        future, self._asked = self._asked, None
        assert future is not None, "one question has one answer"
        ours = False
        if isinstance(result, Exception):
            self._failed(result)
        else:
            head, asked_ns = result
            ours = head.epoch == self.epoch
            if ours:
                self._heard_ns = asked_ns
            else:
                value, where = head.epoch, f"journal {self._store.journal}"
                self._failed(
                    failure(StoreFenced, "store_fenced", value=value, limit=self.epoch, where=where)
                )
        if not future.done():
            future.set_result(ours)
