"""The segment file: its form, and what a damaged one says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.store import segment
from core.store.chain import START, head_of, seal
from core.store.port import GENESIS_HASH, Append, Seal, StoreFenced


def _written(folder: Path) -> tuple[Path, list[Append]]:
    """Write a segment of three appends: 1, 2-3, 4-6."""
    appends: list[Append] = []
    head = START
    for count in (1, 2, 3):
        payload = b'{"say":"h\xc3\xa9"}\n' * count
        append = seal(head, epoch=1, at_ns=5, version=1, count=count, payload=payload)
        appends.append(append)
        head = head_of(append)
    sealed = Seal(1, 1, 6, GENESIS_HASH, head.hash, cold=False)
    writer = segment.SegmentWriter(folder, sealed, journal="j", tag="1")
    for append in appends:
        writer.write(append)
    return writer.finish(), appends


def test_gives_back_what_was_written(tmp_path: Path) -> None:
    """A segment reads back byte for byte, and from any place."""
    path, appends = _written(tmp_path)

    assert appends == list(segment.read(path, journal="j"))
    assert appends[1:] == list(segment.read(path, after=1))
    assert appends[2:] == list(segment.read(path, after=5))
    assert [] == list(segment.read(path, after=6))


def test_is_text_of_one_json_value_a_line(tmp_path: Path) -> None:
    """Any tool reads it: a header, then for each append a line about it and its records, then the
    seal.
    """
    path, appends = _written(tmp_path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    assert 1 + 3 + 6 + 1 == len(lines)
    assert {"bascule": "segment", "format": 1, "journal": "j", "segment": 1, "first": 1} == {
        key: value for key, value in lines[0].items() if key != "previous"
    }
    assert [1, 2, 4] == [line["first"] for line in lines if "count" in line]
    assert {"sealed": 1, "last": 6, "hash": appends[-1].hash.hex(), "records": 6} == lines[-1]


def test_leaves_nothing_when_abandoned(tmp_path: Path) -> None:
    """A segment that was not finished has no file."""
    sealed = Seal(1, 1, 6, GENESIS_HASH, GENESIS_HASH, cold=False)
    writer = segment.SegmentWriter(tmp_path, sealed, journal="j", tag="1")
    writer.abandon()
    writer.abandon()

    assert [] == list(tmp_path.iterdir())


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        pytest.param(
            lambda d: d[: d.rindex(b'{"sealed"')], "torn", "seal is missing", id="no seal"
        ),
        pytest.param(lambda d: d[:-1], "torn", "seal is missing", id="no last newline"),
        pytest.param(lambda d: d[: d.rindex(b"say")], "torn", "is cut", id="cut in a record"),
        pytest.param(lambda d: b"", "torn", "seal is missing", id="empty"),
        pytest.param(lambda d: d + b"more\n", "damaged", "behind the seal", id="appended to"),
        pytest.param(
            lambda d: d.replace(b'"count":2', b'"count":x'), "damaged", "JSON", id="broken header"
        ),
        pytest.param(
            lambda d: d.replace(b'"epoch":1,', b""), "damaged", "epoch", id="field removed"
        ),
        pytest.param(
            lambda d: d.replace(b'"records":6', b'"records":7'),
            "damaged",
            "sealed",
            id="other seal",
        ),
        pytest.param(lambda d: d.replace(b'"bytes":14', b'"bytes":16'), "damaged", "", id="size"),
        pytest.param(
            lambda d: d.replace(b'"bytes":14', b'"bytes":99999999'), "damaged", "bytes", id="huge"
        ),
        pytest.param(lambda d: d.replace(b"{", b"[", 1), "damaged", "", id="no segment"),
        pytest.param(lambda d: b"x" * 10_000, "damaged", "longer", id="one long line"),
        pytest.param(
            lambda d: d.replace(b'"previous":"', b'"previous":"zz', 2), "damaged", "", id="no hex"
        ),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, damage: Damage, code: str, words: str) -> None:
    """A torn or edited file is an error that says what is wrong with which file."""
    path, _ = _written(tmp_path)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(StoreFenced) as wrong:
        list(segment.read(path))
    assert f"store_segment_{code}" == wrong.value.code
    assert path.name in wrong.value.text
    assert words in wrong.value.text


def test_another_journals_file_is_refused(tmp_path: Path) -> None:
    """A file that was copied from another journal's folder is not read."""
    path, _ = _written(tmp_path)

    with pytest.raises(StoreFenced) as other:
        list(segment.read(path, journal="mine"))
    assert "store_other" == other.value.code


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A file of a later format is not guessed at."""
    path, _ = _written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2', 1))

    with pytest.raises(StoreFenced) as newer:
        list(segment.read(path))
    assert "store_format" == newer.value.code
