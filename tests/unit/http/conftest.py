"""A bridge for each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.unit.http.room import Room, room


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[Room]:
    """Run a bridge with a paper account."""
    async with room(tmp_path / "bridge") as made:
        yield made
