"""What must never be stored or shown is not in what comes out."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.redaction import TEXT_MAX, redacted

SECRET: Final = "Zx9-secret-value"
HEX: Final = 64 * "a1"


@pytest.mark.parametrize(
    "text",
    [
        f"binance GET https://api.binance.com/api/v3/order?timestamp=1&signature={SECRET}",
        f"https://x/y?listenKey={SECRET}&a=1",
        json.dumps({"apiKey": SECRET, "symbol": "BTCUSDT"}),
        json.dumps({"req": json.dumps({"params": {"signature": SECRET}})}),
        str({"KC-API-PASSPHRASE": SECRET, "KC-API-SIGN": SECRET}),
        str({"OK-ACCESS-KEY": SECRET}),
        f"Authorization: Bearer {SECRET}",
        f"wss://stream.binance.com:9443/ws/{HEX}",
        f"api-sign: {SECRET}",
    ],
)
def test_named_and_long_secrets_go(text: str) -> None:
    """A value behind the name of a secret goes, and so does what looks like a key."""
    out = redacted(text)

    assert SECRET not in out
    assert HEX not in out


@given(st.text(max_size=60), st.text(max_size=3000), st.integers(0, 9000))
def test_a_known_secret_goes_wherever_it_stands(before: str, after: str, many: int) -> None:
    """The account's own secrets go wherever they are, and the text is bounded."""
    out = redacted(before + many * "x" + SECRET + after, (SECRET,))

    assert SECRET not in out
    assert len(out) <= TEXT_MAX


def test_what_is_no_secret_stays() -> None:
    """Words, codes, ids of orders and prices are left as they are."""
    text = '{"code":-2010,"msg":"Account has insufficient balance","orderId":"0123456789abcdef"}'

    assert text == redacted(text, ("",))
