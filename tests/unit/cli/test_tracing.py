"""A trace in words answers "why did nothing happen?" before anything else."""

from __future__ import annotations

import io
from typing import Any

from bridge.cli.screen import Screen
from bridge.cli.tracing import asked_for, clock, tell_trace

CHECK: dict[str, Any] = {
    "control": 1,
    "title": "Quantity of one order",
    "value": "5",
    "limit": "0.1",
    "scope": "account:paper/instrument:BTCUSDT",
    "code": "quantity_over_limit",
    "result": "refused",
    "decided": True,
    "sentence": "The quantity 5 is above 0.1 per order.",
    "fix": "Send 0.1 or less.",
}

REFUSED: dict[str, Any] = {
    "signal": "abc",
    "route": "demo",
    "verdict": "refused",
    "sentence": "The quantity 5 is above 0.1 per order.",
    "fix": "Send 0.1 or less.",
    "repeats": 3,
    "asked": {"strategy": "demo", "action": "buy", "quantity": "5", "symbol": "BTCUSDT"},
    "hops": [
        {"at": "2026-11-22T12:00:00.000123Z", "since_ms": None, "title": "Received", "detail": ""},
        {
            "at": "2026-11-22T12:00:00.002000Z",
            "since_ms": "1.88",
            "title": "Refused",
            "detail": "x",
        },
    ],
    "accounts": [
        {
            "account": "paper",
            "verdict": "refused",
            "sentence": "The quantity 5 is above 0.1 per order.",
            "fix": "Send 0.1 or less.",
            "checks": [CHECK, {**CHECK, "code": "", "result": "ok", "title": "Bridge open"}],
        }
    ],
    "orders": [],
    "stages": [{"what": "door to verdict", "ms": "1.9"}],
    "raw": '{"comment": "\x1b[2J"}',
}


def told(trace: dict[str, Any]) -> str:
    """Tell a trace as it is told when piped."""
    out = io.StringIO()
    tell_trace(Screen(out=out), trace)
    return out.getvalue()


def test_the_reason_and_the_fix_stand_at_the_top() -> None:
    """The first lines say what was asked, why it was refused, and what to do about it."""
    first = told(REFUSED).splitlines()[:5]

    assert [
        "Signal abc: refused",
        "  demo on route demo asked: buy 5 BTCUSDT",
        "  The quantity 5 is above 0.1 per order.",
        "  Send 0.1 or less.",
        "  The same message came 3 times more; nothing was done again.",
    ] == first


def test_every_check_shows_value_and_limit() -> None:
    """Each check is a line with its result, its value, its limit and whose limit that is."""
    lines = told(REFUSED).splitlines()
    row = next(line for line in lines if "Quantity of one order" in line)

    assert ["refused", "1"] == row.split()[:2]
    assert ["5", "0.1", "account:paper/instrument:BTCUSDT"] == row.split()[-3:]


def test_each_hop_has_its_time_and_what_it_took() -> None:
    """A hop says when it was, and how long after the one before."""
    lines = told(REFUSED).splitlines()

    assert "  2026-11-22 12:00:00.002Z  +1.88 ms  Refused (x)" in lines


def test_the_message_is_shown_and_not_obeyed() -> None:
    """What the sender wrote is there to be read, escape sequences as text."""
    text = told(REFUSED)

    assert r"\x1b[2J" in text
    assert "\x1b" not in text


def test_an_order_is_told_with_its_price() -> None:
    """A filled order says at what price, at what cost and how far from the market."""
    order = {
        "order": "o1",
        "side": "buy",
        "quantity": "0.01",
        "instrument": "BTCUSDT",
        "order_type": "market",
        "state": "filled",
        "filled": "0.01",
        "average_price": "60000.5",
        "fee": "0.3",
        "slippage": "0.6",
        "venue_order": "P-1",
    }
    text = told({**REFUSED, "orders": [order]})

    assert "Order o1: buy 0.01 BTCUSDT market, filled" in text
    assert "filled 0.01 at 60000.5, fee 0.3; 0.6 worse than the middle of the market" in text
    assert "the venue calls it P-1" in text


def test_what_is_asked_is_said_in_words() -> None:
    """Units other than those of the instrument are named."""
    percent = {"action": "buy", "quantity": "5", "quantity_unit": "equity_percent", "symbol": "X"}
    limit = {"action": "sell", "quantity": None, "symbol": "", "order_type": "limit"}

    assert "buy 5 % of equity of X" == asked_for(percent)
    assert "sell (limit)" == asked_for(limit)


def test_a_missing_time_is_empty() -> None:
    """What did not happen yet has no time."""
    assert "" == clock(None)
