"""The screen: where a command's words go, in colour for people, plain when piped, JSON when asked.

Rules of this file
1. Every text is made harmless here, whoever wrote it.
2. Colour never carries meaning alone: the word is there too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TextIO

from bridge.printable import json_text, printable

GAP: Final = "  "
"""Between two columns."""

TONES: Final[Mapping[str, str]] = {
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "quiet": "dim",
    "strong": "bold",
}
"""What a text means -> how it looks on a terminal."""

STATE_TONES: Final[Mapping[str, str]] = {
    "ok": "good",
    "admitted": "good",
    "filled": "good",
    "pass": "good",
    "passed": "good",
    "warn": "warn",
    "attention": "warn",
    "held": "warn",
    "hold": "warn",
    "unknown": "warn",
    "fail": "bad",
    "failed": "bad",
    "refused": "bad",
    "refuse": "bad",
    "rejected": "bad",
}
"""Words of state that are coloured wherever they stand alone in a column."""


class Screen:
    """One command's output."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out if out is not None else sys.stdout
        self._console: Any = None
        if not as_json and self._out.isatty():
            from rich.console import Console  # people wait; programs need not

            self._console = Console(file=self._out, highlight=False, markup=False, emoji=False)

    def give(self, value: Any) -> None:
        """Print one JSON value on a line of its own."""
        self._out.write(json_text(value) + "\n")
        self._out.flush()

    def line(self, text: str = "", tone: str = "") -> None:
        """Print one line."""
        self.parts((text, tone))

    def parts(self, *parts: tuple[str, str]) -> None:
        """Print one line of several texts, each with its tone."""
        clean = [(printable(text), TONES.get(tone, "")) for text, tone in parts]
        if self._console is None:
            self._out.write("".join(text for text, _ in clean).rstrip() + "\n")
            self._out.flush()
            return
        from rich.text import Text

        self._console.print(Text.assemble(*clean), soft_wrap=True)

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[str]], *, indent: int = 0
    ) -> None:
        """Print rows under their heads, in columns."""
        listed = [[printable(cell) for cell in row] for row in rows]
        every = [list(heads), *listed] if any(heads) else listed
        widths = [max(len(cell) for cell in column) for column in zip(*every, strict=True)]
        for number, row in enumerate(every):
            head = number == 0 and any(heads)
            cells = [
                (cell if last else cell.ljust(width) + GAP, _tone(cell, head))
                for cell, width, last in _columns(row, widths)
            ]
            self.parts((" " * indent, ""), *cells)


def _columns(row: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[str, int, bool]]:
    end = len(widths) - 1
    return ((row[place], widths[place], place == end) for place in range(len(widths)))


def _tone(cell: str, head: bool) -> str:
    return "quiet" if head else STATE_TONES.get(cell, "")
