"""An account at a crypto exchange, in the file: its table ``ccxt``.

Rules of this file
1. Key material never stands in the file: the table names where it is.
2. What the facts of a venue forbid is refused here, before anything is sent there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.settings import LEVERAGE_MAX, CcxtSettings, Local
from bridge.config.exchange_keys import KeySource
from bridge.config.fields import LIST_MAX, Port, Section, Text, optional, required
from bridge.config.problems import Finding, PathKey, choices, meant, shown
from bridge.config.store_url import is_loopback

SandboxName = Literal["sandbox", "demo"]
MarginName = Literal["cross", "isolated"]
Words = Field(strict=False, max_length=LIST_MAX)

UNPROVEN: Final = "unproven_venue"
"""The waiver of an account at a venue of which only the facts are known."""

MARKETS: Final = "markets"
"""The folder, in the data folder, in which the markets of venues are kept between two starts."""


class LocalSection(Section):
    """A local exchange (`bascule exchange`) that answers in the venue's place. Nothing else is
    reached then."""

    host: Text = optional("127.0.0.1", "Its address, on this machine.")
    port: Port = required("Its port.")
    ca_file: Text = required(
        "File of the authority that its certificate is signed by. Relative to the configuration."
    )


class CcxtSection(Section):
    """The exchange of one account, and where its keys are. Needs the extra `bascule[ccxt]`."""

    exchange: Text = required(
        "The venue: `binance` (spot), `binanceusdm` or `bybit` (linear swaps); others, by facts "
        "alone, with the waiver `unproven_venue` (docs/exchanges.md)."
    )
    keys_file: Text | None = optional(
        None,
        "File with `api_key`, `secret` and, where the venue wants them, `password`, `wallet`, "
        "`private_key`, as TOML. Relative to the configuration. Keys can be exchanged in it while "
        "the bridge runs.",
    )
    api_key_env: Text | None = optional(
        None, "Instead of the file: name of the environment variable with the key."
    )
    secret_env: Text | None = optional(None, "Likewise of its secret.")
    password_env: Text | None = optional(None, "Likewise of its passphrase, where there is one.")
    wallet_env: Text | None = optional(None, "Likewise of the wallet's address (Hyperliquid).")
    private_key_env: Text | None = optional(None, "Likewise of the wallet's key (Hyperliquid).")
    sandbox: SandboxName | None = optional(
        None, "The venue's test exchange (`sandbox`) or its `demo` trading.", shown="real money"
    )
    markets: dict[str, Text] = optional(
        {},
        "The venue's market of an instrument, as ccxt writes it: `{ "
        '"BTC" = "BTC/USDT:USDT" }`. Not needed where the instrument has the market\'s own name.',
    )
    leverage: dict[str, Annotated[int, Field(ge=1, le=LEVERAGE_MAX)]] = optional(
        {},
        "Leverage that is set at the venue before trading, by instrument.",
        shown="as it is there",
    )
    margin_mode: MarginName | None = optional(
        None, "Margin mode that is set at the venue before trading.", shown="as it is there"
    )
    approve: Annotated[tuple[Text, ...], Words] = optional(
        (), "Side effects of the venue's connector that you agree to, by name (docs/exchanges.md)."
    )
    local: LocalSection | None = optional(
        None, "A local exchange in the venue's place; see its own table."
    )

    @property
    def live(self) -> bool:
        """Say whether real money is traded."""
        return self.local is None and self.sandbox is None

    @property
    def identity(self) -> str:
        """Name the venue, and which part of it."""
        part = "local" if self.local is not None else self.sandbox
        return f"{self.exchange}:{part}" if part else self.exchange

    def settings(
        self,
        currency: str,
        waive: Collection[str],
        keys: KeySource,
        *,
        data: Path,
        folder: Path,
        quote_age_ms: int,
    ) -> CcxtSettings:
        """Turn the table into the venue's own settings. ``folder``: of the configuration.
        ``quote_age_ms``: when the account calls a quote stale."""
        local = self.local
        return CcxtSettings(
            venue=self.exchange,
            currency=currency,
            keys=keys,
            markets=dict(self.markets),
            sandbox=self.sandbox or "",
            local=None if local is None else Local(local.host, local.port, folder / local.ca_file),
            cache=data / MARKETS,
            leverage=dict(self.leverage),
            margin_mode=self.margin_mode or "",
            waive=frozenset(waive),
            approve=frozenset(self.approve),
            quote_age_ms=quote_age_ms,
        )


def exchange_findings(
    path: PathKey, section: CcxtSection, *, spot: bool, live: bool, waive: Collection[str],
    instruments: Collection[str],
) -> Iterator[Finding]:  # fmt: skip
    """Judge the table of one account. ``spot``, ``live``, ``waive``: what its account says."""
    here: PathKey = (*path, "ccxt")
    profile = PROFILES.get(section.exchange)
    if profile is None:
        value, known = shown(section.exchange), choices(PROFILES)
        suggestion = meant(section.exchange, PROFILES)
        yield Finding((*here, "exchange"), "config_exchange_unknown", value, known, suggestion)
        return
    if profile.refused:
        value, why = section.exchange, profile.refused
        yield Finding((*here, "exchange"), "config_exchange_refused", value, why)
    elif not profile.proven and UNPROVEN not in waive:
        yield Finding((*here, "exchange"), "config_exchange_unproven", section.exchange)
    if spot != (profile.kind == "spot"):
        wanted = "true" if profile.kind == "spot" else "false"
        yield Finding((*path, "spot"), "config_exchange_kind", section.exchange, wanted)
    if live != section.live:
        wanted = "true" if section.live else "false"
        yield Finding((*path, "live"), "config_live_differs", shown(live), wanted)
    if section.sandbox is not None and section.sandbox not in profile.sandbox:
        has = choices(profile.sandbox) or "none: leave it out"
        yield Finding((*here, "sandbox"), "config_sandbox_unavailable", section.sandbox, has)
    if section.local is not None and not is_loopback(section.local.host):
        value = shown(section.local.host)
        yield Finding((*here, "local", "host"), "config_host_public", value, "`127.0.0.1`")
    yield from _named(here, {"markets": section.markets, "leverage": section.leverage}, instruments)


def _named(
    path: PathKey, tables: Mapping[str, Mapping[str, object]], instruments: Collection[str]
) -> Iterator[Finding]:
    for table, entries in tables.items():
        for name in entries:
            if name not in instruments:
                suggestion = meant(name, instruments)
                place = (*path, table, name)
                yield Finding(place, "config_name_unknown", shown(name), "instrument", suggestion)
