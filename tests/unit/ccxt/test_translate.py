"""Translation: what a venue's words prove of an order, and numbers read from text alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.translate import (
    STATUSES,
    event_of,
    fill_report,
    moment_ns,
    number,
    order_row,
    trade_row,
    type_of,
    venue_order,
)
from core.money import ZERO
from core.orders import OrderEvent, OrderType, Side
from tests.unit.ccxt.accounts import ACCOUNT, NAME

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("raw", "status", "filled", "expected"),
    [
        ("PartiallyFilledCanceled", "closed", "0.4", OrderEvent.CANCELLED),
        ("PENDING_CANCEL", "canceling", "0", OrderEvent.ACCEPTED),
        ("EXPIRED_IN_MATCH", "expired", "0.4", OrderEvent.EXPIRED),
        ("Deactivated", "canceled", "0", OrderEvent.CANCELLED),
        ("TRIGGERED", "closed", "0", OrderEvent.ACCEPTED),
        ("", "closed", "1", OrderEvent.FILL),
        ("", "closed", "0.999", OrderEvent.CANCELLED),
        ("", "open", "1", OrderEvent.ACCEPTED),
        ("FAILED", "canceled", "0", OrderEvent.CANCELLED),
        ("QUEUED", "QUEUED", "0", OrderEvent.ACCEPTED),
        ("poc", "poc", "0.1", OrderEvent.ACCEPTED),
    ],
)
def test_the_venues_own_word_counts_and_closed_is_not_filled(
    raw: str, status: str, filled: str, expected: OrderEvent
) -> None:
    """The raw word first; ccxt's "closed" is judged by what is filled; a word that nobody knows
    leaves the order alive."""
    assert event_of(raw, status, Decimal(filled), ONE) is expected


@given(st.text(max_size=20), st.text(max_size=20), st.decimals(0, "0.999", places=3))
def test_a_strange_word_never_ends_an_order(raw: str, status: str, filled: Decimal) -> None:
    """Whatever a venue comes to say: only the words that are known end what has something left."""
    said = event_of(raw, status, filled, ONE)

    known = raw in STATUSES or status in ("closed", "canceled", "expired", "rejected")
    assert known or said is OrderEvent.ACCEPTED


def told(**more: Any) -> dict[str, Any]:
    """Return an order as ccxt puts it."""
    return {
        "id": "7",
        "clientOrderId": "abc",
        "symbol": "BTC/USDT",
        "side": "buy",
        "type": "limit",
        "amount": "1.000",
        "filled": "0.25",
        "price": "50000.10",
        "status": "open",
        "timestamp": 1_700_000_000_123,
        "info": {"status": "PARTIALLY_FILLED", "updateTime": "1700000000456"},
        **more,
    }


def test_an_order_is_read_with_its_exact_numbers() -> None:
    """Every digit as the venue wrote it, the time of its last change, and its own message."""
    row = order_row(told())

    assert row is not None
    assert (row.amount, row.filled, row.price) == (ONE, Decimal("0.25"), Decimal("50000.10"))
    assert row.at_ns == 1_700_000_000_456 * 1_000_000
    assert (row.event, row.working) == (OrderEvent.ACCEPTED, True)
    assert "PARTIALLY_FILLED" in row.raw


def test_a_float_is_no_number_of_a_venue() -> None:
    """A float has already lost what the venue wrote: it is refused, not rounded."""
    with pytest.raises(TypeError):
        order_row(told(amount=1.1))
    assert number("") is None
    assert number(7) == Decimal(7)


def test_an_answer_that_does_not_say_what_is_traded_is_no_order() -> None:
    """The answers of asynchronous venues are ids alone."""
    assert order_row({"id": "7", "info": {}}) is None


@pytest.mark.parametrize(
    ("word", "trigger", "price", "expected"),
    [
        ("market", None, None, OrderType.MARKET),
        ("limit", None, ONE, OrderType.LIMIT),
        ("stop_market", ONE, None, OrderType.STOP),
        ("market", ONE, None, OrderType.STOP),
        ("stop", ONE, ONE, OrderType.STOP_LIMIT),
        ("limit", ONE, ONE, OrderType.STOP_LIMIT),
        ("", ONE, None, OrderType.STOP),
    ],
)
def test_types_are_told_by_word_and_prices(
    word: str, trigger: Decimal | None, price: Decimal | None, expected: OrderType
) -> None:
    """Venues call the same thing by many names."""
    assert type_of(word, trigger, price) is expected


def test_an_execution_is_known_by_its_market_and_number() -> None:
    """Numbers of executions repeat in other markets; where the venue's own id is unique it is
    kept. A fee whose currency is not told is not known."""
    trade = {
        "id": "99",
        "order": "7",
        "symbol": "BTC/USDT",
        "amount": "0.25",
        "price": "50000.1",
        "timestamp": 1_700_000_000_123,
        "fee": {"cost": "0.00025", "currency": "BTC"},
        "info": {},
    }

    row = trade_row(trade, "BTCUSDT")
    report = fill_report(row, account=ACCOUNT, order="abc")

    assert row.exec_id == "BTCUSDT:99"
    assert trade_row(trade, "BTCUSDT", own_ids=True).exec_id == "99"
    assert (report.fee, report.fee_currency) == (Decimal("0.00025"), "BTC")
    nameless = trade_row({**trade, "fee": {"cost": "1"}}, "BTCUSDT")
    assert fill_report(nameless, account=ACCOUNT, order="abc").fee is None


def test_executions_count_where_the_order_is_behind_them() -> None:
    """Two lists of a venue are never quite of one moment: the larger sum is what happened."""
    row = order_row(told(amount="0.25", filled="0"))
    assert row is not None
    trade = {"id": "1", "amount": "0.25", "price": "1", "timestamp": 5, "info": {}}
    fill = fill_report(trade_row(trade, "BTCUSDT"), account=ACCOUNT, order="abc")

    shown = venue_order(row, order="abc", instrument=NAME, fills=(fill,))

    assert (shown.filled, shown.event) == (Decimal("0.25"), OrderEvent.FILL)
    assert venue_order(row, order="abc", instrument=NAME).filled == ZERO
    assert shown.side is Side.BUY


def test_written_times_are_read_in_their_zone() -> None:
    """Without a zone they are UTC; what is no time is none."""
    assert moment_ns("2023-05-15T03:21:05Z") == moment_ns("2023-05-15 03:21:05")
    assert moment_ns("soon") is None
