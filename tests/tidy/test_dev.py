"""dev.py ends every trouble as one sentence that says what mends it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.tidy.tree import ROOT

LOCKS = ("base", "dev", "build", "server", "browser")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with what dev.py reads, in a folder whose name is hard on shells."""
    made = tmp_path / "a {checkout} of mine"
    (made / "requirements").mkdir(parents=True)
    for name in ("dev.py", "pyproject.toml", *(f"requirements/{lock}.txt" for lock in LOCKS)):
        shutil.copy(ROOT / name, made / name)
    return made


def run_dev(checkout: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run dev.py there, offline, after a line of Python that changes the machine."""
    program = f"{before}\nimport runpy, sys\nsys.argv = {['dev.py', *words]!r}\n"
    program += f"runpy.run_path({str(checkout / 'dev.py')!r}, run_name='__main__')"
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    quiet |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)


def test_an_old_python_can_read_it() -> None:
    """Python 3.6 reads the file, so that it can say that it is too old."""
    text = (ROOT / "dev.py").read_text(encoding="utf-8")

    tree = ast.parse(text, feature_version=(3, 6))
    first = [type(node).__name__ for node in tree.body[:3]]

    assert ["Expr", "Import", "If"] == first, "the check of the version stands before all imports"


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE.",
            "cache purge",
        ),
        (
            "WARNING: NewConnectionError: Failed to establish a connection",
            "network",
        ),
        ("ERROR: Could not find a version that satisfies msgspec==0.22.0", "pip config list"),
        ("error: command 'gcc' failed: No such file or directory", "build-essential"),
        ("error: Microsoft Visual C++ 14.0 or greater is required.", "another Python"),
        ("ERROR: Failed building wheel for pydantic-core", "another Python"),
        ("ERROR: [Errno 28] No space left on device", "free 600 MB"),
        ("ERROR: [Errno 13] Permission denied: 'x'", "chown"),
        ("ERROR: something that pip never said before", "read "),
    ],
)
def test_pips_words_become_a_sentence(words: str, mend: str) -> None:
    """Whatever stops pip, the reader learns what to do, and where pip's own words are."""
    said = dev.explained(f"Collecting rust-connection==1\n{words}", 1)

    assert mend in said
    assert str(dev.LOG) in said


def test_a_python_without_ensurepip_is_named(checkout: Path) -> None:
    """Debian's bare Python: one sentence with the missing package, and nothing half made."""
    done = run_dev(checkout, "demo", before="import sys; sys.modules['ensurepip'] = None")

    assert 1 == done.returncode
    assert f"apt install python3.{sys.version_info[1]}-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_foreign_environment_is_left_alone(checkout: Path) -> None:
    """A .venv that somebody else made is not deleted."""
    kept = checkout / ".venv" / "pyvenv.cfg"
    kept.parent.mkdir()
    kept.touch()

    done = run_dev(checkout, "demo")

    assert 1 == done.returncode
    assert "mv .venv" in done.stderr
    assert kept.exists()


@pytest.mark.slow
def test_offline_ends_in_a_sentence_and_the_next_run_begins_anew(checkout: Path) -> None:
    """Without an index pip cannot install; what is half made then is never taken for whole."""
    runs = [run_dev(checkout, "run", "--", "--help") for _ in range(2)]

    for done in runs:
        assert 1 == done.returncode
        assert "Making " in done.stderr
        assert not done.stdout, "what a command answers stands alone there"
        assert "PIP_NO_INDEX" in done.stderr
        assert "Traceback" not in done.stderr
    log = (checkout / ".venv" / "install.log").read_text(encoding="utf-8")
    assert "Could not find a version" in log


def test_an_unknown_command_lists_the_known(checkout: Path) -> None:
    """A typo costs nothing: no environment is made for it."""
    done = run_dev(checkout, "tests")

    assert 2 == done.returncode
    assert "demo, run, install, test, lint, bench, simulate, lock" in done.stderr
    assert not (checkout / ".venv").exists()


def test_the_exit_code_of_a_child_is_kept() -> None:
    """What a step says with its exit code is what the caller sees."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(7)"])
    _, pressed = dev.wait_for(child)

    assert (7, False) == (child.returncode, pressed)


def test_a_failed_step_fails_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    """All steps run, the summary names the one that failed, and the exit code says so."""
    steps = dev.Steps()
    steps.run("first", sys.executable, "-c", "raise SystemExit(3)")
    steps.run("second", sys.executable, "-c", "print('ran')")

    assert 1 == steps.summary()
    out = capfd.readouterr().out
    assert "ran" in out
    assert "failed: first" in out


def test_steps_beside_each_other_keep_their_words_and_their_ends(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A step that runs beside another one fails by itself, and its words come whole."""
    steps = dev.Steps()
    steps.run_beside(
        {
            "first": (sys.executable, "-c", "print('one')"),
            "second": (sys.executable, "-c", "print('two'); raise SystemExit(4)"),
        }
    )

    assert [("first", 0), ("second", 4)] == [(name, code) for name, code, _ in steps.done]
    out = capfd.readouterr().out
    assert out.index("one") < out.rindex("=== second") < out.index("two")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it is a flag at the start")
def test_a_step_stands_back_for_those_that_wait() -> None:
    """What only computes takes the processor that others leave."""
    idle = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = dev.begun(idle, None, None, 5)
    try:
        found = os.getpriority(os.PRIO_PROCESS, child.pid)
    finally:
        child.kill()
        child.wait()

    assert min(19, os.nice(0) + 5) == found


def test_only_known_parts_are_installed(checkout: Path) -> None:
    """A part that is not there is named before anything is made."""
    done = run_dev(checkout, "install", "binance")

    assert 1 == done.returncode
    assert "python3 dev.py install ccxt" in done.stderr
    assert not (checkout / ".venv").exists()
