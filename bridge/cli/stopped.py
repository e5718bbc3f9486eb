"""How a command ends when it did not do what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.cli.codes import CODES
from bridge.exits import Exit
from core.codes import fill


class Stopped(Exception):
    """The end of a command: its exit code, a stable code, a sentence and what mends it."""

    def __init__(
        self,
        exit_code: Exit,
        code: str,
        sentence: str,
        fix: str = "",
        *,
        more: Mapping[str, Any] | None = None,
        lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        self.code = code
        self.sentence = sentence
        self.fix = fix
        self.more = dict(more or {})
        self.lines = lines

    def as_dict(self) -> dict[str, Any]:
        """Return it as the object that ``--json`` prints."""
        return {"code": self.code, "sentence": self.sentence, "fix": self.fix, **self.more}


def stopped(
    exit_code: Exit, code: str, value: str = "", limit: str = "", *, where: str = ""
) -> Stopped:
    """Make the end that the command's own table describes."""
    row = CODES[code]
    sentence, fix = (fill(text, value, limit, where) for text in (row.sentence, row.fix))
    return Stopped(exit_code, code, sentence, fix)
