from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from adapters.tradingview import CODES, DIALECTS
from bridge.config.reading import ReadingSection, terms_of
from tests.unit.tradingview.rows import Try, mappings, tries

ALL = tries()


def inside(signal: Any, path: str) -> Any:
    """Return what stands at a path of a signal; nothing where it has no such place."""
    for part in path.split("."):
        signal = signal.get(part) if isinstance(signal, dict) else None
    return signal


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.dialect}: {one.name}")
def test_a_row_of_the_facts_in_each_dialect(one: Try) -> None:
    """What real alerts get wrong is refused with its code in every dialect, and what only looks odd
    is read as it stands."""
    terms = terms_of(ReadingSection.model_validate(one.terms), (), mappings())
    reading = DIALECTS[one.dialect].read(one.body.encode(), terms)

    if one.code:
        assert one.code in CODES
        assert () == reading.signals
        assert reading.misread is not None
        assert one.code == reading.misread.code
        return
    assert reading.misread is None, reading.misread
    assert reading.signal is not None
    said = json.loads(msgspec.json.encode(reading.signal))
    assert one.reads == {path: inside(said, path) for path in one.reads}
