"""What holds for every test: no socket leaves the process unless marked, and no part is guessed.

Rules of this file
1. A test without a marker opens no internet socket; `redis`, `browser`, `ccxt`, `fronts`, `e2e` and
   `loopback` open those of this machine, nothing opens the world.
2. An `async def` test runs on a fresh asyncio loop (anyio's plugin, mode ``auto``).
3. A test whose part is missing is skipped with the command that gets the part, or fails in CI.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.parts import PARTS, required

OPEN: Final = ("redis", "browser", "ccxt", "e2e", "loopback", "fronts")
"""Markers that open the sockets of this machine."""

EXCHANGES: Final = tuple(Path(__file__).parent / "unit" / name for name in ("ccxt", "exchange"))
"""Folders of tests that need ccxt and what it brings."""

LOOPBACK: Final = ["127.0.0.1", "::1", "localhost"]

# Our own clock decides how long is too long (pytest-timeout); a busy machine is no defect.
settings.register_profile("house", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if required() else "house")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests of exchanges where ccxt is not installed: they import it."""
    lacks = collection_path in EXCHANGES and PARTS[0].find() is None
    return True if lacks and not required() else None


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, the one loop that the product knows."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open the sockets of this machine to those who say that they need them."""
    for item in items:
        # Windows makes an event loop out of two loopback sockets; elsewhere it needs no network.
        if os.name == "nt" or any(item.get_closest_marker(name) for name in OPEN):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose part of the machine is missing, or fail it where all must run."""
    for part in PARTS:
        if item.get_closest_marker(part.marker) and part.find() is None:
            sentence = f"no {part.marker} on this machine: {part.fix}"
            if required():
                pytest.fail(sentence, pytrace=False)
            pytest.skip(sentence)
