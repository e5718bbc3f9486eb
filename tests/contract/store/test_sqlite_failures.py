"""What can happen to a journal in a file, and what the store says then."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from core.store import sqlite_words
from core.store.chain import Broken, verified_store
from core.store.mark import Mark, Verdict, compare
from core.store.port import StoreFenced, StoreSyncFailed, StoreUnavailable
from core.store.sqlite import open_sqlite
from tests.contract.store.engines import SqliteEngine, Writer, opened, settle_all


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """List files with time and size. The -shm file is memory that processes share, not storage."""
    return {
        path.name: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def _raw(path: Path, sql: str) -> None:
    """Change a file as a stranger does."""
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_missing_file_cannot_be_read(sqlite: SqliteEngine) -> None:
    """Opened to read, a file that is not there is missing, and is not made."""
    with pytest.raises(StoreUnavailable) as missing:
        sqlite.open(read_only=True)

    assert "store_missing" == missing.value.code
    assert not sqlite.path.exists()


def test_an_empty_file_cannot_be_read(sqlite: SqliteEngine) -> None:
    """A file in which nobody began a journal is missing to a reader; a writer begins one."""
    sqlite.path.touch()

    with pytest.raises(StoreUnavailable) as missing:
        sqlite.open(read_only=True)
    assert "store_missing" == missing.value.code
    assert 0 == sqlite.open().head().number


def test_a_locked_file_is_said_to_be_locked(sqlite: SqliteEngine) -> None:
    """Another program's lock refuses the append, nothing is written, and later it passes."""
    writer = Writer(sqlite.open())
    other = sqlite3.connect(sqlite.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreUnavailable) as locked:
        writer.write()
    assert "store_locked" == locked.value.code
    other.execute("ROLLBACK")
    other.close()
    writer.write()
    assert 1 == len(list(verified_store(writer.store)))


def test_a_full_disk_refuses_and_recovers(sqlite: SqliteEngine) -> None:
    """Without room nothing is written, also nothing of the append that did not fit."""
    store = sqlite.open()
    writer = Writer(store)
    written = [writer.write()]
    limit = store._file.rows("PRAGMA page_count")[0][0]  # pyright: ignore[reportAttributeAccessIssue]
    store._file.rows(f"PRAGMA max_page_count = {limit}")  # pyright: ignore[reportAttributeAccessIssue]

    with pytest.raises(StoreUnavailable) as full:
        writer.write(50, "z" * 400)
    assert "store_full" == full.value.code
    assert written == list(verified_store(store))
    store._file.rows("PRAGMA max_page_count = 100000")  # pyright: ignore[reportAttributeAccessIssue]
    written.append(writer.write(50, "z" * 400))
    assert written == list(verified_store(store))


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("SQLITE_FULL", StoreUnavailable, "store_full"),
        ("SQLITE_IOERR_SHMSIZE", StoreUnavailable, "store_full"),
        ("SQLITE_BUSY_SNAPSHOT", StoreUnavailable, "store_locked"),
        ("SQLITE_READONLY_DBMOVED", StoreUnavailable, "store_read_only"),
        ("SQLITE_CANTOPEN", StoreUnavailable, "store_missing"),
        ("SQLITE_IOERR_FSYNC", StoreSyncFailed, "store_sync_failed"),
        ("SQLITE_IOERR_WRITE", StoreSyncFailed, "store_sync_failed"),
        ("SQLITE_CORRUPT_INDEX", StoreFenced, "store_corrupt"),
        ("SQLITE_NOTADB", StoreFenced, "store_corrupt"),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", StoreFenced, "store_corrupt"),
    ],
)
def test_each_error_of_sqlite_has_its_meaning(name: str, kind: type, code: str) -> None:
    """An extended code is understood by what it says, and what is unknown stops the process."""
    error = sqlite3.OperationalError("as raised")
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    meaning = sqlite_words.meaning_of(error, Path("journal.db"))

    assert (kind, code) == (type(meaning), meaning.code)
    assert name in meaning.text


def test_a_damaged_page_is_found(sqlite: SqliteEngine) -> None:
    """Bytes that rot in the file are an error of reading or of the chain, never records."""
    writer = Writer(sqlite.open())
    writer.write_many(200, 3)
    writer.store.close()
    size = sqlite.path.stat().st_size
    with sqlite.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 4096)

    with pytest.raises(StoreFenced) as damaged:
        list(verified_store(sqlite.open(read_only=True)))
    assert damaged.value.code in {"store_corrupt", "journal_changed", "journal_gap"}


def test_a_changed_byte_is_named(sqlite: SqliteEngine) -> None:
    """One character changed inside one record is found, with the records of its append."""
    writer = Writer(sqlite.open())
    writer.write_many(5, 2)
    changed = "replace(payload, '\"n\":5', '\"n\":6')"
    _raw(sqlite.path, f"UPDATE appends SET payload = CAST({changed} AS BLOB) WHERE first = 5")

    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    assert ("journal_changed", 5, 6) == (broken.value.code, broken.value.first, broken.value.last)


def test_a_column_of_another_type_is_corrupt(sqlite: SqliteEngine) -> None:
    """A text where bytes belong is an error that names the record, not a crash."""
    writer = Writer(sqlite.open())
    writer.write_many(5, 2)
    _raw(sqlite.path, "UPDATE appends SET payload = 'hello' WHERE first = 5")

    with pytest.raises(StoreFenced) as corrupt:
        list(writer.store.read())
    assert "store_corrupt" == corrupt.value.code
    assert "record 5" in corrupt.value.text


def test_an_append_that_fails_half_way_leaves_nothing(sqlite: SqliteEngine) -> None:
    """When the records cannot be put in, the head does not move either."""
    writer = Writer(sqlite.open())
    writer.write()
    _raw(sqlite.path, "INSERT INTO appends SELECT 2, 2, 1, 1, 1, 1, hash, hash, '' FROM leader")

    with pytest.raises(StoreFenced) as corrupt:
        writer.write()
    assert "store_corrupt" == corrupt.value.code
    assert 1 == writer.store.head().number


def test_a_deleted_row_is_named(sqlite: SqliteEngine) -> None:
    """Records that somebody deleted are named, also when they are the last ones."""
    writer = Writer(sqlite.open())
    writer.write_many(5, 2)
    _raw(sqlite.path, "DELETE FROM appends WHERE first = 3")
    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    assert ("journal_gap", 3, 4) == (broken.value.code, broken.value.first, broken.value.last)

    _raw(sqlite.path, "DELETE FROM appends WHERE first IN (3, 9)")
    with pytest.raises(Broken) as cut:
        list(verified_store(writer.store, after=_head_at(writer, 4)))
    assert ("journal_cut", 9, 10) == (cut.value.code, cut.value.first, cut.value.last)


def _head_at(writer: Writer, number: int):
    from core.store.port import Head

    following = next(writer.store.read(number))
    return Head(number, following.previous, 0)


def test_what_is_no_database_is_corrupt(sqlite: SqliteEngine) -> None:
    """A text file is not opened as a journal, and stays as it is."""
    sqlite.path.write_text("hello, I am a shopping list\n" * 100)

    with pytest.raises(StoreFenced) as wrong:
        sqlite.open()
    assert "store_corrupt" == wrong.value.code
    assert sqlite.path.read_text().startswith("hello")


@pytest.mark.parametrize("read_only", [False, True])
def test_another_programs_database_is_left_alone(sqlite: SqliteEngine, read_only: bool) -> None:
    """A database with foreign tables is refused, and gets none of ours."""
    _raw(sqlite.path, "CREATE TABLE recipes (name)")

    with pytest.raises(StoreFenced) as foreign:
        sqlite.open(read_only=read_only)
    assert "store_foreign" == foreign.value.code


def test_a_newer_format_is_refused(sqlite: SqliteEngine) -> None:
    """A file that a newer version wrote is not guessed at."""
    with opened(sqlite):
        pass
    _raw(sqlite.path, "PRAGMA user_version = 99")

    with pytest.raises(StoreFenced) as newer:
        sqlite.open()
    assert "store_format" == newer.value.code


def test_another_journal_is_refused(sqlite: SqliteEngine) -> None:
    """A file that holds another journal than the configuration names is refused."""
    with opened(sqlite):
        pass

    with pytest.raises(StoreFenced) as other:
        open_sqlite(sqlite.path, journal="mine")
    assert "store_other" == other.value.code


def test_a_restored_backup_fences_the_writer(sqlite: SqliteEngine, tmp_path: Path) -> None:
    """When the file goes back under a running bridge's feet, its next start notices by the mark."""
    writer = Writer(sqlite.open())
    writer.write_many(3)
    writer.store.close()
    shutil.copy(sqlite.path, tmp_path / "backup.db")
    writer = Writer(sqlite.open())
    last = writer.write_many(4)[-1]
    writer.store.close()
    shutil.copy(tmp_path / "backup.db", sqlite.path)
    store = sqlite.open()

    assert Verdict.STORE_WENT_BACK == compare(Mark("test", last.last, last.hash), store)


def test_a_torn_log_is_a_shorter_journal_that_the_mark_notices(
    sqlite: SqliteEngine, tmp_path: Path
) -> None:
    """A log that lost its end after a crash gives whole appends only, and the mark says that some
    are gone.
    """
    writer = Writer(sqlite.open())
    last = writer.write_many(30)[-1]
    crashed = SqliteEngine(tmp_path / "crashed")
    crashed.path.parent.mkdir()
    shutil.copy(sqlite.path, crashed.path)
    log = sqlite.path.with_name("journal.db-wal").read_bytes()
    crashed.path.with_name("journal.db-wal").write_bytes(log[: len(log) - 9_000])
    store = crashed.open()
    head = store.head()

    assert 0 < head.number < 30
    assert head.number == len(list(verified_store(store)))
    assert Verdict.STORE_WENT_BACK == compare(Mark("test", last.last, last.hash), store)
    crashed.close()


@pytest.mark.parametrize("writing", [True, False], ids=["beside a writer", "alone"])
def test_reading_writes_nothing(sqlite: SqliteEngine, writing: bool) -> None:
    """Everything a read-only command does leaves each file's name, size and time as it was."""
    writer = Writer(sqlite.open(segment_records=10))
    written = writer.write_many(40)
    settle_all(writer.store)
    if not writing:
        writer.store.close()
    before = _listing(sqlite.path.parent)
    reader = sqlite.open(read_only=True)
    got = list(verified_store(reader))
    reader.load_snapshot()
    reader.durability()
    reader.maintain()
    with pytest.raises(StoreUnavailable) as refusal:
        reader.lease("me")
    reader.close()

    assert "store_read_only" == refusal.value.code
    assert written == got
    assert before == _listing(sqlite.path.parent)


def test_a_reader_sees_what_a_writer_commits_later(sqlite: SqliteEngine) -> None:
    """Who opened the file while nobody wrote sees the appends of a bridge started since."""
    with opened(sqlite) as first:
        Writer(first).write()
    reader = sqlite.open(read_only=True)
    assert 1 == reader.head().number
    writer = Writer(sqlite.open())
    writer.write_many(3)

    assert 4 == reader.head().number
    assert 4 == len(list(verified_store(reader)))


def test_the_log_stays_bounded(sqlite: SqliteEngine) -> None:
    """With upkeep between the appends, the write-ahead log does not grow with the journal."""
    writer = Writer(sqlite.open())
    log = sqlite.path.with_name("journal.db-wal")
    sizes: list[int] = []
    for _ in range(60):
        writer.write(50, "x" * 4_000)
        writer.store.maintain()
        sizes.append(log.stat().st_size)

    assert max(sizes) < 9 * 1024 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise there")
def test_only_its_owner_reads_it(sqlite: SqliteEngine) -> None:
    """Database, log and segment files are readable by their owner only."""
    writer = Writer(sqlite.open(segment_records=5))
    writer.write_many(20)
    settle_all(writer.store)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in sqlite.path.parent.rglob("*")
        if path.is_file()
    }

    assert modes
    assert {0o600} == set(modes.values())


def test_each_commit_is_synced(sqlite: SqliteEngine) -> None:
    """The settings in force are those that survive a power cut, and weaker ones are reported."""
    store = sqlite.open()
    file = store._file  # pyright: ignore[reportAttributeAccessIssue]

    assert "wal" == file.rows("PRAGMA journal_mode")[0][0]
    assert 2 == file.rows("PRAGMA synchronous")[0][0]
    file.rows("PRAGMA synchronous = NORMAL")
    assert not store.durability().safe
    assert "does not sync" in store.durability().why


def test_a_closed_store_says_so(sqlite: SqliteEngine) -> None:
    """A store that was closed is a clear failure, not a crash of the library."""
    writer = Writer(sqlite.open())
    writer.store.close()

    with pytest.raises(StoreUnavailable) as closed:
        writer.write()
    assert "store_closed" == closed.value.code
