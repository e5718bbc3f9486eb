"""What the check says of a configuration that loads: what it misses, waives, and leaves open."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import msgspec
import pytest

from bridge.config import Config
from bridge.config.check import CheckRow, check, origin_row
from core.store.port import Durability
from tests.unit.config.files import GOOD, HOOK, HOOK_NEXT, OPERATOR, changed, config_of

FULL = GOOD.replace(
    "[limits]",
    "[limits]\nvalue_max = 1\ncollar_percent = 1\nposition_max = 1\nopen_orders_max = 1\ngross_max "
    "= 1",
)


def rows(config: Config, name: str, durability: Durability | None = None) -> list[CheckRow]:
    """Return the rows of one name."""
    return [row for row in check(config, durability) if row.name == name]


def test_names_every_limit_that_an_entry_misses(tmp_path: Path) -> None:
    """For each account, strategy and instrument the missing limits are told with their tables."""
    found = rows(config_of(tmp_path), "limits")

    assert ["one / trend / BTCUSDT", "two / trend / BTCUSDT"] == [row.value for row in found]
    assert "no value_max, collar_percent, position_max, open_orders_max." in found[0].sentence
    assert "`accounts.two.limits.gross_max`" in found[1].fix
    assert "`accounts.two.limits.daily_loss_max`" in found[1].fix
    assert "`accounts.two.limits.messages_per_minute`" in found[1].fix
    assert "quantity_max" not in found[1].fix
    assert "signals_per_minute" not in found[1].fix


def test_counts_what_is_complete(tmp_path: Path) -> None:
    """Where nothing is missing, one row says how many combinations are covered."""
    found = rows(config_of(tmp_path, FULL), "limits")

    assert [("warn", "two / trend / BTCUSDT"), ("ok", "1 of 2")] == [
        (row.status, row.value) for row in found
    ]


def test_shows_every_waiver(tmp_path: Path) -> None:
    """What was waived by name stays a warning for ever."""
    text = changed("quantity = 0.5", 'waive = ["id", "time"]')
    text = text.replace('journal = "main"', 'waive = ["durability"]')
    found = rows(config_of(tmp_path, text), "waiver")

    assert [
        ("warn", "store:durability"),
        ("warn", "routes.btc:id"),
        ("warn", "routes.btc:time"),
    ] == [(row.status, row.value) for row in found]


@pytest.mark.parametrize(
    ("durability", "waived", "status"),
    [
        (None, False, "ok"),
        (Durability(True, ""), False, "ok"),
        (Durability(False, "it syncs each second."), False, "warn"),
        (Durability(False, "it syncs each second."), True, "warn"),
    ],
)
def test_says_what_the_store_promises(
    durability: Durability | None, waived: bool, status: str, tmp_path: Path
) -> None:
    """An unsafe store is a warning with the store's own reason, also when it was waived."""
    text = changed('journal = "main"', 'waive = ["durability"]') if waived else GOOD
    (row,) = rows(config_of(tmp_path, text), "store", durability)

    assert status == row.status
    assert durability is None or durability.why in row.sentence


def test_real_money_on_an_unsafe_store_fails(tmp_path: Path) -> None:
    """With a live account a store that may lose commits keeps the bridge from starting."""
    config = config_of(tmp_path)
    account = msgspec.structs.replace(config.setup.accounts["one"], live=True)
    accounts = {**config.setup.accounts, "one": account}
    setup = msgspec.structs.replace(config.setup, accounts=accounts)
    live = dataclasses.replace(config, setup=setup)

    (row,) = rows(live, "store", Durability(False, "it syncs each second."))

    assert "fail" == row.status


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has permission bits")
def test_a_data_folder_that_others_can_enter_fails(tmp_path: Path) -> None:
    """The journal is for its owner; the command that mends it is told."""
    config = config_of(tmp_path)
    config.data.mkdir(mode=0o755)
    config.data.chmod(0o755)
    (row,) = rows(config, "data")

    assert ("fail", f"chmod 700 {config.data}") == (row.status, row.fix)


def test_a_data_folder_that_is_a_file_fails(tmp_path: Path) -> None:
    """A file in the place of the folder is found before the start."""
    config = config_of(tmp_path)
    config.data.write_text("", encoding="utf-8")

    assert ["fail"] == [row.status for row in rows(config, "data")]


def test_says_what_came_from_the_environment(tmp_path: Path) -> None:
    """A key that the environment overrules is shown with its variable."""
    config = config_of(tmp_path, GOOD, {"BASCULE_DATA": "elsewhere"})
    (row,) = rows(config, "environment")

    assert "BASCULE_DATA" == row.value
    assert "bridge.data" in row.sentence


def test_warns_of_what_nothing_uses(tmp_path: Path) -> None:
    """An account on no route and an instrument of no strategy are probably a slip."""
    text = changed('["one", "two"]', '["one"]').replace(
        'instruments = ["BTCUSDT"]', "instruments = []"
    )
    found = rows(config_of(tmp_path, text), "unused")

    assert ["two", "BTCUSDT"] == [row.value for row in found]


def test_warns_of_an_instrument_without_quotes(tmp_path: Path) -> None:
    """Without a market the paper venue has no price, and every entry would be refused as stale."""
    text = changed("[market.walks.BTCUSDT]\nprice_start = 60_000\n", "")
    (row,) = rows(config_of(tmp_path, text), "market")

    assert ("warn", "BTCUSDT") == (row.status, row.value)


def test_warns_of_bad_days_that_are_on(tmp_path: Path) -> None:
    """A paper account that misbehaves on purpose is named, with each setting that makes it so."""
    bad = "paper = { lose_reply_probability = 0.1, drop_link_every_s = 9 }"
    (row,) = rows(config_of(tmp_path, changed('groups = ["desk"]', bad)), "bad days")

    assert ("warn", "lose_reply_probability, drop_link_every_s") == (row.status, row.value)
    assert "`one`" in row.sentence
    assert "`accounts.one.paper`" in row.fix
    assert [] == rows(config_of(tmp_path), "bad days")


def test_a_missing_recording_fails(tmp_path: Path) -> None:
    """A recorded market that is not there is found before the start."""
    text = changed("[market.walks.BTCUSDT]\nprice_start = 60_000", '[market]\nrecording = "no.csv"')

    assert ["fail"] == [row.status for row in rows(config_of(tmp_path, text), "market")]


def test_warns_when_nobody_can_resume(tmp_path: Path) -> None:
    """A bridge that can be raised and never lowered is told before the start."""
    (row,) = rows(config_of(tmp_path, changed('"operate"', '"halt"')), "access")

    assert "warn" == row.status


def test_reminds_of_a_token_change_that_is_under_way(tmp_path: Path) -> None:
    """Two valid tokens are a state to leave again."""
    text = changed(f'token = "{HOOK}"', f'token = "{HOOK}"\ntoken_next = "{HOOK_NEXT}"')

    assert ["btc"] == [row.value for row in rows(config_of(tmp_path, text), "token change")]


def test_says_how_alerts_reach_the_door(tmp_path: Path) -> None:
    """TradingView knows ports 80 and 443 only; the row says so where the door has another."""
    (row,) = rows(config_of(tmp_path), "hooks")

    assert "443" in row.sentence
    at_443 = config_of(tmp_path, changed("[store]", "[door]\nport = 443\n[store]"))
    assert [] == rows(at_443, "hooks")


def test_warns_when_the_proxy_before_the_door_is_not_believed(tmp_path: Path) -> None:
    """With a public address all senders would look like the proxy; named, nothing is said."""
    public = 'public_url = "https://bridge.example.com"'
    found = rows(config_of(tmp_path, door(public)), "hooks")
    named = rows(config_of(tmp_path, door(public + '\ntrusted_proxies = ["127.0.0.1"]')), "hooks")

    assert ["ok", "warn"] == [row.status for row in found]
    assert 'trusted_proxies = ["127.0.0.1"]' in found[1].fix
    assert ["ok"] == [row.status for row in named]


def door(words: str) -> str:
    """Write these keys of the public listener into a good file."""
    return changed("[store]", f"[door]\n{words}\n[store]")


@pytest.mark.parametrize(
    ("core", "bridge", "installed", "status"),
    [
        ("a", "a", "a", "ok"),
        ("a", "a", None, "warn"),
        ("b", "a", None, "fail"),
        ("b", "a", "a", "fail"),
        ("b", "b", "a", "fail"),
    ],
)
def test_packages_of_another_owner_fail(
    core: str, bridge: str, installed: str | None, status: str, tmp_path: Path
) -> None:
    """A top-level package of the same name from elsewhere keeps the bridge from starting."""
    found = {"core": tmp_path / core, "adapters": tmp_path / "a", "bridge": tmp_path / bridge}
    where = None if installed is None else tmp_path / installed
    if (core, bridge) == ("b", "b"):
        found["adapters"] = tmp_path / "b"

    assert status == origin_row(found, where).status


def test_no_row_shows_a_secret(tmp_path: Path) -> None:
    """The check can be pasted into a forum."""
    text = FULL.replace('journal = "main"', 'url = "rediss://:s3cretword@10.0.0.7/0"')
    config = config_of(tmp_path, text)
    told = repr(check(config, Durability(False, "reason")))

    assert [] == [secret for secret in (HOOK, OPERATOR, "s3cretword") if secret in told]
