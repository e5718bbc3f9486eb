"""The chain finds every way in which a journal can be tampered with, and names the records."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from core.store.chain import START, Broken, hash_of, head_of, own_hash, seal, verified
from core.store.port import Append, Head, Seal


def _next(after: Head, count: int = 2, epoch: int = 1, text: bytes = b"x") -> Append:
    return seal(after, epoch=epoch, at_ns=5, version=1, count=count, payload=(text + b"\n") * count)


def _journal(appends: int = 5) -> list[Append]:
    """Make appends of two records each: 1-2, 3-4, 5-6, 7-8, 9-10."""
    made: list[Append] = []
    head = START
    for _ in range(appends):
        made.append(_next(head))
        head = head_of(made[-1])
    return made


def _resealed(append: Append, **changes: object) -> Append:
    """Change an append and give it the hash that fits, as a careful forger does."""
    new = replace(append, **changes)
    return replace(new, hash=own_hash(new))


def _found(journal: list[Append], **known: object) -> tuple[str, int, int]:
    with pytest.raises(Broken) as broken:
        list(verified(journal, **known))  # pyright: ignore[reportArgumentType]
    return broken.value.code, broken.value.first, broken.value.last


def test_a_whole_journal_passes() -> None:
    """What was committed is passed on, append by append."""
    journal = _journal()

    assert journal == list(verified(journal, until=head_of(journal[-1])))


def test_the_hash_is_what_the_reference_says() -> None:
    """Anybody can compute it: sha256 of the hash before, five numbers, the payload."""
    header = bytes(32) + b"".join(n.to_bytes(8, "big") for n in (1, 2, 3, 4, 5))

    assert sha256(header + b"{}\n{}\n").digest() == hash_of(
        bytes(32), b"{}\n{}\n", first=1, count=2, epoch=3, at_ns=4, version=5
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": b"y\nx\n"},
        {"at_ns": 6},
        {"version": 2},
        {"epoch": 2},
        {"hash": bytes(32)},
    ],
)
def test_finds_a_changed_append(changes: dict[str, object]) -> None:
    """Any field that differs from what was committed names the append's records."""
    journal = _journal()
    journal[2] = replace(journal[2], **changes)

    assert ("journal_changed", 5, 6) == _found(journal)


def test_finds_a_changed_and_resealed_append() -> None:
    """When the changed append carries a fitting hash, the next one does not fit behind it."""
    journal = _journal()
    journal[2] = _resealed(journal[2], payload=b"y\ny\n")

    assert ("journal_link", 7, 8) == _found(journal)


def test_finds_a_dropped_append() -> None:
    """Records that are missing are named."""
    journal = _journal()
    del journal[1:3]

    assert ("journal_gap", 3, 6) == _found(journal)


def test_finds_an_inserted_append() -> None:
    """An append that stands twice, or was put in, is named."""
    journal = _journal()
    journal.insert(3, journal[1])

    assert ("journal_repeated", 3, 4) == _found(journal)


def test_finds_a_forged_append_in_place() -> None:
    """A forged append with the right numbers and another past is named."""
    journal = _journal()
    journal[3] = _next(Head(6, b"\x05" * 32, 1))

    assert ("journal_link", 7, 8) == _found(journal)


def test_finds_another_order() -> None:
    """Two appends that changed places are found at the first one."""
    journal = _journal()
    journal[1], journal[2] = journal[2], journal[1]

    assert ("journal_gap", 3, 4) == _found(journal)


def test_finds_a_cut_end() -> None:
    """A journal that is shorter than its known head lacks the records in between."""
    journal = _journal()

    assert ("journal_cut", 7, 10) == _found(journal[:3], until=head_of(journal[-1]))


def test_finds_a_replaced_end() -> None:
    """A journal that reaches the known number with another hash is not the one that was known."""
    journal = _journal()
    forged = [*journal[:4], _resealed(journal[4], payload=b"y\ny\n")]

    assert ("journal_changed", 9, 10) == _found(forged, until=head_of(journal[-1]))


def test_a_longer_journal_than_known_is_fine() -> None:
    """A head that was read before the appends is a lower bound: a live writer goes on."""
    journal = _journal()

    assert journal == list(verified(journal, until=head_of(journal[2])))


def test_finds_an_epoch_that_goes_back() -> None:
    """A fenced writer's append behind its successor's is named, though its hash fits."""
    first = _next(START, epoch=3)
    second = _next(head_of(first), epoch=2)

    assert ("journal_epoch", 3, 4) == _found([first, second])


def test_finds_a_wrong_count() -> None:
    """A count that is not the number of lines is named, though its hash fits."""
    first = _resealed(_next(START), count=3)

    assert ("journal_count", 1, 3) == _found([first])


def test_compares_with_the_seals() -> None:
    """A segment that is whole in itself but not the sealed one is found."""
    journal = _journal()
    good = Seal(1, 1, 6, bytes(32), journal[2].hash, cold=True)
    other = replace(good, hash=b"\x01" * 32)
    between = replace(good, last=5)

    assert journal == list(verified(journal, seals=[good]))
    assert ("journal_seal", 5, 6) == _found(journal, seals=[other])
    assert ("journal_seal", 5, 6) == _found(journal, seals=[between])


def test_goes_on_from_a_trusted_place() -> None:
    """After a snapshot only what follows is read, and it must follow that snapshot."""
    journal = _journal()
    trusted = Head(4, journal[1].hash, 0)

    assert journal[2:] == list(verified(journal[2:], after=trusted))
    assert "journal_link" == _found(journal[2:], after=Head(4, b"\x01" * 32, 0))[0]


def test_passes_on_what_is_before_the_break() -> None:
    """What is proven is handed out before the break is told; nothing behind it is."""
    journal = _journal()
    journal[3] = replace(journal[3], at_ns=9)
    got: list[Append] = []

    with pytest.raises(Broken):
        got.extend(verified(journal))
    walk = verified(journal)
    assert journal[:3] == [next(walk) for _ in range(3)]


def test_the_text_names_the_records() -> None:
    """A person reads which records are wrong and what to do."""
    journal = _journal()
    del journal[1]

    with pytest.raises(Broken) as broken:
        list(verified(journal))
    assert "Records 3 to 4 are missing" in broken.value.text
    assert "backup" in broken.value.text


@pytest.mark.parametrize(
    ("count", "payload", "epoch"),
    [
        (0, b"", 1),
        (1, b"x", 1),
        (2, b"x\n", 1),
        (1, b"x\ny", 1),
        (16_385, b"\n" * 16_385, 1),
        (1, b"x\n", 0),
    ],
)
def test_refuses_to_seal_what_is_no_append(count: int, payload: bytes, epoch: int) -> None:
    """An append without records, with a half line, too many, or without a lease is a defect."""
    with pytest.raises(AssertionError):
        seal(START, epoch=epoch, at_ns=1, version=1, count=count, payload=payload)
