"""What a good file becomes: the setup of the core, and what the bridge needs beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from adapters.paper.settings import PaperSettings
from adapters.paper.walk import WalkSettings
from adapters.tradingview.terms import Terms
from bridge.config import Config, load
from bridge.config.hours import Hours
from bridge.config.problems import Finding
from bridge.config.public_url import public_url_of
from bridge.config.values import Hook, Token
from bridge.config.windows import Window
from core.orders import OrderType, Side
from core.setup import SECOND_NS, Account, Limits, OnPartial, Route, Setup, Strategy, resolve
from tests.unit.config.files import GOOD, HOOK, HOOK_NEXT, OPERATOR, changed, config_of, written

D = Decimal


def test_becomes_the_setup_of_the_core(tmp_path: Path) -> None:
    """Routes, accounts, strategies and limits arrive in the core's own words, numbers exact."""
    setup = config_of(tmp_path).setup

    assert (
        Route(name="btc", accounts=("one", "two"), strategies=("trend",), quantity=D("0.5"))
        == setup.routes["btc"]
    )
    assert (
        Account(name="one", venue="paper", currency="USDT", groups=("desk",))
        == setup.accounts["one"]
    )
    assert (
        Strategy(
            name="trend",
            instruments=("BTCUSDT",),
            sides=tuple(Side),
            order_types=tuple(OrderType),
        )
        == setup.strategies["trend"]
    )
    assert {
        "global": Limits(quantity_max=D(2)),
        "group:desk": Limits(gross_max=D(100_000)),
        "account:one": Limits(daily_loss_max=D(500), messages_per_minute=60, messages_burst=60),
        "strategy:trend": Limits(signals_per_minute=30, signals_burst=30),
    } == setup.limits


def test_an_instrument_is_found_by_name_alias_and_the_accounts_own_symbol(tmp_path: Path) -> None:
    """A symbol leads to the instrument that the file says, by each of the three ways."""
    text = changed('groups = ["desk"]', 'symbols = { "BTC/USD" = "BINANCE:BTCUSDT" }')
    setup = config_of(tmp_path, text).setup

    for symbol in ("BTCUSDT", "BINANCE:BTCUSDT", "BTC/USD"):
        found = resolve(setup, setup.accounts["one"], symbol)
        assert found is not None
        assert ("BTCUSDT", D("0.1"), D("0.001")) == (found.name, found.tick, found.quantity_min)


def test_waivers_ages_and_lives_reach_the_route(tmp_path: Path) -> None:
    """Seconds become nanoseconds exactly, and a waiver switches a requirement off by name."""
    text = changed("quantity = 0.5", 'waive = ["time"]\nsignal_age_max_s = 0.3\norder_life_s = 7')
    config = config_of(tmp_path, text)
    route = config.setup.routes["btc"]

    assert (True, False) == (route.require_id, route.require_time)
    assert (300_000_000, 7 * SECOND_NS) == (route.signal_age_max_ns, route.order_life_ns)
    assert ("routes.btc:time",) == config.waivers


def test_what_follows_an_order_reaches_the_route(tmp_path: Path) -> None:
    """What becomes of a rest, after how long, and how often a passing reject is tried again."""
    lines = 'on_partial = "market"\npartial_after_s = 1.5\nreject_retries_max = 3'
    before = config_of(tmp_path).setup.routes["btc"]
    route = config_of(tmp_path, changed("quantity = 0.5", lines)).setup.routes["btc"]

    assert (OnPartial.WAIT, 0) == (before.on_partial, before.reject_retries_max)
    assert (OnPartial.MARKET, 1_500_000_000, 3) == (
        route.on_partial, route.partial_after_ns, route.reject_retries_max,
    )  # fmt: skip


def test_a_change_of_looks_is_no_change_of_the_setup(tmp_path: Path) -> None:
    """Order of tables, spaces and zeros do not move the hash; a limit does."""
    config = config_of(tmp_path)
    tables = GOOD.split("\n\n")
    looks = "\n\n".join(reversed(tables)).replace("0.5", "0.50").replace("0.10", '"0.1"')
    other = GOOD.replace("quantity_max = 2", "quantity_max = 3")

    assert config.setup_hash == config_of(tmp_path, looks).setup_hash
    assert config.setup_hash != config_of(tmp_path, other).setup_hash


def test_the_setup_can_be_journaled_and_read_back(tmp_path: Path) -> None:
    """A replay needs no file: the setup survives the codec, and holds no secret."""
    setup = config_of(tmp_path).setup
    written_down = msgspec.json.encode(setup)

    assert setup == msgspec.json.decode(written_down, type=Setup)
    assert HOOK not in written_down.decode()


def test_knows_every_secret_and_shows_none(tmp_path: Path) -> None:
    """Redaction gets every value; no repr of the configuration has one."""
    text = changed(f'token = "{HOOK}"', f'token = "{HOOK}"\ntoken_next = "{HOOK_NEXT}"')
    text = text.replace('journal = "main"', 'url = "rediss://user:p%40ssword@10.0.0.7:6380/1?x=1"')
    config = config_of(tmp_path, text)

    assert {HOOK, HOOK_NEXT, OPERATOR, "p%40ssword", "p@ssword"} == config.secrets()
    terms = Terms(strategy="trend")
    kept = "`routes.btc.token`"
    assert Hook("btc", "native", (HOOK, HOOK_NEXT), terms, kept) == config.hooks["btc"]
    assert [] == [secret for secret in config.secrets() if secret in repr(config)]
    assert "rediss://10.0.0.7:6380/1" == config.store.shown
    assert "redis" == config.store.kind


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    """The three places of a secret lead to the same door; a file's line end is no part of it."""
    file = tmp_path / "hook.token"
    file.write_text(HOOK + "\n", encoding="utf-8")
    file.chmod(0o600)
    text = changed(f'token = "{HOOK}"', 'token_file = "hook.token"')
    text = text.replace(f'token = "{OPERATOR}"', 'token_env = "OPERATOR"')

    config = config_of(tmp_path, text, {"OPERATOR": OPERATOR})

    assert (HOOK,) == config.hooks["btc"].tokens
    assert (Token("operator", "operate", OPERATOR),) == config.api.tokens
    assert not config.secrets_inline


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has permission bits")
def test_a_file_without_secrets_may_be_read_by_others(tmp_path: Path) -> None:
    """A configuration that is mounted read-only into a container is taken when secrets come from
    outside.
    """
    text = changed(f'token = "{HOOK}"', 'token_env = "HOOK"')
    text = text.replace(f'token = "{OPERATOR}"', 'token_env = "OPERATOR"')
    path = written(tmp_path, text, 0o644)

    assert isinstance(load(path, {"HOOK": HOOK, "OPERATOR": OPERATOR}), Config)


def test_the_environment_overrules_the_file_and_says_so(tmp_path: Path) -> None:
    """Ports, data and store of one machine can differ from the file; where from is told."""
    environ = {
        "BASCULE_DOOR_PORT": "9000",
        "BASCULE_API_PORT": "9005",
        "BASCULE_DATA": "elsewhere",
        "BASCULE_STORE_URL": "memory:",
    }
    config = config_of(tmp_path, GOOD, environ)

    assert (9000, 9005) == (config.door.port, config.api.port)
    assert tmp_path / "elsewhere" == config.data
    assert "memory" == config.store.kind
    assert set(environ) == set(config.origins.values())
    assert "BASCULE_DOOR_PORT" == config.origins["door.port"]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (None, "data/journal.db"),
        ("sqlite:///other.db", "data/other.db"),
        ("sqlite:///sub/a b%20.db", "data/sub/a b%20.db"),
    ],
)
def test_the_journals_file_is_in_the_data_folder(
    url: str | None, file: str, tmp_path: Path
) -> None:
    """A path without a root begins at the data folder, which begins at the file."""
    text = GOOD if url is None else changed('journal = "main"', f'url = "{url}"')
    config = config_of(tmp_path, text)

    assert f"sqlite:///{(tmp_path / file).as_posix()}" == config.store.url


def test_an_absolute_path_of_the_journal_stays(tmp_path: Path) -> None:
    """Four slashes name a file by its whole path."""
    url = f"sqlite:///{(tmp_path / 'x.db').as_posix()}"
    text = changed('journal = "main"', f'url = "{url}"')

    assert url == config_of(tmp_path, text).store.url


def test_pages_listen_beside_the_door_unless_told_otherwise(tmp_path: Path) -> None:
    """Without a port of its own the private listener takes the next one, on loopback."""
    config = config_of(tmp_path, changed("[store]", "[door]\nport = 9100\n[store]"))

    assert (9101, "127.0.0.1") == (config.api.port, config.api.host)


def test_the_paper_venue_gets_its_settings(tmp_path: Path) -> None:
    """Each account has its own manners; an account that says nothing has a perfect broker."""
    text = GOOD + "[accounts.two.paper]\nslippage_ticks = 3\nreject_probability = 0.25\n"
    config = config_of(tmp_path, text)

    assert PaperSettings(currency="USDT") == config.paper["one"]
    expected = PaperSettings(currency="USDT", slippage_ticks=3, reject_probability=D("0.25"))
    assert expected == config.paper["two"]
    assert {"BTCUSDT": WalkSettings(price_start=D(60_000))} == config.market.walks


def test_a_recorded_market_is_found_beside_the_file(tmp_path: Path) -> None:
    """A recording is named relative to the configuration, with its speed."""
    text = changed(
        "[market.walks.BTCUSDT]\nprice_start = 60_000",
        '[market]\nrecording = "day.csv"\nspeed = 2.5\nrepeat = true',
    )
    market = config_of(tmp_path, text).market

    assert (tmp_path / "day.csv", D("2.5"), True) == (market.recording, market.speed, market.repeat)


def test_maintenance_is_in_the_accounts_zone_unless_it_says_its_own(tmp_path: Path) -> None:
    """Each window has its days, its times and a zone; none named means every day."""
    lines = (
        'zone = "Europe/Berlin"\nmaintenance = [{ begin = "23:30", end = "00:15" }, '
        '{ days = ["sat", "sun"], begin = "02:00", end = "04:00", zone = "America/New_York" }]'
    )
    found = config_of(tmp_path, changed('groups = ["desk"]', lines)).maintenance

    assert {
        "one": (
            Window(frozenset(range(7)), time(23, 30), time(0, 15), "Europe/Berlin"),
            Window(frozenset({5, 6}), time(2), time(4), "America/New_York"),
        ),
        "two": (),
    } == found


def test_hours_and_calendars(tmp_path: Path) -> None:
    """Windows and holidays in the instrument's zone, and the files beside the configuration that it
    heeds; a calendar that nobody heeds is not looked at."""
    lines = (
        'aliases = ["BINANCE:BTCUSDT"]\nzone = "America/New_York"\nholidays = [2026-12-25]\n'
        'calendars = ["news"]\n'
        'sessions = [{ days = ["sun"], begin = "18:00", end = "17:00" }, '
        '{ begin = "01:00", end = "02:00", zone = "UTC" }]\n'
        '[calendars.news]\nfile = "news.csv"\nkind = "news"\nbefore_s = 0.5\n'
        '[calendars.unused]\nfile = "unused.ics"\nkind = "closed"'
    )
    config = config_of(tmp_path, changed('aliases = ["BINANCE:BTCUSDT"]', lines))

    assert {
        "BTCUSDT": Hours(
            "BTCUSDT",
            zone="America/New_York",
            windows=(
                Window(frozenset({6}), time(18), time(17), "America/New_York"),
                Window(frozenset(range(7)), time(1), time(2), "UTC"),
            ),
            holidays=(date(2026, 12, 25),),
            calendars=("news",),
            concerns=frozenset({"BTCUSDT", "BINANCE:BTCUSDT", "USDT"}),
        )
    } == config.hours
    news = config.calendars["news"]
    assert ["news"] == [*config.calendars]
    assert (tmp_path / "news.csv", 5 * 10**8, 300 * 10**9) == (
        news.path,
        news.before_ns,
        news.after_ns,
    )
    assert frozenset({"BTCUSDT", "BINANCE:BTCUSDT", "USDT"}) == news.names
    assert config.setup.instruments["BTCUSDT"].scheduled


def test_who_has_to_be_flat_knows_when(tmp_path: Path) -> None:
    """Seconds before a close, a weekend and news, and what entries wait for."""
    lines = (
        'groups = ["desk"]\nhold = ["news"]\nflat_before_close_s = 300\n'
        "flat_before_weekend_s = 600\nflat_before_news_s = 60\n"
    )
    hours = (
        'aliases = ["BINANCE:BTCUSDT"]\ncalendars = ["news"]\nnews_for = ["USD"]\n'
        'sessions = [{ begin = "09:30", end = "16:00" }]\n'
        '[calendars.news]\nfile = "news.csv"\nkind = "news"'
    )
    text = changed('groups = ["desk"]', lines).replace('aliases = ["BINANCE:BTCUSDT"]', hours)
    config = config_of(tmp_path, text)
    account = config.setup.accounts["one"]

    assert (300, 600, 60) == tuple(
        one // 10**9
        for one in (
            account.flat_before_close_ns,
            account.flat_before_weekend_ns,
            account.flat_before_news_ns,
        )
    )
    assert (("news",), frozenset({"BTCUSDT", "BINANCE:BTCUSDT", "USD"})) == (
        account.hold,
        config.hours["BTCUSDT"].concerns,
    )


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    """Notepad's way of saving does not change what a file says."""
    path = tmp_path / "bascule.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    path.chmod(0o600)

    found = load(path, {})
    assert isinstance(found, Config)
    assert "night shift" == found.name


def test_the_package_alone_brings_no_pydantic() -> None:
    """A command that reads no configuration does not pay for reading one."""
    program = "import sys, bridge.config, bridge.config.starter; print('pydantic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "False" == done.stdout.strip()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (None, ""),
        ("https://bridge.example.com", "https://bridge.example.com"),
        ("https://bridge.example.com/", "https://bridge.example.com"),
        ("https://bridge.example.com:443/bascule/", "https://bridge.example.com:443/bascule"),
        ("HTTPS://bridge.example.com", "https://bridge.example.com"),
        ("https://93.184.215.14", "https://93.184.215.14"),
        ("http://127.0.0.1:8470", "http://127.0.0.1:8470"),
        ("http://localhost:8470", "http://localhost:8470"),
    ],
)
def test_a_public_address_is_kept_without_its_last_slash(text: str | None, address: str) -> None:
    """What TradingView could call is taken as it is; loopback too, to try things at home."""
    assert address == public_url_of(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bridge.example.com", "https://"),
        ("ftp://bridge.example.com", "https://"),
        ("https://", "no host"),
        ("https://bridge_1.example.com", "is no host"),
        ("http://bridge.example.com", "http shows the token"),
        ("https://bridge.example.com:8443", "the port 8443"),
        ("https://bridge.example.com:99999", "cannot be read"),
        ("https://[2001:db8::1]", "no IPv6"),
        ("https://me:s3cr3t-word@bridge.example.com", "a user or a password"),
        ("https://192.168.1.2", "is a private address"),
        ("https://192.168.1", "is no host"),
        ("https://nas", "your own network"),
        ("https://bridge.example.com/?a=b", "`?`"),
        ("https://bridge.example.com/a b", "white space"),
        ("https://bridge.example.com/a//b", "its path"),
        ("https://bridge.example.com/a/../b", "its path"),
        ("https://bridge.example.com/hooks", "added to it"),
        ("https://bridge.example.com/hooks/demo/token", "added to it"),
    ],
)
def test_an_address_that_tradingview_cannot_call_is_refused(text: str, why: str) -> None:
    """Each refusal says why, and none of them shows a secret."""
    finding = public_url_of(text)

    assert isinstance(finding, Finding)
    assert why in finding.value
    assert "s3cr3t-word" not in finding.value + finding.expected
