"""Takes the pictures of the documentation: `python -m tests.browser.pictures [FOLDER]`, docs/images
by default.

A bridge with a paper account and a synthetic market is started, trades a little, and is
photographed. The documentation takes the desktop's pictures of now and of one trace.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

from tests.browser.house import House, house
from tests.parts import chromium

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
]

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESKTOP: Final[ViewportSize] = {"width": 1240, "height": 800}


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start the system's Chromium."""
    place = chromium()
    assert place is not None, "no Chromium on this machine"
    return playwright.chromium.launch(executable_path=str(place), args=[*ARGUMENTS, *more])


def log_in(page: Page, home: House) -> None:
    """Log in by hand, as a person does."""
    page.goto(f"{home.private}/login")
    page.fill("#token", home.starter.api_token)
    page.click("button.go")
    page.wait_for_selector("#switch")


def trade(home: House) -> tuple[str, str]:
    """Let a morning happen; return the signals that are worth a look: one filled, one refused."""
    home.post(b'{"strategy": "demo", "quantity": {{strategy.order.contracts}}}')
    levels = {"stop_unit": "percent", "target_unit": "percent"}
    home.send(symbol="ETHUSDT", quantity="0.5", id="eth-long-0912", stop="2", trail="3",
              trail_unit="percent", stop_unit="percent")  # fmt: skip
    home.send(id="btc-limit-0913", order_type="limit", price="59400.0", quantity="0.02")
    home.send(id="btc-flat-0914", action="exit", effect=None, quantity=None)
    refused = home.send(id="btc-large-0915", quantity="0.6")["signal"]
    first = home.send(id="btc-long-0916", quantity="0.02", price="60000.0", comment="breakout, 1h",
                      stop="2", targets="3:50;6", **levels)  # fmt: skip
    filled = first["signal"]
    home.until("/api/orders", lambda answer: _filled(answer, filled))
    home.until("/api/plans", _guarded)
    return filled, refused


def _filled(answer: dict[str, Any], signal: str) -> bool:
    return any(row["signal"] == signal and row["state"] == "filled" for row in answer["orders"])


def _guarded(answer: dict[str, Any]) -> bool:
    legs = [leg["state"] for row in answer["plans"] for leg in row["legs"]]
    return len(legs) == 4 and set(legs) == {"accepted"}


def take(folder: Path, *, everything: bool = False) -> list[Path]:
    """Take the pictures and return their paths. ``everything``: a phone's and a refusal's too."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        house(Path(data)) as home,
        sync_playwright() as play,
    ):
        signal, refused = trade(home)
        browser = launch(play)
        try:
            made: list[Path] = []
            sizes = (("", DESKTOP), ("-phone", PHONE)) if everything else (("", DESKTOP),)
            for suffix, size in sizes:
                context = browser.new_context(
                    viewport=size, device_scale_factor=1.5, color_scheme="dark"
                )
                page = context.new_page()
                log_in(page, home)
                page.wait_for_selector(".live.on")
                made.append(_shot(page, folder / f"now{suffix}.png"))
                traces = (
                    (("trace", signal), ("refused", refused))
                    if everything
                    else (("trace", signal),)
                )
                for name, what in traces:
                    page.goto(f"{home.private}/signals/{what}")
                    page.wait_for_selector(".live.on")
                    made.append(_shot(page, folder / f"{name}{suffix}.png"))
                context.close()
            return made
        finally:
            browser.close()


def _shot(page: Page, path: Path) -> Path:
    threading.Event().wait(0.3)  # fonts and the first live load
    page.screenshot(path=str(path), full_page=True)
    return path


def main() -> int:
    """Take the pictures and say where they are; a folder of one's own gets all of them."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    made = take(folder, everything=len(sys.argv) > 1)
    print(json.dumps([str(path) for path in made], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
