"""``bascule check``: what the start would say, without starting.

Rules of this file
1. The very code of the start runs: the same reading, the same rows, the same opening.
2. No lease is taken and nothing is written.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import time
from pathlib import Path
from typing import Final

from bridge.cli.screen import STATE_TONES, Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import Stopped, stopped
from bridge.codes import explain
from bridge.config import Config
from bridge.config.check import CheckRow, Status, check
from bridge.exits import Exit
from bridge.journal import Opened, open_journal
from core.codec import CodecError
from core.limit_acts import would_wait
from core.store.port import Durability, StoreFailure

EXAMINED_WITHIN_S: Final = 60.0
"""How long one exchange may take to answer everything: a dozen calls of at most ten seconds, of
which a healthy one needs two."""

NEVER_STARTED: Final = "store_missing"
"""Code of a journal that is not there: a first start makes it."""


def examine(screen: Screen, path: Path, *, offline: bool = False) -> None:
    """Judge a configuration, its journal and, unless ``offline``, its exchanges, and end with what
    keeps the bridge from starting or an account from trading."""
    config = configuration(path)
    rows = examined(config, offline=offline)
    failed = [row for row in rows if row.status == "fail"]
    if screen.as_json:
        listed = [dataclasses.asdict(row) for row in rows]
        value = {"ok": not failed, "config": str(config.path), "rows": listed, "problems": []}
        if not failed:
            screen.give(value)
            return
        end = ended(failed)
        end.more = value
        raise end
    show(screen, rows)
    if failed:
        raise ended(failed)
    warned = sum(row.status == "warn" for row in rows)
    screen.line(
        f"Good: the bridge would start ({warned} {'warning' if warned == 1 else 'warnings'}).",
        "good",
    )


def examined(config: Config, *, offline: bool = False) -> list[CheckRow]:
    """Judge a configuration, its journal and, unless ``offline``, its exchanges."""
    durability, journal = look(config)
    rows = [*check(config, durability, now=time.time_ns()), *calendars(config), *journal]
    return rows if offline else [*rows, *exchanges(config)]


def show(screen: Screen, rows: list[CheckRow]) -> None:
    """Show rows to people, each with what mends it."""
    for row in rows:
        shown = f" ({row.value})" if row.value else ""
        tone = STATE_TONES[row.status]
        screen.parts((f"{row.status:<4}  ", tone), (row.name, "strong"), (shown, "quiet"))
        screen.line(f"      {row.sentence}")
        if row.fix and row.status != "ok":
            screen.line(f"      {row.fix}", tone)


def exchanges(config: Config) -> list[CheckRow]:
    """Ask each exchange about its account: keys, rights, clock, modes, markets. Nothing is sent
    that changes anything there."""
    if not config.exchanges or importlib.util.find_spec("ccxt") is None:
        return []
    return asyncio.run(_examined(config))


async def _examined(config: Config) -> list[CheckRow]:
    from bridge.venues import exchange_venues

    rows: list[CheckRow] = []
    for name, venue in exchange_venues(config, time.time_ns).items():
        try:
            async with asyncio.timeout(EXAMINED_WITHIN_S):
                findings = await venue.examine()
        except TimeoutError:
            sentence = f"The exchange did not answer within {EXAMINED_WITHIN_S:.0f} s."
            fix = "Look at the network, and at the exchange's own status page."
            rows.append(CheckRow("exchange", "fail", name, sentence, fix))
            continue
        for one in findings:
            status: Status = "ok" if one.ok else "fail" if one.stops else "warn"
            value = f"{name}, {one.code}"
            rows.append(CheckRow("exchange", status, value, one.sentence, one.fix))
    return rows


def calendars(config: Config) -> list[CheckRow]:
    """Read the calendar files. One that is of no use refuses entries; the bridge starts."""
    if not config.calendars:
        return []
    from bridge.calendars.keeper import CalendarKeeper, alarm_of
    from bridge.calendars.reading import Fault
    from bridge.calendars.text import FileReader

    keeper = CalendarKeeper(config, time.time_ns, FileReader())
    keeper.look()
    rows: list[CheckRow] = []
    for name, book in keeper.books.items():
        alarm = alarm_of(name, book, time.time_ns())
        if isinstance(book, Fault):
            rows.append(CheckRow(f"calendar {name}", "warn", book.where, book.sentence, book.fix))
        elif alarm is not None:
            sentence, fix = explain(alarm.code, alarm.value, "", alarm.where)
            rows.append(CheckRow(f"calendar {name}", "warn", alarm.value, sentence, fix))
        else:
            sentence = f"The calendar was read: {len(book.events)} events."
            rows.append(CheckRow(f"calendar {name}", "ok", book.calendar.path.name, sentence))
    return rows


def refuse_bad(config: Config) -> None:
    """Refuse to start what ``check`` fails. What the journal says is found out by opening it."""
    failed = [row for row in check(config) if row.status == "fail"]
    if failed:
        raise ended(failed)


def ended(failed: list[CheckRow]) -> Stopped:
    """Make the end of a command from the rows that failed."""
    store = any(row.name in ("store", "journal") for row in failed)
    first, more = failed[0], len(failed) - 1
    value = f"{first.name}: {first.sentence}"
    if more:
        value += f" And {more} more"
    venues = all(row.name == "exchange" for row in failed)
    code = "check_exchange_failed" if venues else "check_failed"
    end = stopped(Exit.STORE if store else Exit.CONFIG, code, value.rstrip("."))
    end.fix = f"{first.fix} {end.fix}".strip()  # a start shows no rows
    return end


def look(config: Config) -> tuple[Durability | None, list[CheckRow]]:
    """Open the journal as one who only reads, prove its end, and say what the start would find."""
    name = config.store.journal
    if config.store.kind == "memory":
        sentence = "Everything is forgotten when the bridge stops."
        return None, [CheckRow("journal", "warn", name, sentence, "Set `store.url` to keep it.")]
    try:
        opened = open_journal(config, read_only=True)
    except StoreFailure as failure:
        if failure.code == NEVER_STARTED:
            sentence = "The journal is not there yet; the first start makes it."
            return None, [CheckRow("journal", "ok", name, sentence)]
        return None, [CheckRow("journal", "fail", failure.code, failure.text)]
    except CodecError as error:
        fix = "It was written by a newer version, or it is damaged: see `bascule journal verify`."
        return None, [CheckRow("journal", "fail", name, str(error), fix)]
    try:
        return opened.store.durability(), [*_rows(opened), *_waiting(config, opened)]
    finally:
        opened.store.close()
        opened.emergency.close()


def _rows(opened: Opened) -> list[CheckRow]:
    state, head = opened.state, opened.head
    status: Status = "ok"
    sentence = f"{head.number} records, proven from the last snapshot on."
    fix = ""
    if opened.halt_code:
        status, sentence = "warn", f"The bridge would start raised ({opened.halt_code})."
        fix = "Compare all positions with the venues; then start, and resume with a reason."
    rows = [CheckRow("journal", status, state.facts.journal or opened.store.journal, sentence, fix)]
    if opened.left or opened.left_torn:
        sentence = (
            "Acts are left from a time without a store; the start puts them into the journal."
        )
        rows.append(CheckRow("emergency file", "warn", f"{len(opened.left)} records", sentence))
    for scope, row in sorted(state.halts.items()):
        sentence = f"Raised by {row.by}: {row.reason}"
        fix = f"bascule resume --scope {scope} --reason ..."
        rows.append(CheckRow("halt", "warn", scope, sentence, fix))
    return rows


def _waiting(config: Config, opened: Opened) -> list[CheckRow]:
    """Say which limits of the file a start would not put in force by itself."""
    facts = opened.state.facts
    changes = would_wait(facts, config.setup, config.setup_hash)
    fix = 'After the start: bascule limit accept --reason "..." --yes; or take it back in the file.'
    return [
        CheckRow("limit", "warn", f"{change.scope} {change.name}", f"It waits: {change}.", fix)
        for change in changes
    ]
