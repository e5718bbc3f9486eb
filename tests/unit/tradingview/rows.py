"""Rows of the facts, each tried in every dialect where it can occur: golden alerts by the dozen.

``rows.toml`` has, for each dialect, a good message with slots (``<size>``), the terms of its route,
its own words, and codes that it tells otherwise (``told``); and for each row of the facts one
change to a slot or to the whole message:

``slot``, ``value``  what stands in the slot instead; in JSON within the quotes that are there
``bare``             the same without the quotes; JSON dialects only
``add``              put at the beginning of the JSON object
``before``, ``after`` text round the message; ``old``, ``new`` a piece of it that is replaced
``body``             another message altogether
``kind``             ``json`` or ``text``: only those dialects
``not_in``           dialects in which the row cannot occur, or is a golden alert of its own
``code``             the refusal; a table ``codes`` has those of dialects that tell it otherwise
``reads``            or else the fields of the signal that it is about, with their values
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from bridge.config.mappings import MappingSection, mapping_findings, mapping_of

PAGE: Final = Path(__file__).with_name("rows.toml")

GOOD: Final = {
    "symbol": "BTCUSDT",
    "action": "buy",
    "size": "2",
    "price": "100",
    "stop": "90",
    "time": "2026-01-20T14:30:00Z",
    "comment": "Long",
}
"""What stands in the slots of a good message."""


@dataclass(frozen=True)
class Try:
    """One row in one dialect."""

    dialect: str
    name: str
    body: str
    terms: dict[str, Any]
    code: str
    reads: dict[str, Any]


def tries() -> list[Try]:
    """Make every row of every dialect."""
    page = tomllib.loads(PAGE.read_text("utf-8"))
    return [
        one
        for row in page["row"]
        for name, dialect in page["dialects"].items()
        if (one := _try(name, dialect, row)) is not None
    ]


def mappings() -> dict[str, Any]:
    """Make the mappings of the page."""
    page = tomllib.loads(PAGE.read_text("utf-8"), parse_float=Decimal)
    sections = {name: MappingSection.model_validate(one) for name, one in page["mappings"].items()}
    assert not list(mapping_findings(sections))
    return {name: mapping_of(name, one) for name, one in sections.items()}


def _try(name: str, dialect: dict[str, Any], row: dict[str, Any]) -> Try | None:
    body, slot, code = dialect["body"], row.get("slot", ""), row.get("code", "")
    kind = "json" if body.startswith("{") else "text"
    only = "json" if {"bare", "add"} & row.keys() else row.get("kind", kind)
    place = f'"<{slot}>"' if "bare" in row else f"<{slot}>"
    if only != kind or name in row.get("not_in", ()) or (slot and place not in body):
        return None
    if "bare" in row:
        body = body.replace(place, row["bare"])
    elif slot:
        said = row["value"]
        body = body.replace(place, dialect.get("words", {}).get(said, said))
    for one, good in GOOD.items():
        body = body.replace(f"<{one}>", dialect.get("words", {}).get(good, good))
    body = body.replace("{", "{" + row["add"], 1) if "add" in row else body
    body = body.replace(row["old"], row["new"]) if "old" in row else body
    body = row.get("body", row.get("before", "") + body + row.get("after", ""))
    return Try(
        dialect=name,
        name=row["name"],
        body=body,
        terms={"strategy": "demo"} | dialect.get("terms", {}),
        code=row.get("codes", {}).get(name, dialect.get("told", {}).get(code, code)),
        reads=row.get("reads", {}),
    )
