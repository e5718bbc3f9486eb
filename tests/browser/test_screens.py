"""The pages in a real browser: they follow the bridge, and they can be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.house import House, house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

pytestmark = pytest.mark.browser

PICTURES = "BASCULE_PICTURES"
"""A folder for the pictures of a run, for whoever wants to look at them."""


def test_a_signal_appears_by_itself(page: Page, home: House) -> None:
    """An open page shows a new signal, its order's fill and the position, without being loaded."""
    page.evaluate("window.loaded = 1")
    answer = home.send(quantity="0.03")
    page.wait_for_selector(f'#signals a[href="/signals/{answer["signal"]}"]')
    page.wait_for_selector("#positions td:has-text('0.03')")

    assert 1 == page.evaluate("window.loaded"), "the page was loaded anew"
    assert "following" == page.inner_text("#live-text")


def test_a_trace_grows_while_it_is_looked_at(page: Page, home: House) -> None:
    """A resting order that is cancelled is seen to end, on the page of its signal."""
    answer = home.send(order_type="limit", price="59500.0")
    page.goto(f"{home.private}/signals/{answer['signal']}")
    page.wait_for_selector("#orders .chip.accepted")
    home.api(f"/api/orders/{answer['orders'][0]}/cancel", {"reason": "enough of it"})
    page.wait_for_selector("#orders .chip.cancelled")

    assert "enough of it" in page.inner_text("#lane")


def test_the_red_button_and_back(page: Page, home: House) -> None:
    """Two clicks raise the bridge for everyone; a reason lowers it again."""
    page.click("#switch .red summary")
    page.fill("#halt-reason", "looks wrong")
    page.click("button.stop")
    page.wait_for_selector(".hero.raised")
    banner = page.inner_text("#banner")
    refused = home.send()
    page.fill("#resume-1", "checked, it is fine")
    page.click(".resume button")
    page.wait_for_selector(".hero.open")
    admitted = home.send()

    assert "Halted: global" in banner and "looks wrong" in banner and "operator" in banner
    assert ("refused", "halted") == (refused["verdict"], refused["code"])
    assert "admitted" == admitted["verdict"]


def test_a_halt_by_somebody_else_is_seen_at_once(page: Page, home: House) -> None:
    """Whoever halts by API or command is seen on every open page."""
    home.api("/api/halt", {"scope": "strategy:demo", "reason": "by the API"})
    page.wait_for_selector("#banner .banner")

    assert "strategy:demo" in page.inner_text("#banner")


def test_typing_is_not_disturbed(page: Page, home: House) -> None:
    """What a person types stays while the page goes on living."""
    page.click("#switch .red summary")
    page.fill("#halt-reason", "half a sen")
    answer = home.send()
    page.wait_for_selector(f'#signals a[href="/signals/{answer["signal"]}"]')

    assert "half a sen" == page.input_value("#halt-reason")
    assert page.is_visible("button.stop")


def test_the_slash_key_leads_to_an_id(page: Page, home: House) -> None:
    """``/`` and an order's id lead to the trace of its signal."""
    answer = home.send()
    page.keyboard.press("/")
    page.keyboard.type(answer["orders"][0])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/signals/{answer['signal']}")

    assert answer["signal"] in page.inner_text("#answer")


def test_a_page_is_whole_without_its_script(chromium: Browser, home: House) -> None:
    """With scripts switched off, login, pages and the red button still work."""
    from tests.browser.pictures import log_in

    home.send(quantity="0.02")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, home)
    page.click("#switch .red summary")
    page.click("button.stop")
    page.wait_for_selector(".hero.raised")
    text = page.inner_text("main")
    context.close()

    assert "Raised" in text and "BTCUSDT" in text


def test_the_page_says_when_it_is_alone(
    tmp_path: Path, chromium: Browser, playwright: Playwright
) -> None:
    """The bridge ends although a page is open, and the page says that it no longer follows."""
    from tests.browser.pictures import log_in

    context = chromium.new_context()
    page = context.new_page()
    with house(tmp_path / "bridge") as home:
        log_in(page, home)
        page.wait_for_selector(".live.on")
    page.wait_for_selector(".live.lost")
    text = page.inner_text("#live-text")
    context.close()

    assert "stream lost" == text


def test_a_trade_is_followed_from_alert_to_flat(page: Page, home: House) -> None:
    """The page of the entry shows its stop, and after the exit what all of it came to."""
    entry = home.send(quantity="0.02", stop="30000.0", price="60000.0")
    page.goto(f"{home.private}/signals/{entry['signal']}")
    page.wait_for_selector("#trades li:has-text('Protection in force')")
    opened = page.inner_text("#trades")
    home.send(action="exit", effect=None, quantity=None)
    home.until(
        f"/api/signals/{entry['signal']}", lambda trace: _flat(trace) and _over(trace["trades"][0])
    )
    page.wait_for_selector("#trades li:has-text('Protection over')")
    text = page.inner_text("#trades")
    _keep(page, "trade")

    assert "open" in opened and "stop 30000" in opened
    for words in ("flat", "entry buy 0.02", "exit sell 0.02", "Filled"):
        assert words in text, words


def test_a_trade_with_legs_is_followed_to_their_end(page: Page, home: House) -> None:
    """The page of the entry names its stop and each target, and tells that none outlived it."""
    levels = {"stop": "25", "targets": "20:50;25", "break_even": "24"}
    entry = home.send(
        quantity="0.02", **levels, stop_unit="percent", target_unit="percent",
        break_even_unit="percent",
    )  # fmt: skip
    home.until("/api/positions", lambda row: bool(row["positions"]))
    page.goto(f"{home.private}/signals/{entry['signal']}")
    page.wait_for_selector("#trades li:has-text('Protection in force')")
    page.wait_for_selector("#orders small:has-text('target 2')")
    orders = page.inner_text("#orders")
    home.send(action="exit", effect=None, quantity=None)
    page.wait_for_selector("#trades li:has-text('Protection over')")
    text = page.inner_text("#trades")
    _keep(page, "legs")

    assert all(words in orders for words in ("stop · sell", "target 1 · sell", "target 2 · sell"))
    for words in ("flat", "entry buy 0.02", "stop", "target 2", "Cancelled"):
        assert words in text, words


def test_how_a_position_is_protected_stands_below_it(page: Page, home: House) -> None:
    """With what happens if the bridge dies."""
    home.send(quantity="0.02", stop="25", stop_unit="percent", trail="20", trail_unit="percent")
    page.goto(f"{home.private}/")
    page.wait_for_selector("#positions .protection:has-text('at the venue')")
    text = page.inner_text("#positions .protection")
    _keep(page, "protected")

    assert "stop " in text and "trails by" in text and "If the bridge dies" in text


def _flat(trace: dict[str, Any]) -> bool:
    return bool(trace["trades"]) and not trace["trades"][0]["open"]


def _over(trade: dict[str, Any]) -> bool:
    return any(hop["title"] == "Protection over" for hop in trade["hops"])


def test_profit_and_loss_lives(page: Page, home: House) -> None:
    """The page counts a fill that comes while it is looked at, and leads to its order."""
    page.goto(f"{home.private}/pnl")
    page.wait_for_selector(".live.on")
    answer = home.send(quantity="0.02")
    page.wait_for_selector(f'#pnl-lines a[href="/orders/{answer["orders"][0]}"]')
    _keep(page, "pnl")

    assert "demo" in page.inner_text("#quality") and "paper" in page.inner_text("#quality")
    assert "BTCUSDT" in page.inner_text("#pnl-strategies")


def test_a_page_of_real_money_is_laid_out_as_one_of_paper(page: Page, home: House) -> None:
    """Real money changes the stripe at the top and no other place: every part stays where it is."""
    places = """() => [...document.querySelectorAll("header, nav, #switch, #accounts, #signals")]
        .map((part) => Math.round(part.getBoundingClientRect().top))"""
    paper = page.evaluate(places)
    page.evaluate("document.body.className = 'live'")

    assert paper == page.evaluate(places)
    assert "block" == page.evaluate("getComputedStyle(document.body).display")


def test_a_symbol_is_asked_for_and_what_waits_appears(page: Page, home: House) -> None:
    """By the keyboard alone; an alert that leads nowhere comes to the page by itself, with the
    lines to paste, and what was typed stays."""
    page.goto(f"{home.private}/")
    page.click('.pages a[href="/symbols"]')
    page.wait_for_selector(".live.on")
    page.focus("#symbol")
    page.keyboard.type("BINANCE:BTCUSDT")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask .way:has-text('alias of the instrument')")
    page.wait_for_selector(".live.on")
    page.fill("#symbol", "half a sym")
    home.send(symbol="OKX:BTCUSDT")
    page.wait_for_selector("#waiting pre:has-text('strip_exchange')")
    _keep(page, "symbols")

    assert "half a sym" == page.input_value("#symbol")
    assert "OKX:BTCUSDT" in page.inner_text("#heard")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_runs_out_of_the_window(chromium: Browser, home: House, width: int) -> None:
    """On a phone and on a desk, pages with long texts need no sideways scrolling."""
    from tests.browser.pictures import log_in

    home.send(quantity="0.5", comment="W" * 200)
    home.send(order_type="limit", price="59500.0")
    long = home.send(symbol="LONG" * 15)
    home.send()
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    log_in(page, home)
    page.wait_for_selector("#positions td")
    wide: dict[str, Any] = {}
    for path in ("/", "/pnl", "/symbols", f"/signals/{long['signal']}", *_traces(home)):
        page.goto(home.private + path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        _keep(page, f"{width}{path.replace('/', '-')[:12]}")
    context.close()

    assert {} == {path: more for path, more in wide.items() if more > 0}


def _traces(home: House) -> list[str]:
    return [f"/signals/{row['signal']}" for row in home.api("/api/signals")["signals"]]


def _keep(page: Page, name: str) -> None:
    folder = os.environ.get(PICTURES)
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
