"""A bridge as a process of its own, started, killed and stopped by the demo.

Rules of this file
1. Every wait has an end; when it is over, the last words of the process are told, without secrets.
2. The process has a group of its own: Ctrl-C reaches us alone, and we stop it in order.
3. Nothing here needs a signal that Windows lacks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from bridge.cli.stopped import Stopped, stopped
from bridge.client import Client
from bridge.config import Config
from bridge.exits import Exit
from bridge.logs import LEVEL_VARIABLE, Redaction
from core.store.files import open_private

MODULE: Final = "bridge.cli.__main__"
"""The command, run by the very Python that runs us."""

READY_WITHIN_S: Final = 30.0
"""From start to ready: one second here, and a slow machine's imports take several."""

STOP_WITHIN_S: Final = 15.0
"""An orderly stop takes 2 s for open pages and up to 10 s for a slow store."""

ASK_EVERY_S: Final = 0.05
"""Pause between two looks: short beside everything that is waited for."""

TAIL_LINES: Final = 20
"""Last words that are shown: the reason of an end stands in the last few lines."""


class Child:
    """The process of one bridge. ``starts`` counts how often it was started."""

    def __init__(self, config: Config, client: Client, log: Path) -> None:
        self.starts = 0
        self._config = config
        self._client = client
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and wait until it is ready; return the seconds. Errors: ``Stopped``."""
        begun = time.monotonic()
        with _appended(self._log) as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE, "run", "-c", str(self._config.path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                start_new_session=os.name == "posix",
            )
        self.starts += 1
        self.wait_for(self._client.ready, "become ready", READY_WITHIN_S)
        return time.monotonic() - begun

    def wait_for(self, done: Callable[[], bool], what: str, within_s: float) -> None:
        """Wait until something is so. Errors: ``Stopped``, also when the process ends meanwhile."""
        deadline = time.monotonic() + within_s
        while not done():
            code = self.ended()
            if code is not None:
                raise self._told(stopped(Exit.FAILED, "demo_ended", str(code)))
            if time.monotonic() > deadline:
                raise self._told(stopped(Exit.FAILED, "demo_silent", what, f"{within_s:.0f} s"))
            time.sleep(ASK_EVERY_S)

    def ended(self) -> int | None:
        """Return the exit code of a process that ended by itself."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """End it as a power cut does: without a word."""
        assert self._process is not None, "only what was started is killed"
        self._process.kill()
        self._process.wait(STOP_WITHIN_S)

    def stop(self) -> int | None:
        """End it in order, or by force when it does not listen; return its exit code."""
        process = self._process
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_WITHIN_S)
        finally:
            if process.poll() is None:  # somebody is in a hurry: Ctrl-C a second time
                process.kill()
        return process.returncode

    def _told(self, end: Stopped) -> Stopped:
        redaction = Redaction(self._config.secrets())
        with self._log.open(encoding="utf-8", errors="replace") as file:
            lines = deque(file, maxlen=TAIL_LINES)
        end.lines = tuple(redaction.text(line.rstrip("\n")) for line in lines)
        return end


def _appended(path: Path) -> IO[bytes]:
    return os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")


def environment() -> dict[str, str]:
    """Return our own environment without what would overrule the demo's configuration."""
    kept = {LEVEL_VARIABLE}
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BASCULE_") or name in kept
    }
    return {**ours, "PYTHONUNBUFFERED": "1"}
