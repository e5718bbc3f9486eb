"""Everything that can be wrong in a file: its code, its line, and what was perhaps meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from bridge.config import Problem, load
from bridge.config.codes import CODES
from bridge.config.problems import PROBLEMS_MAX
from tests.unit.config.files import (
    GOOD,
    HOOK,
    HOOK_NEXT,
    OPERATOR,
    changed,
    line_of,
    problems_of,
    written,
)


class Case(NamedTuple):
    """A change of the good file, and the problem that follows. ``at``: text where it is shown."""

    old: str
    new: str
    code: str
    path: str
    at: str
    suggestion: str = ""


ACCOUNT_ONE = '[accounts.one]\nvenue = "paper"\ncurrency = "USDT"'
MANY = ", ".join(f'"a{number}"' for number in range(51))

CASES = [
    # keys and kinds
    Case("strategies = ", "strategy = ", "config_key_missing", "routes.btc.strategies", "[routes."),
    Case("quantity = ", "quantiy = ", "config_key_unknown", "routes.btc.quantiy", "quantiy", "quantity"),
    Case("[limits]", "[limit]", "config_key_unknown", "limit", "[limit]", "limits"),
    Case("quantity_max = 2", "quantity_max = true", "config_type_wrong", "limits.quantity_max", "quantity_max"),
    Case("quantity_max = 2", "quantity_max = 2026-01-05", "config_type_wrong", "limits.quantity_max", "quantity_max"),
    Case("quantity = 0.5", "quantity = [1]", "config_type_wrong", "routes.btc.quantity", "quantity ="),
    Case("quantity = 0.5", "all_or_none = 1", "config_type_wrong", "routes.btc.all_or_none", "all_or"),
    Case("quantity = 0.5", "rate_burst = 1.5", "config_type_wrong", "routes.btc.rate_burst", "rate_b"),
    Case('name = "night shift"', "name = 7", "config_type_wrong", "bridge.name", "name = 7"),
    Case('accounts = ["one", "two"]', 'accounts = "one"', "config_type_wrong", "routes.btc.accounts", "accounts ="),
    Case('["trend"]', "[7]", "config_type_wrong", "routes.btc.strategies[0]", "7]"),
    Case("[bridge]\nname", "bridge = 3\n[door]\nname", "config_type_wrong", "bridge", "bridge = 3"),
    # values
    Case('"operate"', '"operator"', "config_value_unknown", "api.tokens[0].scope", "scope =", "operate"),
    Case('"operate"', "7", "config_type_wrong", "api.tokens[0].scope", "scope ="),
    Case('venue = "paper"', 'venue = "papr"', "config_value_unknown", "accounts.one.venue", "venue =", "paper"),
    Case("quantity = 0.5", 'waive = ["tme"]', "config_value_unknown", "routes.btc.waive[0]", '"tme"', "time"),
    Case("quantity = 0.5", "quantity = nan", "config_number_invalid", "routes.btc.quantity", "quantity ="),
    Case("quantity = 0.5", "quantity = -inf", "config_number_invalid", "routes.btc.quantity", "quantity ="),
    Case("quantity = 0.5", "quantity = 1e999999999999999999999", "config_number_invalid", "routes.btc.quantity", "quantity ="),
    Case("quantity = 0.5", 'quantity = "0,5"', "config_number_invalid", "routes.btc.quantity", "quantity ="),
    Case("quantity = 0.5", "quantity = 0", "config_out_of_range", "routes.btc.quantity", "quantity ="),
    Case("tick = 0.10", "tick = 0", "config_out_of_range", "instruments.BTCUSDT.tick", "tick ="),
    Case("lot_step = 0.001", "lot_step = -1", "config_out_of_range", "instruments.BTCUSDT.lot_step", "lot_step"),
    Case("quantity = 0.5", "signal_age_max_s = 86401", "config_out_of_range", "routes.btc.signal_age_max_s", "signal_age"),
    Case("[store]", "[door]\nport = 70000\n[store]", "config_out_of_range", "door.port", "port ="),
    Case("quantity_max = 2", "open_orders_max = -1", "config_out_of_range", "limits.open_orders_max", "open_orders"),
    Case('currency = "USDT"', 'currency = "usdt"', "config_text_invalid", "accounts.one.currency", 'currency = "usdt"'),
    Case('name = "night shift"', 'name = "a\\u0000b"', "config_text_invalid", "bridge.name", "name ="),
    Case('name = "operator"', 'name = "The Boss"', "config_text_invalid", "api.tokens[0].name", 'name = "The'),
    Case("[routes.btc]", "[routes.BTC]", "config_text_invalid", "routes.BTC", "[routes.BTC]"),
    Case("[strategies.trend]", '[strategies."é"]\ninstruments = []\n[strategies.trend]', "config_text_invalid", 'strategies."é"', '[strategies."é"]'),
    Case('["one", "two"]', '["one", "one"]', "config_value_twice", "routes.btc.accounts[1]", 'accounts = ["one", "one"]'),
    Case('["one", "two"]', "[]", "config_out_of_range", "routes.btc.accounts", "accounts ="),
    Case('["trend"]', "[]", "config_out_of_range", "routes.btc.strategies", "strategies ="),
    # what the parts say of each other
    Case('["one", "two"]', '["one", "tow"]', "config_name_unknown", "routes.btc.accounts[1]", 'accounts = ["one", "tow"]', "two"),
    Case('["trend"]', '["Trend"]', "config_name_unknown", "routes.btc.strategies[0]", '"Trend"', "trend"),
    Case('["BTCUSDT"]', '["BTCUSD"]', "config_name_unknown", "strategies.trend.instruments[0]", '"BTCUSD"', "BTCUSDT"),
    Case('["desk"]', '["dsk"]', "config_name_unknown", "accounts.one.groups[0]", '"dsk"', "desk"),
    Case(ACCOUNT_ONE, ACCOUNT_ONE + '\nsymbols = { BTC = "BTCUSTD" }', "config_name_unknown", "accounts.one.symbols.BTC", "symbols", "BTCUSDT"),
    Case("[accounts.two]", "[accounts.one.limits.instruments.BTCUSD]\nquantity_max = 1\n[accounts.two]", "config_name_unknown", "accounts.one.limits.instruments.BTCUSD", "[accounts.one.limits.i", "BTCUSDT"),
    Case("[market.walks.BTCUSDT]", "[market.walks.BTC]", "config_name_unknown", "market.walks.BTC", "[market.", "BTCUSDT"),
    Case('currency = "USDT"', 'currency = "EUR"', "config_currency", "accounts.one.currency", 'currency = "EUR"'),
    Case("[market", '[instruments.B2]\ncurrency = "USDT"\ntick = 1\nlot_step = 1\naliases = ["BTCUSDT"]\n[market', "config_alias_twice", "instruments.B2.aliases[0]", 'aliases = ["BTCUSDT"]'),
    Case("lot_step = 0.001", "lot_step = 0.002\nquantity_min = 0.003", "config_minimum_off_step", "instruments.BTCUSDT.quantity_min", "quantity_min"),
    Case("daily_loss_max = 500", "daily_loss_max = 500\ndaily_loss_warn = 501", "config_warning_late", "accounts.one.limits.daily_loss_warn", "daily_loss_warn"),
    Case("[store]", "[api]\nport = 8470\n[store]", "config_port_twice", "api.port", "port = 8470"),
    Case("[store]", "[door]\nport = 65535\n[store]", "config_out_of_range", "door.port", "port = 65535"),
    Case("[store]", '[api]\nhost = "0.0.0.0"\n[store]', "config_host_public", "api.host", "host ="),
    Case("[store]", '[door]\ntrusted_proxies = ["10.0.0.1/8"]\n[store]', "config_text_invalid", "door.trusted_proxies[0]", '"10.0.0.1/8"'),
    Case(ACCOUNT_ONE, ACCOUNT_ONE + '\nzone = "Europe/Berln"', "config_zone_unknown", "accounts.one.zone", "zone =", "Europe/Berlin"),
    Case(ACCOUNT_ONE, ACCOUNT_ONE + '\nzone = "Mars/Olympus"', "config_zone_unknown", "accounts.one.zone", "zone ="),
    Case(ACCOUNT_ONE, ACCOUNT_ONE + "\nlive = true", "config_live_unavailable", "accounts.one.live", "live ="),
    Case(ACCOUNT_ONE, ACCOUNT_ONE + "\npaper = { latency_ms_min = 5 }", "config_out_of_range", "accounts.one.paper.latency_ms_max", "paper ="),
    Case("[[api.tokens]]", f'[[api.tokens]]\nname = "operator"\nscope = "read"\ntoken = "{HOOK_NEXT}"\n[[api.tokens]]', "config_value_twice", "api.tokens[1].name", 'name = "operator"\nscope = "operate"'),
    # secrets
    Case(f'token = "{HOOK}"\n', "", "config_token_missing", "routes.btc", "[routes.btc]"),
    Case(f'token = "{HOOK}"', f'token = "{HOOK}"\ntoken_env = "HOOK"', "config_token_ambiguous", "routes.btc.token_env", "token_env"),
    Case(HOOK, "short", "config_token_weak", "routes.btc.token", 'token = "short"'),
    Case(HOOK, "a" * 30, "config_token_weak", "routes.btc.token", 'token = "aaa'),
    Case(HOOK, "abcdefghijklmnopqrstuvwxyz", "config_token_weak", "routes.btc.token", 'token = "abc'),
    Case(HOOK, "4tRw9ZkQ2m" * 3, "config_token_weak", "routes.btc.token", 'token = "4tR'),
    Case(HOOK, HOOK[:-1] + "/", "config_token_weak", "routes.btc.token", f'token = "{HOOK[:6]}'),
    Case(HOOK, OPERATOR, "config_token_twice", "api.tokens[0].token", f'token = "{OPERATOR}'),
    Case(f'token = "{HOOK}"', 'token_env = "NOT_SET"', "config_token_unset", "routes.btc.token_env", "token_env"),
    Case(f'token = "{HOOK}"', 'token_file = "gone"', "config_token_file", "routes.btc.token_file", "token_file"),
    # the store
    Case('journal = "main"', 'url = "postgres://x/y"', "config_store_url", "store.url", "url ="),
    Case('journal = "main"', 'url = "sqlite:journal.db"', "config_store_url", "store.url", "url ="),
    Case('journal = "main"', 'url = "redis://127.0.0.1:many"', "config_store_url", "store.url", "url ="),
    Case('journal = "main"', 'url = "redis://10.0.0.7/0"', "config_store_insecure", "store.url", "url ="),
    Case('journal = "main"', 'url = "rediss://10.0.0.7/0"', "config_store_insecure", "store.url", "url ="),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{case.path}" for case in CASES])
def test_names_code_line_and_what_was_meant(case: Case, tmp_path: Path) -> None:
    """Each mistake is told with its code, its key, the line on which it stands, and the name that was meant."""
    text = changed(case.old, case.new)

    found = [one for one in problems_of(tmp_path, text) if one.code == case.code]

    expected = (case.path, line_of(text, case.at), case.suggestion)
    assert expected in [(one.path, one.line, one.suggestion) for one in found]
    assert all(one.place.startswith(str(tmp_path / "bascule.toml")) for one in found)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{case.path}" for case in CASES])
def test_one_mistake_is_one_problem(case: Case, tmp_path: Path) -> None:
    """A mistake is not told a second time in other words, unless its key was renamed away."""
    found = problems_of(tmp_path, changed(case.old, case.new))

    others = [one.code for one in found if one.code != case.code]
    assert {"config_key_unknown"} >= set(others)
    assert 2 >= len(found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ('name = "night\n', 1),
        ("[bridge]\n[bridge]\n", 2),
        ("a = [1, 2\n", 2),
    ],
)
def test_says_where_the_text_stops_being_toml(text: str, line: int, tmp_path: Path) -> None:
    """A syntax error has the line at which reading stopped."""
    found = problems_of(tmp_path, text)

    assert [("config_syntax", line)] == [(one.code, one.line) for one in found]


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "1" * 5000, "a = 2026-13-45"])
def test_what_breaks_a_reader_is_a_syntax_problem(text: str, tmp_path: Path) -> None:
    """Depth, endless digits and impossible dates are told like any other fault of the text."""
    found = problems_of(tmp_path, text)

    assert ["config_syntax"] == [one.code for one in found]


def test_tells_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Faults of kinds, names and secrets are told together, sorted by line."""
    text = changed("quantity = 0.5", "quantity = -1").replace('"USDT"\ngroups', '"EUR"\ngroups')
    text = text.replace('["BTCUSDT"]', '["BTC"]').replace(OPERATOR, "short")

    found = problems_of(tmp_path, text)

    lines = [one.line for one in found]
    assert sorted(lines) == lines
    expected = ["config_token_weak", "config_out_of_range", "config_name_unknown"]
    assert expected == [one.code for one in found]


def test_a_faulty_account_hides_no_fault_of_another_part(tmp_path: Path) -> None:
    """What is wrong in one account keeps no other check from running, and nobody calls it missing."""
    text = changed('venue = "paper"', "venue = 1").replace('["one", "two"]', '["one", "three"]')

    found = [(one.code, one.path) for one in problems_of(tmp_path, text)]

    expected = [
        ("config_name_unknown", "routes.btc.accounts[1]"),
        ("config_type_wrong", "accounts.one.venue"),
    ]
    assert expected == found


def test_more_than_fifty_accounts_are_too_many(tmp_path: Path) -> None:
    """A route judges at most 50 accounts in one commit; the problem says so."""
    accounts = "".join(
        f'[accounts.a{number}]\nvenue = "paper"\ncurrency = "USDT"\n' for number in range(51)
    )
    text = changed('["one", "two"]', f"[{MANY}]") + accounts

    found = problems_of(tmp_path, text)

    assert [("config_out_of_range", "51 accounts")] == [(one.code, one.value) for one in found]


def test_a_live_account_in_a_bench_file_is_two_mistakes(tmp_path: Path) -> None:
    """The profile that opens every limit refuses live accounts by a code of its own."""
    text = changed(ACCOUNT_ONE, ACCOUNT_ONE + "\nlive = true")
    text = text.replace("[bridge]", '[bridge]\nprofile = "bench"')

    found = [one.code for one in problems_of(tmp_path, text)]

    assert ["config_live_unavailable", "config_live_in_bench"] == found


def test_a_limit_that_nobody_would_read_is_refused(tmp_path: Path) -> None:
    """A daily loss belongs to an account; written for a strategy it would protect nothing."""
    text = changed("signals_per_minute = 30", "signals_per_minute = 30\ndaily_loss_max = 5")

    (found,) = problems_of(tmp_path, text)

    assert ("config_key_unknown", line_of(text, "daily_loss_max = 5")) == (found.code, found.line)


def test_an_endless_list_of_mistakes_is_cut(tmp_path: Path) -> None:
    """Of hundreds of mistakes the first ones are told, and how many more there are."""
    text = GOOD + "".join(f"wrong{number} = 1\n" for number in range(PROBLEMS_MAX + 20))

    found = problems_of(tmp_path, text)

    assert PROBLEMS_MAX + 1 == len(found)
    assert ("config_problems_more", "20") == (found[-1].code, found[-1].value)


def test_a_value_of_the_environment_is_blamed_on_its_variable(tmp_path: Path) -> None:
    """What an environment variable got wrong is not looked for in the file."""
    (found,) = problems_of(tmp_path, GOOD, {"BASCULE_DOOR_PORT": "eighty"})

    assert ("config_type_wrong", "environment variable BASCULE_DOOR_PORT", 0) == (
        found.code,
        found.file,
        found.line,
    )


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (GOOD.encode("utf-16"), "config_encoding", 0),
        (b'[bridge]\nname = "caf\xe9"\n', "config_encoding", 2),
        (b"#" * 1_048_577, "config_too_large", 0),
    ],
)
def test_a_file_that_is_no_text_of_ours(
    content: bytes, code: str, line: int, tmp_path: Path
) -> None:
    """Another encoding and a huge file are told as such, not as a syntax error."""
    path = tmp_path / "bascule.toml"
    path.write_bytes(content)

    found = load(path, {})

    assert isinstance(found, list)
    assert [(code, line)] == [(one.code, one.line) for one in found]


@pytest.mark.parametrize(
    ("name", "code"),
    [("gone.toml", "config_missing"), (".", "config_unreadable"), ("a\0b", "config_unreadable")],
)
def test_a_file_that_cannot_be_read(name: str, code: str, tmp_path: Path) -> None:
    """A missing file, a folder and an impossible path are problems, not crashes."""
    found = load(tmp_path / name, {})

    assert isinstance(found, list)
    assert [code] == [one.code for one in found]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has permission bits")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
def test_a_file_with_secrets_belongs_to_its_owner(mode: int, tmp_path: Path) -> None:
    """A file with tokens that others can read is refused with the command that mends it."""
    path = written(tmp_path, GOOD, mode)

    found = load(path, {})

    assert isinstance(found, list)
    assert [("config_permissions", f"Run `chmod 600 {path}`.")] == [
        (one.code, one.fix) for one in found
    ]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has permission bits")
def test_a_token_file_belongs_to_its_owner(tmp_path: Path) -> None:
    """So is a token's own file."""
    file = tmp_path / "hook.token"
    file.write_text(HOOK, encoding="utf-8")
    file.chmod(0o644)

    (found,) = problems_of(tmp_path, changed(f'token = "{HOOK}"', 'token_file = "hook.token"'))

    assert ("config_permissions", f"Run `chmod 600 {file}`.") == (found.code, found.fix)


def test_every_problem_reads_as_a_sentence(tmp_path: Path) -> None:
    """No sentence and no fix is left with a gap or a placeholder."""
    told: list[Problem] = []
    for case in CASES:
        told += problems_of(tmp_path, changed(case.old, case.new))

    for one in told:
        words = f"{one.sentence} {one.fix}"
        assert "{" not in words.replace("{ ", ""), words
        assert "  " not in words, words
        assert "()" not in words, words


def test_every_code_of_a_file_has_an_example() -> None:
    """Each code of the table is met by a test of this folder."""
    folder = Path(__file__).parent
    tests = "".join(path.read_text(encoding="utf-8") for path in folder.glob("test_*.py"))

    assert [] == [code for code in CODES if code not in tests]
