"""The paper account without an event loop: costs, delays, waits."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.paper.desk import Desk
from adapters.paper.ledger import LedgerRefused
from adapters.paper.settings import PaperSettings
from core.orders import OrderEvent, OrderType, Purpose, Side, Terms
from tests.unit.paper.parts import INSTRUMENTS, MS, NOW, desk, events, ledger, order, quote

D = Decimal


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Desk]:
    """An account without costs and delays in a market of 1.1000 to 1.1002."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    yield made
    made.ledger.close()


def test_the_free_margin_is_told_where_an_instrument_says_what_it_needs(tmp_path: Path) -> None:
    """Equity less what the positions need at the middle of the market; else nothing is told."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    assert made.mark(NOW).free_margin is None
    needs = msgspec.structs.replace(INSTRUMENTS["EURUSD"], margin_per_unit=D("0.5"))
    made.instruments = {**INSTRUMENTS, "EURUSD": needs}
    made.submit(order("a"), NOW)
    made.commit()
    held = abs(made.money.holdings["EURUSD"].quantity)
    mark = made.mark(NOW)

    assert held
    assert mark.equity - held / 2 == mark.free_margin
    made.ledger.close()


def test_a_market_order_without_a_quote_waits_for_the_first(tmp_path: Path) -> None:
    """It is accepted at once and filled by the first quote that comes."""
    made = desk(tmp_path)
    made.submit(order("a"), NOW)
    assert [("a", "accepted")] == events(made.commit())
    made.quote(quote("1.1000", "1.1002"), NOW + 1)

    assert [("a", "fill")] == events(made.commit())
    assert made.next_due_ns is None
    made.ledger.close()


def test_a_market_order_that_no_quote_meets_expires(tmp_path: Path) -> None:
    """After the documented wait it is over, and the reason names the instrument and the wait."""
    made = desk(tmp_path, PaperSettings(quote_wait_ms=5_000))
    made.submit(order("a"), NOW)
    made.commit()
    assert NOW + 5_000 * MS == made.next_due_ns
    made.advance(NOW + 5_000 * MS - 1)
    assert [] == made.commit()
    made.advance(NOW + 5_000 * MS)
    (report,) = made.commit()

    assert ("a", "expired") == (report.order, report.event)
    assert "5000 ms" in report.reason
    assert "EURUSD" in report.reason
    made.ledger.close()


def test_latency_delays_and_never_reorders(tmp_path: Path) -> None:
    """Nothing is told before its time, and what was sent first arrives first."""
    made = desk(tmp_path, PaperSettings(latency_ms_min=10, latency_ms_max=200))
    made.quote(quote("1.1000", "1.1002"), NOW)
    names = [f"o{number}" for number in range(20)]
    for number, name in enumerate(names):
        made.submit(order(name), NOW + number)
    assert [] == made.commit()
    assert made.next_due_ns is not None
    assert made.next_due_ns >= NOW + 10 * MS
    made.advance(NOW + 9 * MS)
    assert [] == made.commit()
    made.advance(NOW + 201 * MS)
    told = made.commit()

    assert names == [one.order for one in told if one.event == "accepted"]
    made.ledger.close()


def test_an_order_on_its_way_survives_a_restart(tmp_path: Path) -> None:
    """It is in the ledger from the moment it was taken in, and arrives in the next life."""
    slow = PaperSettings(latency_ms_min=50, latency_ms_max=50)
    made = desk(tmp_path, slow)
    made.submit(order("a"), NOW)
    assert [] == made.commit()
    made.ledger.close()
    again = desk(tmp_path, slow)
    again.quote(quote("1.1000", "1.1002"), NOW)
    assert [] == again.commit()
    again.advance(NOW + 50 * MS)

    assert [("a", "accepted"), ("a", "fill")] == events(again.commit())
    again.ledger.close()


def test_a_triggered_stop_stays_triggered_over_a_restart(tmp_path: Path) -> None:
    """A stop limit whose trigger was seen fills by its limit alone, whoever runs it."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    stop = order("a", order_type=OrderType.STOP_LIMIT, trigger="1.1010", price="1.1020")
    made.submit(stop, NOW)
    made.quote(quote("1.1050", "1.1052"), NOW)
    made.commit()
    made.ledger.close()
    again = desk(tmp_path)
    again.quote(quote("1.0998", "1.1000"), NOW)  # below the trigger now, and below the limit

    assert [("a", "fill")] == events(again.commit())
    again.ledger.close()


def test_every_cost_makes_it_worse(tmp_path: Path) -> None:
    """Ticks, basis points and size add up, rounded against the customer; fees are as set."""
    costly = PaperSettings(
        slippage_ticks=2,
        slippage_basis_points=D(1),
        slippage_ticks_per_unit=D("0.5"),
        commission_percent=D("0.01"),
        commission_per_unit=D(3),
    )
    made = desk(tmp_path, costly)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("buy", quantity="3"), NOW)
    made.submit(order("sell", side=Side.SELL, quantity="3"), NOW)
    buy, sell = (one for one in made.commit() if one.event == "fill")

    # 2 + 1.1002 (1 bp of the price in ticks) + 1.5 ticks = 4.6002, so 5 whole ticks
    assert D("1.1007") == buy.price
    assert D("1.0995") == sell.price
    assert D(3) * D("1.1007") * 1000 / 10_000 + 9 == buy.fee
    made.ledger.close()


def test_slippage_stops_at_the_limit(tmp_path: Path) -> None:
    """A limit order that takes is never slipped beyond its limit, either side."""
    made = desk(tmp_path, PaperSettings(slippage_ticks=50))
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("buy", order_type=OrderType.LIMIT, price="1.1005"), NOW)
    made.submit(order("sell", order_type=OrderType.LIMIT, price="1.0998", side=Side.SELL), NOW)
    prices = [one.price for one in made.commit() if one.event == "fill"]

    assert [D("1.1005"), D("1.0998")] == prices
    made.ledger.close()


def test_an_instrument_in_another_currency_needs_a_rate(plain: Desk, tmp_path: Path) -> None:
    """Without a rate the order is rejected; with one, profit arrives in the account's currency."""
    plain.submit(order("a", instrument="DAX"), NOW)
    (report,) = plain.commit()
    assert "rejected" == report.event
    assert "paper_currency_unknown" in report.reason
    plain.ledger.close()

    rich = desk(tmp_path, PaperSettings(rates={"EUR": D("1.1")}))
    rich.quote(quote("20000", "20001", "DAX"), NOW)
    rich.submit(order("in", instrument="DAX"), NOW)
    rich.quote(quote("20011", "20012", "DAX"), NOW)
    assert D(100_000) + 10 * 25 * D("1.1") == rich.mark(NOW).equity
    rich.submit(order("out", instrument="DAX", side=Side.SELL), NOW)
    rich.commit()

    assert D(100_000) + 10 * 25 * D("1.1") == rich.mark(NOW).balance
    rich.ledger.close()


def test_rejects_by_chance_are_the_same_in_every_life(tmp_path: Path) -> None:
    """About the asked-for share is rejected, and the same ids for the same seed."""
    moody = PaperSettings(reject_probability=D("0.3"), seed=5)

    def rejected(folder: Path) -> list[str]:
        folder.mkdir()
        made = desk(folder, moody)
        made.quote(quote("1.1000", "1.1002"), NOW)
        for number in range(200):
            made.submit(order(f"o{number}"), NOW)
        told = made.commit()
        made.ledger.close()
        return [one.order for one in told if one.event == "rejected"]

    first = rejected(tmp_path / "one")
    assert first == rejected(tmp_path / "two")
    assert 40 <= len(first) <= 80


def test_pieces_are_never_smaller_than_the_smallest_order(tmp_path: Path) -> None:
    """An order that cannot be cut fills whole, even where everything fills in pieces."""
    made = desk(tmp_path, PaperSettings(partial_fill_probability=D(1)))
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("small", quantity="0.1"), NOW)
    made.submit(order("large", quantity="0.3"), NOW)
    for _ in range(5):
        made.quote(quote("1.1000", "1.1002"), NOW)
    fills = [(one.order, one.quantity) for one in made.commit() if one.event == "fill"]

    assert ("small", D("0.1")) == fills[0]
    assert len(fills) > 2
    assert min(quantity or D(0) for _, quantity in fills) >= D("0.1")
    made.ledger.close()


def test_a_position_in_a_lost_instrument_stops_the_start(tmp_path: Path) -> None:
    """An instrument that left the configuration while held is named, not forgotten."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("a"), NOW)
    made.commit()
    made.ledger.close()
    book = ledger(tmp_path)
    others = {"DAX": INSTRUMENTS["DAX"]}
    with pytest.raises(LedgerRefused) as refused:
        Desk(instruments=others, settings=PaperSettings(), ledger=book, now_ns=NOW)
    book.close()

    assert "paper_instrument_missing" == refused.value.code
    assert "EURUSD" in refused.value.text


def test_a_reduced_leg_is_cut_when_it_trades(plain: Desk) -> None:
    """A stop over the whole position closes only what a partial exit has left of it."""
    plain.submit(order("in", quantity="2"), NOW)
    leg = {"side": Side.SELL, "purpose": Purpose.LEG, "order_type": OrderType.STOP}
    plain.submit(order("leg", quantity="2", trigger="1.0950", **leg), NOW)
    plain.submit(order("out", quantity="1.5", side=Side.SELL, purpose=Purpose.EXIT), NOW)
    plain.commit()
    plain.quote(quote("1.0900", "1.0902"), NOW)
    fill, end = plain.commit()

    assert ("leg", D("0.5")) == (fill.order, fill.quantity)
    assert ("leg", "cancelled") == (end.order, end.event)


def test_a_stop_is_reached_by_the_side_it_trades_at(plain: Desk) -> None:
    """A buy stop looks at the ask alone, a sell stop at the bid alone."""
    buy = order("buy", order_type=OrderType.STOP, trigger="1.1010")
    sell = order("sell", order_type=OrderType.STOP, trigger="1.0990", side=Side.SELL)
    plain.submit(buy, NOW)
    plain.submit(sell, NOW)
    plain.commit()
    plain.quote(quote("1.0991", "1.1009"), NOW)
    assert [] == plain.commit()
    plain.quote(quote("1.0991", "1.1010"), NOW)
    assert [("buy", "fill")] == events(plain.commit())
    plain.quote(quote("1.0990", "1.1009"), NOW)

    assert [("sell", "fill")] == events(plain.commit())


def test_an_order_that_rested_gives_its_price_in_every_life(tmp_path: Path) -> None:
    """A resting limit fills at its limit, not at the better quote, also after a restart."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("a", order_type=OrderType.LIMIT, price="1.0990"), NOW)
    made.commit()
    made.ledger.close()
    again = desk(tmp_path)
    again.quote(quote("1.0970", "1.0972"), NOW)
    (fill,) = again.commit()

    assert D("1.0990") == fill.price
    again.ledger.close()


def test_what_is_left_of_pieces_waits_only_so_long(tmp_path: Path) -> None:
    """A market order or a reached stop whose quotes cease between two pieces expires."""
    pieces = PaperSettings(partial_fill_probability=D(1), quote_wait_ms=1_000)
    made = desk(tmp_path, pieces)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("market", quantity="8"), NOW)
    made.submit(order("stop", quantity="8", order_type=OrderType.STOP, trigger="1.1010"), NOW)
    later = NOW + 900 * MS
    made.quote(quote("1.1020", "1.1022"), later)
    made.advance(NOW + 1_000 * MS)
    assert [("market", "fill"), ("stop", "fill")] == events(made.commit())[-2:]
    made.advance(later + 1_000 * MS)

    assert [("market", "expired"), ("stop", "expired")] == events(made.commit())
    assert made.next_due_ns is None
    made.ledger.close()


def test_a_clock_that_was_set_back_holds_nothing_up(tmp_path: Path) -> None:
    """An order on its way arrives, though its time of arrival is an hour ahead now."""
    made = desk(tmp_path, PaperSettings(latency_ms_min=10, latency_ms_max=10))
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("a"), NOW)
    made.advance(NOW - 3600 * 1000 * MS)

    assert [("a", "accepted"), ("a", "fill")] == events(made.commit())
    made.ledger.close()


@pytest.mark.parametrize(
    ("side", "worst", "ends"),
    [
        (Side.BUY, "1.1001", "expired"),
        (Side.BUY, "1.1002", "fill"),
        (Side.SELL, "1.1001", "expired"),
    ],
)
def test_a_market_order_is_not_filled_beyond_its_collar(
    tmp_path: Path, side: Side, worst: str, ends: str
) -> None:
    """A market that jumped between verdict and fill ends the order, also after a restart."""
    made = desk(tmp_path)
    made.submit(order("a", side=side, worst_price=worst), NOW)
    made.commit()
    made.ledger.close()
    again = desk(tmp_path)
    again.quote(quote("1.1000", "1.1002"), NOW + 1)

    assert [("a", ends)] == events(again.commit())
    again.ledger.close()


@pytest.mark.parametrize("restarts", [False, True])
def test_a_replaced_order_loses_its_place_for_good(tmp_path: Path, restarts: bool) -> None:
    """Of two exits that share one position the replaced one comes last, also after a restart."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("in", quantity="2"), NOW)
    way_out = {"side": Side.SELL, "purpose": Purpose.EXIT, "order_type": OrderType.LIMIT}
    for name in ("first", "second"):
        made.submit(order(name, quantity="2", price="1.1050", **way_out), NOW)
    made.replace("first", Terms(quantity=D(2), price=D("1.1040")), NOW)
    made.commit()
    again = made
    if restarts:
        made.ledger.close()
        again = desk(tmp_path)
    again.quote(quote("1.1060", "1.1062"), NOW)
    events = {one.order: one.event for one in again.commit()}
    again.ledger.close()

    assert {"second": OrderEvent.FILL, "first": OrderEvent.CANCELLED} == events


def test_a_stop_that_was_reached_keeps_its_trigger(tmp_path: Path) -> None:
    """A stop limit that waits at its limit is a limit order now: only that can be moved."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    kind = {"order_type": OrderType.STOP_LIMIT, "trigger": "1.1010", "price": "1.1005"}
    made.submit(order("a", **kind), NOW)
    made.quote(quote("1.1010", "1.1012"), NOW)
    made.replace("a", Terms(quantity=D(1), price=D("1.1005"), trigger=D("1.1020")), NOW)
    made.replace("a", Terms(quantity=D(1), price=D("1.1015"), trigger=D("1.1010")), NOW)
    told = made.commit()
    made.ledger.close()

    events = [OrderEvent.ACCEPTED, OrderEvent.REPLACE_REJECTED, OrderEvent.REPLACED]
    assert [*events, OrderEvent.FILL] == [one.event for one in told]
    assert "paper_replace_triggered" == told[1].reason.partition(":")[0]


def test_a_rejection_by_chance_is_known_to_pass(tmp_path: Path) -> None:
    """What is wrong with an order stays wrong; what chance refused may be tried anew."""
    made = desk(tmp_path, PaperSettings(reject_probability=D(1)))
    made.submit(order("chance"), NOW)
    made.submit(order("wrong", quantity="0.01"), NOW)
    transient = {one.order: one.transient for one in made.commit()}
    made.ledger.close()

    assert {"chance": True, "wrong": False} == transient
