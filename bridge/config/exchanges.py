"""The exchanges of all accounts: their keys, and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from adapters.ccxt.settings import CcxtSettings
from bridge.config.exchange_keys import KeySource, key_source
from bridge.config.model import FileModel
from bridge.config.problems import Finding


def key_sources(
    model: FileModel, folder: Path, environ: Mapping[str, str]
) -> dict[str, KeySource | Finding]:
    """Find the keys of each account at an exchange."""
    return {
        name: key_source(("accounts", name, "ccxt"), account.ccxt, folder, environ)
        for name, account in model.accounts.items()
        if account.venue == "ccxt" and account.ccxt is not None
    }


def exchanges_of(
    model: FileModel, keys: Mapping[str, KeySource], *, data: Path, folder: Path
) -> dict[str, CcxtSettings]:
    """Make the settings of each account at an exchange."""
    return {
        name: account.ccxt.settings(
            account.currency,
            account.waive,
            keys[name],
            data=data,
            folder=folder,
            quote_age_ms=max(1, int(account.quote_age_max_s * 1000)),
        )
        for name, account in model.accounts.items()
        if account.ccxt is not None and name in keys
    }
