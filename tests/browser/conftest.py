"""One Chromium for all tests of the pages, and a bridge for each."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.house import House, house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright


@pytest.fixture(scope="module")
def playwright() -> Generator[Playwright]:
    """Start what drives the browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Generator[Browser]:
    """Start the browser."""
    from tests.browser.pictures import launch

    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def home(tmp_path: Path) -> Generator[House]:
    """Run a bridge. It has to end while pages are still open: they are closed after it."""
    with house(tmp_path / "bridge") as made:
        yield made


@pytest.fixture
def context(chromium: Browser, home: House) -> Generator[BrowserContext]:
    """Open a fresh profile of the browser."""
    made = chromium.new_context()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, home: House) -> Page:
    """Open a page that is logged in and follows the bridge."""
    from tests.browser.pictures import log_in

    made = context.new_page()
    log_in(made, home)
    made.wait_for_selector(".live.on")
    return made
