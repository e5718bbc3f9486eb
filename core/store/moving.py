"""Moving finished segments from an engine into files, in small steps between two batches.

Rules of this file
1. Write, sync, name, read back and verify; then mark as cold; only then delete. A crash anywhere
   leaves a whole journal.
2. The newest finished segment stays in the engine: what is read most is near.
3. A folder that cannot be written is no reason to stop trading: the move is tried again at the next
   seal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from core.store import segment
from core.store.chain import verified
from core.store.codes import failure
from core.store.port import Append, Head, Seal, StoreUnavailable
from core.store.reading import Warm

STEP_BYTES: Final = 256 * 1024
"""Written or read back in one step: about a millisecond, so a waiting batch hardly notices."""


class Movable(Warm, Protocol):
    """What an engine offers so that its segments can move."""

    def mark_cold(self, seal: Seal) -> None:
        """Note, guarded by the epoch, that the segment's file is whole."""
        ...

    def drop(self, seal: Seal) -> bool:
        """Delete a bounded part of a cold segment from the engine; say whether there was anything
        left.
        """
        ...


class Mover:
    """The move that is under way, if any. ``step`` does a bounded part of it."""

    def __init__(self, engine: Movable, folder: Path | None) -> None:
        self._engine = engine
        self._folder = folder
        self._awake = False
        self._run: Iterator[None] | None = None
        self._tag = ""

    def wake(self, epoch: int) -> None:
        """Look for work at the next step: a segment was sealed, or a lease was taken with this
        epoch.
        """
        self._awake = self._folder is not None
        self._tag = str(epoch)

    def step(self) -> bool:
        """Do a part; say whether more is to do.

        Errors: ``StoreUnavailable`` with ``store_segments_unwritable``; those of the engine;
        ``chain.Broken`` when what is there does not verify, and then nothing was deleted.
        """
        if not self._awake or self._folder is None:
            return False
        if self._run is None:
            self._run = self._moves(self._folder)
        try:
            next(self._run)
        except StopIteration:
            self.stop()
            return False
        except OSError as error:
            self.stop()
            raise failure(
                StoreUnavailable,
                "store_segments_unwritable",
                where=self._folder,
                value=error.strerror or type(error).__name__,
            ) from error
        return True

    def stop(self) -> None:
        """Leave off; what was begun is begun again after the next ``wake``."""
        self._awake = False
        self._run = None  # closes the generator, which removes its temporary file

    def _moves(self, folder: Path) -> Iterator[None]:
        self._sweep(folder)
        seals = self._engine.seals()
        cold = [seal for seal in seals if seal.cold]
        if cold:  # a crash may have come between the mark and the end of the deletion
            yield from self._drop(cold[-1])
        for seal in seals[len(cold) : -1]:
            yield from self._copy(folder, seal)
            yield from self._read_back(folder, seal)
            self._engine.mark_cold(seal)
            yield
            yield from self._drop(seal)

    def _sweep(self, folder: Path) -> None:
        """Remove what an earlier process began. Another live one is fenced and fails on its own."""
        for left in folder.glob("segment-*.new"):
            with suppress(OSError):
                left.unlink()

    def _copy(self, folder: Path, seal: Seal) -> Iterator[None]:
        writer = segment.SegmentWriter(folder, seal, journal=self._engine.journal, tag=self._tag)
        try:
            due = STEP_BYTES
            for append in _checked(self._warm(seal), seal):
                writer.write(append)
                if writer.bytes >= due:
                    due = writer.bytes + STEP_BYTES
                    writer.sync()
                    yield
            writer.finish()
        finally:
            writer.abandon()
        yield

    def _warm(self, seal: Seal) -> Iterator[Append]:
        after, seals = seal.first - 1, self._engine.seals()
        while after < seal.last:
            chunk = self._engine.warm(after, seals)
            if not chunk:
                return
            for append in chunk:
                if append.first > seal.last:
                    return
                yield append
            after = chunk[-1].last

    def _read_back(self, folder: Path, seal: Seal) -> Iterator[None]:
        read = 0
        path = segment.path_of(folder, seal.segment)
        for append in _checked(segment.read(path, journal=self._engine.journal), seal):
            read += len(append.payload)
            if read >= STEP_BYTES:
                read = 0
                yield

    def _drop(self, seal: Seal) -> Iterator[None]:
        while self._engine.drop(seal):
            yield


def _checked(appends: Iterator[Append], seal: Seal) -> Iterator[Append]:
    return verified(
        appends,
        after=Head(seal.first - 1, seal.previous, 0),
        until=Head(seal.last, seal.hash, 0),
        seals=[seal],
    )
