"""The index: finds what left the state, and can be thrown away."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bridge.index import Index, is_name
from bridge.indexfile import names_in
from core.records import AlarmRaised, BridgeStopped, SignalRepeated
from tests.unit.http.room import Room, room


async def test_it_is_made_anew_when_it_is_lost(house: Room, tmp_path: Path) -> None:
    """Deleting the file loses nothing: what it knew is read from the journal again."""
    answer = await house.send()
    order = await house.filled(answer)
    other = Index(house.config, house.runtime.thread, house.runtime.opened.store)
    known = [found.number for found in await other.order(order)]
    other.close()
    for path in house.config.data.glob("index.sqlite*"):
        path.unlink()
    again = Index(house.config, house.runtime.thread, house.runtime.opened.store)

    assert known == [found.number for found in await again.order(order)]
    assert 4 == len(known)
    again.close()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 40])
async def test_a_broken_file_is_thrown_away(tmp_path: Path, content: bytes) -> None:
    """A file that is no index is replaced, and the next question is answered."""
    folder = tmp_path / "bridge"
    (folder / "data").mkdir(parents=True, mode=0o700)
    (folder / "data" / "index.sqlite").write_bytes(content)
    async with room(folder) as house:
        answer = await house.send()
        order = await house.filled(answer)
        index = Index(house.config, house.runtime.thread, house.runtime.opened.store)
        await index.number()
        found = await index.order(order)
        index.close()

    assert 4 == len(found)


async def test_another_journal_is_another_index(house: Room) -> None:
    """An index whose last hash is not the journal's is emptied: it belongs to another history."""
    order = await house.filled(await house.send())
    index = Index(house.config, house.runtime.thread, house.runtime.opened.store)
    await index.number()
    index.close()
    with sqlite3.connect(house.config.data / "index.sqlite") as file:
        file.execute("UPDATE mark SET number = 3, hash = zeroblob(32)")
        file.execute("INSERT INTO entry VALUES (?, 2)", (order,))
    file.close()
    again = Index(house.config, house.runtime.thread, house.runtime.opened.store)
    numbers = [found.number for found in await again.order(order)]
    again.close()

    assert 2 not in numbers and 4 == len(numbers)


async def test_an_index_that_cannot_be_written_only_shortens_traces(tmp_path: Path) -> None:
    """Without it a trace is told from the state, and says that it is not complete."""
    folder = tmp_path / "bridge"
    (folder / "data" / "index.sqlite").mkdir(parents=True)
    (folder / "data").chmod(0o700)
    async with room(folder) as house:
        answer = await house.send()
        await house.filled(answer)
        async with house.client(house.operator) as client:
            trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    assert not trace["complete"]
    assert ["alert", "door", "intended", "sent", "accepted", "filled"] == [
        hop["what"] for hop in trace["hops"]
    ]


async def test_a_journal_in_memory_is_indexed_too(tmp_path: Path) -> None:
    """Where nobody else can open the journal, it is read in the store's own thread."""

    def change(text: str) -> str:
        return text.replace('# url = "sqlite:///journal.db"', 'url = "memory://"')

    async with room(tmp_path / "bridge", change) as house:
        answer = await house.send()
        await house.filled(answer)
        async with house.client(house.operator) as client:
            trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    assert trace["complete"] and len(trace["hops"]) == 7


def test_who_a_record_is_about() -> None:
    """A signal, an order, or nobody; an alarm is about an order when it names one."""
    name = "a" * 26
    records = [
        SignalRepeated(at_ns=1, signal="s", route="r"),
        AlarmRaised(at_ns=1, code="overfill", where=name),
        AlarmRaised(at_ns=1, code="store_back", where="account:paper"),
        BridgeStopped(at_ns=1, epoch=1),
    ]

    assert [["s"], [name], [], []] == [list(names_in(record)) for record in records]
    assert (True, False, False) == (is_name(name), is_name("a" * 25), is_name("A" * 26))
