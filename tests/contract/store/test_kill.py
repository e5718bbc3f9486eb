"""A writing process, and a server, are killed hard at random moments: no acknowledged append is
lost.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from core.store.chain import verified_store
from core.store.opening import open_store
from core.store.port import Store
from tests.servers import start_valkey

KILLS = 5
ROOT = Path(__file__).parents[3]

WRITER = """
import sys
from pathlib import Path
from core.store import chain, settle
from core.store.opening import open_store

store = open_store(sys.argv[1], data=Path(sys.argv[2]), journal="kill")
epoch, head = store.lease("writer"), store.head()
while True:
    count = 1 + head.number % 3
    payload = b'{"x":"' + b"y" * (head.number * 37 % 900) + b'"}\\n'
    append = chain.seal(head, epoch=epoch, at_ns=1, version=1, count=count, payload=payload * count)
    settle.append(store, append)
    head = chain.head_of(append)
    print(head.number, head.hash.hex(), flush=True)
    store.maintain()
"""


def _acknowledged(url: str, data: Path, lines: int) -> tuple[int, str]:
    """Run a writer, kill it after some acknowledgements, and return the last one that was heard."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(data)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        heard = [process.stdout.readline() for _ in range(lines)]
    finally:
        process.kill()
    # what was said between the last line and the kill counts as well
    heard += process.stdout.read().splitlines(keepends=True)
    process.stdout.close()
    process.wait()
    whole = [line for line in heard if line.endswith("\n")]
    number, digest = whole[-1].split()
    return int(number), digest


def must_end_at(store: Store, number: int, digest: str) -> None:
    """Verify a journal, and that it ends with the last acknowledged append, or one more."""
    ends = {append.last: append.hash.hex() for append in verified_store(store)}
    store.close()

    assert digest == ends[number]
    assert max(ends) - number <= 3, "at most the append under way is there without an answer"


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_in_sqlite(tmp_path: Path) -> None:
    """After each kill -9 the journal verifies and ends at, or right behind, the last answer."""
    chance = random.Random(4711)
    for _ in range(KILLS):
        number, digest = _acknowledged("journal.db", tmp_path, chance.randrange(20, 400))
        store = open_store("journal.db", data=tmp_path, journal="kill", read_only=True)
        must_end_at(store, number, digest)


@pytest.mark.slow
@pytest.mark.redis
def test_a_killed_writer_loses_nothing_on_a_server(tmp_path: Path) -> None:
    """The same on a server that stays."""
    chance = random.Random(4712)
    server = start_valkey(tmp_path / "server")
    try:
        for _ in range(KILLS):
            number, digest = _acknowledged(server.url, tmp_path, chance.randrange(20, 400))
            store = open_store(server.url, data=tmp_path, journal="kill", read_only=True)
            must_end_at(store, number, digest)
    finally:
        server.kill()


@pytest.mark.slow
@pytest.mark.redis
def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    """The server is killed while a process writes; the process ends, and its last word is there."""
    chance = random.Random(4713)
    for _ in range(KILLS):
        server = start_valkey(tmp_path / "server")
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, server.url, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        before = [process.stdout.readline() for _ in range(chance.randrange(20, 400))]
        server.kill()
        # not communicate(): it does not know the lines that readline() has read ahead
        heard, said = process.stdout.read(), process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        process.wait(timeout=30)
        number, digest = [*before, *heard.splitlines()][-1].split()

        assert "store_unsettled" in said or "store_unreachable" in said, said
        again = start_valkey(tmp_path / "server")
        try:
            store = open_store(again.url, data=tmp_path, journal="kill", read_only=True)
            must_end_at(store, int(number), digest)
        finally:
            again.kill()
