"""The screen: columns for people, one object for programs, and nothing that a terminal obeys."""

from __future__ import annotations

import io
import json

from bridge.cli.screen import Screen

HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/bold] \u202e"


class Terminal(io.StringIO):
    """A stream that people look at."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_columns_are_aligned_when_piped() -> None:
    """Piped output is plain text in columns, without trailing blanks and colours."""
    out = io.StringIO()

    Screen(out=out).table(("NAME", "STATE"), [("a", "filled"), ("longer", "held")], indent=2)

    assert ["  NAME    STATE", "  a       filled", "  longer  held"] == out.getvalue().splitlines()


def test_hostile_text_is_shown_when_piped() -> None:
    """An escape sequence in a comment comes out as visible characters, in one line."""
    out = io.StringIO()

    Screen(out=out).line(HOSTILE + "\nnext")

    assert "\\x1b[31mred\\x1b[0m [bold]x[/bold] \\u202e\\nnext\n" == out.getvalue()


def test_hostile_text_is_shown_on_a_terminal() -> None:
    """The only escape sequences on a terminal are our own colours; markup is text."""
    out = Terminal()
    screen = Screen(out=out)

    screen.parts((HOSTILE, ""), ("ours", "good"))
    screen.table(("A", "B"), [(HOSTILE, "refused")])

    assert "\\x1b[31mred" in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue()
    assert "\x1b[31mred" not in out.getvalue()


def test_a_program_gets_one_line_of_ascii() -> None:
    """JSON is one line, whatever is in it."""
    out = io.StringIO()

    Screen(as_json=True, out=out).give({"comment": HOSTILE + "\n\x7f\x9b"})

    assert out.getvalue().count("\n") == 1
    assert out.getvalue().strip().isprintable()
    assert {"comment": HOSTILE + "\n\x7f\x9b"} == json.loads(out.getvalue())
