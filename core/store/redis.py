"""The Redis and Valkey engine: one stream for each segment, and a head that scripts compare and
move.

Rules of this file
1. Epoch, number and hash are compared in the script that writes; a second writer is refused by the
   server.
2. All keys of a journal stand in one hash slot and are named to each script.
3. An append is sent once. What became of it when the answer got lost, ``settle`` finds out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from core.store import reading, redis_wire, segment
from core.store import redis_words as words
from core.store.codes import failure
from core.store.fencing import refused
from core.store.moving import Mover
from core.store.port import (
    GENESIS_HASH,
    SEGMENT_RECORDS,
    Append,
    Durability,
    Head,
    Seal,
    Snapshot,
    StoreFailure,
    StoreFenced,
    StoreUnavailable,
)
from core.store.redis_promise import promise
from core.store.redis_wire import NoScriptError, Wire

TIMEOUT_S: Final = 5
"""Longest wait for an answer: a synced append takes milliseconds, a rewrite of the log may stall it
for seconds.
"""

SNAPSHOTS_KEPT: Final = 3
"""The port asks for two; one more for whoever reads the oldest right now."""

ASK_FIRST: Final = 16
"""Entries of the first question; the next ones follow the size of what came."""


def open_redis(
    url: str,
    *,
    journal: str,
    read_only: bool = False,
    segments: Path | None = None,
    timeout_s: int = TIMEOUT_S,
    segment_records: int = SEGMENT_RECORDS,
) -> RedisStore:
    """Open a journal on a Redis (6.2 or later) or Valkey server.

    Errors: ``StoreUnavailable`` (``store_url_invalid``, ``store_insecure``, ``store_unreachable``,
    ``store_denied``,
    ``store_loading``; ``store_missing`` when there is no such journal to read).
    """
    wire = Wire(redis_wire.address_of(url), timeout_s)
    store = RedisStore(
        wire, journal, read_only=read_only, segments=segments, segment_records=segment_records
    )
    try:
        store.greet()
    except StoreFailure:
        store.close()
        raise
    return store


class RedisStore:
    """One journal on one server. Made by ``open_redis``."""

    name = "redis"

    def __init__(
        self,
        wire: Wire,
        journal: str,
        *,
        read_only: bool,
        segments: Path | None,
        segment_records: int,
    ) -> None:
        self.journal = journal
        self._wire = wire
        self._read_only = read_only
        self._segments = segments
        self._segment_records = segment_records
        self._head_key = self._key("head")
        self._seals_key = self._key("seals")
        self._snapshots_key = self._key("snapshots")
        self._epoch = 0
        self._segment = 0  # 0: ask the server first
        self._stream = ""
        self._segment_first = 1
        self._number = 0
        self._ask = ASK_FIRST
        self._mover = Mover(self, segments)

    def greet(self) -> None:
        """Reach the server once, so that a wrong address is an error of opening."""
        found = self._wire.call("EXISTS", self._head_key)
        if self._read_only and not found:
            raise failure(
                StoreUnavailable,
                "store_missing",
                where=self._wire.where,
                value=f"none with the id {self.journal}",
            )

    def lease(self, owner: str) -> int:
        """Become the writer: raise the epoch by one and return it."""
        self._writable()
        keys = (self._head_key, self._seals_key, self._stream_of(1))
        answer = self._run(words.LEASE, 3, *keys, owner, GENESIS_HASH.hex())
        epoch, number, _, number_of_segment, first, _ = answer
        self._epoch, self._number = int(epoch), int(number)
        self._work_on(int(number_of_segment), int(first))
        self._mover.wake(self._epoch)
        return self._epoch

    def append(self, append: Append) -> None:
        """Commit records; see the port."""
        self._writable()
        if not self._segment:
            self._look_where()
        last = append.first + append.count - 1
        command = (
            "EVALSHA",
            words.APPEND.sha,
            2,
            self._head_key,
            self._stream,
            append.epoch,
            append.first - 1,
            append.previous.hex(),
            self._segment,
            f"{append.first}-0",
            segment.header_of(append),
            append.payload,
            last,
            append.hash.hex(),
        )
        try:
            answer = self._wire.call_once(*command)
        except NoScriptError:  # refused by name before it ran: nothing was written
            self._wire.call("SCRIPT", "LOAD", words.APPEND.text)
            answer = self._wire.call_once(*command)
        if answer != 1:
            raise refused(append, words.head_of(answer[1], answer[2], answer[0]), self._wire.where)
        self._number = last

    def read(self, after: int = 0) -> Iterator[Append]:
        """Yield each append above ``after``; see the port."""
        return reading.journal(self, self._segments, after)

    def warm(self, after: int, seals: list[Seal]) -> list[Append]:
        """Return a chunk of what the streams hold above ``after``."""
        numbers = [seal.segment for seal in seals if seal.last > after and not seal.cold]
        numbers.append(seals[-1].segment + 1 if seals else 1)
        for number in numbers:
            entries = self._entries(self._stream_of(number), after)
            if entries:
                return entries
        return []

    def head(self) -> Head:
        """Read the end of the journal."""
        epoch, number, digest = self._wire.call("HMGET", self._head_key, "epoch", "number", "hash")
        return words.head_of(number, digest, epoch)

    def seals(self) -> list[Seal]:
        """List the finished segments, oldest first."""
        flat = self._wire.call("HGETALL", self._seals_key)
        with self._meaning():
            found = [words.seal_of(*row) for row in zip(flat[::2], flat[1::2], strict=True)]
        return sorted(found, key=lambda seal: seal.segment)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and the few before it."""
        self._writable()
        row = words.snapshot_row(snapshot)
        self._wire.call("HSET", self._snapshots_key, snapshot.number, row)
        old = self._snapshot_numbers()[SNAPSHOTS_KEPT:]
        if old:
            self._wire.call("HDEL", self._snapshots_key, *old)

    def load_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot that belongs to this journal."""
        for number in self._snapshot_numbers():
            text = self._wire.call("HGET", self._snapshots_key, number)
            if text is None:
                continue
            with self._meaning():
                snapshot = words.snapshot_of(number, text)
            if reading.holds(self, number, snapshot.hash):
                return snapshot
        return None

    def durability(self) -> Durability:
        """Read from the server what an append is worth; see ``redis_promise``."""
        return promise(self._wire)

    def maintain(self) -> bool:
        """Do one bounded step of what is due; see the port."""
        if self._read_only or not self._epoch:
            return False
        if self._number - self._segment_first + 1 >= self._segment_records:
            self._finish_segment()
            return True
        return self._mover.step()

    def mark_cold(self, seal: Seal) -> None:
        """Note that a segment's file is whole."""
        self._note(words.seal_row(seal, cold=True), seal.segment)

    def drop(self, seal: Seal) -> bool:
        """Unlink the stream of a segment that is in its file; the server frees it in the
        background.
        """
        self._wire.call("UNLINK", self._stream_of(seal.segment))
        return False

    def close(self) -> None:
        """Let go of the socket. A second call does nothing."""
        self._mover.stop()
        self._wire.close()

    def _finish_segment(self) -> None:
        fields = ("number", "hash", "segment", "segment_first", "segment_previous")
        number, digest, name, first, previous = self._wire.call("HMGET", self._head_key, *fields)
        if int(number) < int(first):  # it was done, and only the answer got lost
            self._work_on(int(name), int(first))
            return
        seal = Seal(
            int(name),
            int(first),
            int(number),
            bytes.fromhex(previous.decode()),
            bytes.fromhex(digest.decode()),
            cold=False,
        )
        self._segment = 0  # until the answer is here, nobody knows which one is being written
        row = words.seal_row(seal, cold=False)
        self._note(row, seal.segment, seal.segment + 1, seal.last + 1, digest)
        self._work_on(seal.segment + 1, seal.last + 1)
        self._mover.wake(self._epoch)

    def _note(self, row: bytes, number: int, *following: int | bytes) -> None:
        answer = self._run(
            words.SEAL,
            2,
            self._head_key,
            self._seals_key,
            self._epoch,
            number,
            row,
            *following,
        )
        if answer != 1:
            raise failure(
                StoreFenced,
                "store_fenced",
                where=self._wire.where,
                value=(answer or b"gone").decode(),
                limit=self._epoch,
            )

    def _entries(self, stream: str, after: int) -> list[Append]:
        """Read the next entries of a stream, and adapt how many are asked for to how large they
        are.
        """
        start: int = after + 1
        found = self._wire.call("XRANGE", stream, start, "+", "COUNT", self._ask)
        if not found or words.number_of(found[0]) > start:
            # the append that holds ``start`` may begin before it
            found = self._wire.call("XREVRANGE", stream, start, "-", "COUNT", 1) + found
        with self._meaning():
            appends = [words.append_of(entry) for entry in found]
        entries = [append for append in appends if append.last > after]
        size = sum(len(entry.payload) for entry in entries)
        if size > reading.CHUNK_BYTES:
            self._ask = max(1, self._ask // 2)
        elif size < reading.CHUNK_BYTES // 4:
            self._ask = min(reading.CHUNK_APPENDS, self._ask * 2)
        return entries

    def _run(self, script: words.Script, keys: int, *parts: str | bytes | int) -> Any:
        """Run a script that may be run twice."""
        try:
            return self._wire.call("EVALSHA", script.sha, keys, *parts)
        except NoScriptError:
            self._wire.call("SCRIPT", "LOAD", script.text)
            return self._wire.call("EVALSHA", script.sha, keys, *parts)

    def _look_where(self) -> None:
        number, first = self._wire.call("HMGET", self._head_key, "segment", "segment_first")
        self._work_on(int(number or 1), int(first or 1))

    def _work_on(self, number: int, first: int) -> None:
        self._segment, self._segment_first = number, first
        self._stream = self._stream_of(number)

    @contextmanager
    def _meaning(self) -> Generator[None]:
        """Name what stands under our keys and cannot be read."""
        try:
            yield
        except (ValueError, msgspec.DecodeError) as error:
            raise failure(
                StoreFenced, "store_corrupt", where=self._wire.where, value=error
            ) from error

    def _snapshot_numbers(self) -> list[int]:
        return sorted(map(int, self._wire.call("HKEYS", self._snapshots_key)), reverse=True)

    def _stream_of(self, number: int) -> str:
        return self._key(f"segment:{number}")

    def _key(self, name: str) -> str:
        return f"bascule:{{{self.journal}}}:{name}"

    def _writable(self) -> None:
        if self._read_only:
            raise failure(
                StoreUnavailable,
                "store_read_only",
                where=self._wire.where,
                value="it was opened to be read",
            )
