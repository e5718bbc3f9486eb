"""Everything that can be wrong in a file: its code, its line, and what was perhaps meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.config import Problem, load
from bridge.config.codes import CODES
from bridge.config.problems import PROBLEMS_MAX
from tests.unit.config.cases import CASES, Case
from tests.unit.config.files import (
    GOOD,
    HOOK,
    OPERATOR,
    changed,
    line_of,
    problems_of,
    written,
)

MANY = ", ".join(f'"a{number}"' for number in range(51))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_names_code_line_and_what_was_meant(case: Case, tmp_path: Path) -> None:
    """Each mistake is told with its code, its key, the line on which it stands, and the name that
    was meant.
    """
    found = [one for one in problems_of(tmp_path, case.text) if one.code == case.code]

    expected = (case.path, case.line, case.suggestion)
    assert expected in [(one.path, one.line, one.suggestion) for one in found]
    assert all(one.place.startswith(str(tmp_path / "bascule.toml")) for one in found)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_one_mistake_is_one_problem(case: Case, tmp_path: Path) -> None:
    """A mistake is not told a second time in other words, unless its key was renamed away."""
    found = problems_of(tmp_path, case.text)

    others = [one.code for one in found if one.code != case.code]
    assert {"config_key_unknown", "config_name_unknown"} >= set(others)
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
    """What is wrong in one account stops no other check, and nobody calls the account missing."""
    text = changed('venue = "paper"', "venue = 1").replace('["one", "two"]', '["one", "three"]')
    text = text.replace("[accounts.two]", '[accounts.two]\nzone = "Mars/Olympus"')

    found = [(one.code, one.path) for one in problems_of(tmp_path, text)]

    expected = [
        ("config_name_unknown", "routes.btc.accounts[1]"),
        ("config_type_wrong", "accounts.one.venue"),
        ("config_zone_unknown", "accounts.two.zone"),
    ]
    assert expected == found


def test_a_symbol_means_one_instrument(tmp_path: Path) -> None:
    """An alias that is another instrument's name or alias is refused, with its place."""
    other = 'currency = "USDT"\ntick = 1\nlot_step = 1\naliases = ["BTCUSDT", "BINANCE:BTCUSDT"]\n'

    found = problems_of(tmp_path, f"{GOOD}[instruments.BTC]\n{other}")

    assert [
        ("config_alias_twice", "instruments.BTC.aliases[0]", "instruments.BTCUSDT"),
        ("config_alias_twice", "instruments.BTC.aliases[1]", "instruments.BTCUSDT.aliases[0]"),
    ] == [(one.code, one.path, one.expected) for one in found]


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
    text = changed('groups = ["desk"]', "live = true")
    text = text.replace("[bridge]", '[bridge]\nprofile = "bench"')

    found = [one.code for one in problems_of(tmp_path, text)]

    assert ["config_live_unavailable", "config_live_in_bench"] == found


def test_a_limit_that_nobody_would_read_is_refused(tmp_path: Path) -> None:
    """A daily loss belongs to an account; written for a strategy it would protect nothing."""
    text = changed("signals_per_minute = 30", "signals_per_minute = 30\ndaily_loss_max = 5")

    (found,) = problems_of(tmp_path, text)

    assert ("config_key_unknown", line_of(text, "daily_loss_max = 5")) == (found.code, found.line)


def test_guesses_no_key_that_is_already_there(tmp_path: Path) -> None:
    """Beside `quantity` a second, misspelt one was hardly meant to be it again."""
    (found,) = problems_of(tmp_path, changed("quantity = 0.5", "quantity = 0.5\nquantit = 1"))

    assert "quantity" != found.suggestion


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
    assert "BASCULE_DOOR_PORT (door.port)" in found.sentence


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
        told += problems_of(tmp_path, case.text)

    for one in told:
        words = f"{one.sentence} {one.fix}"
        assert "{" not in words.replace("{ ", ""), words
        assert "  " not in words, words
        assert "()" not in words, words


def test_every_code_of_a_file_has_an_example() -> None:
    """Each code of the table is met by a test of this folder."""
    folder = Path(__file__).parent
    tests = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))

    assert [] == [code for code in CODES if code not in tests]
