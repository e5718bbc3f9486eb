"""What every engine does with appends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.store.chain import verified_store
from core.store.port import GENESIS_HASH, Head, StoreFenced, StoreUnavailable
from tests.contract.store.engines import Engine, Writer, opened


def test_a_new_journal_is_empty(engine: Engine) -> None:
    """A journal that nobody wrote ends at record 0, with the hash of every beginning."""
    store = engine.open()

    assert Head(0, GENESIS_HASH, 0) == store.head()
    assert [] == list(store.read())
    assert store.load_snapshot() is None


def test_gives_back_what_was_appended(engine: Engine) -> None:
    """Appends come back in order and byte for byte, also after the store was closed and opened."""
    writer = Writer(engine.open())
    written = [writer.write(1), writer.write(3, "é\\n  {}"), writer.write(2)]
    writer.store.close()
    store = engine.open()

    assert written == list(store.read())
    assert written == list(verified_store(store))
    assert Head(6, written[-1].hash, writer.epoch) == store.head()


@pytest.mark.parametrize(("after", "expected"), [(0, 3), (1, 2), (2, 2), (3, 2), (4, 1), (6, 0)])
def test_reads_from_where_it_is_asked(engine: Engine, after: int, expected: int) -> None:
    """Reading after a number begins with the append that holds the next one."""
    writer = Writer(engine.open())
    written = [writer.write(1), writer.write(3), writer.write(2)]

    assert written[3 - expected :] == list(writer.store.read(after))


def test_refuses_a_number_that_is_not_next(engine: Engine) -> None:
    """An append that leaves a gap is refused, names the journal's end, and writes nothing."""
    writer = Writer(engine.open())
    writer.write()
    skipped = replace(writer.next(), first=3)

    with pytest.raises(StoreFenced) as refusal:
        writer.store.append(skipped)
    assert "store_went_back" == refusal.value.code
    assert 1 == writer.store.head().number


def test_refuses_another_past(engine: Engine) -> None:
    """An append that was built on other records is refused and writes nothing."""
    writer = Writer(engine.open())
    writer.write()
    strange = replace(writer.next(), previous=b"\x01" * 32)

    with pytest.raises(StoreFenced) as refusal:
        writer.store.append(strange)
    assert "store_sequence" == refusal.value.code
    assert 1 == len(list(writer.store.read()))


def test_refuses_the_same_append_twice(engine: Engine) -> None:
    """What is there already is not written again."""
    writer = Writer(engine.open())
    append = writer.write()

    with pytest.raises(StoreFenced):
        writer.store.append(append)
    assert [append] == list(writer.store.read())


def test_fences_the_former_writer(engine: Engine) -> None:
    """Once another process took the lease, the former writer's append is refused, whatever it
    knows.
    """
    old = Writer(engine.open(), "old")
    old.write()
    new = Writer(engine.open(), "new")

    with pytest.raises(StoreFenced) as refusal:
        old.write()
    assert "store_fenced" == refusal.value.code
    assert old.epoch < new.epoch
    new.write()
    with pytest.raises(StoreFenced):
        old.write()
    assert 2 == new.store.head().number


def test_an_epoch_is_never_given_twice(engine: Engine) -> None:
    """Each lease raises the epoch, over every restart."""
    epochs: list[int] = []
    for _ in range(3):
        with opened(engine) as store:
            epochs.append(store.lease("again"))

    assert [1, 2, 3] == epochs


def test_takes_the_largest_append(engine: Engine) -> None:
    """An append of very many records and of very long ones comes back whole."""
    writer = Writer(engine.open())
    written = [writer.write(16_384), writer.write(2, "y" * 1_000_000), writer.write(1)]

    assert written == list(verified_store(writer.store))


def test_a_writer_goes_on_after_a_refusal(engine: Engine) -> None:
    """A refused append leaves nothing behind that hinders the next one."""
    writer = Writer(engine.open())
    with pytest.raises(StoreFenced):
        writer.store.append(replace(writer.next(), first=9))
    writer.write()

    assert 1 == writer.store.head().number


def test_closing_twice_is_closing_once(engine: Engine) -> None:
    """A store may be closed again; afterwards it says that it is closed."""
    store = engine.open()
    store.close()
    store.close()

    with pytest.raises(StoreUnavailable) as closed:
        store.head()
    assert "store_closed" == closed.value.code
