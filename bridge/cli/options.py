"""What all commands share: their options, and how each of them ends.

Rules of this file
1. A command ends here: its sentence on the error stream, or as JSON, and its exit code.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.exits import Exit

CONFIG: Final = Path("bascule.toml")
"""The configuration, unless ``-c`` or the environment names another."""

LIST_MAX: Final = 1000
"""Rows of a list at most: the API gives no more at once; older ones are in the journal."""

EXPLICIT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

ConfigOption = Annotated[
    Path,
    typer.Option(
        "-c",
        "--config",
        metavar="FILE",
        envvar="BASCULE_CONFIG",
        help="The configuration.",
        readable=False,  # what cannot be read is said by our own code, with what mends it
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it is kept in the journal.")]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=LIST_MAX, help="How many rows, newest first.")
]
ScopeOption = Annotated[str, typer.Option("--scope", help="global, account:NAME or strategy:NAME.")]

GROUP: Final[dict[str, Any]] = {
    "context_settings": EXPLICIT,
    "add_completion": False,
    "no_args_is_help": True,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}


def ends(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn the end of a command into its words and its exit code."""

    @functools.wraps(command)
    def ending(**options: Any) -> None:
        as_json = bool(options.get("as_json"))
        try:
            code = command(**options) or Exit.OK
        except Stopped as end:
            code = _say(end, as_json)
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        except BrokenPipeError:  # `bascule ... | head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = Exit.FAILED
        raise typer.Exit(int(code))

    return ending


def _say(end: Stopped, as_json: bool) -> Exit:
    if as_json:
        Screen(as_json=True).give(end.as_dict())
        return end.exit_code
    screen = Screen(out=sys.stderr)
    for line in end.lines:
        screen.line(line)
    screen.parts(("bascule: ", "quiet"), (end.sentence, "bad"))
    if end.fix:
        screen.line(f"  {end.fix}")
    return end.exit_code
