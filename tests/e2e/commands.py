"""The command as people run it: a process with its output, a bridge that runs beside the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.cli.child import Child
from bridge.cli.stage import free_ports
from bridge.cli.stopped import Stopped
from bridge.client import Client
from bridge.config import Config, load

ROOT: Final = Path(__file__).parents[2]

COMMAND_S: Final = 90
"""A command that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read its one JSON value; anything else on its output is an error."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """Return the environment without settings of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def bascule(
    *words: object,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    folder: Path | None = None,
) -> Done:
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "bridge.cli", *map(str, words)],
        cwd=folder or ROOT,
        env=environment(**(env or {})),
        input=stdin,
        capture_output=True,
        timeout=COMMAND_S,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(slots=True)
class Place:
    """A configuration in a folder of its own."""

    file: Path
    config: Config
    made: dict[str, Any]

    def run(self, *words: object, **more: Any) -> Done:
        """Run a command with this configuration."""
        return bascule(*words, "-c", self.file, **more)

    @property
    def secrets(self) -> list[str]:
        """Return every secret that was made for it."""
        return sorted(self.config.secrets())


def place(folder: Path, *, store: str | None = None, profile: str = "paper") -> Place:
    """Make a configuration with the command."""
    words = ["init", folder, "--port", free_ports(), "--profile", profile, "--json"]
    done = bascule(*words, *(["--store", store] if store else []))
    assert 0 == done.code, done.err
    config = load(folder / "bascule.toml", {})
    assert isinstance(config, Config)
    return Place(folder / "bascule.toml", config, done.json)


@contextmanager
def running(where: Place) -> Generator[Child]:
    """Run a bridge beside the test, ready; it is stopped at the end."""
    with Client(where.config) as client:
        child = Child(where.config, client, where.file.parent / "bridge.log")
        try:
            try:
                child.start()
            except Stopped as end:
                raise AssertionError("\n".join([*end.lines, end.sentence])) from None
            yield child
        finally:
            child.stop()


def fresh(**fields: str) -> list[str]:
    """Return the words of an alert that is admitted, with some fields set otherwise."""
    alert = {"strategy": "demo", "symbol": "BTCUSDT", "action": "buy", "quantity": "0.01", **fields}
    return [
        word for name, value in alert.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
