"""A machine that is not there: clocks, threads and the small files of a bridge, in virtual time.

Rules of this file
1. What is written here survives the process, as a disk does; a process that is dead writes nothing.
2. A job of a store takes time on its way there and on its way back; a process may die in between.
3. The files are twins of the real ones, bytes and checksums included, so that a torn one reads the
   same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from bridge.rehearsal.loop import VirtualLoop
from bridge.rehearsal.timeline import Timeline
from bridge.storethread import JobBroken, StoreThread
from bridge.surroundings import Surroundings
from core.store.codes import failure
from core.store.emergency import EMERGENCY_BYTES_MAX, Left, lines_in, row_of
from core.store.mark import Mark
from core.store.port import StoreFailure, StoreUnavailable

T = TypeVar("T")


class Passage(NamedTuple):
    """How long a job of a store is on its way there and back. ``outlives``: it is carried out also
    when its process has died meanwhile, as what a server has received already."""

    there_ns: int = 200_000
    back_ns: int = 100_000
    outlives: bool = False


def quick(_name: str) -> Passage:
    """Answer as a healthy store does."""
    return Passage()


@dataclass(slots=True)
class Folder:
    """The data folder: what is there when every process has died. ``room``: the disk has some."""

    emergency: bytearray = field(default_factory=bytearray)
    marks: list[Mark] = field(default_factory=list[Mark])
    halt: str | None = None
    alive_ns: int = 0
    room: bool = True
    reserve: bool = False
    noted: Callable[[], None] = lambda: None
    """Called after each change of the emergency file."""


class Emergency:
    """The twin of the emergency file."""

    def __init__(self, folder: Folder, alive: Callable[[], bool]) -> None:
        self._folder, self._alive = folder, alive
        self._spare = False

    def prepare(self) -> bool:
        """Hold the reserve back; say whether there was room for it."""
        if self._folder.room and self._alive():
            self._folder.reserve, self._spare = True, False
        return self._folder.reserve

    def write(self, line: bytes) -> None:
        """Add one line, durably; on a full disk the reserve gives the room for it."""
        if not self._alive():
            return
        data = self._folder.emergency
        if not self._folder.room:
            self._spare = self._spare or self._folder.reserve
            self._folder.reserve = False
        if not (self._folder.room or self._spare) or len(data) > EMERGENCY_BYTES_MAX:
            raise failure(StoreUnavailable, "emergency_full", where="memory", value="no room")
        if data and not data.endswith(b"\n"):
            data += b"\n"  # a torn line must not swallow the next one
        data += row_of(line)
        self._folder.noted()

    def read(self) -> Left:
        """Return the whole lines, in order."""
        return lines_in(bytes(self._folder.emergency))

    def clear(self) -> None:
        """Empty it, and hold the reserve back again."""
        if self._alive():
            self._folder.emergency.clear()
            self._folder.noted()
            self.prepare()

    def close(self) -> None:
        """Let go: nothing is held."""


class Marker:
    """The twin of the file of the mark, with the marks before: a power cut may lose the newest."""

    def __init__(self, folder: Folder, alive: Callable[[], bool], first: Mark) -> None:
        self._folder, self._alive, self._journal = folder, alive, first.journal
        if alive():
            folder.marks = [first]

    def save(self, number: int, digest: bytes) -> None:
        """Note an append that was committed."""
        if self._alive():
            self._folder.marks = [*self._folder.marks[-3:], Mark(self._journal, number, digest)]

    def close(self) -> None:
        """Let go: nothing is held."""


class AliveNote:
    """The twin of the file that says when alerts could last be taken."""

    def __init__(self, folder: Folder, alive: Callable[[], bool]) -> None:
        self._folder, self._alive = folder, alive

    def read(self) -> int:
        """Return the time that it holds."""
        return self._folder.alive_ns

    def write(self, at_ns: int) -> None:
        """Replace it."""
        if self._alive():
            self._folder.alive_ns = at_ns


class VirtualThread(StoreThread):
    """The twin of a store's thread: a job is done after a while, on the loop's own thread."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, name: str, pace: Callable[[str], Passage] = quick
    ) -> None:
        assert isinstance(loop, VirtualLoop), "a virtual thread belongs to a virtual loop"
        self._loop: VirtualLoop = loop
        self._name, self._pace = name, pace
        self._free_ns = 0
        self._stopped = False

    def run(self, job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
        """Do a job after a while and tell its end on the loop."""
        timeline, passage = self._loop.timeline, self._pace(self._name)

        def work() -> None:
            if not (self._loop.alive or passage.outlives):
                return
            self._loop.job_since_ns = begins_ns
            result = self._done(job)
            self._loop.job_since_ns = None
            timeline.after(passage.back_ns, lambda: self._loop.call_soon(done, result))

        begins_ns = max(timeline.now_ns, self._free_ns)
        self._free_ns = begins_ns + passage.there_ns + passage.back_ns
        timeline.after(begins_ns + passage.there_ns - timeline.now_ns, work)

    def _done(self, job: Callable[[], T]) -> T | Exception:
        result: T | Exception = JobBroken("a job of the store ended by a defect")
        try:
            result = job()
        except (StoreFailure, OSError, ValueError) as error:
            result = error
        return result

    @property
    def alive(self) -> bool:
        """Say whether it still takes jobs."""
        return not self._stopped

    def stop(self) -> bool:
        """End it."""
        self._stopped = True
        return True


class Machine:
    """One computer: a clock that may be wrong, a folder, and the pace of its store."""

    def __init__(self, timeline: Timeline, *, begins_ns: int) -> None:
        self.timeline = timeline
        self.folder = Folder()
        self.pace: Callable[[str], Passage] = quick
        self.ahead_ns = 0
        """How far its wall clock is ahead, but for what it drifted."""
        self.drift_ppm = 0
        """By how many millionths its wall clock is too fast; negative: too slow."""
        self.begins_ns = begins_ns
        """UTC time at which the timeline begins."""

    def utc_ns(self) -> int:
        """Return the true time."""
        return self.begins_ns + self.timeline.now_ns

    def wall_ns(self) -> int:
        """Return what the machine's clock says."""
        return self.utc_ns() + self.ahead_ns + self.timeline.now_ns * self.drift_ppm // 1_000_000

    def around(self, loop: VirtualLoop) -> Surroundings:
        """Return the surroundings of one process."""
        folder = self.folder

        def alive() -> bool:
            return loop.alive

        def begin_mark(_path: Path, journal: str, number: int, digest: bytes) -> Marker:
            return Marker(folder, alive, Mark(journal, number, digest))

        def monotonic_ns() -> int:
            if loop.job_since_ns is not None:
                return loop.job_since_ns
            # A process that stands still sees the time at which it goes on, on both clocks.
            return max(self.timeline.now_ns, loop.asleep_until_ns)

        return Surroundings(
            time_ns=lambda: self.wall_ns() + max(0, loop.asleep_until_ns - self.timeline.now_ns),
            monotonic_ns=monotonic_ns,
            thread=lambda loop, name: VirtualThread(loop, name, self.pace),
            emergency=lambda _path: Emergency(folder, alive),
            load_mark=lambda _path: folder.marks[-1] if folder.marks else None,
            begin_mark=begin_mark,
            halt_reason=lambda _path: folder.halt,
            alive=lambda _path: AliveNote(folder, alive),
        )
