"""The way of a symbol in words: each step with the table or rule that made it.

Rules of this file
1. Everything comes from the rows of the API; nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.cli.screen import Screen

Row = Mapping[str, Any]


def way_text(row: Row) -> str:
    """Write a way in one line: ``FX:EURUSD -> EURUSD (rule strip_exchange)``."""
    return " -> ".join(
        step["to"] + (f" ({step['by']})" if step["by"] else "") for step in row["chain"]
    )


def asked_text(row: Row) -> str:
    """Say which rules were asked about a symbol that stands in no table as it is."""
    return f"rules asked: {', '.join(row['tried']) or 'none is confirmed'}"


def candidate_text(row: Row) -> str:
    """Say to what rules would lead, and whether they are confirmed."""
    rules = ", then ".join(row["rules"])
    sure = "" if row["confirmed"] else ", not confirmed"
    return f"{row['to']}, written {row['written']}, by {rules}{sure}"


def tell_way(screen: Screen, row: Row, *, indent: int) -> None:
    """Tell the way of a symbol, or what was tried."""
    space = " " * indent
    if row["chain"]:
        screen.parts((f"{space}symbol  ", "quiet"), (way_text(row), ""))
    else:
        screen.parts(
            (f"{space}symbol  ", "quiet"),
            (f"{row['symbol']} leads to no instrument; {asked_text(row)}", "warn"),
        )
    for one in row["candidates"]:
        screen.line(f"{space}  could be {candidate_text(one)}", "warn")
    if row.get("by_now"):
        screen.line(f"{space}  (by the file of now: that of then is not known)", "quiet")
