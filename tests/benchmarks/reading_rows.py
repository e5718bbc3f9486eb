"""Rows of reading: how long each dialect needs for the worst text of 1 to 64 KiB."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from adapters.tradingview import DIALECTS, Terms, redact
from bridge.config.mappings import MappingSection, mapping_of
from core.levels import LevelUnit
from core.signals import QuantityUnit
from tests.benchmarks.figures import Row

SIZES: Final = (1, 4, 16, 64)
"""KiB of a message; the door lets through 64."""

TURNS: Final = 3
"""The quickest counts: whatever else the machine does only makes it slower."""

SHAPES: Final = (
    '{"strategy": "demo", "symbol": "BTCUSDT", "action": "buy", "comment": "%s"}',
    '{"strategy": "demo", "symbol": "%s',
    "strategy=demo,symbol=BTCUSDT,action=buy,comment=%s",
    "60123456789,buy,EURUSD,%s",
    "%s",
)
PIECES: Final = (
    *("x", '"', "{", "[", ",", ";", "=", " ", "\n", "\\n", "\\", "1,", "a=b ", "a=b;", "a:b,"),
    *("{{", "{{x", "%a", "“", "”", "token", '"key":"', '"a":1,', "[[", "NaN", "1.", "//", "key="),
)
"""What a message is filled with. Some of it is meant to be looked at again and again."""

LINE: Final = MappingSection.model_validate(
    {
        "pattern": r"(?P<side>BUY|SELL) (?P<symbol>\S++)(?: (?P<size>[^ ]++))?",
        "sample": "BUY A 1",
        "expected": {"symbol": "A", "action": "buy", "quantity": 1},
        "fields": {
            "symbol": {"path": "symbol"},
            "action": {"path": "side", "values": {"BUY": "buy", "SELL": "sell"}},
            "quantity": {"path": "size", "optional": True},
        },
    }
)

TERMS: Final = Terms(
    strategy="demo",
    quantity_unit=QuantityUnit.UNITS,
    risk_unit=QuantityUnit.UNITS,
    target_unit=LevelUnit.PIPS,
    pending_unit=LevelUnit.PRICE,
    sides="both",
    repair=frozenset(["trailing_comma", "smart_quotes", "bom"]),
    mapping=mapping_of("line", LINE),
)


def reading() -> list[Row]:
    """Time every dialect on every shape and piece, at each size."""
    rows = [
        _row(name, lambda body, read=row.read: read(body, TERMS)) for name, row in DIALECTS.items()
    ]
    return [*rows, _row("redaction", redact)]


def _row(name: str, read: Callable[[bytes], object]) -> Row:
    times = [max(_quickest(read, body) for body in _bodies(kib * 1024)) for kib in SIZES]
    detail = ", ".join(f"{kib} KiB {ms:.2f} ms" for kib, ms in zip(SIZES, times, strict=True))
    growth = times[-1] / max(times[-2], 0.001)
    detail += f"; the last four times as long take {growth:.1f} times as long"
    return Row(f"reading 64 KiB, {name}, worst text", times[-1], "ms", 100, 40, detail=detail)


def _bodies(size: int) -> list[bytes]:
    made: list[bytes] = []
    for shape in SHAPES:
        for piece in PIECES:
            room = (size - len(shape.encode())) // len(piece.encode())
            made.append((shape % (piece * max(room, 1))).encode()[:size])
    return made


def _quickest(read: Callable[[bytes], object], body: bytes) -> float:
    best = float("inf")
    for _ in range(TURNS):
        start = time.perf_counter()
        read(body)
        best = min(best, time.perf_counter() - start)
    return best * 1000
