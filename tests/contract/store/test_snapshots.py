"""What every engine does with snapshots."""

from __future__ import annotations

from core.store.port import GENESIS_HASH, Append, Snapshot
from tests.contract.store.engines import Engine, Writer, settle_all


def _of(append: Append, body: bytes = b"state") -> Snapshot:
    return Snapshot(append.last, append.hash, version=7, at_ns=5, body=body)


def test_gives_back_the_newest(engine: Engine) -> None:
    """The newest snapshot comes back whole after a restart, any bytes in it."""
    writer = Writer(engine.open())
    writer.store.save_snapshot(_of(writer.write(3)))
    newest = _of(writer.write(2), b"\n\x00\xff" * 100_000)
    writer.store.save_snapshot(newest)
    writer.write()
    writer.store.close()

    assert newest == engine.open().load_snapshot()


def test_passes_over_one_of_another_journal(engine: Engine) -> None:
    """A snapshot whose hash is not in this journal is not used; the one before it is."""
    writer = Writer(engine.open())
    good = _of(writer.write(2))
    writer.store.save_snapshot(good)
    writer.write(2)
    writer.store.save_snapshot(Snapshot(4, b"\x09" * 32, 7, 5, b"of another"))

    assert good == writer.store.load_snapshot()


def test_passes_over_one_inside_an_append(engine: Engine) -> None:
    """A snapshot stands at the end of an append, not between two records of one."""
    writer = Writer(engine.open())
    append = writer.write(4)
    writer.store.save_snapshot(Snapshot(3, append.hash, 7, 5, b"between"))

    assert writer.store.load_snapshot() is None


def test_passes_over_one_beyond_the_end(engine: Engine) -> None:
    """A snapshot of records that the journal does not have is not used."""
    writer = Writer(engine.open())
    writer.store.save_snapshot(_of(writer.next(2)))

    assert writer.store.load_snapshot() is None


def test_the_beginning_is_a_place(engine: Engine) -> None:
    """A snapshot of the empty journal belongs to it."""
    store = engine.open()
    store.lease("test")
    start = Snapshot(0, GENESIS_HASH, 7, 5, b"nothing yet")
    store.save_snapshot(start)

    assert start == store.load_snapshot()


def test_keeps_at_least_two(engine: Engine) -> None:
    """When the newest turns out wrong, the one before it is still there."""
    writer = Writer(engine.open())
    for _ in range(5):
        writer.store.save_snapshot(_of(writer.write()))
    fourth = _of(list(writer.store.read())[3])
    writer.store.save_snapshot(Snapshot(5, b"\x09" * 32, 7, 5, b"replaced"))

    assert fourth == writer.store.load_snapshot()


def test_one_of_a_moved_segment_still_counts(engine: Engine) -> None:
    """A snapshot whose append has moved into a file is found there."""
    writer = Writer(engine.open(segment_records=4))
    snapshot = _of(writer.write(2))
    writer.store.save_snapshot(snapshot)
    for _ in range(10):
        writer.write(2)
        settle_all(writer.store)

    assert snapshot == engine.open(read_only=True).load_snapshot()
