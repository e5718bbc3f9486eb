"""What is owed to the journal: whole batches in one line each, paid in order, and never twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import arrears
from bridge.arrears import Batch, appends_of, batch_of, line_of, paid
from core.codec import encode
from core.records import AlarmRaised
from core.store import chain, settle
from core.store.memory import MemoryStore

texts = st.text(max_size=12)
batches = st.lists(st.lists(texts, min_size=1, max_size=5), max_size=8)


def batch(values: list[str], at_ns: int = 1) -> Batch:
    """Make a batch of alarms, with whatever text in them."""
    records = [AlarmRaised(at_ns=at_ns, code="c", value=value) for value in values]
    return Batch(len(records), encode(records))


@given(st.lists(texts, min_size=1, max_size=6))
def test_a_line_gives_its_batch_back(values: list[str]) -> None:
    """One line, whatever the records hold, and the very bytes come back."""
    made = batch(values)

    assert b"\n" not in line_of(made)
    assert made == batch_of(line_of(made))


@given(batches, st.integers(0, 8), st.integers(1, 7))
def test_what_was_paid_is_found(listed: list[list[str]], done: int, records_max: int) -> None:
    """However many appends were paid before a crash: exactly the rest is owed afterwards."""
    owed = [batch(values, at_ns) for at_ns, values in enumerate(listed, 2)]
    store = MemoryStore()
    epoch = store.lease("test")
    before = batch(["before"])
    settle.append(store, appends_of([before], chain.START, epoch=epoch, at_ns=1)[0])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrears, "RECORDS_PER_APPEND_MAX", max(records_max, 5))
        appends = appends_of(owed, store.head(), epoch=epoch, at_ns=99)
    for append in appends[:done]:
        settle.append(store, append)
    gone = sum(append.count for append in appends[:done])

    number = paid(store, store.head(), owed)

    assert gone == sum(one.records for one in owed[:number])
    whole = b"".join(one.payload for one in owed)
    assert whole == b"".join(append.payload for append in appends)


def test_a_batch_beyond_the_bounds_is_cut_between_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """A halt of more orders than an append takes: several appends, every record, in order."""
    monkeypatch.setattr(arrears, "RECORDS_PER_APPEND_MAX", 10)
    large = batch([str(number) for number in range(35)])

    appends = appends_of([large], chain.START, epoch=1, at_ns=1)

    assert [10, 10, 10, 5] == [append.count for append in appends]
    assert large.payload == b"".join(append.payload for append in appends)
    assert [1, 11, 21, 31] == [append.first for append in appends]
