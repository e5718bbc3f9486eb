"""Opening the journal: find it, check it, fold it, become its writer.

Rules of this file
1. Everything is verified on the way in: the chain from the snapshot on, the mark kept apart, the
   emergency file.
2. A store that went back in time is opened, and the bridge starts raised: a person has to look.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.arrears import Batch, appends_of, batch_of, paid
from bridge.config.values import Config
from bridge.surroundings import MACHINE, Surroundings
from core import snapshot
from core.codec import VERSION, CodecError, decode
from core.fold import fold
from core.records import Record, SetupLoaded
from core.setup import Setup
from core.state import State
from core.store import chain, mark, settle
from core.store.emergency import EmergencyLog
from core.store.opening import open_store
from core.store.port import Head, Snapshot, Store, StoreFenced

HALTS: Final = frozenset(
    {mark.Verdict.STORE_WENT_BACK, mark.Verdict.STORE_EMPTY, mark.Verdict.STORE_OTHER}
)
"""Verdicts of the mark under which the bridge starts raised."""

_SETUP: Final = b'"setup_loaded"'


@dataclass(slots=True)
class Opened:
    """A journal that was read to its end. ``halt_code`` is empty when all is as it should be."""

    store: Store
    state: State
    head: Head
    snapshot_at: int
    """The record that the newest snapshot stands for."""
    emergency: EmergencyLog
    owed: list[Batch]
    left: list[Record]
    """What the emergency file holds, as records; ``owed`` has the same as it was written."""
    left_torn: int
    halt_code: str
    halt_value: str


def open_journal(
    config: Config,
    *,
    read_only: bool = False,
    store: Store | None = None,
    surroundings: Surroundings = MACHINE,
) -> Opened:
    """Open the store of a configuration, or take the one that is given, and fold what it holds.

    Errors: ``StoreFailure``, ``CodecError``.
    """
    address = config.store
    given = store is not None
    with ExitStack() as undo:
        if store is None:
            store = open_store(
                address.url, data=config.data, journal=address.journal, read_only=read_only
            )
        undo.callback(store.close)
        state, head, snapshot_at = _read(store)
        emergency = surroundings.emergency(config.data / "emergency.log")
        left = emergency.read()
        owed = [batch_of(line) for line in left.lines]
        records = [record for batch in owed for record in decode(batch.payload)]
        code, value = ("", "")
        if given or address.kind != "memory":  # a journal in memory is new at every start
            known = surroundings.load_mark(mark_path(config))
            code, value = _compared(config, store, state, head, known=known)
        undo.pop_all()
    return Opened(
        store=store,
        state=state,
        head=head,
        snapshot_at=snapshot_at,
        emergency=emergency,
        owed=owed,
        left=records,
        left_torn=left.torn,
        halt_code=code,
        halt_value=value,
    )


def _compared(
    config: Config, store: Store, state: State, head: Head, *, known: mark.Mark | None
) -> tuple[str, str]:
    """Return why the bridge has to start raised, as code and value; empty when it has not."""
    verdict = mark.compare(known, store)
    named = config.store.journal_id
    if verdict in HALTS:
        return verdict.value, f"record {head.number}"
    if named and not head.number:
        return mark.Verdict.STORE_EMPTY.value, named
    if named and state.facts.journal != named:
        return mark.Verdict.STORE_OTHER.value, state.facts.journal
    return "", ""


def take_lease(opened: Opened, owner: str) -> int:
    """Become the writer, and read what the writer before added meanwhile; return the epoch.

    Errors: ``StoreFailure``, ``CodecError``.
    """
    epoch = opened.store.lease(owner)
    opened.head = _fold_on(opened.store, opened.state, opened.head)
    return epoch


def settle_owed(opened: Opened, epoch: int) -> None:
    """Put what the emergency file holds into the journal, once, before anything else happens.

    Errors: ``StoreFailure``.
    """
    state, rest = opened.state, opened.owed[paid(opened.store, opened.head, opened.owed) :]
    records = [record for batch in rest for record in decode(batch.payload)]
    at_ns = max([state.last_ns, *(record.at_ns for record in records)])
    for append in appends_of(rest, opened.head, epoch=epoch, at_ns=at_ns):
        settle.append(opened.store, append)
        opened.head = chain.head_of(append)
    for record in records:
        fold(state, record)
    state.commit()
    if opened.owed or opened.left_torn:
        opened.emergency.clear()


def mark_path(config: Config) -> Path:
    """Return where the high-water mark is kept: beside the process, apart from the store."""
    return config.data / "journal.mark"


def read_state(store: Store) -> tuple[State, Head]:
    """Fold a store: from its newest snapshot, or from the beginning."""
    state, head, _ = _read(store)
    return state, head


def _read(store: Store) -> tuple[State, Head, int]:
    """Read and fold. Nothing here makes cycles, so the search for them would only cost time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        return _folded(store)
    finally:
        if searching:
            gc.enable()


def _folded(store: Store) -> tuple[State, Head, int]:
    state, after = State(), chain.START
    picture = store.load_snapshot()
    if picture is not None and picture.version == VERSION:
        try:
            state = snapshot.unpack(picture.body)
            after = Head(picture.number, picture.hash, 0)
        except snapshot.SnapshotUnreadable:
            state, after = State(), chain.START  # the journal says the same, only slower
    return state, _fold_on(store, state, after), after.number


def _fold_on(store: Store, state: State, head: Head) -> Head:
    """Fold all that a store has after a head; return the new one."""
    state.remember(on=False)
    for append in chain.verified_store(store, head):
        records = decode(append.payload, append.version)
        if len(records) != append.count:
            raise CodecError(f"records {append.first} to {append.last} are not {append.count}")
        for record in records:
            fold(state, record)
        head = chain.head_of(append)
    state.remember(on=True)
    if state.number != head.number:
        raise StoreFenced(
            "store_corrupt", f"the state ends at {state.number}, the journal at {head.number}"
        )
    return head


def snapshot_of(state: State, head: Head, at_ns: int) -> Callable[[], Snapshot]:
    """Hold the state of the journal's end still; return what writes it down, in any thread."""
    assert state.number == head.number, "a snapshot is taken between two batches"
    picture = snapshot.copy(state)
    return lambda: Snapshot(head.number, head.hash, VERSION, at_ns, snapshot.pack(picture))


def setup_at(store: Store, number: int) -> Setup | None:
    """Read the setup that was in force at a record; ``None``: the journal does not say."""
    found: Setup | None = None
    for append in store.read():
        if append.first > number:
            break
        if _SETUP not in append.payload:
            continue  # what cannot carry one is not read: most of a long journal
        for at, record in enumerate(decode(append.payload, append.version), append.first):
            if isinstance(record, SetupLoaded) and at < number:
                found = record.setup
    return found
