"""The rules of a market: what an order becomes under them, and which instrument fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.examine import of_market
from adapters.ccxt.rules import (
    Market,
    Sized,
    band_of,
    market_of,
    misfits,
    price_for,
    sized,
    symbol_of,
)
from adapters.port import Trouble, TroubleKind
from core.orders import Order, OrderType, Purpose, Side, Terms
from tests.unit.ccxt.accounts import instrument, order

STEPS = st.sampled_from([Decimal(one) for one in ("0.001", "0.01", "0.05", "0.25", "1", "5")])
NUMBERS = st.decimals("0.0001", "100000", places=6)


def market(*, spot: bool = False, **more: Any) -> Market:
    """Make a market that the instrument of the tests fits."""
    facts: dict[str, Any] = {
        "symbol": "BTC/USDT" if spot else "BTC/USDT:USDT",
        "id": "BTCUSDT",
        "base": "BTC",
        "quote": "USDT",
        "settle": "" if spot else "USDT",
        "active": True,
        "contract_size": Decimal(1),
        "tick": Decimal("0.01") if spot else Decimal("0.1"),
        "step": Decimal("0.00001") if spot else Decimal("0.001"),
        "amount_min": Decimal("0.00001") if spot else Decimal("0.001"),
        "cost_min": Decimal(5),
        **more,
    }
    found = instrument("binance" if spot else "bybit")
    return Market(instrument=found, spot=spot, **facts)


@given(NUMBERS, NUMBERS, STEPS, STEPS, st.sampled_from(Side))
def test_amounts_go_down_and_prices_away_from_the_other_side(
    quantity: Decimal, price: Decimal, step: Decimal, tick: Decimal, side: Side
) -> None:
    """Nothing is ever more than was asked, no buy is dearer and no sell cheaper; and everything is
    within a step of what was asked, and on it."""
    at = market(step=step, tick=tick, amount_min=Decimal(0), cost_min=Decimal(0))
    asked = order(side, price=price)
    fit = sized(at, asked, Terms(quantity=quantity, price=price))
    if isinstance(fit, Trouble):
        assert quantity < step or price < tick
        return

    assert quantity - step < fit.amount <= quantity
    assert fit.amount % step == 0
    assert fit.price is not None
    assert fit.price % tick == 0
    if side is Side.BUY:
        assert price - tick < fit.price <= price
    else:
        assert price <= fit.price < price + tick


@given(NUMBERS, STEPS)
def test_a_price_on_the_tick_stays(price: Decimal, tick: Decimal) -> None:
    """What is right already is not touched, on either side."""
    right = price_for(Side.BUY, price, tick)

    assert [price_for(side, right, tick) for side in Side] == [right, right]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (order(quantity="0.0009"), "ccxt_below_minimum"),
        (order(quantity="200"), "ccxt_above_maximum"),
        (order(quantity="0.001", price=Decimal(4000)), "ccxt_value_too_small"),
        (order(quantity="1", price=Decimal("0.01")), "ccxt_price_invalid"),
        (order(quantity="1", order_type=OrderType.STOP), "ccxt_price_invalid"),
        (order(quantity="1", price=None), "ccxt_price_invalid"),
    ],
)
def test_what_a_market_would_refuse_is_refused_before_it_leaves(asked: Order, code: str) -> None:
    """A proven refusal, with our own code."""
    said = sized(market(amount_max=Decimal(100)), asked, asked.terms)

    assert isinstance(said, Trouble)
    assert (said.kind, said.code) == (TroubleKind.REFUSED, code)


def test_what_is_left_of_a_swap_may_be_closed_whatever_it_is_worth() -> None:
    """Venues take a reduce-only order below their smallest value; a wallet's is refused."""
    leg = order(Side.SELL, "0.00001", OrderType.MARKET, Purpose.EXIT, reference=Decimal(50_000))
    small: dict[str, Any] = {"step": Decimal("0.00001"), "amount_min": Decimal("0.00001")}

    assert isinstance(sized(market(**small), leg, leg.terms), Sized)
    assert isinstance(sized(market(spot=True, **small), leg, leg.terms), Trouble)


@given(NUMBERS, NUMBERS)
def test_an_exit_of_a_wallet_sells_at_most_what_is_free(asked: Decimal, free: Decimal) -> None:
    """The amount is cut to what there is, on the step; nothing free is a refusal that passes."""
    leg = order(Side.SELL, str(asked), OrderType.MARKET, Purpose.EXIT)
    said = sized(market(spot=True, cost_min=Decimal(0)), leg, leg.terms, most=free)
    if isinstance(said, Trouble):
        assert min(asked, free) < Decimal("0.00001")
    else:
        assert said.amount <= min(asked, free)


def test_nothing_free_may_be_asked_for_again() -> None:
    """The coins are held by another order that is being cancelled: a later try may pass."""
    leg = order(Side.SELL, "0.01", OrderType.MARKET, Purpose.EXIT)
    said = sized(market(spot=True), leg, leg.terms, most=Decimal(0))

    assert isinstance(said, Trouble)
    assert (said.code, said.transient) == ("ccxt_nothing_free", True)


def test_a_market_order_carries_its_collar() -> None:
    """The worst price is brought onto the tick on the careful side."""
    asked = order(order_type=OrderType.MARKET, worst_price=Decimal("50000.19"))
    said = sized(market(), asked, asked.terms)

    assert isinstance(said, Sized)
    assert said.price == Decimal("50000.1")


@pytest.mark.parametrize(
    ("side", "worst", "expected"),
    [(Side.BUY, "60000", "52250"), (Side.SELL, "40000", "47750"), (Side.BUY, "51000", "51000")],
)
def test_a_collar_stays_within_what_the_venue_takes(side: Side, worst: str, expected: str) -> None:
    """A limit price beyond the venue's band would be refused; a nearer collar is kept."""
    middle = Decimal(50_000)
    asked = order(side, order_type=OrderType.MARKET, worst_price=Decimal(worst), reference=middle)
    said = sized(market(band=Decimal("0.05")), asked, asked.terms)

    assert isinstance(said, Sized)
    assert said.price == Decimal(expected)


def test_the_price_bands_of_the_venues_are_read() -> None:
    """Binance's filters of both kinds, Bybit's ratio; the tightest counts."""
    swap = {"filters": [{"filterType": "PERCENT_PRICE", "multiplierUp": "1.05",
                         "multiplierDown": "0.9500"}]}  # fmt: skip
    spot = {"filters": [{"bidMultiplierUp": "5", "askMultiplierDown": "0.2"}]}

    assert band_of(swap) == Decimal("0.05")
    assert band_of(spot) == Decimal("0.8")
    assert band_of({"riskParameters": {"priceLimitRatioX": "0.01"}}) == Decimal("0.01")
    assert band_of({}) is None


def test_an_instrument_that_fits_has_nothing_to_mend() -> None:
    """The instruments of the tests fit their markets."""
    assert list(misfits(market(), "USDT")) == []
    assert list(misfits(market(spot=True), "USDT")) == []


@pytest.mark.parametrize(
    ("change", "code", "right"),
    [
        ({"tick": Decimal("0.3")}, "ccxt_tick_differs", '"0.3"'),
        ({"step": Decimal("0.01")}, "ccxt_step_differs", '"0.01"'),
        ({"amount_min": Decimal("0.002")}, "ccxt_min_differs", '"0.002"'),
        ({"contract_size": Decimal("0.01")}, "ccxt_multiplier_differs", '"0.01"'),
        ({"settle": "USDC"}, "ccxt_currency_differs", '"USDC"'),
        ({"active": False}, "ccxt_market_inactive", ""),
    ],
)
def test_what_does_not_fit_is_named_with_the_right_number(
    change: dict[str, Any], code: str, right: str
) -> None:
    """The fix can be copied into the configuration."""
    found = list(misfits(market(**change), "USDT"))

    assert [one.code for one in found] == [code]
    assert right in found[0].fix


def test_a_coarse_step_in_a_wallet_is_said_and_stops_nothing() -> None:
    """What it leaves over can neither be stopped nor sold; on swaps nothing is left over."""
    fine: dict[str, Any] = {"step": Decimal("0.000001"), "amount_min": Decimal("0.000001")}
    (said,) = [one for one in of_market(market(spot=True, **fine), "USDT") if not one.ok]

    assert ("ccxt_step_coarse", False) == (said.code, said.stops)
    assert '"0.000001"' in said.fix
    assert all(one.ok for one in of_market(market(**fine), "USDT"))
    assert all(one.ok for one in of_market(market(spot=True), "USDT"))


def test_a_wallet_needs_the_name_of_its_coin() -> None:
    """Fees in the coin and sales of it are known by that name."""
    at = market(spot=True)
    nameless = msgspec.structs.replace(at.instrument, base="")
    told = {
        "symbol": at.symbol,
        "id": at.id,
        "spot": True,
        "base": "BTC",
        "quote": "USDT",
        "precision": {"price": "0.01", "amount": "0.00001"},
        "limits": {"amount": {"min": "0.00001"}, "cost": {"min": "5"}},
    }
    read = market_of(nameless, told)

    assert isinstance(read, Market)
    assert [one.code for one in misfits(read, "USDT")] == ["ccxt_base_differs"]


MARKETS = {
    "BTC/USDT": {"id": "BTCUSDT", "spot": True},
    "BTC/USDT:USDT": {"id": "BTCUSDT", "swap": True, "linear": True},
    "BTC/USD:BTC": {"id": "BTCUSD", "swap": True, "linear": False},
    "ETH/USDT:USDT": {"id": "ETHUSDT", "swap": True, "linear": True, "active": False},
    "A/USDT:USDT": {"id": "SAME", "swap": True, "linear": True},
    "B/USDT:USDT": {"id": "SAME", "swap": True, "linear": True},
}


@pytest.mark.parametrize(
    ("name", "kind", "named", "expected"),
    [
        ("BTCUSDT", "swap", {}, "BTC/USDT:USDT"),
        ("BTCUSDT", "spot", {}, "BTC/USDT"),
        ("mine", "swap", {"mine": "BTC/USDT:USDT"}, "BTC/USDT:USDT"),
        ("mine", "spot", {"mine": "BTC/USDT:USDT"}, "ccxt_market_unknown"),
        ("mine", "swap", {}, "ccxt_market_unknown"),
        ("BTCUSD", "swap", {}, "ccxt_market_unknown"),
        ("ETHUSDT", "swap", {}, "ETH/USDT:USDT"),
        ("SAME", "swap", {}, "ccxt_market_ambiguous"),
    ],
)
def test_a_market_is_found_by_name_or_by_its_own_id(
    name: str, kind: str, named: dict[str, str], expected: str
) -> None:
    """One market of the right kind, or a refusal that says how to name it."""
    said = symbol_of(name, named, MARKETS, kind)

    assert (said.code if isinstance(said, Trouble) else said) == expected
