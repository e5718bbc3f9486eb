"""The settings of an account, and what may be read without ccxt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.ccxt.settings import CcxtSettings, Keys, Local, SettingInvalid


def made(**more: Any) -> CcxtSettings:
    """Return settings."""
    first: dict[str, Any] = {"venue": "binance", "currency": "USDT", "keys": Keys}
    return CcxtSettings(**{**first, **more})


def test_keys_never_show_themselves() -> None:
    """Neither the keys nor the settings that lead to them say a secret."""
    keys = Keys("the-api-key", "the-secret", "the-passphrase", "0xwallet", "0xprivate")
    shown = f"{keys!r} {keys} {[keys]!r} {made(keys=lambda: keys)!r}"

    assert not [one for one in keys.secrets if one in shown]
    assert 4 == len(keys.secrets)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("sandbox", {"sandbox": "testnet"}),
        ("margin_mode", {"margin_mode": "portfolio"}),
        ("timeout_ms", {"timeout_ms": 0}),
        ("recv_window_ms", {"recv_window_ms": 60_001}),
        ("canary_ms", {"canary_ms": 0}),
        ("leverage.BTC", {"leverage": {"BTC": 1000}}),
    ],
)
def test_what_no_account_can_be_is_refused(name: str, more: dict[str, Any]) -> None:
    """A value outside its range is refused, and the field is named."""
    with pytest.raises(SettingInvalid) as caught:
        made(**more)

    assert name == caught.value.field


def test_real_money_is_what_nothing_leads_away_from() -> None:
    """An account is live unless it is in a sandbox or at a local exchange."""
    local = Local("127.0.0.1", 1, Path("ca.pem"))

    assert made().live
    assert not made(sandbox="sandbox").live
    assert not made(local=local).live


def test_a_configuration_is_read_without_ccxt() -> None:
    """Settings, profiles, names and codes load neither ccxt nor aiohttp."""
    code = (
        "import sys, adapters.ccxt.settings, adapters.ccxt.profiles, adapters.ccxt.names,"
        " adapters.ccxt.codes, adapters.ccxt.calls, bridge.codes;"
        "print([one for one in ('ccxt', 'aiohttp', 'certifi') if one in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )

    assert "[]" == done.stdout.strip()
