"""One line of the check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the check. ``fix`` is a command or an instruction, empty when there is nothing to
    do. ``code``: its row in the reference, where it has one.
    """

    name: str
    status: Status
    value: str
    sentence: str
    fix: str = ""
    code: str = ""
