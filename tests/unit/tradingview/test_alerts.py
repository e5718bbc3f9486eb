"""The messages that users paste, filled in as TradingView does it, and the page about them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from adapters.tradingview import CODES, read
from adapters.tradingview.native import FIELDS
from adapters.tradingview.placeholders import PLACEHOLDERS
from adapters.tradingview.reading import BODY_BYTES_MAX
from adapters.tradingview.redaction import REDACTED_CHARS_MAX
from adapters.tradingview.strict_json import DEPTH_MAX, KEYS_MAX
from core.levels import BreakEven, Level, LevelUnit, Protection, Target
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit, Signal

ROOT: Final = Path(__file__).parents[3]
ALERTS: Final = sorted((ROOT / "tradingview" / "alerts").glob("*.json"))
PAGE: Final = (ROOT / "docs" / "tradingview.md").read_text("utf-8")

CHART: Final = {
    "ticker": "BTCUSDT.P",
    "exchange": "BINANCE",
    "interval": "60",
    "close": "27455.31",
    "time": "2026-01-20T14:00:00Z",
    "timenow": "2026-01-20T14:30:00Z",
    "plot_0": "27433.433333333334",
    "plot_1": "27600",
    "plot_2": "27700.5",
    "plot_3": "27800",
}
ENTRY: Final = {
    **CHART,
    "strategy.order.action": "buy",
    "strategy.order.contracts": "0.5",
    "strategy.order.price": "27455.3",
    "strategy.order.id": "Long",
    "strategy.order.comment": "Long",
    "strategy.market_position": "long",
    "strategy.prev_market_position": "flat",
    "strategy.position_size": "0.5",
    "strategy.prev_market_position_size": "0",
}
EXIT: Final = {
    **ENTRY,
    "strategy.order.action": "sell",
    "strategy.order.id": "Close entry(s) order Long",
    "strategy.market_position": "flat",
    "strategy.prev_market_position": "long",
    "strategy.position_size": "0",
    "strategy.prev_market_position_size": "0.5",
}
TIME_NS: Final = 1_768_919_400_000_000_000


def message(name: str) -> str:
    """Return a message as its user pastes it."""
    return (ROOT / "tradingview" / "alerts" / f"{name}.json").read_text("utf-8")


def sent(name: str, values: dict[str, str]) -> bytes:
    """Return a message as TradingView sends it."""
    text = message(name)
    for placeholder, value in values.items():
        text = text.replace(f"{{{{{placeholder}}}}}", value)
    return text.encode()


def strategy(**changed: object) -> Signal:
    """Return what the strategy message means for an entry, with some parts changed."""
    parts = {
        "id": "My strategy-BTCUSDT.P-60-2026-01-20T14:30:00Z-Long-buy-0.5-0.5",
        "strategy": "My strategy",
        "symbol": "BTCUSDT.P",
        "stream": "60",
        "action": Action.BUY,
        "quantity": Decimal("0.5"),
        "price": Decimal("27455.3"),
        "time_ns": TIME_NS,
        "position": Hint.LONG,
        "prev_position": Hint.FLAT,
    }
    return Signal(**{**parts, **changed})


def indicator(name: str, action: Action, **changed: object) -> Signal:
    """Return what an indicator message means, with some parts changed."""
    parts = {
        "id": f"My indicator-BTCUSDT.P-60-2026-01-20T14:30:00Z-{name}",
        "strategy": "My indicator",
        "symbol": "BTCUSDT.P",
        "stream": "60",
        "action": action,
        "price": Decimal("27455.31"),
        "time_ns": TIME_NS,
    }
    return Signal(**{**parts, **changed})


LEVEL = Decimal("27433.433333333334")


def risk(multiple: int) -> Level:
    """Make a multiple of the risk."""
    return Level(value=Decimal(multiple), unit=LevelUnit.RISK)


GOLDEN = [
    ("strategy", ENTRY, strategy()),
    (
        "strategy",
        EXIT,
        strategy(
            id="My strategy-BTCUSDT.P-60-2026-01-20T14:30:00Z-Close entry(s) order Long-sell-0.5-0",
            action=Action.SELL,
            position=Hint.FLAT,
            prev_position=Hint.LONG,
        ),
    ),
    ("strategy-route-quantity", ENTRY, strategy(quantity=None)),
    (
        "strategy-protected",
        ENTRY,
        strategy(
            protection=Protection(
                stop=Level(value=LEVEL),
                targets=tuple(
                    Target(level=Level(value=Decimal(price)), share=Decimal(50))
                    for price in ("27600", "27700.5")
                ),
            )
        ),
    ),
    (
        "strategy-target",
        EXIT,
        Signal(
            id="My strategy-BTCUSDT.P-60-2026-01-20T14:30:00Z-Close entry(s) order Long-sell-0.5-0",
            strategy="My strategy",
            symbol="BTCUSDT.P",
            stream="60",
            action=Action.TARGET,
            target_position=Decimal(0),
            price=Decimal("27455.3"),
            time_ns=TIME_NS,
            position=Hint.FLAT,
            prev_position=Hint.LONG,
            prev_position_size=Decimal("0.5"),
        ),
    ),
    (
        "indicator-buy-by-risk",
        CHART,
        indicator(
            "buy-by-risk",
            Action.BUY,
            effect=Effect.OPEN,
            quantity=Decimal(1),
            quantity_unit=QuantityUnit.RISK_PERCENT,
            protection=Protection(
                stop=Level(value=LEVEL),
                targets=(Target(level=risk(2)),),
                break_even=BreakEven(after=risk(1)),
            ),
        ),
    ),
    ("indicator-buy", CHART, indicator("buy", Action.BUY, effect=Effect.OPEN)),
    ("indicator-sell", CHART, indicator("sell", Action.SELL, effect=Effect.OPEN)),
    ("indicator-close-long", CHART, indicator("close-long", Action.SELL, effect=Effect.CLOSE)),
    ("indicator-close-short", CHART, indicator("close-short", Action.BUY, effect=Effect.CLOSE)),
    ("indicator-exit", CHART, indicator("exit", Action.EXIT)),
    (
        "indicator-buy-limit",
        CHART,
        indicator(
            "buy-limit",
            Action.BUY,
            effect=Effect.OPEN,
            order_type=OrderType.LIMIT,
            price=LEVEL,
        ),
    ),
    (
        "indicator-buy-stop",
        CHART,
        indicator(
            "buy-stop",
            Action.BUY,
            effect=Effect.OPEN,
            order_type=OrderType.STOP,
            trigger=LEVEL,
        ),
    ),
    ("indicator-cancel", CHART, indicator("cancel", Action.CANCEL, price=None)),
    ("indicator-heartbeat", CHART, indicator("heartbeat", Action.HEARTBEAT, price=None)),
    ("strategy-stop", ENTRY, strategy(protection=Protection(stop=Level(value=LEVEL)))),
    (
        "strategy-targets",
        ENTRY,
        strategy(
            protection=Protection(
                stop=Level(value=LEVEL),
                targets=tuple(
                    Target(level=Level(value=Decimal(price)), share=Decimal(share))
                    for price, share in (("27600", 40), ("27700.5", 30), ("27800", 30))
                ),
            )
        ),
    ),
    (
        "indicator-sell-limit",
        CHART,
        indicator(
            "sell-limit",
            Action.SELL,
            effect=Effect.OPEN,
            order_type=OrderType.LIMIT,
            price=LEVEL,
        ),
    ),
    *(
        (
            f"indicator-target-{name}",
            CHART,
            indicator(f"target-{name}", Action.TARGET, target_position=Decimal(size)),
        )
        for name, size in (("long", 1), ("short", -1), ("flat", 0))
    ),
]


@pytest.mark.parametrize(("name", "values", "expected"), GOLDEN, ids=lambda value: str(value)[:20])
def test_ready_messages_mean_what_they_say(
    name: str, values: dict[str, str], expected: Signal
) -> None:
    """Each message that we hand out, filled in, is exactly the signal that it promises."""
    reading = read(sent(name, values))

    assert reading.misread is None
    assert () == reading.ignored
    assert expected == reading.signal


def test_an_exit_and_an_entry_of_one_second_differ() -> None:
    """The id of the strategy message tells two orders of the same second apart."""
    first, second = read(sent("strategy", EXIT)).signal, read(sent("strategy", ENTRY)).signal
    assert first is not None
    assert second is not None

    assert first.time_ns == second.time_ns
    assert first.id != second.id


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_ready_messages_are_never_read_half_filled(path: Path) -> None:
    """Pasted where TradingView replaces nothing, a message is refused by the placeholder's name."""
    misread = read(path.read_bytes()).misread
    assert misread is not None

    assert "placeholder_left" == misread.code


@pytest.mark.parametrize("value", ["NaN", "na", "", "27,455.3", "1.2M", "0"])
@pytest.mark.parametrize("number", ["strategy.order.contracts", "strategy.order.price", "plot_0"])
def test_ready_messages_are_never_read_with_a_bad_number(number: str, value: str) -> None:
    """A number that TradingView has not, or writes with commas, refuses the whole message."""
    used = [path.stem for path in ALERTS if f'"{{{{{number}}}}}"' in path.read_text("utf-8")]
    codes = {read(sent(name, {**ENTRY, number: value})).misread for name in used}

    assert used
    assert all(misread is not None and misread.code in CODES for misread in codes)


def test_every_ready_message_is_tested_and_on_the_page() -> None:
    """No file is without its golden test, and the page shows each one as it is."""
    assert {path.stem for path in ALERTS} == {name for name, _, _ in GOLDEN}
    for path in ALERTS:
        assert f"File `{path.name}`" in PAGE or f"file `{path.name}`" in PAGE
        assert f"```json\n{path.read_text('utf-8')}```" in PAGE


def test_ready_messages_use_real_placeholders() -> None:
    """No message has an unknown placeholder, nor an indicator's message one of a strategy."""
    for path in ALERTS:
        used = set(re.findall(r"\{\{(.*?)\}\}", path.read_text("utf-8")))

        assert used <= PLACEHOLDERS
        assert path.stem.startswith("strategy") or not any("strategy." in name for name in used)


def test_the_page_has_every_field() -> None:
    """The field reference lists our fields, in their order, and names only codes that exist."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    named = re.findall(r"refused: `(\w+)`(?:, `(\w+)`)?", PAGE)

    assert list(FIELDS) == rows
    assert {code for pair in named for code in pair if code} <= set(CODES)


def test_the_page_has_the_real_limits() -> None:
    """The limits on the page are those of the code."""
    assert f"| message | {BODY_BYTES_MAX // 1024} KiB |" in PAGE
    assert f"| nesting | {DEPTH_MAX} levels |" in PAGE
    assert f"| fields of one object | {KEYS_MAX} |" in PAGE
    assert f"| {REDACTED_CHARS_MAX:,} characters, secrets replaced |" in PAGE
