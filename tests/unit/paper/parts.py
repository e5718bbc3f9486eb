"""The pieces of a paper account, as the unit tests put them together."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from adapters.paper.desk import Desk
from adapters.paper.ledger import Ledger
from adapters.paper.settings import PaperSettings
from core.instruments import Instrument
from core.orders import Order, OrderType, Purpose, Side
from core.reports import Quote, Report

D = Decimal
NOW = 1_700_000_000_000_000_000
MS = 1_000_000
EURUSD = Instrument(
    name="EURUSD",
    currency="USD",
    tick=D("0.0001"),
    lot_step=D("0.1"),
    quantity_min=D("0.1"),
    multiplier=D(1000),
)
DAX = Instrument(
    name="DAX", currency="EUR", tick=D("0.5"), lot_step=D(1), quantity_min=D(1), multiplier=D(25)
)
INSTRUMENTS = {"EURUSD": EURUSD, "DAX": DAX}


def order(name: str, **terms: object) -> Order:
    """Make a market order to buy 1 EURUSD; ``terms`` changes what a test is about."""
    made: dict[str, object] = {
        "origin": "signal-1",
        "account": "acct-1",
        "instrument": "EURUSD",
        "strategy": "trend",
        "purpose": Purpose.ENTRY,
        "side": Side.BUY,
        "quantity": "1",
        "order_type": OrderType.MARKET,
        "intended_ns": 1,
        "expires_ns": 2,
    }
    made |= {"order": name} | terms
    numbers = {
        key: D(str(made[key]))
        for key in ("quantity", "price", "trigger", "worst_price")
        if key in made
    }
    return msgspec.convert(made | numbers, Order)


def quote(bid: str, ask: str, instrument: str = "EURUSD") -> Quote:
    """Make a quote."""
    return Quote(instrument=instrument, bid=D(bid), ask=D(ask), last=D(bid), at_ns=NOW)


def ledger(folder: Path, account: str = "acct-1", currency: str = "USD") -> Ledger:
    """Open the ledger of a folder."""
    start = D(100_000)
    return Ledger(
        folder / "paper.db", account=account, currency=currency, balance_start=start, now_ns=NOW
    )


def desk(folder: Path, settings: PaperSettings | None = None, now_ns: int = NOW) -> Desk:
    """Open the account of a folder."""
    return Desk(
        instruments=INSTRUMENTS,
        settings=settings or PaperSettings(),
        ledger=ledger(folder),
        now_ns=now_ns,
    )


def events(reports: list[Report]) -> list[tuple[str, str]]:
    """Return who and what of each report."""
    return [(one.order, one.event.value) for one in reports]
