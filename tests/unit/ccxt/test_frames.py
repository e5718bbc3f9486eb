"""Frames of private streams: what the venues document, and what they do not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from adapters.ccxt.frames.reading import Reading, Told
from adapters.ccxt.streams import STREAMS
from core.orders import OrderEvent, Terms
from core.reports import Report
from tests.unit.ccxt import samples
from tests.unit.ccxt.samples import AT_NS, OURS, THEIRS

_EV = OrderEvent


def read(venue: str, frame: object, owners: dict[str, str] | None = None) -> Reading:
    """Read one frame of a venue."""
    return STREAMS[venue].read(frame, samples.eyes(owners))


def report(reading: Reading) -> Report:
    """Return the one report that a frame gives."""
    (told,) = reading.told
    assert told.report is not None
    return told.report


# --- Binance spot --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({}, _EV.ACCEPTED),
        ({"x": "CANCELED", "X": "CANCELED", "c": "cancel-1", "C": OURS}, _EV.CANCELLED),
        ({"x": "REJECTED", "X": "REJECTED", "r": "-2010"}, _EV.REJECTED),
        ({"x": "EXPIRED", "X": "EXPIRED"}, _EV.EXPIRED),
        ({"x": "EXPIRED", "X": "EXPIRED_IN_MATCH"}, _EV.EXPIRED),
        ({"x": "TRADE_PREVENTION", "X": "EXPIRED_IN_MATCH"}, _EV.EXPIRED),
        ({"x": "REPLACED", "c": "new", "C": OURS, "q": "0.5"}, _EV.REPLACED),
        ({"x": "TRADE", "l": "0.1", "L": "50000", "z": "0.1", "t": 7}, _EV.FILL),
    ],
)
def test_spot_execution_types(changes: dict[str, Any], event: OrderEvent) -> None:
    """Each execution type of Binance spot says its own event of our order."""
    said = report(read("binance", samples.spot(**changes)))

    assert (event, OURS, "4293153", AT_NS) == (said.event, said.order, said.venue_order, said.at_ns)


def test_spot_fill() -> None:
    """A fill carries its own id, quantity, price and fee, and what the venue counts in all."""
    reading = read("binance", samples.spot_trade(77, "0.25000000", "0.75000000"))

    assert reading.told == (
        Told(
            key="BTCUSDT:4293153",
            filled=Decimal("0.75"),
            born_ns=AT_NS,
            report=Report(
                account="acct",
                order=OURS,
                event=_EV.FILL,
                at_ns=AT_NS,
                venue_order="4293153",
                exec_id="BTCUSDT:77",
                quantity=Decimal("0.25"),
                price=Decimal("50000.10"),
                fee=Decimal("0.0001"),
                fee_currency="BNB",
                raw="raw",
            ),
        ),
    )


def test_spot_replaced_carries_all_terms() -> None:
    """A replaced order carries its new quantity, price and trigger."""
    frame = samples.spot(x="REPLACED", q="0.5", p="49000", P="48000")
    said = report(read("binance", frame))

    terms = (Decimal("0.5"), Decimal(49000), Decimal(48000))
    assert terms == (said.quantity, said.price, said.trigger)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"event": {"e": "eventStreamTerminated", "E": 1}}, "over"),
        ({"event": {"e": "listenKeyExpired", "E": 1}}, "over"),
        ({"event": {"e": "serverShutdown", "E": 1}}, "over"),
        ({"e": "serverShutdown", "E": 1}, "over"),
        ({"event": {"e": "outboundAccountPosition", "E": 1}}, "money"),
        ({"event": {"e": "balanceUpdate", "E": 1}}, "money"),
        ({"event": {"e": "neverHeardOf", "E": 1}}, "gap"),
        (samples.spot(x="NEVER_HEARD_OF"), "gap"),
        (samples.spot(x="TRADE_PREVENTION", X="NEW"), "gap"),
        (samples.spot(c=THEIRS, x="TRADE"), "others"),
        ({"id": "1", "status": 200, "result": {"subscriptionId": 0}}, "acked"),
        ({"id": "1", "status": 400, "error": {"code": -1022, "msg": "bad signature"}}, "refused"),
    ],
)
def test_spot_beside_orders(frame: dict[str, Any], expected: str) -> None:
    """Everything else that the stream says is known for what it is, or is a gap."""
    reading = read("binance", frame)

    assert getattr(reading, expected)
    assert () == reading.told


def test_strangers_orders_are_no_reports() -> None:
    """An order with somebody else's id gives no report; only its trades matter to us."""
    assert Reading(private=True, venue_ns=AT_NS + 1_000_000, owner="BTCUSDT:4293153") == read(
        "binance", samples.spot(c=THEIRS)
    )


# --- Binance USD-M -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({}, _EV.ACCEPTED),
        ({"x": "CANCELED", "X": "CANCELED"}, _EV.CANCELLED),
        ({"x": "EXPIRED", "X": "EXPIRED"}, _EV.EXPIRED),
        ({"x": "EXPIRED", "X": "EXPIRED_IN_MATCH"}, _EV.EXPIRED),
        ({"x": "TRADE_PREVENTION", "X": "EXPIRED_IN_MATCH"}, _EV.EXPIRED),
        ({"x": "REJECTED", "X": "REJECTED"}, _EV.REJECTED),
        ({"x": "AMENDMENT", "q": "0.02"}, _EV.REPLACED),
        ({"x": "TRADE", "l": "0.01", "L": "50000", "z": "0.01", "t": 9}, _EV.FILL),
    ],
)
def test_usdm_execution_types(changes: dict[str, Any], event: OrderEvent) -> None:
    """Each execution type of Binance USD-M says its own event of our order."""
    said = report(read("binanceusdm", samples.usdm(**changes)))

    assert (event, OURS, "8886774") == (said.event, said.order, said.venue_order)


@pytest.mark.parametrize(
    "changes",
    [
        {"x": "CALCULATED", "X": "FILLED", "c": "autoclose-1"},
        {"x": "CALCULATED", "X": "FILLED"},
        {"x": "TRADE", "X": "FILLED", "c": "adl_autoclose", "l": "1", "z": "1", "L": "1", "t": 3},
        {"x": "TRADE", "X": "FILLED", "c": "settlement_autoclose-1"},
    ],
)
def test_usdm_forced_trades(changes: dict[str, Any]) -> None:
    """Liquidation, deleveraging and settlement are nobody's fills: the position has to be read."""
    reading = read("binanceusdm", samples.usdm(**changes))

    assert () == reading.told
    assert "forced by the venue" in reading.others
    assert reading.money


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("NEW", _EV.ACCEPTED),
        ("CANCELED", _EV.CANCELLED),
        ("EXPIRED", _EV.EXPIRED),
        ("REJECTED", _EV.REJECTED),
    ],
)
def test_usdm_orders_with_a_trigger(status: str, event: OrderEvent) -> None:
    """The states of an order that waits for a trigger are events of our order."""
    said = report(read("binanceusdm", samples.algo(X=status, rm="Reduce Only reject")))

    assert (event, OURS, "2148719") == (said.event, said.order, said.venue_order)
    assert (event is not _EV.ACCEPTED) == bool(said.reason)


def test_usdm_what_a_triggered_order_becomes_is_ours() -> None:
    """A triggered order names the order that it became, and fills of that one are ours whatever id
    the venue gave it."""
    triggered = read("binanceusdm", samples.algo(X="TRIGGERED", ai="777"))
    owners = dict(triggered.links)
    frame = samples.usdm(i=777, c="x-venue", x="TRADE", l="0.01", L="49000", z="0.01", t=5)
    said = report(read("binanceusdm", frame, owners))

    assert {"BTCUSDT:777": OURS} == owners
    assert (_EV.FILL, OURS, "BTCUSDT:5") == (said.event, said.order, said.exec_id)


def test_usdm_triggering_has_to_go_on() -> None:
    """An order on its way from its trigger to the book is expected there; arriving ends that."""
    begun = read("binanceusdm", samples.algo(X="TRIGGERING"))
    done = read("binanceusdm", samples.algo(X="TRIGGERED", ai="777"))

    assert "BTCUSDT:algo:2148719" == begun.begun == done.done


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"e": "listenKeyExpired", "E": 1, "listenKey": "k"}, "over"),
        ({"e": "ACCOUNT_UPDATE", "E": 1, "a": {}}, "money"),
        ({"e": "ACCOUNT_CONFIG_UPDATE", "E": 1}, "money"),
        ({"e": "MARGIN_CALL", "E": 1}, "others"),
        ({"e": "TRADE_LITE", "E": 1}, "private"),
        ({"e": "CONDITIONAL_ORDER_TRIGGER_REJECT", "E": 1, "or": {"s": "B", "i": 1}}, "gap"),
        ({"e": "NEVER_HEARD_OF", "E": 1}, "gap"),
        (samples.usdm(x="NEVER_HEARD_OF"), "gap"),
        (samples.algo(X="NEVER_HEARD_OF"), "gap"),
    ],
)
def test_usdm_beside_orders(frame: dict[str, Any], expected: str) -> None:
    """Everything else that the stream says is known for what it is, or is a gap."""
    reading = read("binanceusdm", frame)

    assert getattr(reading, expected)
    assert () == reading.told


# --- Bybit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("New", _EV.ACCEPTED),
        ("Untriggered", _EV.ACCEPTED),
        ("Triggered", _EV.ACCEPTED),
        ("PartiallyFilled", _EV.ACCEPTED),
        ("Cancelled", _EV.CANCELLED),
        ("PartiallyFilledCanceled", _EV.CANCELLED),
        ("Deactivated", _EV.CANCELLED),
        ("Rejected", _EV.REJECTED),
    ],
)
def test_bybit_order_statuses(status: str, event: OrderEvent) -> None:
    """Each order status of Bybit says its own event of our order."""
    frame = samples.bybit_order(orderStatus=status, rejectReason="EC_PostOnlyWillTakeLiquidity")
    said = report(read("bybit", frame))

    assert (event, OURS) == (said.event, said.order)
    assert "EC_PostOnlyWillTakeLiquidity" == said.reason


def test_bybit_filled_is_only_a_count() -> None:
    """That an order is filled is said by its executions; the order's frame says how much."""
    frame = samples.bybit_order(orderStatus="Filled", cumExecQty="0.020", leavesQty="0")
    (told,) = read("bybit", frame).told

    assert told.report is None
    assert Decimal("0.020") == told.filled


def test_bybit_fill() -> None:
    """A fill carries its own id, quantity, price, and fee in the currency of its market."""
    (told,) = read("bybit", samples.bybit_execution()).told

    assert told == Told(
        key="5cf98598-39a7-459e-97bf-76ca765ee020",
        report=Report(
            account="acct",
            order=OURS,
            event=_EV.FILL,
            at_ns=AT_NS,
            venue_order="5cf98598-39a7-459e-97bf-76ca765ee020",
            exec_id="e-1",
            quantity=Decimal("0.010"),
            price=Decimal("50000.5"),
            fee=Decimal("0.0275"),
            fee_currency="USDT",
            raw="raw",
        ),
    )


def test_bybit_terms() -> None:
    """A working order shows its terms; of a market order the price is the venue's own affair."""
    (limit,) = read("bybit", samples.bybit_order(triggerPrice="49000")).told
    (market,) = read("bybit", samples.bybit_order(orderType="Market")).told

    assert Terms(quantity=Decimal("0.02"), price=Decimal(50000), trigger=Decimal(49000)) == (
        limit.terms
    )
    assert Terms(quantity=Decimal("0.02")) == market.terms


@pytest.mark.parametrize("kind", ["AdlTrade", "BustTrade", "Delivery", "Settle"])
def test_bybit_forced_trades(kind: str) -> None:
    """Liquidation, deleveraging and settlement are nobody's fills: the position has to be read."""
    reading = read("bybit", samples.bybit_execution(execType=kind, orderLinkId=""))

    assert () == reading.told
    assert "forced by the venue" in reading.others


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (samples.bybit_execution(execType="Funding"), "money"),
        (samples.bybit_execution(execType="BlockTrade"), "others"),
        (samples.bybit_execution(orderLinkId=THEIRS), "others"),
        (samples.bybit_execution(execType="NeverHeardOf"), "gap"),
        (samples.bybit_order(orderStatus="NeverHeardOf"), "gap"),
        ({"topic": "wallet", "creationTime": 1, "data": []}, "money"),
        ({"topic": "position", "creationTime": 1, "data": []}, "money"),
        ({"topic": "neverHeardOf", "creationTime": 1, "data": []}, "gap"),
        ({"success": True, "ret_msg": "", "op": "auth", "conn_id": "x"}, "acked"),
        ({"success": True, "ret_msg": "", "op": "subscribe", "req_id": "1"}, "acked"),
        ({"success": False, "ret_msg": "error:USVC1111", "op": "auth"}, "refused"),
        ({"success": False, "ret_msg": "error:invalid op", "request": {"op": ""}}, "refused"),
    ],
)
def test_bybit_beside_orders(frame: dict[str, Any], expected: str) -> None:
    """Everything else that the stream says is known for what it is, or is a gap."""
    reading = read("bybit", frame)

    assert getattr(reading, expected)
    assert () == reading.told


def test_bybit_pong_says_nothing() -> None:
    """A pong is no news."""
    assert Reading() == read("bybit", {"req_id": "2", "op": "pong", "args": ["1"], "conn_id": "x"})


def test_bybit_rows_of_one_frame_keep_their_order() -> None:
    """A frame with several executions gives all of them, in their order."""
    frame = samples.bybit_execution("e-1")
    frame["data"] += samples.bybit_execution("e-2")["data"]
    told = read("bybit", frame).told

    assert ["e-1", "e-2"] == [one.report.exec_id for one in told if one.report]
