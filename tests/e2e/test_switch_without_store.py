"""The switch while the store's server is gone or hangs: entries stay out, cancels reach the venue,
and the journal has it all once the server is back.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.client import Client
from bridge.journal import open_journal
from core.codec import decode
from core.orders import OrderState
from core.records import Halted
from core.store import chain
from core.store.port import Store
from tests.e2e.commands import Place, place, running
from tests.servers import Server, start_valkey

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

WAIT_S = 30
"""Far above what anything here takes: what does not happen by then is a defect."""

ORDERS = 3


def by_api(_where: Place, client: Client) -> None:
    """Halt as a program does."""
    assert client.post("/halt", {"scope": "global", "reason": "a fire"}).good


def by_command(where: Place, _client: Client) -> None:
    """Halt as a person at a terminal does."""
    done = where.run("halt", "--reason", "a fire", "--json")
    assert (0, True) == (done.code, done.json["halted"])


def by_file(where: Place, _client: Client) -> None:
    """Halt as somebody does who has only the folder."""
    (where.config.data / "HALT").write_text("a fire", encoding="utf-8")


def gone(server: Server) -> None:
    """Kill the server."""
    server.kill()


def hangs(server: Server) -> None:
    """Stop the server where it stands: connections live, and nothing answers."""
    os.kill(server.pid, signal.SIGSTOP)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Start a server of its own."""
    made = start_valkey(tmp_path / "valkey")
    yield made
    made.kill()


@pytest.mark.parametrize("fails", [gone, hangs])
@pytest.mark.parametrize("halt", [by_api, by_command, by_file])
def test_the_switch_works_without_the_store(
    tmp_path: Path,
    server: Server,
    halt: Callable[[Place, Client], None],
    fails: Callable[[Server], None],
) -> None:
    """Every working entry ends at the venue before the server is back, and nothing new gets in."""
    if fails is hangs and not hasattr(signal, "SIGSTOP"):
        pytest.skip("this system stops no process")
    where = place(tmp_path / "b", store=server.url, profile="bench")
    with running(where) as child, Client(where.config) as client:
        resting = [entry(client, number).body["orders"][0] for number in range(ORDERS)]
        until(lambda: dict.fromkeys(resting, "accepted") == at_venue(where))

        fails(server)
        halt(where, client)
        until(lambda: dict.fromkeys(resting, "cancelled") == at_venue(where))
        answers = [entry(client, ORDERS + number) for number in range(2)]
        there = at_venue(where)
        back = returned(server)
        until(lambda: entry(client, ORDERS).status == 200)
        refused = entry(client, ORDERS + 1)
        assert 0 == child.stop()
    back.stop()

    assert [503, 503] == [answer.status for answer in answers]
    assert set(resting) == set(there)
    assert ("refused", "halted") == (refused.body["verdict"], refused.body["code"])
    check_journal(where, server, resting)


def entry(client: Client, number: int) -> Any:
    """Send an entry that rests far below the market; the same number is the same alert."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    alert = {
        "id": f"a-{number}",
        "strategy": "demo",
        "symbol": "BTCUSDT",
        "action": "buy",
        "effect": "open",
        "quantity": "0.001",
        "order_type": "limit",
        "price": "30000",
        "time": now,
    }
    return client.alert("demo", json.dumps(alert).encode())


def at_venue(where: Place) -> dict[str, str]:
    """Read from the venue's own file what became of the orders."""
    ledger = sqlite3.connect(f"file:{where.config.data / 'paper-paper.sqlite'}?mode=ro", uri=True)
    try:
        return dict(ledger.execute("SELECT id, event FROM orders").fetchall())
    finally:
        ledger.close()


def returned(server: Server) -> Server:
    """Let the server be there again, with all that it had."""
    if server.process.poll() is None:
        os.kill(server.pid, signal.SIGCONT)
        return server
    return start_valkey(server.folder, port=server.port)


def check_journal(where: Place, server: Server, resting: list[str]) -> None:
    """Expect one halt, its cancels, and a whole chain."""
    again = start_valkey(server.folder, port=server.port)
    try:
        opened = open_journal(where.config, read_only=True)
        try:
            reasons = [one.reason for one in halts(opened.store)]
            states = {name: opened.state.orders[name].state for name in resting}
        finally:
            opened.store.close()
            opened.emergency.close()
    finally:
        again.stop()
    assert ["a fire"] == reasons
    assert dict.fromkeys(resting, OrderState.CANCELLED) == states


def halts(store: Store) -> Iterator[Halted]:
    """Read every halt of a journal, each link of its chain checked."""
    for append in chain.verified_store(store):
        for record in decode(append.payload, append.version):
            if isinstance(record, Halted):
                yield record


def until(there: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(WAIT_S * 20):
        if there():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")
