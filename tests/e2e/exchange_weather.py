"""What goes wrong in a storm at the local exchange, and how often.

Rules of this file
1. Everything is drawn from seeds: of the requests by the exchange itself, of the streams, bans and
   strangers here.
2. What no connector can survive is not in here: wrong keys, a venue that lies.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from adapters.exchange.control import Refused
from adapters.exchange.exchange import CUSTOMER, Exchange
from adapters.exchange.faults import Chance, Fault, Kind
from adapters.exchange.orders import NewOrder, Order, Side

BAN_S: Final = 2
"""How long a short ban is."""

TELLS_BANS: Final = ("binance", "binanceusdm")
"""Venues that say how long a ban lasts. At the other one the connector waits for minutes."""

BESIDE: Final = (
    "ban", "drop", "close", "silence", "mute", "terminate", "stranger", "stranger", "reduction",
    "reduction",
)  # fmt: skip
"""What happens beside requests."""

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")

STRANGE: Final = "ETHUSDT"
"""The market in which the owner of the account trades by hand now and then."""

STEP: Final = Decimal("0.004")
"""How far a price goes at most from one order to the next: a stop at three steps fires now and
then, and most do not."""

BAND: Final = Decimal("0.1")
"""How far from where it began a price may be: what rests far away is never reached."""

REDUCED: Final = Decimal("0.01")
"""What the owner of the account sells by hand of what the bridge bought."""

EVERY_ORDERS: Final = 6
"""Orders that arrive between two events that are not of a request."""

WRITES: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (50, {"kind": Kind.REPLY_LOST, "how": "reset"}),
    (40, {"kind": Kind.REPLY_LOST, "how": "close"}),
    (10, {"kind": Kind.REPLY_LOST, "how": "hang"}),
    (10, {"kind": Kind.REQUEST_LOST, "how": "reset"}),
    (10, {"kind": Kind.REQUEST_LOST, "how": "close"}),
    (5, {"kind": Kind.REQUEST_LOST, "how": "hang"}),
    (30, {"kind": Kind.REPLY_CUT}),
    (30, {"kind": Kind.PAGE_AFTER, "status": 200}),
    (20, {"kind": Kind.PAGE_AFTER, "status": 502}),
    (10, {"kind": Kind.PAGE_BEFORE, "status": 503}),
    (20, {"kind": Kind.RATE_LIMITED, "retry_after_s": 1}),
    (60, {"kind": Kind.LATENCY, "delay_ms": 200}),
    (60, {"kind": Kind.REPLY_LATE, "delay_ms": 300}),
)
"""Of a thousand orders and cancels."""

CREATES: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (40, {"kind": Kind.HIDDEN, "reads": 3}),
    (10, {"kind": Kind.REJECTED_LATER}),
)
"""Of a thousand orders."""

READS: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (20, {"kind": Kind.REPLY_LOST, "how": "reset"}),
    (10, {"kind": Kind.REPLY_CUT}),
    (10, {"kind": Kind.PAGE_BEFORE, "status": 503}),
    (10, {"kind": Kind.PAGE_AFTER, "status": 200}),
    (10, {"kind": Kind.LATENCY, "delay_ms": 150}),
)
"""Of a thousand questions of each kind: every twentieth has no answer."""

EVENTS: Final[tuple[tuple[int, Kind], ...]] = (
    (60, Kind.EVENT_MISSED),
    (60, Kind.EVENT_DUPLICATED),
    (60, Kind.EVENT_REORDERED),
    (20, Kind.STREAM_DROPPED),
    (50, Kind.STREAM_REFUSED),
)
"""Of a thousand events or dials."""

AFTER: Final = {
    "binance": ("-1000", "-1006", "-1007"),
    "binanceusdm": ("-1000", "-1006", "-1007"),
    "bybit": ("10000", "10016"),
}
"""Codes that come although the order was taken."""

BEFORE: Final = {
    "binance": ("-1008", "-1021"),
    "binanceusdm": ("-1008", "-1021"),
    "bybit": ("10002", "10006", "110007"),
}
"""Codes of an order that was not taken."""


def chances(venue: str) -> tuple[Chance, ...]:
    """Return everything that goes wrong with requests and events of one venue."""

    def made(per_mille: int, call: str, fields: dict[str, Any]) -> Chance:
        return Chance(fault=Fault(venue=venue, call=call, **fields), per_mille=per_mille)

    found = [made(each, call, f) for call in ("create", "cancel") for each, f in WRITES]
    found += [made(each, "create", f) for each, f in CREATES]
    found += [made(15, "create", {"kind": Kind.ERROR_AFTER, "code": code}) for code in AFTER[venue]]
    found += [made(8, "create", {"kind": Kind.REFUSED, "code": code}) for code in BEFORE[venue]]
    reads = ("find", "open", "history", "trades", "positions", "balance")
    found += [made(each, call, f) for call in reads for each, f in READS]
    found += [made(each, "*", {"kind": kind}) for each, kind in EVENTS]
    return tuple(found)


@dataclass
class Mischief:
    """What happens beside requests: streams that fall silent, a short ban, a stranger's order."""

    exchange: Exchange
    venue: str
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter[str])
    _strange: list[Order] = field(default_factory=list[Order])
    _began: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    def one(self) -> None:
        """Let one of them happen."""
        control, venue = self.exchange.control, self.venue
        what = self.chance.choice(BESIDE if venue in TELLS_BANS else BESIDE[1:])
        self.done[what] += 1
        if what == "ban":
            control.fault(Fault(kind=Kind.BANNED, venue=venue, retry_after_s=BAN_S))
        elif what == "stranger":
            self._stranger()
        elif what == "reduction":
            self._reduction()
        else:
            getattr(control, what)(venue)

    def _stranger(self) -> None:
        """Place an order by hand far away from the market, and end the one before."""
        control = self.exchange.control
        for order in self._strange:
            if order.status.open:
                control.cancel(self.venue, order.id)
        far = self.exchange.engine(self.venue).mark(STRANGE) / 2
        new = NewOrder(
            symbol=STRANGE, side=Side.BUY, quantity=Decimal("0.01"), price=far.quantize(Decimal(1))
        )
        self._strange = [control.hand(self.venue, CUSTOMER, new)]

    def _reduction(self) -> None:
        """Sell by hand a part of what is held, if there is something that no leg has set aside."""
        linear = self.venue != "binance"
        new = NewOrder(symbol=STRANGE, side=Side.SELL, quantity=REDUCED, reduce_only=linear)
        try:
            self.exchange.control.hand(self.venue, CUSTOMER, new)
        except Refused:
            self.done["reduction of nothing"] += 1

    def walk(self) -> None:
        """Let every market take a step: now and then it reaches a stop, or a target."""
        engine = self.exchange.engine(self.venue)
        for symbol in SYMBOLS:
            before, tick = engine.mark(symbol), engine.markets[symbol].tick
            began = self._began.setdefault(symbol, before)
            share = STEP * self.chance.randint(-100, 100) / 100
            mid = min(max(before * (1 + share), began * (1 - BAND)), began * (1 + BAND))
            self.exchange.control.price(self.venue, symbol, mid - mid % tick)

    def over(self) -> None:
        """Let nothing more go wrong, and end the stranger's orders."""
        self.exchange.control.calm()
        for order in self._strange:
            if order.status.open:
                self.exchange.control.cancel(self.venue, order.id)
        self._strange.clear()
