"""A golden alert, read as its route reads it."""

from __future__ import annotations

from adapters.tradingview import DIALECTS, Reading
from tests.unit.tradingview.golden import Golden


def reading_of(golden: Golden) -> Reading:
    """Read a golden alert as its route does."""
    return DIALECTS[golden.dialect].read(golden.body, golden.terms)
