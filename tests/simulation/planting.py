"""Looking for the planted bugs, and the seeds that find them.

Rules of this file
1. A bug is found by a seed that shows a violation with it and none without it.
2. The seed of each bug is kept in ``planted.json``; a seed that no longer finds its bug is replaced
   by the first one that does.
"""

from __future__ import annotations

import gc
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from tests.simulation.planted import WITHIN, planted
from tests.simulation.planted_positions import BUGS
from tests.simulation.run import run

FILE: Final = Path(__file__).with_name("planted.json")

TIDY_EVERY: Final = 20
"""Seeds between two looks for garbage: each world is a web of references."""


def seeds_kept() -> dict[str, int]:
    """Return the seed of each bug."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def found_by(seed: int, name: str) -> bool:
    """Say whether a seed finds a bug and is clean without it."""
    with planted(name):
        dirty = run(seed)
    return bool(dirty.violations) and _clean(seed)


@lru_cache(maxsize=WITHIN)
def _clean(seed: int) -> bool:
    """Say whether a seed is clean without any; many bugs share one seed."""
    return not run(seed).violations


def first_seed(name: str, within: int = WITHIN) -> int | None:
    """Return the first seed that finds a bug."""
    for seed in range(1, within + 1):
        if found_by(seed, name):
            return seed
        if seed % TIDY_EVERY == 0:
            gc.collect()
    return None


def find_all(*, anew: bool, within: int = WITHIN) -> int:
    """Find every bug, keep the seeds, and say what was found; 1 when one was not."""
    begun = time.perf_counter()
    kept = {} if anew else seeds_kept()
    missed = 0
    for one in BUGS:
        seed = kept.get(one.name)
        if seed is None or not found_by(seed, one.name):
            seed = first_seed(one.name, within)
        if seed is None:
            missed += 1
            kept.pop(one.name, None)
        else:
            kept[one.name] = seed
        shown = "MISSED" if seed is None else f"seed {seed}"
        print(f"  {shown:>10}  {one.name}: {one.what}", flush=True)
        listed = {bug.name: kept[bug.name] for bug in BUGS if bug.name in kept}
        FILE.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8", newline="\n")
    took_s = time.perf_counter() - begun
    print(f"{len(BUGS)} planted bugs, {missed} missed, {took_s:.0f} s")
    return 1 if missed else 0
