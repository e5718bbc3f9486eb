"""Golden alerts: one file a dialect in ``golden/``, and what each of its alerts is read as.

A file says ``dialect``, perhaps has ``[mappings.NAME]`` as a configuration, and holds tables
``[[alert]]``:

``name``      what is shown, in a few words
``body``      the message, byte for byte (a line end after the opening quotes is not part of it)
``terms``     optional: the table ``[routes.NAME.reading]`` of its route
``strategies`` optional: the strategies of its route
``[alert.signal]`` every field that the signal has, and no other: what stands not here is not there.
              Names and forms are those of ``core.signals.Signal``, as the journal writes them;
              ``time = "2026-01-20T14:30:00Z"`` stands for ``time_ns``.
``[[alert.signals]]`` the same for a batch, in its order
``[alert.refused]`` ``code``, and as much of ``field``, ``value``, ``limit`` as matters
``token``, ``ignored``, ``repaired`` optional: what the reading has beside it
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.tradingview.mapped import Mapping as Mapped
from adapters.tradingview.terms import Terms
from adapters.tradingview.times import instant
from bridge.config.mappings import MappingSection, mapping_findings, mapping_of
from bridge.config.reading import ReadingSection, terms_of

FOLDER: Final = Path(__file__).with_name("golden")

_KEYS: Final = {
    *("name", "body", "terms", "strategies", "signal", "signals", "refused"),
    *("token", "ignored", "repaired"),
}


@dataclass(frozen=True)
class Golden:
    """One alert of a file. ``expected``: its signals; empty when it is refused."""

    dialect: str
    name: str
    body: bytes
    terms: Terms
    expected: tuple[dict[str, Any], ...]
    refused: dict[str, str]
    beside: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name it in the list of tests."""
        return f"{self.dialect}: {self.name}"


def goldens() -> list[Golden]:
    """Read every file."""
    made: list[Golden] = []
    for path in sorted(FOLDER.glob("*.toml")):
        page = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        sections = {
            name: MappingSection.model_validate(one)
            for name, one in page.get("mappings", {}).items()
        }
        assert not list(mapping_findings(sections)), path.name
        mappings = {name: mapping_of(name, one) for name, one in sections.items()}
        made += [_golden(page["dialect"], row, mappings) for row in page["alert"]]
    return made


def _golden(dialect: str, row: dict[str, Any], mappings: Mapping[str, Mapped]) -> Golden:
    unknown = set(row) - _KEYS
    assert not unknown, f"{dialect}: {row['name']}: {unknown} is no part of a golden alert"
    signals = row.get("signals", [row["signal"]] if "signal" in row else [])
    refused = row.get("refused", {})
    assert bool(signals) != bool(refused), f"{row['name']}: either signals, or a refusal"
    section = ReadingSection.model_validate(row.get("terms", {}))
    return Golden(
        dialect=dialect,
        name=row["name"],
        body=row["body"].encode(),
        terms=terms_of(section, tuple(row.get("strategies", ())), mappings),
        expected=tuple(_timed(one) for one in signals),
        refused=refused,
        beside={name: row[name] for name in ("token", "ignored", "repaired") if name in row},
    )


def _timed(signal: dict[str, Any]) -> dict[str, Any]:
    time = signal.pop("time", None)
    return signal if time is None else signal | {"time_ns": instant("time", time, "")}
