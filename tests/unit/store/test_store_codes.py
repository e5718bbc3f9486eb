"""Every failure of the store has its row in the reference."""

from __future__ import annotations

import ast
from pathlib import Path

import core.store.codes
from core.store.codes import CODES, failure
from core.store.mark import Verdict
from core.store.port import StoreFenced

FOLDER = Path(core.store.codes.__file__).parent
AREAS = ("store_", "journal_", "mark_", "emergency_")


def _used() -> set[str]:
    """Collect the words in the sources that look like a code and stand where one is raised."""
    used: set[str] = set()
    for path in FOLDER.glob("*.py"):
        if path.name == "codes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if text.startswith(AREAS) and text.isidentifier():
                    used.add(text)
    return used


def test_every_code_is_in_the_table_and_used() -> None:
    """No failure without a sentence and a fix, and no sentence that nothing says."""
    assert set(CODES) == _used()


def test_the_verdicts_of_the_mark_are_codes() -> None:
    """A comparison that is not fine can be told with its sentence."""
    fine = {Verdict.FRESH, Verdict.FINE, Verdict.UNMARKED}

    assert set(Verdict) - fine <= set(CODES)


def test_a_failure_speaks_in_its_rows_words() -> None:
    """The text holds the facts and the fix."""
    raised = failure(StoreFenced, "store_fenced", where="journal.db", value=4, limit=3)

    assert "journal.db: its epoch is 4, ours was 3." in raised.text
    assert "Only one bridge may write" in raised.text
    assert str(raised).startswith("store_fenced: ")
