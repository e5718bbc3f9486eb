"""Every planted bug is found: a simulator that finds nothing would look just as clean."""

from __future__ import annotations

import pytest

from tests.simulation.planted_positions import BUGS
from tests.simulation.planting import found_by, seeds_kept


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in BUGS])
def test_a_planted_bug_is_found(name: str) -> None:
    """The seed that is kept for a bug shows a violation with it, and none without it."""
    kept = seeds_kept()

    assert name in kept, "find its seed with: python3 dev.py simulate --planted"
    assert found_by(kept[name], name)
