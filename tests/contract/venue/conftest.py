"""Every venue adapter in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.venue.benches import LAG_MS, Bench, MakeBench, paper, simulated


@pytest.fixture(params=["paper", "paper_far_away", "paper_that_lags"])
def make_bench(request: pytest.FixtureRequest, tmp_path: Path) -> MakeBench:
    """Each adapter: the paper venue next door, one to which messages take a while, and one that
    shows its books late, behind the weather of bad days.
    """

    def make(*, partial: bool = False) -> Bench:
        latency_ms = 3 if request.param == "paper_far_away" else 0
        lag_ms = LAG_MS if request.param == "paper_that_lags" else 0
        return paper(tmp_path, partial=partial, latency_ms=latency_ms, lag_ms=lag_ms)

    return make


@pytest.fixture
async def bench(make_bench: MakeBench) -> AsyncIterator[Bench]:
    """A connected adapter in a market of 1.1000 to 1.1002."""
    made = make_bench()
    await made.open()
    made.quote("1.1000", "1.1002")
    yield made
    await made.close()


@pytest.fixture
async def pieces(make_bench: MakeBench) -> AsyncIterator[Bench]:
    """The same, at a venue that fills in pieces, one piece a quote."""
    made = make_bench(partial=True)
    await made.open()
    made.quote("1.1000", "1.1002")
    yield made
    await made.close()


@pytest.fixture(params=["paper", "paper_far_away", "simulated"])
async def any_bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A connected adapter of each kind, the simulated exchange included, in the same market."""
    far = 3 if request.param == "paper_far_away" else 0
    made = (
        simulated()
        if request.param == "simulated"
        else paper(tmp_path, partial=False, latency_ms=far)
    )
    await made.open()
    made.quote("1.1000", "1.1002")
    yield made
    await made.close()
