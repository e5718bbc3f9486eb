"""An event loop in virtual time: the bridge's own code runs on it, and time passes when told to.

Rules of this file
1. No socket, no thread, no clock: time is the timeline's, and threads are functions called at once.
2. A loop can be abandoned between any two callbacks, as a killed process is: nothing of it runs
   afterwards, and nobody is told.
3. An exception that reaches the loop is kept: it is a defect, and whoever runs the loop looks.
"""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from heapq import heappop, heappush
from math import ceil
from typing import Any, Final

from bridge.rehearsal.timeline import IDLE_NS, Timeline

TASKS_KEPT: Final = 64
"""Tasks remembered before those that are done are forgotten."""


class VirtualLoop(asyncio.BaseEventLoop):
    """One process's loop. ``fuse``: callbacks that it may still run before it dies, ``None``: as
    many as it likes. ``asleep_until_ns``: a paused process, which misses nothing but its turns."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self.timeline = timeline
        self.alive = True
        self.fuse: int | None = None
        self.asleep_until_ns = 0
        self.job_since_ns: int | None = None
        """While a job of the store is on its way: when it left. A process that stands still
        meanwhile reads its clock before and after, and nothing in between."""
        self.defects: list[BaseException] = []
        self.died: Callable[[], None] = lambda: None
        """Called once when the loop is abandoned."""
        self._line: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[int, int, asyncio.TimerHandle]] = []
        self._count = 0
        self._begun: list[asyncio.Task[Any]] = []
        self._tidy_at = TASKS_KEPT
        timeline.dwellers.append(self)

    # --- what asyncio asks of a loop --------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.timeline.now_ns / 1e9

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Put a callback into the line. A dead loop takes it and never runs it."""
        handle = asyncio.Handle(callback, args, self, context)
        if self.alive:
            self._line.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Put a callback into the line: there is one thread."""
        return self.call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Put a callback into the line when its time has come."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        if self.alive:
            self._count += 1
            # Rounded up: a timer that rang too early would find nothing due and ring again.
            heappush(self._timers, (ceil(when * 1e9), self._count, handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Put a callback into the line after a while."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def create_task(self, coro: Any, **named: Any) -> asyncio.Task[Any]:
        """Begin a task, and remember it: abandoning the loop lets go of it without a word."""
        task = super().create_task(coro, **named)
        if len(self._begun) >= self._tidy_at:
            self._begun = [one for one in self._begun if not one.done()]
            self._tidy_at = 2 * len(self._begun) + TASKS_KEPT
        self._begun.append(task)
        return task

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Call the function at once: a thread of this world is quick."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except (OSError, ValueError) as error:
            future.set_exception(error)
        return future

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what went wrong."""
        if self.alive:
            error = context.get("exception")
            self.defects.append(error or RuntimeError(str(context.get("message"))))

    # --- its life ---------------------------------------------------------------------------------

    def due_ns(self) -> int:
        """Return when there is something to do again."""
        if not self.alive:
            return IDLE_NS
        if self._line:
            return max(self.timeline.now_ns, self.asleep_until_ns)
        while self._timers and self._timers[0][2].cancelled():
            heappop(self._timers)
        due = self._timers[0][0] if self._timers else IDLE_NS
        return max(due, self.asleep_until_ns)

    def turn(self) -> bool:
        """Run what stands in the line now; what it puts there has its turn after everybody else."""
        now_ns = self.timeline.now_ns
        if not self.alive or now_ns < self.asleep_until_ns:
            return False
        while self._timers and self._timers[0][0] <= now_ns:
            self._line.append(heappop(self._timers)[2])
        if not self._line:
            return False
        before = _get_running_loop()
        _set_running_loop(self)
        try:
            self._run(len(self._line))
        finally:
            _set_running_loop(before)
        return True

    def _run(self, count: int) -> None:
        for _ in range(count):
            if self.fuse is not None:
                self.fuse -= 1
                if self.fuse < 0:
                    self.close()
            if not self._line or self.timeline.now_ns < self.asleep_until_ns:
                return
            handle = self._line.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - what every loop does with a handle

    def close(self) -> None:
        """Die between two callbacks: whatever was begun is dropped. A second call does nothing."""
        if not self.alive:
            return
        self.alive = False
        self._line.clear()
        self._timers.clear()
        self.timeline.dwellers.remove(self)
        self.died()
        begun, self._begun = self._begun, []
        for task in begun:
            if not task.done():
                # asyncio's own switch for a task that is dropped on purpose.
                setattr(task, "_log_destroy_pending", False)  # noqa: B010
                # What its ``finally`` does reaches nobody; one that waits there is dropped too.
                with suppress(RuntimeError):
                    task.get_coro().close()
        super().close()
