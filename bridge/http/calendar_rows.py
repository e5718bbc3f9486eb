"""Calendars as rows: when each instrument trades, who has to be flat when, how far the files reach.
The same for API, page and command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bridge.calendars.keeper import CalendarKeeper
from bridge.calendars.reading import Fault
from bridge.http.rows import Row, explained, times
from core.schedule_rows import ALWAYS_NS, FlatRow, Interval, ScheduleRow
from core.schedules import CALENDAR_STALE, flats_ahead, hours_by, left_text
from core.setup import Account, Setup

SHOWN: Final = 5
"""Sessions, and news, of one instrument that a list shows: this one and the next days."""


@dataclass(frozen=True, slots=True)
class Times:
    """What the rows are made of, copied."""

    setup: Setup
    schedules: Mapping[str, ScheduleRow]
    flats: Mapping[tuple[str, str], FlatRow]


def calendar_rows(seen: Times, keeper: CalendarKeeper, now: int) -> Row:
    """Write every instrument that has a calendar, and every calendar file."""
    instruments = seen.setup.instruments.values()
    return {
        "instruments": [_instrument(seen, one.name, now) for one in instruments if one.scheduled],
        "calendars": calendar_files(keeper),
        **times(now_ns=now),
    }


def _instrument(seen: Times, name: str, now: int) -> Row:
    row = seen.schedules.get(name)
    code, until_ns = hours_by(row, now)
    known = row or ScheduleRow(instrument=name)
    value = known.fault if row is not None else "none yet"
    stale = code == CALENDAR_STALE
    return {
        "instrument": name,
        "open": not code,
        **explained(
            code,
            value=value or "it has ended" if stale else left_text(until_ns, now),
            limit=known.where if stale else name,
            where=f"instrument:{name}",
        ),
        "always": known.sessions_ns == ((0, ALWAYS_NS),),
        "sessions": _listed(known.sessions_ns, now, known.weekends_ns),
        "news": _listed(known.news_ns, now),
        "flats": [
            flat
            for account in seen.setup.accounts.values()
            if account.is_flat_before
            for flat in _flats(account, known, seen.flats, now)
        ],
        **times(until_ns=_known(until_ns), valid_until_ns=known.valid_until_ns),
    }


def _known(at_ns: int) -> int:
    """Return a time, or zero for one that never comes."""
    return at_ns if at_ns < ALWAYS_NS else 0


def _listed(found: Iterable[Interval], now: int, weekends: Iterable[int] = ()) -> list[Row]:
    ahead = islice((one for one in found if now < one[1]), SHOWN)
    last = set(weekends)
    return [
        {
            **times(begin_ns=begin_ns, end_ns=_known(end_ns)),
            "now": begin_ns <= now,
            "weekend_follows": end_ns in last,
        }
        for begin_ns, end_ns in ahead
    ]


def _flats(
    account: Account, row: ScheduleRow, kept: Mapping[tuple[str, str], FlatRow], now: int
) -> list[Row]:
    """Write when an account has to be flat next, and what was done for it."""
    listed: list[Row] = []
    done = kept.get((account.name, row.instrument))
    for flat in flats_ahead(account, row, now)[:SHOWN]:
        known = done if done is not None and done.until_ns == flat.until_ns else None
        listed.append(
            {
                "account": account.name,
                "before": flat.kind,
                "next": not any(one["before"] == flat.kind for one in listed),
                "now": flat.from_ns <= now,
                "act": known.act if known is not None else "",
                "missed": known is not None and known.missed,
                **times(from_ns=flat.from_ns, until_ns=flat.until_ns, over_ns=_known(flat.over_ns)),
            }
        )
    return listed


def calendar_files(keeper: CalendarKeeper) -> list[Row]:
    """Write how far each file reaches, or what is wrong with it."""
    listed: list[Row] = []
    for name, calendar in keeper.config.calendars.items():
        book = keeper.books.get(name)
        fault = book if isinstance(book, Fault) else None
        read = None if book is None or isinstance(book, Fault) else book
        listed.append(
            {
                "calendar": name,
                "file": calendar.path.name,
                "kind": calendar.kind,
                "events": len(read.events) if read is not None else None,
                "code": fault.code if fault is not None else "",
                "sentence": fault.sentence if fault is not None else "",
                "fix": fault.fix if fault is not None else "",
                "hash": read.hash if read is not None else "",
                **times(covers_until_ns=_known(read.until_ns) if read is not None else 0),
            }
        )
    return listed
