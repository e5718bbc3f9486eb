"""Rows of the core: decisions, the journalled order path, a long journal, a start from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bridge import garbage
from core import snapshot
from core.codec import VERSION, encode
from core.commands import NoteLink, NoteRecovered, StartBridge, Tick
from core.engine import step
from core.records import JournalOpened, Record
from core.state import State
from core.store import chain
from core.store.opening import open_store
from core.store.port import Head, Snapshot, Store
from tests.benchmarks.desk import START_NS, Desk, configured, reports
from tests.benchmarks.figures import Row, percentile

DECISIONS = 5_000
ORDERS = 10_000
BATCH = 64
PAST_RECORDS = 1_000_000
PAST_ORDERS_A_DAY = 500
WRITTEN_AT_ONCE = 500
"""Records of one append of the past: it is only written here, not measured."""

DAY_NS = 86_400 * 10**9


def decisions() -> list[Row]:
    """Time ``decide`` with all checks on, one account, one signal a step."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk.of(configured(Path(folder)))
    times = _decide(desk, DECISIONS)
    detail = f"p50 {percentile(times, 0.5) * 1e6:.0f} us over {len(times)} decisions"
    return [
        Row(
            "decide per account, all checks, p99",
            percentile(times, 0.99) * 1e6,
            "us",
            200,
            100,
            detail=detail,
        )
    ]


def _decide(desk: Desk, count: int) -> list[float]:
    times: list[float] = []
    garbage.calm()
    for number in range(count):
        command = desk.signal(number * 2)
        before = desk.state.savepoint()
        begun = time.perf_counter()
        step(desk.state, desk.view, [command], desk.now)
        times.append(time.perf_counter() - begun)
        desk.state.rollback(before)
    return times


def order_path() -> list[Row]:
    """Time orders from signal to filled: decide, fold, encode, chain, synced append, on one
    core."""
    rounds = orders_per_second()
    detail = f"SQLite, batches of {BATCH}, best of {[round(value) for value in rounds]}"
    return [
        Row(
            "journalled order path, signal to filled",
            max(rounds),
            "orders/s",
            5_000,
            10_000,
            higher=True,
            detail=detail,
        )
    ]


def orders_per_second() -> list[float]:
    """Let orders go from signal to filled, in some rounds."""
    rounds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = Desk.of(configured(folder))
        store = open_store("journal.db", data=folder, journal="bench")
        epoch = store.lease("bench")
        head = _commit(
            store,
            chain.START,
            epoch,
            [JournalOpened(at_ns=desk.now, journal="bench", software="bench")],
            desk.now,
        )
        number = 0
        garbage.calm()
        for _ in range(3):
            begun = time.perf_counter()
            for _ in range(ORDERS // BATCH):
                commands = [desk.signal(number + index) for index in range(BATCH)]
                outcome = desk.do(*commands)
                head = _commit(store, head, epoch, outcome.records, desk.now)
                said = [
                    command
                    for index, effect in enumerate(outcome.effects)
                    for command in reports(effect.order, number + index, desk.now)
                ]
                number += BATCH
                outcome = desk.do(*said)
                head = _commit(store, head, epoch, outcome.records, desk.now)
            rounds.append(ORDERS // BATCH * BATCH / (time.perf_counter() - begun))
        store.close()
    return rounds


def _commit(store: Store, head: Head, epoch: int, records: list[Record], now: int) -> Head:
    append = chain.seal(
        head, epoch=epoch, at_ns=now, version=VERSION, count=len(records), payload=encode(records)
    )
    store.append(append)
    return chain.head_of(append)


# --- a long journal -------------------------------------------------------------------------------


def _past(desk: Desk, count: int) -> Iterator[list[Record]]:
    """Live through ``count`` records: an ordinary account, some orders a day, for months."""
    gap = DAY_NS // PAST_ORDERS_A_DAY
    made, number = 0, 0
    while made < count:
        desk.at(desk.now + gap)
        outcome = desk.do(desk.signal(number))
        yield outcome.records
        made += len(outcome.records)
        for effect in outcome.effects:
            outcome = desk.do(*reports(effect.order, number, desk.now))
            yield outcome.records
            made += len(outcome.records)
        number += 1
        if number % 100 == 0:
            outcome = desk.do(Tick())
            if outcome.records:
                yield outcome.records
                made += len(outcome.records)


def write_past(folder: Path, count: int) -> None:
    """Write a journal of ``count`` records into a folder, with a snapshot near its end."""
    config = configured(folder)
    desk = Desk(config, State(), START_NS, Desk.of(config).view)
    store = open_store("journal.db", data=folder, journal="bench")
    epoch = store.lease("bench")
    head, gathered = chain.START, []
    desk.at(START_NS)
    first = desk.do(
        StartBridge(journal="bench", epoch=1, software="bench", setup=config.setup, setup_hash="b")
    )
    gathered += first.records
    for account in config.setup.accounts:
        mark = desk.view.standings[account].mark
        gathered += desk.do(NoteLink(account=account, up=True, reason="connected")).records
        gathered += desk.do(
            NoteRecovered(
                account=account, balance=mark.balance, equity=mark.equity, orders_checked=0
            )
        ).records
    for records in _past(desk, count):
        gathered += records
        if len(gathered) >= WRITTEN_AT_ONCE:
            head = _commit(store, head, epoch, gathered, desk.now)
            gathered = []
            store.maintain()
    if gathered:
        head = _commit(store, head, epoch, gathered, desk.now)
    body = snapshot.pack(snapshot.copy(desk.state))
    store.save_snapshot(Snapshot(head.number, head.hash, VERSION, desk.now, body))
    for _ in range(200):
        store.maintain()
    store.close()


MEASURE = """
import sys, time
from pathlib import Path
begun = time.perf_counter()
from bridge import garbage
from bridge.journal import read_state
from core.store.opening import open_store
folder = Path(sys.argv[1])
store = open_store("journal.db", data=folder, journal="bench")
if sys.argv[2] == "full":
    store.load_snapshot = lambda: None
garbage.seldom()
begun = time.perf_counter()
state, head = read_state(store)
took = time.perf_counter() - begun
from tests.benchmarks.core_rows import _decide
from tests.benchmarks.desk import Desk
from tests.benchmarks.figures import percentile
import os
from bridge.config import load
config = load(folder / "bascule.toml", os.environ)
desk = Desk(config, state, max(state.last_ns, 1), None)
desk.at(max(state.last_ns, 1_790_000_000 * 10**9))
if not state.facts.journal:
    desk = Desk.of(config)
times = _decide(desk, 3000)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
print(head.number, took, percentile(times, 0.5) * 1e6, percentile(times, 0.99) * 1e6, peak / 1024)
"""


def _measure(folder: Path, how: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder), how],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    return [float(word) for word in done.stdout.split()]


def long_journal(count: int = PAST_RECORDS) -> list[Row]:
    """Compare a journal with a long past with an empty one: start, decisions, memory."""
    with tempfile.TemporaryDirectory() as past, tempfile.TemporaryDirectory() as empty:
        begun = time.perf_counter()
        write_past(Path(past), count)
        wrote = time.perf_counter() - begun
        write_past(Path(empty), 1)
        full = _measure(Path(past), "full")
        quick = [_measure(Path(past), "snapshot") for _ in range(3)]
        none = [_measure(Path(empty), "snapshot") for _ in range(3)]
    best = min(row[1] for row in quick)
    p50 = min(row[2] for row in quick) / min(row[2] for row in none)
    p99 = min(row[3] for row in quick) / min(row[3] for row in none)
    memory = min(row[4] for row in quick) / min(row[4] for row in none)
    megabytes = (
        f"{min(row[4] for row in quick):.0f} MB against {min(row[4] for row in none):.0f} MB"
    )
    days = full[0] / 5 / PAST_ORDERS_A_DAY
    records = (
        f"{full[0]:,.0f} records, written in {wrote:.0f} s; "
        f"{days:.0f} days of {PAST_ORDERS_A_DAY} orders"
    )
    return [
        Row("boot from a snapshot of a long journal", best, "s", 3, 1, detail=records),
        Row(
            "boot by a full verified fold",
            full[0] / full[1],
            "records/s",
            100_000,
            200_000,
            higher=True,
        ),
        Row("decide p50, long journal / empty", p50, "x", 1.15, 1.05),
        Row("decide p99, long journal / empty", p99, "x", 1.15, 1.05),
        Row("resident memory, long journal / empty", memory, "x", 1.15, 1.05, detail=megabytes),
    ]
