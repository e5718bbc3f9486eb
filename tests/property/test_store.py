"""Random appends, snapshots, upkeep and restarts: every engine holds the same journal as a list."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.store.chain import START, Broken, seal, verified, verified_store
from core.store.port import Append, Head, Snapshot, Store, StoreFenced
from tests.contract.store.engines import Engine, MemoryEngine, RedisEngine, SqliteEngine, Writer
from tests.servers import start_valkey

SEGMENT = 7


class JournalMachine(RuleBasedStateMachine):
    """One journal, its list model, a writer and whoever was writer before."""

    make: Callable[[Path], Engine]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = type(self).make(Path(self.folder.name))
        self.model: list[Append] = []
        self.snapshots: list[Snapshot] = []
        self.fenced: Writer | None = None
        self.writer = self._new()

    def _new(self) -> Writer:
        return Writer(self.engine.open(segment_records=SEGMENT))

    @rule(count=st.integers(1, 5), text=st.text("abc {}", max_size=20))
    def append(self, count: int, text: str) -> None:
        """Commit some records."""
        self.model.append(self.writer.write(count, text))

    @rule(steps=st.integers(1, 12))
    def maintain(self, steps: int) -> None:
        """Do some steps of upkeep."""
        for _ in range(steps):
            self.writer.store.maintain()

    @rule()
    def restart(self) -> None:
        """End the process in order and start another."""
        self.writer.store.close()
        self.writer = self._new()

    @rule()
    def take_over(self) -> None:
        """Open a second bridge beside the first one, which knows nothing of it."""
        self.fenced = self.writer
        self.writer = self._new()

    @precondition(lambda self: self.fenced is not None)
    @rule()
    def fenced_append(self) -> None:
        """Let the former writer try."""
        assert self.fenced is not None
        with pytest.raises(StoreFenced):
            self.fenced.write()

    @rule(ahead=st.integers(1, 3))
    def wrong_number(self, ahead: int) -> None:
        """Try to leave a gap."""
        wrong = seal(
            Head(self.writer.head.number + ahead, self.writer.head.hash, 0),
            epoch=self.writer.epoch,
            at_ns=1,
            version=1,
            count=1,
            payload=b"{}\n",
        )
        with pytest.raises(StoreFenced):
            self.writer.store.append(wrong)

    @precondition(lambda self: self.model)
    @rule(body=st.binary(max_size=50))
    def snapshot(self, body: bytes) -> None:
        """Keep a snapshot of what is there."""
        last = self.model[-1]
        made = Snapshot(last.last, last.hash, 1, 1, body)
        self.writer.store.save_snapshot(made)
        self.snapshots = [one for one in self.snapshots if one.number != made.number] + [made]

    @rule(after=st.integers(0, 60))
    def read_after(self, after: int) -> None:
        """Read from anywhere."""
        expected = [append for append in self.model if append.last > after]
        assert expected == list(self.writer.store.read(after))

    @invariant()
    def the_journal_is_the_model(self) -> None:
        """Compare all that can be read."""
        store: Store = self.writer.store
        assert self.model == list(verified_store(store))
        end = self.model[-1].last if self.model else 0
        assert (end, self.writer.epoch) == (store.head().number, store.head().epoch)
        assert (self.snapshots[-1] if self.snapshots else None) == store.load_snapshot()

    def teardown(self) -> None:
        """Close what is open."""
        self.engine.close()
        self.folder.cleanup()


def must_be_a_list(make: Callable[[Path], Engine], examples: int) -> None:
    """Run random stories on an engine."""
    machine = type("Machine", (JournalMachine,), {"make": staticmethod(make)})
    case = machine.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=30,
        suppress_health_check=[HealthCheck.too_slow],
    )
    case("runTest").runTest()


def test_memory_is_a_list() -> None:
    """The twin behaves as the model."""
    must_be_a_list(MemoryEngine, 60)


def test_sqlite_is_a_list() -> None:
    """The file behaves as the model, over restarts, moves of segments and take-overs."""
    must_be_a_list(SqliteEngine, 25)


@pytest.mark.redis
def test_a_server_is_a_list(tmp_path: Path) -> None:
    """The server behaves as the model, over restarts, moves of segments and take-overs."""
    server = start_valkey(tmp_path)
    made: list[None] = []

    def make(folder: Path) -> Engine:
        made.append(None)
        return RedisEngine(folder, server.url, f"property{len(made)}")

    try:
        must_be_a_list(make, 20)
    finally:
        server.kill()


@given(st.lists(st.integers(1, 4), min_size=2, max_size=8), st.data())
def test_any_changed_byte_is_found(counts: list[int], data: st.DataObject) -> None:
    """Whatever byte of whatever record is changed, the first wrong append is named."""
    journal: list[Append] = []
    head = START
    for count in counts:
        append = seal(head, epoch=1, at_ns=1, version=1, count=count, payload=b"{}\n" * count)
        journal.append(append)
        head = Head(append.last, append.hash, 1)
    which = data.draw(st.integers(0, len(journal) - 1))
    victim = journal[which]
    place = data.draw(st.integers(0, len(victim.payload) - 1))
    flipped = victim.payload[place] ^ data.draw(st.integers(1, 255))
    payload = victim.payload[:place] + bytes([flipped]) + victim.payload[place + 1 :]
    journal[which] = Append(
        victim.first,
        victim.count,
        victim.epoch,
        victim.at_ns,
        victim.version,
        victim.previous,
        payload,
        victim.hash,
    )

    with pytest.raises(Broken) as broken:
        list(verified(journal))
    assert ("journal_changed", victim.first) == (broken.value.code, broken.value.first)
