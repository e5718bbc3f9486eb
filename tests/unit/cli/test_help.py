"""The help says what there is, and says it at once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import typer

from bridge.cli import app as commands
from bridge.cli.main import HELP
from bridge.config.starter import PORT
from bridge.exits import Exit

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

ALLOWED: Final = frozenset({"bridge", "cli", "contextlib", "importlib", "typing"})
"""Beside what Python loads for itself, nothing."""


def names() -> set[str]:
    """Name every command as it is typed."""
    found = {command.name or "" for command in commands.app.registered_commands}
    for group in commands.app.registered_groups:
        assert isinstance(group.typer_instance, typer.Typer)
        listed = group.typer_instance.registered_commands
        found |= {f"{group.name} {command.name}" for command in listed}
    return found


def test_the_help_names_every_command_and_no_other() -> None:
    """The text that is printed at once is that of the commands there are."""
    named = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?: [A-Z]+)?  +\S", HELP, re.MULTILINE)

    assert names() == set(named)
    assert len(named) == len(set(named))


def test_the_page_documents_every_command() -> None:
    """Each command has its section, with its exit codes."""
    sections = re.findall(
        r"^### `bascule ([a-z]+(?: [a-z]+)?)\b.*?(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    texts = re.findall(r"^### `bascule .*?(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)

    assert names() == set(sections)
    assert all("Exit codes:" in text for text in texts)


def test_the_page_documents_every_exit_code() -> None:
    """The table of exit codes is the one of the program."""
    table = re.findall(r"^\| (\d+) \| `([A-Z]+)` \|", PAGE, re.MULTILINE)

    assert [(str(code.value), code.name) for code in Exit] == table


def test_the_default_port_is_the_one_of_init() -> None:
    """The port that the help shows is the one that is written."""
    assert commands.PORT == PORT


def test_asking_for_help_loads_nothing() -> None:
    """`bascule --help` is answered by Python alone: no module of ours but the entry, no library."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "sys.argv = ['bascule', '--help']\n"
        "from bridge.cli.main import main\n"
        "main()\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
    )
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())

    libraries = {name for name in loaded if name not in sys.stdlib_module_names}
    assert {"bridge"} == libraries
    assert done.stdout.startswith("Usage: bascule")
