from __future__ import annotations

import re

import pytest

from adapters.tradingview.pairs import PIECES_MAX, pairs, pieces
from adapters.tradingview.reading import Fault

LINES = re.compile(r"\n|;")


def nothing(name: str) -> str:
    """A dialect without templates."""
    return ""


def fault(text: str) -> tuple[str, str, str]:
    """Read a text that is refused."""
    with pytest.raises(Fault) as raised:
        pairs(pieces(text, LINES), nothing)
    misread = raised.value.misread
    return misread.code, misread.field, misread.value


def test_cuts_at_the_separators_only() -> None:
    """White space round names and values goes; everything else belongs to the value."""
    text = "symbol = BTC/USDT ;\r\n note=a b,c\n\nsize=1"

    assert {"symbol": "BTC/USDT", "note": "a b,c", "size": "1"} == pairs(
        pieces(text, LINES), nothing
    )


def test_keeps_a_second_sign_in_the_value() -> None:
    """Only the first sign divides a piece; a value may be empty."""
    assert {"a": "b=c", "d": ""} == pairs(["a=b=c", "d="], nothing)


def test_folds_names_when_the_dialect_does() -> None:
    """Where case means nothing, two spellings are one name."""
    assert {"side": "BUY"} == pairs(["SIDE=BUY"], nothing, fold=True)
    with pytest.raises(Fault, match="json_duplicate_key"):
        pairs(["SIDE=BUY", "side=sell"], nothing, fold=True)


@pytest.mark.parametrize(
    ("text", "code", "field", "value"),
    [
        ("a=1;b", "text_pair_form", "", "b"),
        ("=1", "text_pair_form", "", "=1"),
        ("a=1\na=2", "json_duplicate_key", "a", ""),
        ("symbol={{ticker}}", "placeholder_left", "symbol", "{{ticker}}"),
        ("{{ticker}}=1", "placeholder_left", "{{ticker}}", "{{ticker}}"),
        ("a=1;{{close}}", "placeholder_left", "", "{{close}}"),
        ("key={{ticker}}", "placeholder_left", "key", "[redacted]"),
        ('{"a": 1}', "text_is_json", "", '{"a": 1}'),
        ("T: order buy @ 1 filled on BTC. Now 1", "text_default_strategy", "", ""),
        ("BTCUSD Greater Than 9000", "text_default_price", "", ""),
        (";".join(f"a{n}=1" for n in range(PIECES_MAX + 1)), "text_pieces_many", "", "65"),
    ],
)
def test_refuses_what_it_cannot_place(text: str, code: str, field: str, value: str) -> None:
    """Nothing of a message is dropped because it has no place."""
    assert (code, field, value) == fault(text)
