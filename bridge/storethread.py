"""A thread in which a store works, so that the event loop never waits for a disk.

Rules of this file
1. One job at a time, in the order in which they were given; the store is touched from nowhere else.
2. A job's end is told on the event loop's thread: its result, or its failure as a value.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar

from core.store.port import StoreFailure

T = TypeVar("T")

STOP_WITHIN_S: Final = 10
"""How long a job may still take at a stop: twice the longest wait of a store for its server."""


class JobBroken(Exception):
    """A job ended by a defect: what it did is not known, and its thread does no more."""


class StoreThread:
    """Runs jobs of a store. Started with its making; ``stop`` ends it after what is queued.

    The queue is bounded by its users: one batch in flight, one probe, one job of upkeep.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str = "store") -> None:
        self._loop = loop
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Do a job in the thread and tell its end on the loop."""

        def work() -> None:
            result: T | Exception = JobBroken("a job of the store ended by a defect")
            try:
                result = job()
            except (StoreFailure, OSError, ValueError) as error:
                result = error
            finally:
                self._loop.call_soon_threadsafe(done, result)

        self._jobs.put(work)

    async def call(self, job: Callable[[], T]) -> T:
        """Do a job in the thread and wait for it. Errors: the job's own, ``JobBroken``."""
        future: asyncio.Future[T] = self._loop.create_future()

        def done(result: T | Exception) -> None:
            if future.cancelled():
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.run(job, done)
        return await future

    @property
    def alive(self) -> bool:
        """Say whether it still takes jobs."""
        return self._thread.is_alive()

    def stop(self) -> bool:
        """End the thread after what is queued; say whether it ended in time."""
        self._jobs.put(None)
        self._thread.join(timeout=STOP_WITHIN_S)
        return not self.alive

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except RuntimeError:
                if not self._loop.is_closed():
                    raise
                return  # nobody is left to be told
