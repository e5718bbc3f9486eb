"""What a request to Binance weighs, how much one address and one account may ask, and the headers
that say so.

Rules of this file
1. Weight belongs to the address, order counts to the account.
2. Who goes on after 429 is banned: 418 with a Retry-After that grows each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.exchange.binance_errors import BinanceRefused
from adapters.exchange.clock import Clock
from adapters.exchange.limits import Limits, Spent

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000

BAN_FIRST_S: Final = 120
"""The shortest ban that the venue documents (two minutes; it grows up to three days)."""

BAN_LONGEST_S: Final = 3 * 86_400
"""The longest ban that the venue documents."""

STRIKES_MAX: Final = 10
"""Requests answered with 429 after which the address is banned: the venue says "repeatedly"."""


@dataclass(frozen=True, slots=True)
class Window:
    """One limit: so many of a kind in each ``count`` times ``interval``. ``header``: its name."""

    kind: str
    interval: str
    count: int
    span_ms: int
    limit: int
    header: str

    @property
    def label(self) -> str:
        """Return the ending of its header, as in ``X-MBX-USED-WEIGHT-1M``."""
        return f"{self.count}{self.interval[0]}"

    def as_json(self, used: int | None = None) -> dict[str, object]:
        """Return it as the venue tells it, with what was used where that is asked."""
        told: dict[str, object] = {
            "rateLimitType": self.kind,
            "interval": self.interval,
            "intervalNum": self.count,
            "limit": self.limit,
        }
        if used is not None:
            told["count"] = used
        return told


def _weight(limit: int, header: str = "X-MBX-USED-WEIGHT") -> Window:
    return Window("REQUEST_WEIGHT", "MINUTE", 1, MINUTE_MS, limit, header)


def _orders(interval: str, count: int, span_ms: int, limit: int) -> Window:
    return Window("ORDERS", interval, count, span_ms, limit, "X-MBX-ORDER-COUNT")


SPOT_WEIGHT: Final = _weight(6_000)
SPOT_ORDERS: Final = (
    _orders("SECOND", 10, 10 * SECOND_MS, 100),
    _orders("DAY", 1, DAY_MS, 200_000),
)
SAPI_WEIGHT: Final = _weight(12_000, "X-SAPI-USED-IP-WEIGHT")
USDM_WEIGHT: Final = _weight(2_400)
USDM_ORDERS: Final = (
    _orders("SECOND", 10, 10 * SECOND_MS, 300),
    _orders("MINUTE", 1, MINUTE_MS, 1_200),
)


class Meter:
    """The limits of one product, kept in the venue's counters."""

    def __init__(
        self, limits: Limits, clock: Clock, *, weight: Window, orders: tuple[Window, ...]
    ) -> None:
        self.weight = weight
        self.orders = orders
        self._limits = limits
        self._clock = clock
        self._strikes: dict[str, int] = {}
        self._ban_s: dict[str, int] = {}

    def enter(self, remote: str, weight: int, window: Window | None = None) -> dict[str, str]:
        """Let a request in; return the headers that tell what was used.

        Errors: ``BinanceRefused`` with 429 or 418.
        """
        window = window or self.weight
        until = self._limits.banned_until(remote)
        if until is not None:
            raise self._banned(until)
        spent = self._spend(window, remote, weight)
        if spent.exceeded:
            raise self._too_much(remote, window, spent)
        told = {f"{window.header}-{window.label}": str(spent.used)}
        if window is self.weight:
            told[window.header] = str(spent.used)
        return told

    def order(self, account: str) -> dict[str, str]:
        """Count an order; return the headers with the counts. Errors: -1015."""
        told: dict[str, str] = {}
        for window in self.orders:
            spent = self._spend(window, account, 1)
            told[f"{window.header}-{window.label}"] = str(spent.used)
            if spent.exceeded:
                raise BinanceRefused(
                    -1015,
                    f"Too many new orders; current limit is {window.limit} orders per"
                    f" {window.count} {window.interval}.",
                    retry_after_s=self._left_s(spent.reset_ms),
                )
        return told

    def counts(self, account: str) -> list[dict[str, object]]:
        """Return the order counts of an account, as the venue tells them."""
        return [one.as_json(self._spend(one, account, 0).used) for one in self.orders]

    def as_json(self) -> list[dict[str, object]]:
        """Return all limits, as exchangeInfo tells them."""
        return [self.weight.as_json(), *(window.as_json() for window in self.orders)]

    def ban(self, remote: str, seconds: int) -> BinanceRefused:
        """Close the door to an address, and return what it is told from then on."""
        until = self._clock.now_ms() + seconds * SECOND_MS
        self._limits.ban(remote, until)
        return self._banned(until)

    def too_much(self, window: Window, retry_after_s: int) -> BinanceRefused:
        """Write the answer to a request that weighs too much."""
        return BinanceRefused(
            -1003,
            f"Too much request weight used; current limit is {window.limit} request weight per"
            f" {window.count} {window.interval}. Please use WebSocket Streams for live updates to"
            " avoid polling the API.",
            status=429,
            retry_after_s=retry_after_s,
        )

    def _spend(self, window: Window, name: str, weight: int) -> Spent:
        counter = f"{window.header}-{window.label}:{name}"
        return self._limits.spend(
            counter, weight=weight, limit=window.limit, window_ms=window.span_ms
        )

    def _left_s(self, until_ms: int) -> int:
        return max(1, -(-(until_ms - self._clock.now_ms()) // SECOND_MS))

    def _too_much(self, remote: str, window: Window, spent: Spent) -> BinanceRefused:
        strikes = self._strikes.get(remote, 0) + 1
        self._strikes[remote] = strikes
        if strikes <= STRIKES_MAX:
            return self.too_much(window, self._left_s(spent.reset_ms))
        seconds = self._ban_s.get(remote, BAN_FIRST_S)
        self._ban_s[remote] = min(seconds * 2, BAN_LONGEST_S)
        self._strikes[remote] = 0
        return self.ban(remote, seconds)

    def _banned(self, until_ms: int) -> BinanceRefused:
        return BinanceRefused(
            -1003,
            f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket"
            " Streams for live updates to avoid bans.",
            status=418,
            retry_after_s=self._left_s(until_ms),
        )


WEIGHTS: Final[Mapping[str, int]] = {
    "/api/v3/exchangeInfo": 20,
    "/api/v3/account": 20,
    "/api/v3/openOrders": 6,
    "/api/v3/allOrders": 20,
    "/api/v3/myTrades": 20,
    "/api/v3/ticker/bookTicker": 2,
    "/api/v3/ticker/price": 2,
    "/api/v3/ticker/24hr": 2,
    "/api/v3/depth": 5,
    "/api/v3/trades": 25,
    "/api/v3/account/commission": 20,
    "/api/v3/rateLimit/order": 40,
    "/fapi/v1/order": 1,
    "/fapi/v1/allOrders": 5,
    "/fapi/v1/userTrades": 5,
    "/fapi/v1/income": 30,
    "/fapi/v1/positionSide/dual": 30,
    "/fapi/v1/multiAssetsMargin": 30,
    "/fapi/v1/commissionRate": 20,
    "/fapi/v1/symbolConfig": 5,
    "/fapi/v1/accountConfig": 5,
    "/fapi/v3/account": 5,
    "/fapi/v3/balance": 5,
    "/fapi/v3/positionRisk": 5,
}
"""Weight of a path where it is not 1. Reading one order of spot weighs 4; see ``weight_of``."""

ALL_SYMBOLS: Final[Mapping[str, int]] = {
    "/api/v3/openOrders": 80,
    "/api/v3/ticker/bookTicker": 4,
    "/api/v3/ticker/price": 4,
    "/fapi/v1/openOrders": 40,
    "/fapi/v1/openAlgoOrders": 40,
}
"""Weight of a path that was asked for all symbols at once."""


def weight_of(method: str, path: str, *, one_symbol: bool) -> int:
    """Return what a request weighs."""
    if method == "GET" and path == "/api/v3/order":
        return 4
    if not one_symbol and path in ALL_SYMBOLS:
        return ALL_SYMBOLS[path]
    return WEIGHTS.get(path, 1)
