"""A fresh configuration: it loads as it stands, its first alert is within its limits."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.tradingview import read
from bridge.config import Config, Problem, load
from bridge.config.check import check
from bridge.config.entries import entries_of, missing_limits
from bridge.config.starter import Starter, init
from core.risk.limits import effective
from core.setup import resolve
from core.signals import Action

NOW_NS = 1_793_000_000_000_000_000


def made(folder: Path, profile: str = "paper", port: int = 8470) -> tuple[Starter, Config]:
    """Make a fresh configuration and read it."""
    starter = init(folder, port, None, profile, now_ns=lambda: NOW_NS)
    assert isinstance(starter, Starter)
    config = load(starter.config, {})
    assert isinstance(config, Config), [problem.text for problem in config]
    return starter, config


@pytest.mark.parametrize("profile", ["paper", "bench"])
def test_a_fresh_file_has_no_problem_and_known_warnings(profile: str, tmp_path: Path) -> None:
    """The paper profile warns of nothing; the bench profile of itself."""
    _, config = made(tmp_path, profile)

    rows = [row for row in check(config) if row.name != "packages"]
    expected = ["profile"] if profile == "bench" else []
    assert expected == [row.name for row in rows if row.status != "ok"]


@pytest.mark.parametrize("profile", ["paper", "bench"])
def test_the_first_alert_is_within_every_limit(profile: str, tmp_path: Path) -> None:
    """The message that init prints is read as an entry of the route, and no limit of it is missing
    or met.
    """
    starter, config = made(tmp_path, profile)
    signal = read(json.dumps(starter.message).encode()).signal

    assert signal is not None
    assert signal.quantity is not None
    assert (Action.BUY, "demo", NOW_NS) == (signal.action, signal.strategy, signal.time_ns)
    assert signal.id == starter.message["id"]
    account = config.setup.accounts["paper"]
    instrument = resolve(config.setup, account, signal.symbol)
    assert instrument is not None
    assert signal.quantity == instrument.quantity_cut(signal.quantity)
    limits = effective(config.setup, account, "demo", instrument.name)
    price = config.market.walks[instrument.name].price_start
    value = instrument.value(signal.quantity, price)
    assert limits.quantity is not None
    assert limits.value is not None
    assert limits.position is not None
    assert limits.quantity.at >= signal.quantity
    assert limits.position.at >= 5 * signal.quantity
    assert limits.value.at >= 2 * value
    assert [[]] * 2 == [missing_limits(config.setup, entry) for entry in entries_of(config.setup)]


def test_a_benchmark_never_meets_a_limit(tmp_path: Path) -> None:
    """A million buys pile up and still pass: every limit is set, and none is near."""
    starter, config = made(tmp_path, "bench")
    limits = effective(config.setup, config.setup.accounts["paper"], "demo", "BTCUSDT")
    piled = 1_000_000 * Decimal(starter.message["quantity"])
    value = piled * config.market.walks["BTCUSDT"].price_start

    assert limits.position is not None
    loss = config.setup.limits["account:paper"].daily_loss_max
    assert loss is not None
    assert piled * 1000 < limits.position.at
    assert [True] == [value * 1000 < limit.at for limit in limits.gross]
    assert [True] == [1_000_000 < limit.at for limit in limits.orders]
    assert value * 1000 < loss
    assert value < config.paper["paper"].balance_start


def test_the_bench_market_and_broker_are_exact(tmp_path: Path) -> None:
    """In the bench profile nothing is drawn: no delay, no reject, no part, no move of the price."""
    _, config = made(tmp_path, "bench")
    paper = config.paper["paper"]

    assert {Decimal(0)} == {walk.volatility_percent for walk in config.market.walks.values()}
    assert 0 == paper.latency_ms_max == paper.reject_probability == paper.partial_fill_probability


def test_prints_addresses_that_fit_the_file(tmp_path: Path) -> None:
    """The addresses of init are those on which the bridge listens, with the file's tokens."""
    starter, config = made(tmp_path, port=9500)
    told = starter.as_dict()

    (token,) = config.hooks["demo"].tokens
    assert f"http://127.0.0.1:9500/hooks/demo/{token}" == told["hook"]
    assert "http://127.0.0.1:9501/api" == told["api"]
    assert "http://127.0.0.1:9501/readyz" == told["ready"]
    assert config.api.tokens[0].secret == told["api_token"]
    assert (9500, 9501) == (config.door.port, config.api.port)
    assert told == json.loads(json.dumps(told))


def test_two_fresh_files_share_no_secret_and_no_journal(tmp_path: Path) -> None:
    """Two bridges on one server keep two journals, and no token opens both."""
    _, one = made(tmp_path / "one")
    _, other = made(tmp_path / "other")

    assert not one.secrets() & other.secrets()
    assert one.store.journal != other.store.journal


def test_never_writes_over_a_file(tmp_path: Path) -> None:
    """A second init in the same folder is refused and leaves the first file as it was."""
    starter, _ = made(tmp_path)
    before = starter.config.read_bytes()

    again = init(tmp_path)

    assert isinstance(again, Problem)
    assert ("config_exists", before) == (again.code, starter.config.read_bytes())


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has permission bits")
def test_what_it_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The file with the secrets and the folder of the journal are closed to others, whatever the
    umask.
    """
    former = os.umask(0)
    try:
        starter, _ = made(tmp_path / "new")
    finally:
        os.umask(former)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in starter.wrote}
    assert (0o600, 0o700) == (modes["bascule.toml"], modes["data"])


def test_keeps_its_secrets_out_of_a_repository(tmp_path: Path) -> None:
    """A .gitignore beside the file names it, and one that is there is left alone."""
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    starter, _ = made(tmp_path)
    other, _ = made(tmp_path / "other")

    assert "mine\n" == (tmp_path / ".gitignore").read_text(encoding="utf-8")
    assert tmp_path / ".gitignore" not in starter.wrote
    ignored = other.config.with_name(".gitignore").read_text(encoding="utf-8")
    assert "bascule.toml" in ignored.split()


def test_a_given_store_is_written_as_it_was_given(tmp_path: Path) -> None:
    """An address with quotes and backslashes arrives unharmed, its password known as a secret."""
    url = 'rediss://:pa"ss\\word@10.0.0.7:6379/2'
    starter = init(tmp_path, store=url)

    assert isinstance(starter, Starter)
    assert url == tomllib.loads(starter.config.read_text(encoding="utf-8"))["store"]["url"]
    config = load(starter.config, {})
    assert isinstance(config, Config)
    assert 'pa"ss\\word' in config.secrets()


@pytest.mark.parametrize(
    ("port", "store", "profile", "code"),
    [
        (0, None, "paper", "config_out_of_range"),
        (65535, None, "paper", "config_out_of_range"),
        (8470, "mysql://x", "paper", "config_store_url"),
        (8470, "redis://example.com/0", "paper", "config_store_insecure"),
        (8470, None, "live", "config_value_unknown"),
    ],
)
def test_refuses_what_would_not_load(
    port: int, store: str | None, profile: str, code: str, tmp_path: Path
) -> None:
    """A wrong port, store or profile is told before anything is written."""
    found = init(tmp_path / "new", port, store, profile)

    assert isinstance(found, Problem)
    assert (code, False) == (found.code, (tmp_path / "new").exists())


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    """A file where the folder should be is told, not raised."""
    (tmp_path / "taken").write_text("", encoding="utf-8")

    found = init(tmp_path / "taken" / "bridge")

    assert isinstance(found, Problem)
    assert "config_unwritable" == found.code
