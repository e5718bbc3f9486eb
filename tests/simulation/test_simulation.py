"""The simulator holds: thousands of bad days without a violation, each of them exactly repeatable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.simulation.__main__ import FOUND, KEPT, found_by, results
from tests.simulation.planted import BUGS
from tests.simulation.run import run
from tests.tidy.tree import ROOT

SEEDS = 2000
JOBS = 2

SELDOM = {"store_back": 5, "resolve": 50, "time_jump": 50, "torn_write": 50, "bit_flip": 50}
"""What happens less often than the others in so many seeds, and how often at least."""

OFTEN = {
    "accept", "assign", "bust", "busy", "clock_step", "connect_refused", "correction", "disk_full",
    "double_refused", "duplicate_alert", "exit_fenced", "exit_ok", "exit_store", "flatten",
    "foreign", "gap", "halt", "halt_file", "halted_market", "kill", "limit", "link_drop",
    "liquidation", "maintenance", "maintenance_told", "misleading", "odd_signal", "overfill",
    "partition", "pause", "power_cut", "rejected", "replace", "reply_lost", "report_after_cut",
    "report_doubled", "report_lost", "report_overtakes", "request_doubled", "request_late",
    "request_lost", "restart", "sent_again", "server_error", "server_error_taken", "setup_change",
    "silence", "store_down", "store_slow", "store_sync_failed_lost", "store_sync_failed_written",
    "store_unknown_lost", "store_unknown_written", "store_unsettled", "storm", "takeover",
    "throttled", "unsolicited_cancelled", "unsolicited_expired",
}  # fmt: skip
"""A fault that never happens tests nothing: each of these at least a hundred times."""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_thousands_of_seeds_are_clean() -> None:
    """No seed shows a violation, and every fault has really happened."""
    coverage: Counter[str] = Counter()
    bad: list[str] = []
    for result in results(range(1, SEEDS + 1), JOBS):
        coverage.update(result.coverage)
        bad.extend(f"seed {result.seed}: {one}" for one in result.violations[:1])
    least = {**dict.fromkeys(OFTEN, 100), **SELDOM}
    rare = {name: coverage[name] for name, count in least.items() if coverage[name] < count}

    assert [] == bad
    assert {} == rare


@pytest.mark.parametrize("seed", json.loads(KEPT.read_text(encoding="utf-8")))
def test_a_seed_that_was_once_bad_is_clean(seed: int) -> None:
    """What was found once is run for ever."""
    assert [] == run(seed).violations


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in BUGS])
def test_a_planted_bug_is_found(name: str) -> None:
    """The seed that is kept for a bug finds it, and is clean without it."""
    kept: dict[str, int] = json.loads(FOUND.read_text(encoding="utf-8"))

    assert name in kept, "run `python3 dev.py simulate --planted` to find it"
    assert found_by(kept[name], name)


@pytest.mark.parametrize("seed", [5, 11])
def test_a_seed_is_exactly_repeatable(seed: int) -> None:
    """The same seed gives the same journal, whatever Python's hash seed is."""
    program = f"from tests.simulation.run import run; print(run({seed}).journal)"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(hashes), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in (1, 2, 3)
    }

    assert 1 == len(said)
    assert {f"{run(seed).journal}\n"} == said
