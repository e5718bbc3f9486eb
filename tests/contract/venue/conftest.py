"""Every venue adapter in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.contract.venue.benches import LAG_MS, Bench, paper, simulated
from tests.contract.venue.cards import CARDS

PAPER: Final = ("paper", "paper_far_away", "paper_that_lags")
CRYPTO: Final = tuple(
    pytest.param(name, marks=pytest.mark.ccxt) for name in ("bybit", "binanceusdm", "binance")
)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the local exchanges of all cards keep one set of certificates."""
    return tmp_path_factory.mktemp("certificates")


@asynccontextmanager
async def made(request: pytest.FixtureRequest, *, partial: bool = False) -> AsyncIterator[Bench]:
    """Build a bench for the card of a test, cold."""
    kind = str(request.param)
    if kind in PAPER:
        far, lags = kind == "paper_far_away", kind == "paper_that_lags"
        folder: Path = request.getfixturevalue("tmp_path")
        yield paper(
            folder,
            partial=partial,
            latency_ms=3 if far else 0,
            lag_ms=LAG_MS if lags else 0,
        )
    elif kind == "simulated":
        yield simulated()
    else:
        # only here: it needs the extra
        from tests.contract.venue.crypto import crypto

        async with crypto(kind, request.getfixturevalue("certificates")) as bench:
            yield bench


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, *, partial: bool = False) -> AsyncIterator[Bench]:
    """Build a connected bench that offers what the card needs, in a market of 1.1000 to 1.1002."""
    marker = request.node.get_closest_marker("card")
    assert marker is not None, "a test of the contract plays a card"
    (needs,) = (one.needs for one in CARDS if one.number == marker.args[0])
    async with made(request, partial=partial) as bench:
        if not bench.offers(needs):
            pytest.skip(f"{request.param} does not claim {needs}")
        await bench.open()
        bench.quote("1.1000", "1.1002")
        try:
            yield bench
        finally:
            await bench.close()


@pytest.fixture(params=[*PAPER, *CRYPTO])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Each adapter: the paper venue next door, one to which messages take a while, one that shows
    its books late, behind the weather of bad days; and the crypto venues.
    """
    async with opened(request) as one:
        yield one


@pytest.fixture(params=[*PAPER, *CRYPTO])
async def pieces(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """The same, at a venue that fills in pieces."""
    async with opened(request, partial=True) as one:
        yield one


@pytest.fixture(params=["paper", "paper_far_away", "simulated", *CRYPTO])
async def any_bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """The same, the simulated exchange included."""
    async with opened(request) as one:
        yield one
