"""The words of a problem: short, printable, helpful, and without a secret."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.config.problems import HIDDEN, PathKey, meant, path_text, shown, without_secrets
from tests.unit.config.files import HOOK, changed, problems_of


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        ("paper", ("accounts", "a", "venue"), '"paper"'),
        (True, (), "true"),
        (Decimal("0.10"), (), "0.10"),
        ([1], (), "a list"),
        ({"a": 1}, (), "a table"),
        (None, (), "a date or time"),
        ("x" * 61, (), '"' + "x" * 60 + '…"'),
        ("a\x1b[31m\u202eb", (), '"a�[31m�b"'),
        ("anything", ("routes", "btc", "token"), HIDDEN),
        (12345678, ("routes", "btc", "token_next"), HIDDEN),
        (HOOK, ("accounts", "a", "venue"), f'"{HIDDEN}"'),
        ("redis://u:pw@h/0", ("store", "url"), '"redis://***@h/0"'),
    ],
)
def test_shows_a_value_so_that_it_is_recognised(value: Any, path: PathKey, text: str) -> None:
    """A value is shown as it was written, shortened, and hidden where it could be a secret."""
    assert text == shown(value, path)


def test_shows_a_number_that_is_too_long_for_python() -> None:
    """A number of five thousand digits is told of, not written."""
    assert "a very long number" == shown(10**5000)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("rediss://user:pa:ss@host:1/0", "rediss://***@host:1/0"),
        ("x?password=abc&db=1", "x?password=***&db=1"),
        (f"at {HOOK}.", f"at {HIDDEN}."),
        ("Europe/Berlin", "Europe/Berlin"),
        ("BASCULE_OPERATOR_TOKEN_OF_THE_DESK", "BASCULE_OPERATOR_TOKEN_OF_THE_DESK"),
        ("signal_age_max_s", "signal_age_max_s"),
    ],
)
def test_takes_out_what_looks_like_a_secret(text: str, safe: str) -> None:
    """Credentials and random words go, names of keys, zones and variables stay."""
    assert safe == without_secrets(text)


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("BTCusdt", ["BTCUSDT", "ETHUSDT"], "BTCUSDT"),
        ("DEMO", ["demo", "other"], "demo"),
        ("acounts", ["accounts", "api"], "accounts"),
        ("zzz", ["accounts", "api"], ""),
        ("x", [], ""),
    ],
)
def test_guesses_the_name_that_was_meant(name: str, known: list[str], found: str) -> None:
    """A wrong case or a slip is recognised; what resembles nothing is not guessed at."""
    assert found == meant(name, known)


def test_writes_a_path_as_it_stands_in_the_file() -> None:
    """Names with other signs stand in quotes, entries of lists in brackets."""
    path = ("accounts", "a.b", "limits", "instruments", "CME:ES1!", 3)

    assert 'accounts."a.b".limits.instruments."CME:ES1!"[3]' == path_text(path)


def test_a_secret_is_hidden_also_where_nobody_expects_it(tmp_path: Path) -> None:
    """A short secret that stands a second time under a harmless key is told nowhere."""
    text = changed(HOOK, "qwerty77").replace('["one", "two"]', '["one", "qwerty77"]')

    found = problems_of(tmp_path, text)

    assert ["config_token_weak", "config_name_unknown"] == [one.code for one in found]
    assert not [one for one in found if "qwerty77" in f"{one!r}{one.text}"]


def test_a_secret_in_the_place_of_a_variables_name_is_hidden(tmp_path: Path) -> None:
    """Who pastes the secret itself behind `token_env` does not read it again in the log."""
    (found,) = problems_of(tmp_path, changed(f'token = "{HOOK}"', 'token_env = "qwErty77"'))

    assert ("config_token_unset", HIDDEN) == (found.code, found.value)
