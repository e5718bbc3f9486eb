"""What one crypto account is set to: its venue, its keys, its markets, its waivers.

Rules of this file
1. Nothing here imports ccxt: a configuration is read and checked without it.
2. Key material is asked for when it is needed and never kept here, so that it can be exchanged
   without a restart; ``Keys`` never shows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TIMEOUT_MS: Final = 10_000
"""Longest wait for one answer: ccxt's own default, and above the slowest order that a venue's
documents speak of (Binance gives up after 10 s by itself)."""

RECV_WINDOW_MS: Final = 5_000
"""How long after its time stamp a venue may still accept a signed request, where it can be said:
the value that Binance and Bybit advise. The shorter it is, the sooner "not there" is final."""

SANDBOXES: Final = ("", "sandbox", "demo")
"""Where an account is: live, at the venue's test exchange, or in its demo trading."""

MARGIN_MODES: Final = ("", "cross", "isolated")
"""What may be asked of the margin of a swap; empty: as it is."""


class SettingInvalid(ValueError):
    """A setting is outside its range. ``field`` is its name, the text says the range."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"{name} = {value}: expected {wanted}")
        self.field = name


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets of one account. ``password``: a passphrase, where the venue wants one.
    ``wallet`` and ``private_key``: of a venue on a chain."""

    api_key: str = ""
    secret: str = ""
    password: str = ""
    wallet: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        """Show that there are keys, and none of them."""
        return "Keys(***)"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown anywhere."""
        told = (self.api_key, self.secret, self.password, self.private_key)
        return tuple(one for one in told if one)


@dataclass(frozen=True, slots=True)
class Local:
    """An exchange of one's own that answers under the venue's names: address, port, and the file
    of the authority that its certificate is signed by."""

    host: str
    port: int
    ca: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CcxtSettings:
    """One account at a crypto venue.

    ``venue``: ccxt's id of it. ``currency``: of the account. ``keys``: reads them anew.
    ``markets``: instrument -> ccxt's unified symbol, where the instrument's name is not the
    market's own id. ``sandbox``: "", "sandbox" or "demo". ``local``: a local exchange; every other
    address is refused then. ``cache``: the folder for markets between two starts.
    ``leverage``: instrument -> what is to be set before trading; ``margin_mode``: likewise; not
    given: as it is at the venue. ``waive``: what is accepted although it is not proven or not
    recommended. ``approve``: side effects of the venue that are agreed to.
    ``timeout_ms``: longest wait for one answer. ``recv_window_ms``: how long a signed request may
    be accepted. ``poll_orders_ms``: between two reads of the orders where no stream tells;
    ``canary_ms``: between two proofs that the stream of orders lives; ``mark_ms``: between two
    account marks; ``clock_ms``: between two looks at the venue's clock; ``markets_s``: age at which
    the markets are loaded again; ``permissions_s``: between two looks at what the keys may do.
    ``keep_alive_ms``: between two pings of a stream; 0: as the profile says. ``quote_age_ms``: the
    age at which the account calls a quote stale: silent markets are asked in time for it.
    """

    venue: str
    currency: str
    keys: Callable[[], Keys] = field(repr=False)
    markets: Mapping[str, str] = field(default_factory=dict[str, str])
    sandbox: str = ""
    local: Local | None = None
    cache: Path | None = None
    leverage: Mapping[str, int] = field(default_factory=dict[str, int])
    margin_mode: str = ""
    waive: frozenset[str] = frozenset()
    approve: frozenset[str] = frozenset()
    timeout_ms: int = TIMEOUT_MS
    recv_window_ms: int = RECV_WINDOW_MS
    poll_orders_ms: int = 5_000
    canary_ms: int = 30_000
    mark_ms: int = 5_000
    clock_ms: int = 300_000
    markets_s: int = 3_600
    permissions_s: int = 86_400
    keep_alive_ms: int = 0
    quote_age_ms: int = 2_000

    def __post_init__(self) -> None:
        """Refuse what no account can be: the field is named."""
        if self.sandbox not in SANDBOXES:
            raise SettingInvalid("sandbox", self.sandbox, "empty, sandbox or demo")
        if self.margin_mode not in MARGIN_MODES:
            raise SettingInvalid("margin_mode", self.margin_mode, "empty, cross or isolated")
        self._within("timeout_ms", 100, 60_000)
        self._within("recv_window_ms", 100, 60_000)
        for name in ("poll_orders_ms", "canary_ms", "mark_ms", "clock_ms"):
            self._within(name, 10, 3_600_000)
        self._within("markets_s", 60, 7 * 86_400)
        self._within("permissions_s", 60, 7 * 86_400)
        self._within("keep_alive_ms", 0, 300_000)
        self._within("quote_age_ms", 1, 86_400_000)
        for instrument, leverage in self.leverage.items():
            if not 1 <= leverage <= LEVERAGE_MAX:
                raise SettingInvalid(f"leverage.{instrument}", leverage, f"1 to {LEVERAGE_MAX}")

    def _within(self, name: str, low: int, high: int) -> None:
        value: int = getattr(self, name)
        if not low <= value <= high:
            raise SettingInvalid(name, value, f"{low} to {high}")

    @property
    def live(self) -> bool:
        """Say whether real money is traded."""
        return self.local is None and not self.sandbox


LEVERAGE_MAX: Final = 200
"""More than any of the venues offers (100 to 200): a larger number is a slip of the hand."""
