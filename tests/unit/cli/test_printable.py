"""What others wrote reaches a terminal as text only."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bridge.printable import json_text, printable, printable_lines


def test_plain_text_stays_as_it_is() -> None:
    """Letters of any language and signs that can be seen are not touched."""
    text = "Größe 3 · ビットコイン — 50 % ✓"

    assert text == printable(text)


def test_escape_sequences_become_visible() -> None:
    """A comment that would clear the screen or recolour it is shown instead."""
    hostile = "\x1b[2Jhello\x07\r\nworld\x9b31m\x7f"

    assert r"\x1b[2Jhello\x07\r\nworld\x9b31m\x7f" == printable(hostile)


def test_direction_and_invisible_characters_become_visible() -> None:
    """A text cannot show its end before its beginning, nor hide a part of itself."""
    hostile = "buy\u202esell\u200b\u2066"

    assert r"buy\u202esell\u200b\u2066" == printable(hostile)


def test_lines_stay_lines_where_lines_are_meant() -> None:
    """A traceback keeps its lines, and nothing else that moves the cursor."""
    assert "one\n    two\\x1b" == printable_lines("one\n\ttwo\x1b")


@given(st.text())
def test_nothing_unprintable_passes(text: str) -> None:
    """Whatever is written, no character of the result is one that a terminal obeys."""
    shown = printable(text)

    assert shown.isprintable()


@given(st.dictionaries(st.text(), st.text()))
def test_json_is_ascii_on_one_line_and_says_the_same(value: dict[str, str]) -> None:
    """JSON output is one line of visible ASCII, and reads back to what went in."""
    line = json_text(value)

    assert line.isascii() and line.isprintable()
    assert value == json.loads(line)
