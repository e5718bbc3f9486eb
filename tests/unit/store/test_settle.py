"""An append with unknown outcome is settled by the end of the journal, in every interleaving."""

from __future__ import annotations

import pytest

from core.store import settle
from core.store.chain import START, seal, verified_store
from core.store.memory import Disk, Fault, MemoryStore
from core.store.port import (
    Append,
    AppendUnknown,
    Head,
    Store,
    StoreFenced,
    StoreSyncFailed,
    StoreUnavailable,
)


def _first(store: Store, text: bytes = b"x") -> Append:
    epoch = store.lease("me")
    return seal(START, epoch=epoch, at_ns=1, version=1, count=1, payload=text + b"\n")


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault.UNKNOWN_WRITTEN,),
        (Fault.UNKNOWN_LOST,),
        (Fault.UNKNOWN_LOST, Fault.UNKNOWN_WRITTEN),
        (Fault.UNKNOWN_LOST, Fault.UNKNOWN_LOST),
    ],
)
def test_the_records_are_there_once(faults: tuple[Fault, ...]) -> None:
    """Whatever was lost of the first tries, the append is committed once."""
    store = MemoryStore()
    append = _first(store)
    store.fail_next(*faults)
    settle.append(store, append)

    assert [append] == list(verified_store(store))


def test_gives_up_after_some_tries() -> None:
    """Tries are bounded; then the outcome is said to be open."""
    store = MemoryStore()
    append = _first(store)
    store.fail_next(*[Fault.UNKNOWN_LOST] * settle.TRIES_MAX)

    with pytest.raises(StoreUnavailable) as open_end:
        settle.append(store, append)
    assert "store_unsettled" == open_end.value.code
    assert not settle.landed(store, append)


def test_unavailable_passes() -> None:
    """A store that says that nothing was written is believed."""
    store = MemoryStore()
    append = _first(store)
    store.fail_next(Fault.UNAVAILABLE)

    with pytest.raises(StoreUnavailable) as away:
        settle.append(store, append)
    assert "store_unreachable" == away.value.code


def test_unavailable_after_a_lost_reply_is_open() -> None:
    """After a lost try, a store that is away does not prove that nothing was written."""
    store = MemoryStore()
    append = _first(store)
    store.fail_next(Fault.UNKNOWN_LOST, Fault.UNAVAILABLE)

    with pytest.raises(StoreUnavailable) as open_end:
        settle.append(store, append)
    assert "store_unsettled" == open_end.value.code


def test_a_failed_sync_passes() -> None:
    """A failed sync is never tried again."""
    store = MemoryStore()
    append = _first(store)
    store.fail_next(Fault.SYNC_FAILED_LOST)

    with pytest.raises(StoreSyncFailed):
        settle.append(store, append)
    with pytest.raises(StoreSyncFailed):
        settle.append(store, append)
    assert [] == store.disk.appends


def test_another_writers_records_fence() -> None:
    """When somebody else's records stand where ours belong, the process ends."""
    disk = Disk()
    store = MemoryStore(disk)
    append = _first(store)
    other = MemoryStore(disk)
    other.append(_first(other, b"theirs"))

    with pytest.raises(StoreFenced) as fenced:
        settle.append(store, append)
    assert "store_fenced" == fenced.value.code
    assert 1 == len(disk.appends)


def test_a_new_lease_fences_though_nothing_was_written() -> None:
    """When only the epoch moved, our records are still refused."""
    disk = Disk()
    store = MemoryStore(disk)
    append = _first(store)
    store.fail_next(Fault.UNKNOWN_LOST)
    MemoryStore(disk).lease("other")

    with pytest.raises(StoreFenced):
        settle.append(store, append)
    assert [] == disk.appends


def test_absence_under_another_epoch_is_no_absence() -> None:
    """Asked whether an append landed, a journal with another writer says that we are fenced."""
    store = MemoryStore()
    append = _first(store)
    assert not settle.landed(store, append)
    store.lease("other")

    with pytest.raises(StoreFenced) as fenced:
        settle.landed(store, append)
    assert "store_fenced" == fenced.value.code


class _Late(MemoryStore):
    """A store on which the first try arrives only after the journal's end was read."""

    late: Append | None = None

    def append(self, append: Append) -> None:
        if self.late is None:
            self.late = append
            raise AppendUnknown("store_reply_lost", "late")
        super().append(append)

    def head(self) -> Head:
        before = super().head()
        if self.late is not None and not self.disk.appends:
            super().append(self.late)
        return before


def test_a_first_try_that_arrives_late_is_ours() -> None:
    """The second try is refused because the first one arrived meanwhile: committed, once."""
    store = _Late()
    append = _first(store)
    settle.append(store, append)

    assert [append] == store.disk.appends
