"""The page of copies in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.house import house
from tests.browser.pictures import log_in
from tests.unit.http.test_copies import followed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_a_follower_that_differs_shows_by_itself(chromium: Browser, tmp_path: Path) -> None:
    """The open page follows the leader's fills, and marks the follower whose position is gone."""
    context = chromium.new_context()
    with house(tmp_path / "bridge", followed) as home:
        page = context.new_page()
        log_in(page, home)
        page.goto(f"{home.private}/copies")
        page.wait_for_selector(".live.on")
        home.send(quantity="0.02")
        page.wait_for_selector("#followed td:has-text('0.002') ~ td:has-text('agrees')")
        gone = {"account": "small", "instrument": "BTCUSDT", "source": "demo", "target": ""}
        home.api("/api/positions/assign", {**gone, "reason": "sold by hand"})
        page.wait_for_selector("#followed .bad:has-text('differs')")
        row = page.text_content("#followed tr:has(.bad)") or ""
    context.close()

    assert "small" in row and "0.002" in row
