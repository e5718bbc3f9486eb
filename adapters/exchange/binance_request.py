"""One request to Binance: its parameters, and whether it is signed by whom it says.

Rules of this file
1. The signature is checked over the very bytes that came: the query, then the body, without the
   signature itself. Nothing is decoded and encoded again.
2. The order of the checks is the venue's: key, time, signature, then what the key may do.
3. A parameter that is not a value of its kind is -1102; what it means is the handler's affair.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import parse_qsl

from adapters.exchange.binance_errors import BinanceRefused, malformed

RECV_WINDOW_MS: Final = 5_000
"""The venue's default: a request older than this is not taken."""

RECV_WINDOW_MAX_MS: Final = 60_000
"""The venue's documented limit."""

AHEAD_MAX_MS: Final = 1_000
"""The venue takes a timestamp up to one second ahead of its own clock."""

DECIMALS_MAX: Final = 8
"""No asset of the venue has more digits behind the point."""

KEY_LENGTH: Final = 8
"""A shorter key cannot be one; the venue's own have 64 characters."""


def parameters(query: str, body: str) -> dict[str, str]:
    """Read query and body; what stands in both is taken from the query, as the venue does."""
    found = dict(parse_qsl(body, keep_blank_values=True))
    return found | dict(parse_qsl(query, keep_blank_values=True))


def _payload(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def signature(secret: str, payload: str) -> str:
    """Return the HMAC that a customer would send for a payload."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class BinanceRequest:
    """What one request asks for. ``account`` is empty until it is known who sent it."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    key: str = ""
    account: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.fields:
            self.fields = parameters(self.query, self.body)

    def check_time(self, now_ms: int) -> None:
        """Refuse a request from too long ago, or from the future."""
        stamp = self.integer("timestamp")
        if stamp is None:
            raise malformed("timestamp")
        window = self.integer("recvWindow")
        window = RECV_WINDOW_MS if window is None else window
        if window > RECV_WINDOW_MAX_MS:
            raise BinanceRefused(-1131)
        if stamp > now_ms + AHEAD_MAX_MS:
            raise BinanceRefused(
                -1021,
                f"Timestamp for this request was {AHEAD_MAX_MS}ms ahead of the server's time.",
            )
        if now_ms - stamp > window:
            raise BinanceRefused(-1021)

    def check_signature(self, secret: str) -> None:
        """Refuse a request whose signature is not that of the key's secret."""
        said = self.fields.get("signature", "")
        if not said:
            raise malformed("signature")
        payload = _payload(self.query) + _payload(self.body)
        if not hmac.compare_digest(signature(secret, payload), said.lower()):
            raise BinanceRefused(-1022)

    def text(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.fields.get(name, "")
        if not value:
            raise malformed(name)
        return value

    def optional(self, name: str) -> str:
        """Return a parameter, empty when it was not sent."""
        return self.fields.get(name, "")

    def integer(self, name: str) -> int | None:
        """Return a whole number, ``None`` when it was not sent."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise malformed(name) from None

    def number(self, name: str) -> Decimal | None:
        """Return an exact number, ``None`` when it was not sent."""
        value = self.fields.get(name)
        if value is None:
            return None
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise malformed(name) from None
        if not found.is_finite() or found < 0:
            raise malformed(name)
        exponent = found.normalize().as_tuple().exponent
        if isinstance(exponent, int) and exponent < -DECIMALS_MAX:
            raise BinanceRefused(-1111, f"Parameter '{name}' has too much precision.")
        return found

    def amount(self, name: str) -> Decimal:
        """Return an exact number that must be there and above zero."""
        found = self.number(name)
        if not found:
            raise malformed(name)
        return found

    def flag(self, name: str) -> bool:
        """Say whether a switch was sent as on."""
        value = self.fields.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise malformed(name)
        return value == "true"


def ws_payload(params: Mapping[str, object]) -> str:
    """Return what a request over the WebSocket API signs: its parameters by name."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")
