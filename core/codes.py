"""The form of every code: one stable name, one sentence, one fix.

Rules of this file
1. A code is never renamed and never used for something else: users search for it, and scripts match
   it.
2. A sentence says what happened with its value and limit; a fix says what the reader does next.
3. Each area keeps its own table (``CODES`` in its module); ``bridge.codes`` joins them for the
   reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the reference.

    ``sentence`` and ``fix`` may name ``{value}``, ``{limit}`` and ``{where}``.
    ``retryable``: the same message, sent again later, may pass.
    ``status``: the HTTP status of the hook's answer when the whole message ends so; 200 when it was
    read and judged. ``critical``: an alarm of an open position that nobody guards or reaches.
    """

    code: str
    sentence: str
    fix: str
    retryable: bool = False
    status: int = 200
    critical: bool = False


TEXT_MAX: Final = 200
"""Characters of a value shown inside a sentence: enough to recognise it, too few to flood a
page."""


_PLACE: Final = re.compile(r"\{(value|limit|where)\}")


def table(*rows: Code) -> dict[str, Code]:
    """Make the table of an area. A code that stands twice is a defect."""
    made = {row.code: row for row in rows}
    assert len(made) == len(rows), "a code stands twice in one table"
    return made


_FACT: Final = re.compile(r"\{(value|limit|where)\}")


def fill(text: str, value: str, limit: str, where: str) -> str:
    """Put the facts of a case into a sentence or a fix. Braces inside a fact stay as they are."""
    facts = {"value": value, "limit": limit, "where": where}

    def fact(found: re.Match[str]) -> str:
        said = facts[found[1]]
        return said if len(said) <= TEXT_MAX else said[:TEXT_MAX] + "…"

    return _FACT.sub(fact, text)
