"""The reference pages say what the code does."""

from __future__ import annotations

import pytest

from tests.tidy.reference import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    """A page that is made from tables is the one that the tables make now."""
    written = (DOCS / name).read_text(encoding="utf-8")

    assert PAGES[name]() == written, "run: python -m tests.tidy.reference"
