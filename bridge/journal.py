"""Opening the journal: find it, check it, fold it, become its writer.

Rules of this file
1. Everything is verified on the way in: the chain from the snapshot on, the mark kept apart, the emergency file.
2. A store that went back in time is opened, and the bridge starts raised: a person has to look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bridge.config.values import Config
from core import snapshot
from core.codec import VERSION, CodecError, decode
from core.fold import fold
from core.records import Record
from core.state import State
from core.store import chain, mark
from core.store.emergency import EmergencyFile
from core.store.opening import open_store
from core.store.port import Head, Snapshot, Store, StoreFenced

HALTS: Final = frozenset(
    {mark.Verdict.STORE_WENT_BACK, mark.Verdict.STORE_EMPTY, mark.Verdict.STORE_OTHER}
)
"""Verdicts of the mark under which the bridge starts raised."""


@dataclass(slots=True)
class Opened:
    """A journal that was read to its end. ``halt_code`` is empty when all is as it should be."""

    store: Store
    state: State
    head: Head
    emergency: EmergencyFile
    left: list[Record]
    left_torn: int
    halt_code: str
    halt_value: str


def open_journal(config: Config, *, read_only: bool = False) -> Opened:
    """Open the store of a configuration and fold what it holds. Errors: ``StoreFailure``, ``CodecError``."""
    address = config.store
    store = open_store(address.url, data=config.data, journal=address.journal, read_only=read_only)
    try:
        state, head = read_state(store)
        emergency = EmergencyFile(config.data / "emergency.log")
        left = emergency.read()
        records = [record for line in left.lines for record in decode(line + b"\n")]
        code, value = "", ""
        verdict = mark.compare(mark.Mark.load(mark_path(config)), store)
        if verdict in HALTS:
            code, value = verdict.value, f"record {head.number}"
        elif address.journal_id and not head.number:
            code, value = mark.Verdict.STORE_EMPTY.value, address.journal_id
        elif address.journal_id and state.facts.journal != address.journal_id:
            code, value = mark.Verdict.STORE_OTHER.value, state.facts.journal
    except BaseException:
        store.close()
        raise
    return Opened(store, state, head, emergency, records, left.torn, code, value)


def mark_path(config: Config) -> Path:
    """Return where the high-water mark is kept: beside the process, apart from the store."""
    return config.data / "journal.mark"


def read_state(store: Store) -> tuple[State, Head]:
    """Fold a store: from its newest snapshot, or from the beginning."""
    state, after = State(), chain.START
    picture = store.load_snapshot()
    if picture is not None and picture.version == VERSION:
        try:
            state = snapshot.load(picture.body)
            after = Head(picture.number, picture.hash, 0)
        except msgspec.MsgspecError:
            state, after = State(), chain.START  # the journal says the same, only slower
    head = after
    for append in chain.verified_store(store, after):
        records = decode(append.payload, append.version)
        if len(records) != append.count:
            raise CodecError(f"records {append.first} to {append.last} are not {append.count}")
        for record in records:
            fold(state, record)
        state.commit()
        head = chain.head_of(append)
    if state.number != head.number:
        raise StoreFenced(
            "store_corrupt", f"the state ends at {state.number}, the journal at {head.number}"
        )
    return state, head


def snapshot_of(state: State, head: Head, at_ns: int) -> Snapshot:
    """Write the state down as a snapshot of the journal's end."""
    assert state.number == head.number, "a snapshot is taken between two batches"
    return Snapshot(head.number, head.hash, VERSION, at_ns, snapshot.dump(state))


def pretty(record: Record) -> str:
    """Write one record for people: one line of JSON."""
    return json.dumps(msgspec.to_builtins(record), ensure_ascii=True)
