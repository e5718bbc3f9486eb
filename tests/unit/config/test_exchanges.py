"""Accounts at crypto exchanges in the file: their venue, and where their keys are."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.settings import Keys
from tests.unit.config.files import changed, config_of, problems_of

KEY: Final = "k3y7Qm2vXk9TzR4pLw8sYb"
SECRET: Final = "s3c5Gh8wMn1QvB7tKx4yRz"
FILE: Final = f'api_key = "{KEY}"\nsecret = "{SECRET}"\n'


def account(table: str, *, own: str = "") -> str:
    """Return the good file with its first account at an exchange."""
    text = changed('venue = "paper"', 'venue = "ccxt"')
    text = text.replace('groups = ["desk"]', f'groups = ["desk"]\n{own}', 1)
    if table:
        text = text.replace("[accounts.two]", f"[accounts.one.ccxt]\n{table}\n[accounts.two]", 1)
    return text


def keys(folder: Path, text: str = FILE, mode: int = 0o600) -> None:
    """Write a file with keys as its owner would."""
    (folder / "keys.toml").write_text(text, encoding="utf-8")
    (folder / "keys.toml").chmod(mode)


HERE = 'keys_file = "keys.toml"'
SPOT = f'exchange = "binance"\n{HERE}'
SWAP = f'exchange = "bybit"\n{HERE}'
LOCAL = 'local = {{ host = "{}", port = 8443, ca_file = "ca.pem" }}'


@pytest.mark.parametrize(
    ("table", "own", "code", "where"),
    [
        ("", "", "config_exchange_missing", "accounts.one"),
        (f'exchange = "binanc"\n{HERE}', "live = true", "config_exchange_unknown", "ccxt.exchange"),
        (f'exchange = "mexc"\n{HERE}', "live = true", "config_exchange_unknown", "ccxt.exchange"),
        (SWAP, "spot = true\nlive = true", "config_exchange_kind", "spot"),
        (SPOT, "live = true", "config_exchange_kind", "spot"),
        (SWAP, "", "config_live_differs", "live"),
        (f'{SWAP}\nsandbox = "sandbox"', "live = true", "config_live_differs", "live"),
        (f"{SWAP}\n{LOCAL.format('127.0.0.1')}", "live = true", "config_live_differs", "live"),
        (f"{SWAP}\n{LOCAL.format('10.0.0.7')}", "", "config_host_public", "ccxt.local.host"),
        (
            f'{SWAP}\nmarkets = {{ "ETH" = "ETH/USDT:USDT" }}',
            "live = true", "config_name_unknown", "ccxt.markets.ETH",
        ),
        (
            f'exchange = "kraken"\n{HERE}',
            "spot = true\nlive = true", "config_exchange_unproven", "ccxt.exchange",
        ),
        (
            f'exchange = "kraken"\nsandbox = "demo"\n{HERE}',
            'spot = true\nwaive = ["unproven_venue"]', "config_sandbox_unavailable", "ccxt.sandbox",
        ),
        ('exchange = "bybit"', "live = true", "config_keys_missing", "ccxt"),
        (f'{SWAP}\nsecret_env = "S"', "live = true", "config_keys_ambiguous", "ccxt.keys_file"),
        (
            'exchange = "bybit"\napi_key_env = "K"\nsecret_env = "NONE"',
            "live = true", "config_token_unset", "ccxt.secret_env",
        ),
        (
            f'{SWAP}\npaper = {{}}', "live = true", "config_key_unknown", "ccxt.paper"
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    table: str, own: str, code: str, where: str, tmp_path: Path
) -> None:
    """Each mistake is one problem, with its code and its key."""
    keys(tmp_path)
    found = problems_of(tmp_path, account(table, own=own), {"K": KEY, "S": SECRET})

    place = where if where.startswith("accounts") else f"accounts.one.{where}"
    assert [(code, place)] == [(one.code, one.path) for one in found]


def test_a_venue_that_cannot_be_traded_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No waiver helps where the facts of a venue forbid it."""
    monkeypatch.setitem(PROFILES, "bybit", replace(PROFILES["bybit"], refused="it has no look-up"))
    keys(tmp_path)
    (found,) = problems_of(tmp_path, account(SWAP, own="live = true"))

    assert ("config_exchange_refused", "it has no look-up") == (found.code, found.expected)


def test_each_venue_has_its_own_table(tmp_path: Path) -> None:
    """What is written for another venue would do nothing, so it is refused."""
    text = changed('groups = ["desk"]', f'ccxt = {{ exchange = "bybit", {HERE} }}')
    (found,) = problems_of(tmp_path, text)

    assert ("config_venue_table", "accounts.one.ccxt") == (found.code, found.path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('api_key = "a"', id="half of them"),
        pytest.param(FILE + 'colour = "red"', id="something else"),
        pytest.param('api_key = ""\nsecret = "x"', id="an empty one"),
        pytest.param("api_key = 5\nsecret = 6", id="numbers"),
        pytest.param("no toml", id="no TOML"),
        pytest.param(FILE + "#" * 20_000, id="too long"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    """It may hold half a secret: nothing of it is told but its name."""
    keys(tmp_path, text)
    (found,) = problems_of(tmp_path, account(SWAP, own="live = true"))

    assert ("config_keys_file", "accounts.one.ccxt.keys_file") == (found.code, found.path)
    assert KEY not in str(found)
    assert "keys.toml" in found.value


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    """The command that mends it is told."""
    keys(tmp_path, mode=0o644)
    (found,) = problems_of(tmp_path, account(SWAP, own="live = true"))

    assert ("config_permissions", "0644") == (found.code, found.value)


def test_keys_are_exchanged_while_the_bridge_runs(tmp_path: Path) -> None:
    """A file is read at every asking; one that is half written leaves the last good keys."""
    keys(tmp_path)
    config = config_of(tmp_path, account(SWAP, own="live = true"))
    source = config.exchanges["one"].keys
    assert Keys(api_key=KEY, secret=SECRET) == source()

    keys(tmp_path, 'api_key = "new-key"\nsecret = "new-secret"')
    assert Keys(api_key="new-key", secret="new-secret") == source()
    keys(tmp_path, 'api_key = "half')
    assert Keys(api_key="new-key", secret="new-secret") == source()


def test_keys_are_hidden_everywhere(tmp_path: Path) -> None:
    """They are known to the redaction, and no repr shows them."""
    keys(tmp_path)
    config = config_of(tmp_path, account(SWAP, own="live = true"))

    assert {KEY, SECRET} <= config.secrets()
    assert KEY not in repr(config)
    assert SECRET not in repr(config.exchanges["one"].keys())


def test_a_local_exchange_is_no_real_money(tmp_path: Path) -> None:
    """Its address and its authority reach the venue, and the account is not live."""
    keys(tmp_path)
    config = config_of(tmp_path, account(f"{SWAP}\n{LOCAL.format('127.0.0.1')}"))
    settings = config.exchanges["one"]

    assert settings.local is not None
    assert ("127.0.0.1", 8443, tmp_path / "ca.pem") == (
        settings.local.host, settings.local.port, settings.local.ca
    )  # fmt: skip
    assert not settings.live
    assert not config.setup.accounts["one"].live
