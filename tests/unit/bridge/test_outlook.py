"""The outlook keeps the prices of each market apart."""

from __future__ import annotations

from decimal import Decimal

from bridge.outlook import Outlook
from core.instruments import Instrument
from core.reports import Quote

D = Decimal

BTC = Instrument(
    name="BTCUSDT", currency="USDT", tick=D("0.1"), lot_step=D("0.001"), quantity_min=D("0.001")
)


def quote(bid: str, at_ns: int) -> Quote:
    """Make a quote."""
    price = D(bid)
    return Quote(instrument="BTCUSDT", bid=price, ask=price + 1, last=price, at_ns=at_ns)


def test_an_exchange_and_the_paper_accounts_have_prices_of_their_own() -> None:
    """Two markets a fifth apart, told in turn: neither is a jump of the other, and each account
    sees its own alone. Paper accounts share one market, whoever of them tells it."""
    outlook = Outlook({"BTCUSDT": BTC}, own=("swaps",))
    for number in range(1, 40):
        outlook.take_quote(quote(f"{60_000 + number % 3}", number), "paper")
        outlook.take_quote(quote(f"{50_000 + number % 3}", number), "swaps")
    view = outlook.view(durable=True)

    seen = {name: view.at(name).quotes["BTCUSDT"].bid for name in ("paper", "second", "swaps")}
    assert {"paper": D(60_000), "second": D(60_000), "swaps": D(50_000)} == seen
    assert ["", ""] == [view.at(name).markets["BTCUSDT"].code for name in ("paper", "swaps")]
    assert D(50_002) == view.at("swaps").earlier["BTCUSDT"].bid
    assert D(50_000) == outlook.quotes_at("swaps")["BTCUSDT"].bid
