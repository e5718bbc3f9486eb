"""``bascule pnl`` and ``bascule export``: profit and loss, and every line that it is made of.

Rules of this file
1. Both read the journal and write nothing to it, and both count the same lines
   (``bridge.earnings``).
2. A file holds text as text: what a spreadsheet would take for a formula gets an apostrophe ahead,
   and what nobody sees is shown as an escape.
3. An amount that is not known is the word ``pending``, never a number.
"""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from bridge.cli import offline
from bridge.cli.proving import named, new_file, reading
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.cli.watching import answered, not_running
from bridge.config import Config
from bridge.earnings import lines_of
from bridge.exits import Exit
from bridge.http.pnl_rows import line_row
from bridge.logs import Redaction
from bridge.printable import json_text, printable
from core.codec import CodecError
from core.store import chain

Row = dict[str, Any]

COLUMNS: Final = (
    "number", "kind", "utc", "local", "zone", "account", "strategy", "instrument", "side",
    "quantity", "price", "amount", "currency", "rate", "status", "order", "execution", "by", "text",
)  # fmt: skip
"""Columns of the file, in this order; a test holds them equal to those of a row."""

TEXTS: Final = frozenset({"account", "strategy", "instrument", "execution", "by", "text", "zone"})
"""Columns with words of others."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula."""

FORMATS: Final = ("csv", "json")


def pnl(screen: Screen, path: Path, year: int | None) -> None:
    """Tell profit and loss, and what orders cost."""
    config = configuration(path)
    query: dict[str, str | int] = {} if year is None else {"year": f"{year:04d}"}
    row = answered(config, "/pnl", query, lambda: offline.pnl(config, year))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    if not row["complete"]:
        screen.line(f"These sums go up to record {row['number']}; ask again in a moment.", "warn")
    _accounts(screen, row)
    _strategies(screen, row)
    _quality(screen, row)


def _fees(row: Row) -> str:
    pending = f" ({row['pending_fees']} pending)" if row["pending_fees"] else ""
    return f"{row['fees']}{pending}"


def _accounts(screen: Screen, row: Row) -> None:
    screen.line(f"Profit and loss, {row['year'] or 'since the journal began'}", "strong")
    heads = ("ACCOUNT", "NET", "REALIZED", "FEES", "FUNDING", "TRANSFERS", "UNEXPLAINED")
    cells = [
        (
            one["account"],
            f"{one['net']} {one['currency']}",
            one["realized"],
            _fees(one),
            one["funding"],
            one["transfers"],
            one["unexplained"],
        )
        for one in row["accounts"]
    ]
    if not cells:
        screen.line("  Nothing was filled or booked.")
        return
    screen.table(heads, cells, indent=2)


def _strategies(screen: Screen, row: Row) -> None:
    heads = ("STRATEGY", "INSTRUMENT", "ACCOUNT", "FILLS", "NET", "REALIZED", "FEES")
    cells = [
        (
            one["strategy"] or "(nobody of ours)",
            one["instrument"] or "(cash)",
            one["account"],
            str(one["fills"]),
            f"{one['net']} {one['currency']}",
            one["realized"],
            _fees(one),
        )
        for one in row["strategies"]
    ]
    if cells:
        screen.line()
        screen.table(heads, cells, indent=2)


def _quality(screen: Screen, row: Row) -> None:
    heads = ("STRATEGY", "VENUE", "ORDERS", "SLIPPAGE", "TESTED WITH", "SCORE", "FEE")
    cells = [
        (
            one["strategy"],
            one["venue"],
            str(one["orders"]),
            f"{one['slippage_ticks']} ticks, {one['slippage_bps']} bps" if one["orders"] else "?",
            f"{one['tested_slippage']} {one['tested_unit']}" if one["tested_unit"] else "not said",
            f"{one['score']} of {one['alarm_at']}" if one["score"] else "",
            f"{one['fee_bps']} bps" if one["fee_bps"] else "?",
        )
        for one in row["quality"]
    ]
    if cells:
        screen.line()
        screen.line("What orders cost (more than zero is worse)", "strong")
        screen.table(heads, cells, indent=2)


# --- the file -------------------------------------------------------------------------------------


def export(screen: Screen, path: Path, *, year: int, form: str, out: Path | None) -> None:
    """Write every line of a year."""
    if form not in FORMATS:
        raise stopped(Exit.USAGE, "format_unknown", form, ", ".join(FORMATS))
    config = configuration(path)
    rows = year_rows(config, year)
    with _target(out) as file:
        if form == "csv":
            write_csv(file, rows)
        else:
            _write_json(file, rows)
    if out is None:
        return
    if screen.as_json:
        screen.give({"file": str(out), "year": year, "lines": len(rows)})
    else:
        pending = sum(row["status"] == "pending" for row in rows)
        more = f"; {pending} fees are pending" if pending else ""
        screen.line(f"Wrote {len(rows)} lines of {year} to {out}{more}", "good")


def year_rows(config: Config, year: int) -> list[Row]:
    """Read the lines of a year from the journal, proven on the way. Errors: ``Stopped``."""
    try:
        with reading(config) as store, named():
            lines = lines_of(chain.verified_store(store), year)
    except CodecError as error:
        raise stopped(Exit.STORE, "record_unreadable", "of the journal", str(error)) from None
    hide = Redaction(config.secrets()).text
    return [
        {name: hide(value) if name in TEXTS else value for name, value in line_row(line).items()}
        for line in lines
    ]


@contextlib.contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    """Write into a new file, or to the output once all is made."""
    if out is not None:
        with new_file(out) as file:
            yield file
        return
    held = io.StringIO(newline="")
    yield held
    sys.stdout.write(held.getvalue())
    sys.stdout.flush()


def write_csv(file: IO[str], rows: list[Row]) -> None:
    """Write rows as CSV."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, row) for name in COLUMNS])


def _cell(name: str, row: Row) -> str:
    value = row[name]
    if name == "amount" and value is None:
        return "pending"
    text = "" if value is None else str(value)
    return as_text(text) if name in TEXTS else text


def as_text(text: str) -> str:
    """Make words of others harmless in a cell."""
    shown = printable(text)
    return f"'{shown}" if text.lstrip().startswith(FORMULA) or text.startswith(FORMULA) else shown


def _write_json(file: IO[str], rows: list[Row]) -> None:
    ahead = "[\n"
    for row in rows:
        file.write(f"{ahead}{json_text(row)}")
        ahead = ",\n"
    file.write("\n]\n" if rows else "[]\n")
