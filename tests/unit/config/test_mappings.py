from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bridge.config import Config, load
from tests.unit.config.files import changed

MAPPING: Final = """
[mappings.bot]
sample = '{"ticker": "BTCUSDT", "side": "long", "qty": 0.50, "secret": "abcdefgh"}'
expected = { symbol = "BTCUSDT", action = "buy", quantity = 0.5 }
[mappings.bot.fields]
token = { path = "secret" }
symbol = { path = "ticker" }
action = { path = "side", values = { long = "buy", short = "sell" } }
quantity = { path = "qty" }
"""

ROUTE: Final = 'quantity = 0.5\ndialect = "mapping"\n[routes.btc.reading]\nmapping = "bot"\n'


def test_misses_a_mapping_that_is_not_there(tmp_path: Path) -> None:
    """A route that reads by a mapping of another name."""
    path = tmp_path / "bascule.toml"
    path.write_text(changed("quantity = 0.5", ROUTE), encoding="utf-8")
    path.chmod(0o600)
    found = load(path, {})

    assert isinstance(found, list)
    assert [("config_name_unknown", "routes.btc.reading.mapping")] == [
        (one.code, one.path) for one in found
    ]


def loaded(folder: Path, old: str = "", new: str = "") -> Config | dict[str, tuple[str, str, str]]:
    """Load a file with a mapping in which one piece is replaced; problems by their code."""
    mapping = MAPPING.replace(old, new, 1) if old else MAPPING
    assert not old or mapping != MAPPING
    path = folder / "bascule.toml"
    path.write_text(changed("quantity = 0.5", ROUTE) + mapping, encoding="utf-8")
    path.chmod(0o600)
    found = load(path, {})
    if isinstance(found, Config):
        return found
    return {one.code: (one.path, one.value, one.expected) for one in found}


def test_reads_a_mapping_for_its_route(tmp_path: Path) -> None:
    """A mapping that reads its own sample is what the route reads by."""
    config = loaded(tmp_path)

    assert isinstance(config, Config), config
    assert config.hooks["btc"].terms.mapping == config.mappings["bot"]
    assert "trend" == config.hooks["btc"].terms.strategy


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "value"),
    [
        ('"qty" }', '"qtty" }', "config_sample_unread", "sample", "`qtty` is not in the message"),
        ('long = "buy"', 'lang = "buy"', "config_sample_unread", "sample", "`side` is long"),
        ('long = "buy"', 'long = "sell"', "config_sample_differs", "expected.action", "action"),
        (", quantity = 0.5 }", " }", "config_sample_differs", "expected", "quantity = 0.50"),
        ("0.5 }", "0.51 }", "config_sample_differs", "expected.quantity", "quantity = 0.50"),
        ("0.5 }", "0.5, stop = 1 }", "config_sample_differs", "expected.stop", "nothing"),
        ('"qty": 0.50', '"qty": 0.50, "sl": 1', "config_sample_unread", "sample", "`sl`"),
        ("quantity = {", "qantity = {", "config_key_unknown", "fields.qantity", "qantity"),
        ('path = "qty"', 'path = "qty", value = 1', "config_mapping_source", "", "both"),
        ('path = "qty"', "optional = true", "config_mapping_source", "", "none"),
        ('short = "sell"', 'short = "sel"', "config_value_unknown", "values.short", "sel"),
        ('{ path = "qty" }', '{ value = "x" }', "config_value_unknown", "quantity.value", "x"),
        ("sample =", "pattern = '(a+)+'\nsample =", "config_pattern_slow", "pattern", ""),
        ("sample =", "pattern = '(?P<side>x)'\nsample =", "config_name_unknown", "path", ""),
        (
            "sample =",
            "pattern = '(?P<a>x)(?P<ticker>x)(?P<side>x)(?P<qty>x)(?P<secret>x)'\nsample =",
            "config_pattern_group",
            "pattern",
            "a",
        ),
    ],
)
def test_tells_what_is_wrong_with_a_mapping(
    tmp_path: Path, old: str, new: str, code: str, path: str, value: str
) -> None:
    """A mapping that would misread an alert is found before the first one comes."""
    found = loaded(tmp_path, old, new)

    assert isinstance(found, dict)
    assert code in found, found
    assert path in found[code][0]
    assert value in found[code][1]
    assert "abcdefgh" not in str(found)
