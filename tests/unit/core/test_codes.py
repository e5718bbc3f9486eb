"""Every code that the core can give stands in its table, and every row of the table can happen."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from core.risk.codes import CODES
from core.transitions import TRANSITIONS, UNSOLICITED

CORE: Final = Path(__file__).resolve().parents[3] / "core"

FROM_OUTSIDE: Final = {
    "not_sent_in_time",  # the bridge's word for an order that could not leave
    "halted_before_send",  # the bridge's word for an order that a halt overtook
}
"""Codes of this table that come in with a command: ``NoteTrouble`` carries them."""


def said() -> dict[str, set[str]]:
    """Collect every text that stands where a code stands, with the files that say it.

    That is: ``code=``, the second part of a ``Declined``, the first of an ``Unsized``, the third of
    a ``Check``, what a function returns that returns codes, and words that look like one of ours.
    """
    found: dict[str, set[str]] = {}
    for file in sorted(CORE.rglob("*.py")):
        if "store" in file.parts or file.name == "codes.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for text in _texts(node):
                found.setdefault(text, set()).add(file.name)
    return found


_PLACES: Final = {
    "Declined": 1,
    "Unsized": 0,
    "Unlevelled": 0,
    "Check": 2,
    "within": 2,
    "_uncounted": 0,
    "_ended": 2,
}


def _texts(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    places = [word.value for word in node.keywords if word.arg == "code"]
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in _PLACES and len(node.args) > _PLACES[name]:
        places.append(node.args[_PLACES[name]])
    texts = [place.value for place in places if isinstance(place, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text]


def words() -> set[str]:
    """Collect every text of the core, whatever it is for."""
    texts: set[str] = set()
    for file in CORE.rglob("*.py"):
        if "store" not in file.parts and file.name != "codes.py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            texts |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return texts


def test_every_code_that_is_given_is_explained() -> None:
    """A code without a sentence and a fix would leave its reader alone."""
    alarms = {step.alarm for step in TRANSITIONS.values()} | {UNSOLICITED}
    given = {code: files for code, files in said().items() if code not in CODES}

    assert {} == given
    assert alarms - {""} <= set(CODES)


def test_every_code_that_is_explained_is_given() -> None:
    """A row that nothing can cause is a promise that nobody keeps."""
    assert set() == set(CODES) - words() - FROM_OUTSIDE


def test_every_row_says_what_happened_and_what_to_do() -> None:
    """Sentences and fixes are sentences, and name only facts that there are."""
    for row in CODES.values():
        for text in (row.sentence, row.fix):
            assert text[-1] in ".)", row.code
            assert 5 < len(text) < 240, row.code
            left = text.replace("{{", "").replace("}}", "")
            for fact in ("{value}", "{limit}", "{where}"):
                left = left.replace(fact, "")
            assert "{" not in left, row.code
