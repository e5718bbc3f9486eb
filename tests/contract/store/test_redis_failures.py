"""What a Redis-compatible server can do to a journal, and what the store says then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ResponseError

from core.store.chain import Broken, verified_store
from core.store.mark import Mark, Verdict, compare
from core.store.port import StoreFenced, StoreUnavailable
from core.store.redis import open_redis
from core.store.redis_wire import Wire, address_of
from tests.contract.store.engines import RedisEngine, Writer
from tests.servers import Server, start_valkey

pytestmark = pytest.mark.redis


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """Start a server that a test may harm."""
    running = start_valkey(tmp_path / "server")
    yield running
    running.kill()


@pytest.fixture
def theirs(own: Server, tmp_path: Path) -> Iterator[RedisEngine]:
    """Keep a journal on the server that may be harmed."""
    made = RedisEngine(tmp_path, own.url, "own")
    yield made
    made.close()


def _ask(url: str, *command: str | bytes | int) -> Any:
    wire = Wire(address_of(url), 5)
    try:
        return wire.call(*command)
    finally:
        wire.close()


def test_a_server_with_the_right_settings_is_safe(redis: RedisEngine) -> None:
    """A log that is synced before each answer, and no eviction: an append survives power loss."""
    durability = redis.open().durability()

    assert (True, "") == (durability.safe, durability.why)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("appendonly", "no", "CONFIG SET appendonly yes"),
        ("appendfsync", "everysec", "CONFIG SET appendfsync always"),
        ("no-appendfsync-on-rewrite", "yes", "CONFIG SET no-appendfsync-on-rewrite no"),
        ("maxmemory-policy", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction"),
    ],
)
def test_a_weaker_server_is_named_with_what_mends_it(
    own: Server, theirs: RedisEngine, name: str, value: str, words: str
) -> None:
    """Each setting that may lose records makes the store unsafe; the reason holds the command."""
    store = theirs.open()
    _ask(own.url, "CONFIG", "SET", name, value)
    durability = store.durability()

    assert not durability.safe
    assert f"`{name}` is `{value}`" in durability.why
    assert words in durability.why


def test_settings_that_nobody_may_read_are_not_safe(own: Server, theirs: RedisEngine) -> None:
    """A server that forbids CONFIG GET promises nothing."""
    _ask(own.url, "ACL", "SETUSER", "default", "-config")
    durability = theirs.open().durability()

    assert not durability.safe
    assert "CONFIG GET" in durability.why


def test_a_replica_is_not_safe_and_refuses(own: Server, theirs: RedisEngine) -> None:
    """A server that follows another one takes no append, and says so."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "REPLICAOF", "127.0.0.1", 1)

    with pytest.raises(StoreUnavailable) as refusal:
        writer.write()
    assert "store_read_only" == refusal.value.code
    assert "replica" in writer.store.durability().why


def test_full_memory_refuses_and_recovers(own: Server, theirs: RedisEngine) -> None:
    """Out of memory, nothing is written; with room again, the same append passes."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(StoreUnavailable) as full:
        writer.write()
    assert "store_full" == full.value.code
    assert 1 == writer.store.head().number
    _ask(own.url, "CONFIG", "SET", "maxmemory", 0)
    writer.write()
    assert 2 == len(list(verified_store(writer.store)))


def test_a_server_that_is_not_there_is_unreachable(own: Server, theirs: RedisEngine) -> None:
    """A refused connection says that nothing was written."""
    writer = Writer(theirs.open())
    store = theirs.open()
    own.kill()

    with pytest.raises(StoreUnavailable) as opening:
        theirs.open()
    assert "store_unreachable" == opening.value.code
    with pytest.raises(StoreUnavailable):
        store.head()
    with pytest.raises(StoreUnavailable) as writing:
        store.append(writer.next())
    assert "store_unreachable" == writing.value.code


def test_a_killed_server_comes_back_with_everything(own: Server, theirs: RedisEngine) -> None:
    """After kill -9 and a new start, the same process goes on where it was."""
    writer = Writer(theirs.open())
    written = writer.write_many(50, 2)
    own.kill()
    again = start_valkey(own.folder, port=own.port)
    try:
        writer.store.head()
        written.append(writer.write())

        assert written == list(verified_store(writer.store))
    finally:
        again.kill()


def test_a_cut_log_is_noticed(own: Server, theirs: RedisEngine) -> None:
    """A server loads a log with a torn end in silence; the mark of this machine notices."""
    writer = Writer(theirs.open())
    last = writer.write_many(20)[-1]
    mark = Mark("own", last.last, last.hash)
    own.kill()
    log = next((own.folder / "appendonlydir").glob("*.incr.aof"))
    os.truncate(log, log.stat().st_size - 700)
    again = start_valkey(own.folder, port=own.port)
    try:
        store = theirs.open()

        assert store.head().number < 20
        assert store.head().number == len(list(verified_store(store)))
        assert Verdict.STORE_WENT_BACK == compare(mark, store)
    finally:
        again.kill()


def test_a_trimmed_stream_is_found(own: Server, theirs: RedisEngine) -> None:
    """Records that somebody trimmed or deleted are named."""
    writer = Writer(theirs.open())
    writer.write_many(10)
    _ask(own.url, "XDEL", "bascule:{own}:segment:1", "4-0")

    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    assert ("journal_gap", 4, 4) == (broken.value.code, broken.value.first, broken.value.last)


def test_a_cut_end_is_found(own: Server, theirs: RedisEngine) -> None:
    """A stream that ends before the head says is named as cut."""
    writer = Writer(theirs.open())
    writer.write_many(10)
    _ask(own.url, "XDEL", "bascule:{own}:segment:1", "9-0", "10-0")

    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    assert ("journal_cut", 9, 10) == (broken.value.code, broken.value.first, broken.value.last)


def test_an_entry_that_is_no_append_is_corrupt(own: Server, theirs: RedisEngine) -> None:
    """A foreign entry in the stream is an error with its number, not a crash."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "XADD", "bascule:{own}:segment:1", "2-0", "hello", "world")

    with pytest.raises(StoreFenced) as corrupt:
        list(writer.store.read())
    assert "store_corrupt" == corrupt.value.code
    assert "record 2" in corrupt.value.text
    with pytest.raises(StoreFenced) as refused:
        writer.write()
    assert "store_corrupt" == refused.value.code


def test_a_lost_head_is_not_a_fresh_start(own: Server, theirs: RedisEngine) -> None:
    """When the head is gone and the records are not, nobody becomes the writer of a new journal."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "DEL", "bascule:{own}:head")

    with pytest.raises(StoreFenced) as corrupt:
        theirs.open().lease("next")
    assert "store_corrupt" == corrupt.value.code


def test_a_flushed_server_fences(own: Server, theirs: RedisEngine) -> None:
    """When all keys are gone, the writer is refused and writes no second beginning."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "FLUSHALL")

    with pytest.raises(StoreFenced) as fenced:
        writer.write()
    assert "store_went_back" == fenced.value.code
    assert 0 == _ask(own.url, "DBSIZE")


def test_forgotten_scripts_are_loaded_again(own: Server, theirs: RedisEngine) -> None:
    """A server that forgot its scripts gets them again, within the same append."""
    writer = Writer(theirs.open())
    writer.write()
    _ask(own.url, "SCRIPT", "FLUSH")
    writer.write()

    assert 2 == writer.store.head().number


def test_all_keys_share_a_slot(own: Server, theirs: RedisEngine) -> None:
    """Every key carries the journal's id in braces, and nothing else of the server is touched."""
    writer = Writer(theirs.open(segment_records=2))
    for _ in range(9):
        writer.write()
        writer.store.maintain()
    keys = _ask(own.url, "KEYS", "*")

    assert keys
    assert all(key.startswith(b"bascule:{own}:") for key in keys)


def test_reading_writes_nothing(own: Server, theirs: RedisEngine) -> None:
    """A store that is opened to read leaves the server's data as it was."""
    writer = Writer(theirs.open())
    writer.write_many(3)
    before = _ask(own.url, "INFO", "persistence")
    reader = theirs.open(read_only=True)
    list(verified_store(reader))
    reader.load_snapshot()
    reader.maintain()
    reader.durability()
    with pytest.raises(StoreUnavailable) as refusal:
        reader.lease("me")

    assert "store_read_only" == refusal.value.code
    changes = [
        [line for line in text.splitlines() if line.startswith(b"rdb_changes_since_last_save")]
        for text in (before, _ask(own.url, "INFO", "persistence"))
    ]
    assert changes[0] == changes[1]


def test_a_journal_that_is_not_there_cannot_be_read(redis: RedisEngine) -> None:
    """Opened to read, a journal that nobody began is missing, not empty."""
    with pytest.raises(StoreUnavailable) as missing:
        redis.open(read_only=True)
    assert "store_missing" == missing.value.code


def test_a_wrong_password_is_denied_and_not_shown(tmp_path: Path) -> None:
    """The server's refusal is told with a code, and the password stands in no text."""
    running = start_valkey(tmp_path, settings=("--requirepass", "the-right-one"))
    try:
        url = f"redis://:canary-4711@127.0.0.1:{running.port}/0"
        with pytest.raises(StoreUnavailable) as denied:
            open_redis(url, journal="own")
        assert "store_denied" == denied.value.code
        assert "canary" not in denied.value.text
        with pytest.raises(StoreUnavailable) as without:
            open_redis(running.url, journal="own")
        assert "store_denied" == without.value.code
        right = open_redis(f"redis://:the-right-one@127.0.0.1:{running.port}/1", journal="own")
        assert 1 == right.lease("me")
        right.close()
    finally:
        running.kill()


def test_a_server_without_tls_is_not_spoken_to_in_clear(server: Server) -> None:
    """Asked for TLS, the store never falls back to plain text."""
    with pytest.raises(StoreUnavailable) as plain:
        open_redis(f"rediss://:canary@127.0.0.1:{server.port}/0", journal="own", timeout_s=2)

    assert "store_unreachable" == plain.value.code
    assert "canary" not in plain.value.text


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", StoreUnavailable, "full"),
        (
            "Error running script (call to f_1): @user_script:9: @user_script: 9: -OOM command"
            " not allowed when used memory > 'maxmemory'.",
            StoreUnavailable,
            "full",
        ),
        (
            "MISCONF Errors writing to the AOF file: No space left",
            StoreUnavailable,
            "misconfigured",
        ),
        ("READONLY You can't write against a read only replica.", StoreUnavailable, "read_only"),
        ("BUSY Redis is busy running a script.", StoreUnavailable, "busy"),
        ("LOADING Redis is loading the dataset in memory", StoreUnavailable, "loading"),
        ("NOPERM this user has no permissions", StoreUnavailable, "denied"),
        ("MOVED 3999 127.0.0.1:6381", StoreUnavailable, "cluster"),
        ("WRONGTYPE Operation against a key", StoreFenced, "corrupt"),
        ("ERR The ID specified in XADD is equal or smaller", StoreFenced, "corrupt"),
        ("ERR unknown command 'EVALSHA'", StoreUnavailable, "refused"),
        ("ERR a TASK of somebody", StoreUnavailable, "refused"),
    ],
)
def test_each_answer_of_a_server_has_its_meaning(said: str, kind: type, code: str) -> None:
    """Errors are understood in the words of old and new servers alike."""
    wire = Wire(address_of("redis://127.0.0.1:1/0"), 1)
    meaning = wire._meaning(ResponseError(said))

    assert (kind, f"store_{code}") == (type(meaning), meaning.code)


@pytest.mark.skipif(os.name == "nt", reason="this system has no unix sockets")
def test_speaks_over_a_unix_socket(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A server on this machine can be reached by its socket file."""
    folder = tmp_path_factory.mktemp("u")
    running = start_valkey(folder, settings=("--unixsocket", str(folder / "s")))
    try:
        store = open_redis(f"unix://{folder / 's'}?db=0", journal="own")
        Writer(store).write()

        assert 1 == store.head().number
        store.close()
    finally:
        running.kill()
