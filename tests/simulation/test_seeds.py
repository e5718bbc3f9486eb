"""The simulator's own promises: kept seeds stay clean, and a seed says the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.coverage import KINDS, LEAST, RUN_MIN, missing
from tests.simulation.kept import Kept, kept
from tests.simulation.run import run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("one", kept(), ids=lambda one: str(one.seed))
def test_a_seed_that_found_something_stays_clean(one: Kept) -> None:
    """What was mended once stays mended."""
    result = run(one.seed, one.steps)

    assert [] == result.violations, f"{one.what}; {result.story[-10:]}"


def hashes(seed_of_python: str) -> str:
    """Run some seeds in a process of its own and return what their journals hash to."""
    words = ["-m", "tests.simulation", "--seeds", "6", "--start", "7", "--hashes"]
    environment = {**os.environ, "PYTHONHASHSEED": seed_of_python, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.rpartition("6 seeds, ")[0]


def test_a_seed_gives_the_same_journal_under_every_hash_seed() -> None:
    """Nothing hangs on the order of a set: two processes agree in every byte of the journals."""
    first = hashes("1")

    assert 6 == len(set(first.split()[1::2]))
    assert first == hashes("2")


def test_a_long_run_that_never_met_a_fault_has_failed() -> None:
    """A fault that never happens tests nothing; a short run is not judged."""
    met: Counter[str] = Counter()
    met.update(dict.fromkeys(KINDS, LEAST))

    assert [] == missing(met, RUN_MIN)
    met["kill"] -= 1
    assert [("kill", LEAST - 1)] == missing(met, RUN_MIN)
    assert [] == missing(met, RUN_MIN - 1)
