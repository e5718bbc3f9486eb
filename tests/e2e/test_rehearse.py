"""The rehearsal as a newcomer runs it: no network, no file, every failure named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from bridge.rehearsal.programme import SCENES
from tests.e2e.commands import ROOT, Done, bascule, place

pytestmark = pytest.mark.e2e

GUARD: Final = '''\
"""Ends the process at the first socket, and at the first file that is opened to be written."""

import os
import sys

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MAKES = {"os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.chmod", "os.rmdir"}


def watch(event, of):
    if event.startswith("socket.") or event in MAKES or event == "subprocess.Popen":
        os.write(2, f"forbidden: {event} {of!r}\\n".encode())
        os._exit(99)
    if event == "open" and of[2] & WRITES and of[0] != os.devnull:
        os.write(2, f"forbidden: open {of!r}\\n".encode())
        os._exit(99)
    if event == "open" and DATA in str(of[0]):
        os.write(2, f"forbidden: read {of!r}\\n".encode())
        os._exit(99)


DATA = os.environ["REHEARSAL_DATA"]
sys.addaudithook(watch)
'''


def guarded(folder: Path, *words: object) -> Done:
    """Run a command in a process that ends at the first socket and the first written file."""
    guard = folder / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    env = {
        "PYTHONPATH": os.pathsep.join([str(guard), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "REHEARSAL_DATA": str(folder / "bridge" / "data"),
    }
    return bascule(*words, env=env)


def test_a_fresh_configuration_is_rehearsed_without_touching_anything(tmp_path: Path) -> None:
    """Eight failures, all handled; no socket is made, no file is written, none of the data read."""
    where = place(tmp_path / "bridge")
    data = tmp_path / "bridge" / "data"
    (data / "journal.db").write_bytes(b"never opened")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "bridge").rglob("*")}
    done = guarded(tmp_path, "rehearse", "-c", where.file)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "bridge").rglob("*")}

    assert 0 == done.code, done.err
    assert "" == done.err
    assert [] == [scene.title for scene in SCENES if f"{scene.title}: ok" not in done.out]
    assert before == after
    assert [] == [secret for secret in where.secrets if secret in done.out]


def test_the_guard_guards(tmp_path: Path) -> None:
    """The same guard ends a command that does need a socket."""
    where = place(tmp_path / "bridge")
    done = guarded(tmp_path, "halt", "-c", where.file)

    assert 99 == done.code
    assert "forbidden: " in done.err


def test_json_and_a_choice_of_scenes_the_same_in_every_process(tmp_path: Path) -> None:
    """One object; hash seeds of Python and earlier runs change nothing in it."""
    where = place(tmp_path / "bridge")
    words = ("rehearse", "--only", "duplicate", "--only", "crash", "--seed", 7, "--json")
    one = where.run(*words, env={"PYTHONHASHSEED": "1"})
    two = where.run(*words, env={"PYTHONHASHSEED": "2"})

    assert 0 == one.code, one.err
    assert one.out == two.out
    assert ["duplicate", "crash"] == [
        scene["scene"] for scene in one.json["rehearsals"][0]["scenes"]
    ]


def test_a_wrong_name_is_a_matter_of_usage(tmp_path: Path) -> None:
    """The names that there are are listed."""
    where = place(tmp_path / "bridge")
    done = where.run("rehearse", "--only", "flood")

    assert 2 == done.code
    assert "fills, disconnect, maintenance, duplicate, rules, switch, slippage, crash" in done.err
