"""The high-water mark notices a store that is not the one this machine remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store.chain import START, seal
from core.store.mark import Mark, MarkFile, Verdict, compare
from core.store.memory import Disk, MemoryStore
from core.store.port import GENESIS_HASH, StoreUnavailable


def _store(records: int, text: bytes = b"x") -> MemoryStore:
    store = MemoryStore(Disk("j"))
    head = START
    epoch = store.lease("me")
    for _ in range(records):
        append = seal(head, epoch=epoch, at_ns=1, version=1, count=1, payload=text + b"\n")
        store.append(append)
        head = store.head()
    return store


def _mark(store: MemoryStore) -> Mark:
    head = store.head()
    return Mark("j", head.number, head.hash)


def test_gives_back_what_was_saved(tmp_path: Path) -> None:
    """The newest of the saved marks is loaded."""
    path = tmp_path / "data" / "mark"
    with MarkFile(path, "j", 0, GENESIS_HASH) as mark:
        assert Mark("j", 0, GENESIS_HASH) == Mark.load(path)
        for number in range(1, 8):
            mark.save(number, bytes([number]) * 32)

    assert Mark("j", 7, b"\x07" * 32) == Mark.load(path)


def test_there_is_none_before_the_first_start(tmp_path: Path) -> None:
    """A machine that never ran a bridge has no mark."""
    assert Mark.load(tmp_path / "mark") is None


@pytest.mark.parametrize("length", range(1, 96, 9))
def test_a_torn_save_leaves_the_one_before(tmp_path: Path, length: int) -> None:
    """A save that a power cut tore falls back to the mark before it."""
    path = tmp_path / "mark"
    with MarkFile(path, "j", 0, GENESIS_HASH) as mark:
        mark.save(1, b"\x01" * 32)
        before = path.read_bytes()
        mark.save(2, b"\x02" * 32)
    after = path.read_bytes()
    differs = next(n for n in range(len(after)) if after[n] != before[n])
    start = differs - 19  # the slot begins with the number's 20 digits; the last one differs
    path.write_bytes(before[:start] + after[start : start + length] + before[start + length :])

    loaded = Mark.load(path)
    assert loaded is not None
    assert loaded.number in (1, 2)
    assert bytes([loaded.number]) * 32 == loaded.hash


def test_a_ruined_file_is_unreadable(tmp_path: Path) -> None:
    """A mark of which nothing is left is an error, not a fresh start."""
    path = tmp_path / "mark"
    with MarkFile(path, "j", 3, GENESIS_HASH):
        pass
    data = path.read_bytes()
    for ruin in (
        b"",
        b"hello",
        data[:90],
        data.replace(b"3 ", b"4 "),
        data.replace(b"mark1", b"mark9"),
    ):
        path.write_bytes(ruin)
        with pytest.raises(StoreUnavailable) as unreadable:
            Mark.load(path)
        assert "mark_unreadable" == unreadable.value.code


def test_an_empty_store_without_a_mark_is_a_first_start() -> None:
    """Nothing here, nothing there: begin."""
    assert Verdict.FRESH == compare(None, _store(0))


def test_a_journal_without_a_mark_cannot_be_compared() -> None:
    """A journal that was brought from elsewhere is told apart from one that is known."""
    assert Verdict.UNMARKED == compare(None, _store(3))


@pytest.mark.parametrize("more", [0, 1, 5])
def test_the_same_or_more_is_fine(more: int) -> None:
    """A mark may lag behind; a longer journal with the same past is the known one."""
    mark = _mark(_store(3))

    assert Verdict.FINE == compare(mark, _store(3 + more))


def test_a_mark_of_nothing_fits_an_empty_store() -> None:
    """A bridge that was started and never wrote starts again."""
    assert Verdict.FINE == compare(Mark("j", 0, GENESIS_HASH), _store(0))


@pytest.mark.parametrize("left", [1, 2])
def test_a_shorter_journal_went_back(left: int) -> None:
    """A store that ends below the mark lost records."""
    store = _store(3)
    mark = _mark(store)
    store.disk.roll_back(left)

    assert Verdict.STORE_WENT_BACK == compare(mark, store)


def test_another_past_went_back() -> None:
    """A store that went back and was written on has another hash at the mark."""
    mark = _mark(_store(3))

    assert Verdict.STORE_WENT_BACK == compare(mark, _store(5, b"y"))


def test_an_empty_store_with_a_mark_is_no_fresh_start() -> None:
    """A store that lost everything is told apart from a first start."""
    assert Verdict.STORE_EMPTY == compare(_mark(_store(3)), _store(0))


def test_another_journal_is_told() -> None:
    """A mark of another journal is not compared by its numbers."""
    assert Verdict.STORE_OTHER == compare(Mark("other", 1, GENESIS_HASH), _store(3))
