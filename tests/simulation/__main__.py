"""Run seeds: ``python -m tests.simulation --seeds N [--start S] [--jobs J]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.simulation.run import run


def main(words: list[str]) -> int:
    """Run seeds and say what they showed."""
    parser = argparse.ArgumentParser(prog="simulate")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--stop", action="store_true")
    chosen = parser.parse_args(words)
    begun = time.perf_counter()
    bad = 0
    coverage: Counter[str] = Counter()
    for seed in range(chosen.start, chosen.start + chosen.seeds):
        result = run(seed, chosen.steps)
        coverage.update(result.coverage)
        if result.violations:
            bad += 1
            print(f"--- seed {seed}")
            for line in result.story[-25:]:
                print("   ", line)
            for violation in result.violations[:5]:
                print("   VIOLATION", violation)
            if chosen.stop:
                break
    took = time.perf_counter() - begun
    print(dict(sorted(coverage.items())))
    print(f"{chosen.seeds} seeds, {bad} violations, {chosen.seeds / took:.1f} seeds per second")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
