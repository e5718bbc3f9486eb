"""Bybit's door: who may come in, how often, and the form of every answer.

Rules of this file
1. Every answer has HTTP 200 and a ``retCode``; only the firewall's pages have another status.
2. A signed request is checked as Bybit documents it: key, expiry, IP, time, signature, permission,
   in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from adapters.exchange.bybit_codes import CODES
from adapters.exchange.clock import MS_NS
from adapters.exchange.dialect import Dialect
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.keys import READ, TRADE, Key
from adapters.exchange.wire import Asked, Reply, Route, html, told

ORDERS_PER_S: Final = 10
READS_PER_S: Final = 50
IP_PER_5S: Final = 600
IP_BAN_MS: Final = 600_000
"""Bybit's documented limits: per second and key for each path; per 5 s and IP, then ten minutes of
403."""

WRITES: Final = {"create", "cancel", "amend", "cancel_all"}


class Wrong(Exception):
    """A request that is answered with a code."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


class BybitDoor(Dialect):
    """The part of the dialect that lets in and answers."""

    def refusals(self) -> Mapping[str, str]:
        """Return the documented codes."""
        return CODES

    def refusal(self, code: str) -> Reply:
        """Write a documented error."""
        return self._failed(code, CODES.get(code, "unknown error"))

    def fault_reply(self, fault: Fault, asked: Asked) -> Reply:
        """Write rate limit (a code), ban (the firewall's page) or outage (a proxy's page)."""
        now = self.clock.now_ms()
        if fault.kind is Kind.RATE_LIMITED:
            reset = now + fault.retry_after_s * 1000
            return self._failed("10006", CODES["10006"], _limit_headers(ORDERS_PER_S, 0, reset))
        if fault.kind is Kind.BANNED:
            self.limits.ban(asked.remote, now + fault.retry_after_s * 1000)
            return _too_frequent()
        return html(503, "503 Service Temporarily Unavailable")

    def unknown_path(self, asked: Asked) -> Reply:
        """Write what a path gets that does not exist."""
        return told({"retCode": 10404, "retMsg": f"path not found: {asked.path}"}, 404)

    def _done(self, result: object, headers: Mapping[str, str] | None = None) -> Reply:
        body = {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}}
        return told({**body, "time": self.clock.now_ms()}, 200, headers)

    def _failed(self, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> Reply:
        body = {"retCode": int(code), "retMsg": sentence, "result": {}, "retExtInfo": {}}
        return told({**body, "time": self.clock.now_ms()}, 200, headers)

    def _public(self, call: str, answer: Callable[[Asked], object]) -> Route:
        def handle(asked: Asked) -> Reply:
            if self._over_ip_limit(asked):
                return _too_frequent()
            try:
                return self._done(answer(asked))
            except Wrong as wrong:
                return self._failed(wrong.code, wrong.sentence)

        return Route(call, handle)

    def _signed(self, call: str, answer: Callable[[Asked, Key], object]) -> Route:
        limit = ORDERS_PER_S if call in WRITES else READS_PER_S

        def handle(asked: Asked) -> Reply:
            if self._over_ip_limit(asked):
                return _too_frequent()
            headers: dict[str, str] = {}
            try:
                key = self._who(asked, TRADE if asked.method == "POST" else READ)
                spent = self.limits.spend(
                    f"{key.account}:{asked.path}", weight=1, limit=limit, window_ms=1000
                )
                headers = _limit_headers(limit, spent.left, spent.reset_ms)
                if spent.exceeded:
                    raise Wrong("10006", CODES["10006"])
                return self._done(answer(asked, key), headers)
            except Wrong as wrong:
                return self._failed(wrong.code, wrong.sentence, headers)

        return Route(call, handle)

    def _over_ip_limit(self, asked: Asked) -> bool:
        if self.limits.banned_until(asked.remote) is not None:
            return True
        spent = self.limits.spend(asked.remote, weight=1, limit=IP_PER_5S, window_ms=5000)
        if spent.exceeded:
            self.limits.ban(asked.remote, self.clock.now_ms() + IP_BAN_MS)
        return spent.exceeded

    def _who(self, asked: Asked, permission: str) -> Key:
        """Return the key that signed a request. Errors: ``Wrong``."""
        heads = asked.headers
        named, stamp = heads.get("x-bapi-api-key", ""), heads.get("x-bapi-timestamp", "")
        window = heads.get("x-bapi-recv-window", "5000")
        key = self.keys.find(named)
        if key is None:
            raise Wrong("10003", CODES["10003"])
        now = self.clock.now_ms()
        if key.expires_ns is not None and key.expires_ns // MS_NS <= now:
            raise Wrong("33004", CODES["33004"])
        if key.ips and asked.remote not in key.ips:
            raise Wrong("10010", CODES["10010"])
        times = stamp.isdecimal() and window.isdecimal()
        if not times or not now - int(window) <= int(stamp) < now + 1000:
            facts = f"req_timestamp[{stamp}],server_timestamp[{now}],recv_window[{window}]"
            raise Wrong("10002", f"{CODES['10002']}. {facts}")
        payload = asked.body.decode("utf-8", "replace") if asked.method == "POST" else asked.query
        if not key.signs(f"{stamp}{named}{window}{payload}", heads.get("x-bapi-sign", "")):
            raise Wrong("10004", CODES["10004"])
        if permission not in key.permissions:
            raise Wrong("10005", CODES["10005"])
        return key

    def _named(self, params: Mapping[str, str]) -> list[str]:
        """Return the markets that a request asks for: none beside linear ones are here."""
        if params.get("category") != "linear":
            return []
        symbol = params.get("symbol", "")
        return [name for name in self.engine.markets if symbol in {"", name}]

    def _page(
        self,
        found: list[dict[str, Any]],
        params: Mapping[str, str],
        time_field: str,
        *,
        limits: tuple[int, int],
    ) -> object:
        """Cut a list, the newest first, to the times and the page that were asked for."""
        begins, ends = int(params.get("startTime") or 0), int(params.get("endTime") or 0)
        if begins and not ends:
            ends = begins + 7 * 86_400_000
        found = [
            row
            for row in found
            if begins <= int(row[time_field]) and (not ends or int(row[time_field]) <= ends)
        ]
        limit = min(int(params.get("limit") or limits[0]), limits[1])
        start = int(params.get("cursor") or 0)
        after = start + limit
        return {
            "category": params.get("category", ""),
            "list": found[start:after],
            "nextPageCursor": str(after) if after < len(found) else "",
        }


def decimal_of(value: object) -> Decimal | None:
    """Read a number; nothing, nought and "" are none. Errors: ``Wrong``."""
    if value in {None, "", "0", 0}:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise Wrong("10001", f"params error: {value!r} is not a number") from None
    if not read.is_finite():
        raise Wrong("10001", f"params error: {value!r} is not a number")
    return read


def _limit_headers(limit: int, left: int, reset_ms: int) -> dict[str, str]:
    return {
        "X-Bapi-Limit": str(limit),
        "X-Bapi-Limit-Status": str(left),
        "X-Bapi-Limit-Reset-Timestamp": str(reset_ms),
    }


def _too_frequent() -> Reply:
    return Reply(403, b"403, access too frequent", {}, "text/plain")
