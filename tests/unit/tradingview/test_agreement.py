from __future__ import annotations

from itertools import product

import pytest

from adapters.tradingview import read
from tests.unit.tradingview.cases import alert

SAID = [
    # action, effect, quantity, before, after: what an order can really do, and what it cannot
    ("buy", "auto", "1", "flat", "long", True),
    ("buy", "auto", "1", "long", "long", True),
    ("buy", "auto", "1", "short", "flat", True),
    ("buy", "auto", "1", "short", "short", True),
    ("buy", "auto", "1", "short", "long", True),  # a reversal is read; the core refuses it
    ("buy", "auto", "1", "long", "flat", False),
    ("buy", "auto", "1", "long", "short", False),
    ("buy", "auto", "1", "flat", "short", False),
    ("buy", "auto", "1", "flat", "flat", False),
    ("buy", "auto", "1", "", "short", True),
    ("buy", "auto", "1", "long", "", True),
    ("buy", "open", "1", "", "flat", False),
    ("buy", "open", "1", "", "short", False),
    ("buy", "open", "1", "flat", "long", True),
    ("buy", "open", "1", "short", "", True),
    ("buy", "close", "1", "short", "flat", True),
    ("buy", "close", "1", "short", "short", True),
    ("buy", "close", "1", "short", "long", False),
    ("buy", "close", "1", "flat", "", False),
    ("buy", "close", "1", "long", "", False),
    ("buy", "close", "1", "", "long", False),
    ("sell", "auto", "1", "flat", "short", True),
    ("sell", "auto", "1", "long", "flat", True),
    ("sell", "auto", "1", "long", "long", True),
    ("sell", "auto", "1", "long", "short", True),
    ("sell", "auto", "1", "flat", "long", False),
    ("sell", "auto", "1", "short", "flat", False),
    ("sell", "close", "1", "short", "flat", False),
    ("exit", "auto", "", "long", "flat", True),
    ("exit", "close", "", "short", "flat", True),
    ("exit", "auto", "", "flat", "flat", True),  # nothing to close: the core says so
    ("exit", "auto", "", "long", "", True),
    ("exit", "auto", "1", "long", "long", True),
    ("exit", "auto", "1", "", "short", True),
    ("exit", "auto", "", "long", "long", False),  # it would close what the sender keeps
    ("exit", "auto", "1", "long", "short", False),
    ("exit", "auto", "1", "flat", "long", False),
    ("cancel", "auto", "", "flat", "flat", True),
    ("cancel", "auto", "", "long", "long", True),
]


@pytest.mark.parametrize(("action", "effect", "quantity", "before", "after", "fine"), SAID)
def test_positions_must_be_reachable(
    *, action: str, effect: str, quantity: str, before: str, after: str, fine: bool
) -> None:
    """A message whose order cannot lead to its positions is refused, whichever half is wrong."""
    hints = {"prev_position": before, "position": after}
    text = alert(
        action=f'"{action}"',
        effect=f'"{effect}"',
        quantity=quantity,
        **{name: f'"{word}"' for name, word in hints.items() if word},
    )
    misread = read(text.encode()).misread

    assert (None if fine else "position_contradicts_action") == (misread and misread.code)


def test_a_sell_mirrors_a_buy() -> None:
    """What holds for a buy holds for a sell with long and short changed."""
    mirror = {"long": "short", "short": "long", "flat": "flat"}

    def fine(action: str, effect: str, before: str, after: str) -> bool:
        hints = {"prev_position": f'"{before}"', "position": f'"{after}"'}
        text = alert(action=f'"{action}"', effect=f'"{effect}"', **hints)
        return read(text.encode()).misread is None

    for effect, before, after in product(("auto", "open", "close"), mirror, mirror):
        bought = fine("buy", effect, before, after)

        assert bought == fine("sell", effect, mirror[before], mirror[after])


@pytest.mark.parametrize(
    ("order_type", "price", "trigger", "code"),
    [
        ("market", "", "", None),
        ("market", "1", "", None),
        ("market", "", "1", "trigger_not_allowed"),
        ("limit", "1", "", None),
        ("limit", "", "", "price_missing"),
        ("limit", "1", "1", "trigger_not_allowed"),
        ("stop", "", "1", None),
        ("stop", "1", "1", None),
        ("stop", "1", "", "trigger_missing"),
        ("stop_limit", "1", "1", None),
        ("stop_limit", "1", "", "trigger_missing"),
        ("stop_limit", "", "1", "price_missing"),
    ],
)
def test_an_order_type_has_its_prices(
    order_type: str, price: str, trigger: str, code: str | None
) -> None:
    """Each order type has the prices that it needs and no trigger that it does not know."""
    text = alert(order_type=f'"{order_type}"', price=price, trigger=trigger)
    misread = read(text.encode()).misread

    assert code == (misread and misread.code)
