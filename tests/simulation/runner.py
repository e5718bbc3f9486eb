"""Run seeds: ``python3 dev.py simulate --seeds N [--start S] [--jobs J]``.

Rules of this file
1. A seed that shows a violation prints what happened last and the command that repeats it.
2. The last line is the sum: seeds, violations, seeds per second. Exit code 1 at a violation.
3. A fault that never happens tests nothing: a long run that lacks one has failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from tests.simulation.coverage import missing
from tests.simulation.planting import find_all
from tests.simulation.run import Result, run

STORY_LINES: Final = 25
"""Lines of a failing seed's story that are printed: the last seconds before it."""

AT_ONCE: Final = 10
"""Seeds that a process takes at once: a few seconds of work."""


def main(words: list[str]) -> int:
    """Run seeds and say what they showed."""
    chosen = _chosen(words)
    if chosen.planted or chosen.anew:
        return find_all(anew=chosen.anew)
    begun = time.perf_counter()
    bad = 0
    coverage: Counter[str] = Counter()
    with _results(chosen) as results:
        for result in results:
            coverage.update(result.coverage)
            if chosen.hashes:
                print(result.seed, result.journal)
            if result.violations:
                bad += 1
                _tell(result, chosen.steps)
                if chosen.stop:
                    break
    took = time.perf_counter() - begun
    lacking = missing(coverage, chosen.seeds)
    for name, count in lacking:
        print(f"The fault {name} happened {count} times: too seldom to have tested anything.")
    print(f"{chosen.seeds} seeds, {bad} violations, {chosen.seeds / took:.1f} seeds per second")
    return 1 if bad or lacking else 0


def _chosen(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--start", type=int, default=1, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--steps", type=int, default=400, help="steps of each seed")
    parser.add_argument("--stop", action="store_true", help="end at the first violation")
    parser.add_argument("--hashes", action="store_true", help="print each seed's journal hash")
    parser.add_argument("--planted", action="store_true", help="find the planted bugs instead")
    parser.add_argument("--anew", action="store_true", help="find them from the first seed on")
    return parser.parse_args(words)


@contextmanager
def _results(chosen: argparse.Namespace) -> Iterator[Iterable[Result]]:
    """Run the seeds here, or in processes of their own, and give the results in their order."""
    seeds = range(chosen.start, chosen.start + chosen.seeds)
    work = [(seed, chosen.steps) for seed in seeds]
    if chosen.jobs <= 1 or chosen.seeds <= AT_ONCE:
        yield (run(seed, steps) for seed, steps in work)
        return
    with multiprocessing.get_context("spawn").Pool(chosen.jobs) as pool:
        yield pool.imap(_run, work, chunksize=AT_ONCE)


def _run(work: tuple[int, int]) -> Result:
    seed, steps = work
    result = run(seed, steps)
    if not result.violations:
        result.story = []  # nobody reads it, and it is long
    return result


def _tell(result: Result, steps: int) -> None:
    print(f"--- seed {result.seed}")
    for line in result.story[-STORY_LINES:]:
        print("   ", line)
    for violation in result.violations:
        print(f"    VIOLATION {violation.code}: {violation.text} (step {violation.step})")
    length = "" if steps == 400 else f" --steps {steps}"
    print(f"    repeat: python3 dev.py simulate --seeds 1 --start {result.seed}{length}")
    sys.stdout.flush()
