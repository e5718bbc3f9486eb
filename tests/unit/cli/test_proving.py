"""`journal verify` and `export` on journals that are finished, damaged, or partly copied away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bridge.cli.proving import exported, prove_folder
from bridge.cli.stopped import Stopped
from bridge.exits import Exit
from core.codec import VERSION, encode
from core.records import AlarmRaised
from core.store import chain, segment
from core.store.port import Head
from core.store.sqlite import SqliteStore, open_sqlite

SECRET = "s3cret-value-that-is-known"


def alarms(first: int, count: int) -> bytes:
    """Write records that say which they are."""
    return encode(AlarmRaised(at_ns=n, code="x", value=str(n)) for n in range(first, first + count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a journal of 24 records in pairs, and return the folder of its finished segments."""
    store = open_sqlite(tmp_path / "j.db", segments=tmp_path / "segments", segment_records=6)
    _fill(store, 12)
    while store.maintain():
        pass
    store.close()
    return tmp_path / "segments"


def _fill(store: SqliteStore, pairs: int) -> Head:
    epoch, head = store.lease("test"), store.head()
    for _ in range(pairs):
        payload = alarms(head.number + 1, 2)
        append = chain.seal(head, epoch=epoch, at_ns=1, version=VERSION, count=2, payload=payload)
        store.append(append)
        while store.maintain():
            pass
        head = chain.head_of(append)
    return head


def test_segments_that_were_copied_away_are_proven(folder: Path, tmp_path: Path) -> None:
    """The files alone, in another place, prove every record that is in them."""
    shutil.copytree(folder, tmp_path / "copy")
    proof = prove_folder(tmp_path / "copy")

    files = len(list(folder.iterdir()))
    assert files > 1
    assert (1, files * 6, files) == (proof.first, proof.records, proof.segments)


def test_a_part_of_the_segments_says_where_it_begins(folder: Path) -> None:
    """Without the first file the rest is proven from its own beginning on, and that is said."""
    segment.path_of(folder, 1).unlink()

    assert 7 == prove_folder(folder).first


def test_a_missing_segment_is_named(folder: Path) -> None:
    """A gap between two files ends the proof with the records that are not there."""
    segment.path_of(folder, 2).unlink()

    with pytest.raises(Stopped) as caught:
        prove_folder(folder)

    assert (Exit.FAILED, "journal_gap") == (caught.value.exit_code, caught.value.code)
    assert (7, 12) == (caught.value.more["first_bad"], caught.value.more["last_bad"])


def test_a_changed_segment_is_named(folder: Path) -> None:
    """One digit changed in a file is found, with its record."""
    file = segment.path_of(folder, 1)
    file.write_bytes(file.read_bytes().replace(b'"value":"3"', b'"value":"9"'))

    with pytest.raises(Stopped) as caught:
        prove_folder(folder)

    assert ("journal_changed", 3) == (caught.value.code, caught.value.more["first_bad"])


def test_a_folder_without_segments_is_said(tmp_path: Path) -> None:
    """Nothing is proven of nothing."""
    with pytest.raises(Stopped, match="no segment"):
        prove_folder(tmp_path)


def test_a_range_is_exported_with_its_numbers(tmp_path: Path) -> None:
    """A range that begins inside one commit and ends inside another has exactly its records."""
    store = open_sqlite(tmp_path / "j.db")
    _fill(store, 5)

    rows = [json.loads(line) for line in exported(store, frozenset(), first=2, last=7)]
    store.close()

    assert [(n, str(n)) for n in range(2, 8)] == [(row["number"], row["value"]) for row in rows]


def test_a_known_secret_does_not_leave_with_an_export(tmp_path: Path) -> None:
    """Even if one had found its way into a record."""
    store = open_sqlite(tmp_path / "j.db")
    payload = encode([AlarmRaised(at_ns=1, code="x", value=f"at {SECRET}\u202e\x7f")])
    append = chain.seal(
        store.head(),
        epoch=store.lease("test"),
        at_ns=1,
        version=VERSION,
        count=1,
        payload=payload,
    )
    store.append(append)

    line = "".join(exported(store, frozenset({SECRET}), first=1, last=1))
    store.close()

    assert SECRET not in line
    assert line.strip().isprintable()
    assert "at ***\u202e\x7f" == json.loads(line)["value"]
