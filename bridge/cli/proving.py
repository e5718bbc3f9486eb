"""``bascule journal verify`` and ``export``: the journal read from outside, without a lease.

Rules of this file
1. Nothing is written to the store; both work while the bridge runs.
2. What is exported was proven on the way out: the first bad record ends it.
3. One append at a time is in memory, however long the journal is.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain as joined
from pathlib import Path
from typing import IO, Any, Final

from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import Stopped, stopped
from bridge.config import Config
from bridge.exits import Exit
from bridge.journal import HALTS, mark_path
from bridge.logs import HIDDEN
from bridge.printable import json_text
from core.codec import CodecError, decode
from core.store import chain, mark, segment
from core.store.files import open_private
from core.store.opening import open_store
from core.store.port import Append, Head, Store, StoreFailure, StoreFenced

_SEGMENTS: Final = "segment-*.jsonl"


@dataclass(slots=True)
class Proof:
    """What was proven so far."""

    journal: str
    first: int = 1
    records: int = 0
    appends: int = 0
    segments: int = 0
    head: Head = chain.START

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "ok": True,
            "journal": self.journal,
            "first": self.first,
            "last": self.head.number,
            "records": self.records,
            "appends": self.appends,
            "segments": self.segments,
            "hash": self.head.hash.hex(),
        }


def verify(screen: Screen, path: Path, folder: Path | None) -> None:
    """Prove a journal, or name the first records that are wrong."""
    proof = prove_folder(folder) if folder is not None else prove(configuration(path))
    if screen.as_json:
        screen.give(proof.as_dict())
        return
    if proof.first > 1:
        screen.line(
            f"What stands before record {proof.first} is not here; from there on it is proven.",
            "warn",
        )
    screen.line(
        f"The journal {proof.journal} is whole: {proof.records} records in {proof.appends} commits"
        f" and {proof.segments} finished segments.",
        "good",
    )
    screen.line(f"  record {proof.head.number} has the hash {proof.head.hash.hex()}", "quiet")


def prove(config: Config) -> Proof:
    """Verify the journal of a configuration. Errors: ``Stopped``."""
    with reading(config) as store, named():
        proof = Proof(store.journal, segments=len(store.seals()))
        for append in chain.verified_store(store):
            count(proof, append)
        found = mark.compare(mark.Mark.load(mark_path(config)), store)
    if found in HALTS:
        raise stopped(Exit.FAILED, "mark_disagrees", found.value)
    return proof


def prove_folder(folder: Path) -> Proof:
    """Verify finished segments that were copied away."""
    files = sorted(folder.glob(_SEGMENTS))
    if not files:
        raise stopped(Exit.FAILED, "segments_missing", where=str(folder))
    with named():
        appends = joined.from_iterable(segment.read(file) for file in files)
        first = next(appends, None)
        if first is None:
            raise stopped(Exit.FAILED, "segments_missing", where=str(folder))
        begins_here = files[0] == segment.path_of(folder, 1)
        after = chain.START if begins_here else Head(first.first - 1, first.previous, 0)
        proof = Proof(folder.name, first=after.number + 1, segments=len(files))
        for append in chain.verified(joined([first], appends), after=after):
            count(proof, append)
    return proof


def count(proof: Proof, append: Append) -> None:
    """Read an append's records, and count it as proven."""
    try:
        records = len(decode(append.payload, append.version))
    except CodecError as error:
        raise unreadable(append, str(error)) from None
    if records != append.count:
        raise unreadable(append, f"they are {records} instead of {append.count}")
    proof.records += append.count
    proof.appends += 1
    proof.head = chain.head_of(append)


def unreadable(append: Append, why: str) -> Stopped:
    """Name records that are whole and say nothing."""
    end = stopped(Exit.FAILED, "record_unreadable", f"{append.first} to {append.last}", why)
    end.more = {"ok": False, "first_bad": append.first, "last_bad": append.last}
    return end


@contextlib.contextmanager
def reading(config: Config) -> Generator[Store]:
    """Open the journal of a configuration to be read."""
    address = config.store
    if address.kind == "memory":
        raise stopped(Exit.STORE, "journal_elsewhere")
    try:
        store = open_store(address.url, data=config.data, journal=address.journal, read_only=True)
    except StoreFailure as failure:
        raise Stopped(Exit.STORE, failure.code, failure.text, more={"ok": False}) from None
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def named() -> Generator[None]:
    """Turn what is wrong with a journal into the end of a command that names the records."""
    try:
        yield
    except chain.Broken as broken:
        bad = {"ok": False, "first_bad": broken.first, "last_bad": broken.last}
        raise Stopped(Exit.FAILED, broken.code, broken.text, more=bad) from None
    except StoreFenced as failure:  # what is there cannot be read as a journal
        raise Stopped(Exit.FAILED, failure.code, failure.text, more={"ok": False}) from None
    except StoreFailure as failure:
        raise Stopped(Exit.STORE, failure.code, failure.text, more={"ok": False}) from None


def export(screen: Screen, path: Path, *, first: int, last: int | None, out: Path | None) -> None:
    """Write records to a file or to the output."""
    config = configuration(path)
    with reading(config) as store, named():
        head = store.head()
        if first > max(head.number, 1) or (last is not None and last < first):
            raise stopped(Exit.FAILED, "records_missing", str(first), str(head.number))
        lines = exported(store, config.secrets(), first=first, last=last or head.number)
        if out is None:
            for line in lines:
                sys.stdout.write(line)
            sys.stdout.flush()
            return
        with new_file(out) as file:
            written = 0
            for line in lines:
                file.write(line)
                written += 1
    if screen.as_json:
        screen.give(
            {"file": str(out), "records": written, "first": first, "last": first + written - 1}
        )
    else:
        screen.line(f"Wrote {written} records to {out}", "good")


def exported(store: Store, secrets: frozenset[str], *, first: int, last: int) -> Iterator[str]:
    """Yield a range of records, each as one line of JSON with its number."""
    appends = store.read(first - 1)
    beginning = next(appends, None)
    if beginning is None:
        return
    after = Head(beginning.first - 1, beginning.previous, 0)
    proven = chain.verified(
        joined([beginning], appends), after=after, until=store.head(), seals=store.seals()
    )
    for append in proven:
        if append.first > last:
            return
        payload = append.payload.decode()
        for secret in secrets:  # none is in there; a second lock costs little
            payload = payload.replace(secret, HIDDEN)
        for number, line in enumerate(payload.splitlines(), append.first):
            if first <= number <= last:
                yield f'{{"number":{number},{_plain(line)[1:]}\n'


def _plain(line: str) -> str:
    """Leave no character in a line that a terminal would obey."""
    if line.isascii() and "\x7f" not in line:
        return line
    import json

    return json_text(json.loads(line))


@contextlib.contextmanager
def new_file(path: Path) -> Generator[IO[str]]:
    """Open a new file that only its owner reads; a half written one does not stay."""
    try:
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except OSError as error:
        why = error.strerror or "it cannot be made"
        raise stopped(Exit.FAILED, "file_unwritable", why, where=str(path)) from None
    done = False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
        done = True
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise stopped(Exit.FAILED, "file_unwritable", why, where=str(path)) from None
    finally:
        if not done:
            path.unlink(missing_ok=True)
