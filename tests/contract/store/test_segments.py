"""What engines do with finished segments: seal, move into files, verify all of it together."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.store import chain, segment
from core.store.chain import Broken, verified_store
from core.store.port import Append, Head, StoreFenced, StoreUnavailable
from tests.contract.store.engines import Engine, Writer, settle_all

RECORDS = 10


def _filled(engine: Engine, records: int = 45) -> tuple[Writer, list[Append]]:
    """Write appends of 1, 2, 3, 1, 2, 3... records, with upkeep after each, as a bridge does."""
    writer = Writer(engine.open(segment_records=RECORDS))
    written: list[Append] = []
    while writer.head.number < records:
        written.append(writer.write(1 + len(written) % 3))
        writer.store.maintain()
    return writer, written


def _files(engine: Engine) -> list[str]:
    return sorted(path.name for path in engine.segments.glob("*"))


def test_seals_at_the_border_of_an_append(engine: Engine) -> None:
    """A segment holds whole appends and enough records; seals follow one another."""
    writer, written = _filled(engine)
    seals = writer.store.seals()

    assert len(seals) >= 3
    assert [1, *(seal.last + 1 for seal in seals[:-1])] == [seal.first for seal in seals]
    assert all(seal.last - seal.first + 1 >= RECORDS for seal in seals)
    ends = {append.last: append.hash for append in written}
    assert [ends[seal.last] for seal in seals] == [seal.hash for seal in seals]


def test_files_and_engine_verify_as_one_journal(durable: Engine) -> None:
    """All finished segments but the newest stand in files; reading joins them with the engine's."""
    writer, written = _filled(durable)
    settle_all(writer.store)
    seals = writer.store.seals()

    assert [True] * (len(seals) - 1) + [False] == [seal.cold for seal in seals]
    assert [f"segment-{n:08d}.jsonl" for n in range(1, len(seals))] == _files(durable)
    assert written == list(verified_store(writer.store))
    assert written == list(verified_store(durable.open(read_only=True)))


def test_reads_from_the_middle_of_a_file(durable: Engine) -> None:
    """Reading after a number begins in the file that holds it."""
    writer, written = _filled(durable)
    settle_all(writer.store)

    for after in (0, 1, 4, 11, 12, 30, writer.head.number):
        expected = [append for append in written if append.last > after]
        assert expected == list(writer.store.read(after))


def test_a_crash_at_any_step_of_a_move_loses_nothing(durable: Engine) -> None:
    """Whatever step of sealing and moving is the last one, the next process reads every record."""
    written: list[Append] = []
    steps = 1
    while steps:
        writer = Writer(durable.open(segment_records=RECORDS))
        # large enough that copying a segment takes several steps
        written += [writer.write(2, "x" * 60_000) for _ in range(6)]
        done = 0
        while done < steps and writer.store.maintain():
            done += 1
        # no close(): the process is gone, with a file half written
        assert written == list(verified_store(durable.open(read_only=True)))
        steps = 0 if done < steps else steps + 1

    last = Writer(durable.open(segment_records=RECORDS))
    settle_all(last.store)
    assert written == list(verified_store(last.store))
    assert not [name for name in _files(durable) if name.endswith(".new")]
    cold = [seal.last for seal in last.store.seals() if seal.cold]
    kept = last.store.warm(0, [])  # pyright: ignore[reportAttributeAccessIssue]
    assert [] == [append.first for append in kept if append.last <= cold[-1]]


def test_a_reader_survives_a_move_under_its_feet(durable: Engine) -> None:
    """Who reads while segments move gets every record once."""
    writer, written = _filled(durable, 25)
    reading = durable.open(read_only=True).read()
    got = [next(reading)]
    written += writer.write_many(20, 2)
    settle_all(writer.store)
    written += writer.write_many(5, 2)
    settle_all(writer.store)
    got += list(reading)

    assert written[: len(got)] == got
    assert len(got) >= 13


def test_a_fenced_process_moves_nothing(durable: Engine) -> None:
    """A process that lost the lease can neither seal a segment nor mark one as moved."""
    old, written = _filled(durable, 9)
    written.append(old.write(5))
    Writer(durable.open(segment_records=RECORDS))

    with pytest.raises(StoreFenced) as refusal:
        settle_all(old.store)
    assert "store_fenced" == refusal.value.code
    assert written == list(verified_store(durable.open(read_only=True)))


def test_a_fenced_process_does_not_finish_its_move(durable: Engine) -> None:
    """The mark that a file is whole is guarded like an append, so nothing is deleted by an old
    process.
    """
    old = Writer(durable.open(segment_records=RECORDS))
    written = old.write_many(15, 2)
    old.store.maintain()
    written += old.write_many(15, 2)
    old.store.maintain()
    Writer(durable.open(segment_records=RECORDS))

    with pytest.raises(StoreFenced):
        settle_all(old.store)
    assert not any(seal.cold for seal in old.store.seals())
    assert written == list(verified_store(durable.open(read_only=True)))


def test_a_missing_file_is_named(durable: Engine) -> None:
    """A segment file that is gone is an error that names it, never a shorter journal."""
    writer, _ = _filled(durable)
    settle_all(writer.store)
    path = segment.path_of(durable.segments, 2)
    path.unlink()

    with pytest.raises(StoreFenced) as failure:
        list(verified_store(writer.store))
    assert "store_segment_missing" == failure.value.code
    assert path.name in failure.value.text


def test_an_edited_file_is_found(durable: Engine) -> None:
    """A record that was changed in a file is named."""
    writer, written = _filled(durable)
    settle_all(writer.store)
    path = segment.path_of(durable.segments, 1)
    path.write_bytes(path.read_bytes().replace(b'{"n":5,"t":"x"}', b'{"n":5,"t":"y"}'))

    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    changed = next(append for append in written if append.last >= 5)
    assert ("journal_changed", changed.first, changed.last) == (
        broken.value.code,
        broken.value.first,
        broken.value.last,
    )


def test_a_replaced_file_is_found(durable: Engine) -> None:
    """A file that is a good segment, but not the one that was sealed, is found by the seal."""
    writer, _ = _filled(durable)
    settle_all(writer.store)
    sealed = writer.store.seals()[0]
    count = sealed.last - sealed.first + 1
    forged = chain.seal(
        Head(sealed.first - 1, sealed.previous, 0),
        epoch=1,
        at_ns=1,
        version=1,
        count=count,
        payload=b"{}\n" * count,
    )
    copy = segment.SegmentWriter(
        durable.segments,
        replace(sealed, hash=forged.hash),
        journal=writer.store.journal,
        tag="forged",
    )
    copy.write(forged)
    copy.finish()

    with pytest.raises(Broken) as broken:
        list(verified_store(writer.store))
    assert "journal_seal" == broken.value.code


@pytest.mark.skipif(os.name == "nt", reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written_stops_no_append(durable: Engine, tmp_path: Path) -> None:
    """When files cannot be written, the upkeep says so once, and the journal goes on, whole."""
    writer = Writer(durable.open(segment_records=RECORDS))
    durable.segments.parent.mkdir(parents=True, exist_ok=True)
    durable.segments.write_text("a file stands where the folder should be")
    written: list[Append] = []
    alarms: list[str] = []
    for _ in range(30):
        written.append(writer.write(2))
        try:
            settle_all(writer.store)
        except StoreUnavailable as error:
            alarms.append(error.code)

    assert {"store_segments_unwritable"} == set(alarms)
    assert len(alarms) <= len(writer.store.seals())
    assert written == list(verified_store(writer.store))
