"""The simulator's command: ``python -m tests.simulation --seeds N [--start S] [--jobs J]``.

Rules of this file
1. It ends with 1 when a seed showed a violation, or a planted bug was not found.
2. The last line says how many seeds, how many violations, and how many seeds a second.
3. A failing seed says what must not be, what happened before it, and how to run it again.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.simulation.planted import BUGS, WITHIN, planted
from tests.simulation.run import Result, run

KEPT: Final = Path(__file__).with_name("kept.json")
"""Seeds that once showed a violation: they are run for ever."""

FOUND: Final = Path(__file__).with_name("planted.json")
"""For each planted bug a seed that finds it and is clean without it."""

LAST_EVENTS: Final = 25

TIDY_EVERY: Final = 10
"""Seeds between two looks for garbage: a world is a web of references, and looking costs a tenth of
a seed."""


def seeds_run(seeds: Iterable[int]) -> Iterator[Result]:
    """Run seeds one after another."""
    searching = gc.isenabled()
    gc.disable()
    try:
        for count, seed in enumerate(seeds):
            yield run(seed)
            if count % TIDY_EVERY == 0:
                gc.collect()
    finally:
        if searching:
            gc.enable()


def results(seeds: range, jobs: int) -> Iterator[Result]:
    """Run seeds in so many processes."""
    if jobs == 1:
        yield from seeds_run(seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, gc.disable) as pool:
        yield from pool.imap(_run_tidily, seeds, chunksize=TIDY_EVERY)


def _run_tidily(seed: int) -> Result:
    result = run(seed)
    if seed % TIDY_EVERY == 0:
        gc.collect()
    return result


def report(result: Result) -> None:
    """Say what a failing seed showed."""
    print(f"--- seed {result.seed}, journal {result.journal[:16]}")
    for line in result.story[-LAST_EVENTS:]:
        print(f"    {line}")
    for violation in result.violations[:5]:
        at_s = violation.at_ns / 1e9
        print(f"  {violation.code} at step {violation.step}, {at_s:.3f} s: {violation.text}")
    print(f"  again: python3 dev.py simulate --seeds 1 --start {result.seed}", flush=True)


def simulate(start: int, seeds: int, jobs: int) -> int:
    """Run seeds and say what they showed."""
    begun = time.perf_counter()
    bad, checks, coverage = 0, 0, Counter[str]()
    for result in results(range(start, start + seeds), jobs):
        coverage.update(result.coverage)
        checks += result.checks
        if result.violations:
            bad += 1
            report(result)
    took_s = time.perf_counter() - begun
    for name, count in sorted(coverage.items()):
        print(f"  {count:9}  {name}")
    print(f"  {checks:9}  checks")
    print(f"{seeds} seeds, {bad} violations, {seeds / took_s:.1f} seeds per second")
    return 1 if bad else 0


def found_by(seed: int, name: str) -> bool:
    """Say whether a seed finds a planted bug and is clean without it."""
    with planted(name):
        dirty = run(seed)
    return bool(dirty.violations) and not run(seed).violations


def find(name: str, within: int = WITHIN) -> int | None:
    """Return the first seed that finds a planted bug."""
    for seed in range(1, within + 1):
        if found_by(seed, name):
            return seed
        if seed % TIDY_EVERY == 0:
            gc.collect()
    return None


def plant_all(*, anew: bool) -> int:
    """Look for every planted bug: by the seed that is kept for it, or from the first seed on."""
    begun = time.perf_counter()
    kept: dict[str, int] = json.loads(FOUND.read_text(encoding="utf-8"))
    missed: list[str] = []
    for one in BUGS:
        seed = None if anew else kept.get(one.name)
        if seed is None or not found_by(seed, one.name):
            seed = find(one.name)
        if seed is None:
            missed.append(one.name)
        else:
            kept[one.name] = seed
        print(f"  {seed if seed is not None else 'MISSED':>6}  {one.name}: {one.what}", flush=True)
    listed = {one.name: kept[one.name] for one in BUGS if one.name in kept}
    FOUND.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8", newline="\n")
    took_s = time.perf_counter() - begun
    print(f"{len(BUGS)} planted bugs, {len(missed)} missed, {took_s:.0f} s")
    return 1 if missed else 0


def main(words: list[str]) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="dev.py simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--start", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--planted", action="store_true", help="find the planted bugs instead")
    parser.add_argument("--anew", action="store_true", help="with --planted: from seed 1 on")
    chosen = parser.parse_args(words)
    if chosen.planted:
        return plant_all(anew=chosen.anew)
    return simulate(chosen.start, chosen.seeds, chosen.jobs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
