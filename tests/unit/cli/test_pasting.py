"""`tv template` prints what a route reads, for every dialect and use, and no secret unasked."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.tradingview import DIALECTS
from adapters.tradingview.placeholders import PLACEHOLDERS
from bridge.cli.pasting import show
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import Stopped
from bridge.config import Config
from bridge.config.starter import init
from bridge.exits import Exit
from bridge.http.reading import understood_at
from bridge.templates import ABOUT, MEANT, SAMPLE, SCRIPT, filled, template_of, uses_of
from tests.unit.tradingview.fills import CHART, FLIP, LONG, OUT

MAPPING: Final = '''
[mappings.bot]
sample = """
{"passphrase": "the word of the sender", "ticker": "BTCUSDT", "do": "long", "at": 1768919400}"""
expected = { symbol = "BTCUSDT", action = "buy", time = "1768919400" }
[mappings.bot.fields]
token = { path = "passphrase" }
symbol = { path = "ticker" }
action = { path = "do", values = { long = "buy", short = "sell" } }
time = { path = "at" }
'''

TERMS: Final = {
    "strategy": '"demo"',
    "exchange": '"BINANCE"',
    "account": '"Sim 101"',
    "quantity_unit": '"units"',
    "risk_unit": '"units"',
    "target_unit": '"pips"',
    "pending_unit": '"price"',
    "mapping": '"bot"',
    "sides": '"both"',
}

USES: Final = [(dialect, use) for dialect in DIALECTS for use in uses_of(dialect)]


def made(folder: Path, dialect: str, *, door: str = "", more: tuple[str, ...] = ()) -> Path:
    """Write a configuration whose route reads a dialect, with all that it needs and heeds."""
    started = init(folder)
    assert not hasattr(started, "code")
    row = DIALECTS[dialect]
    waived = ["id"] if dialect == "mapping" else list(row.lacks)
    terms = [f"{name} = {TERMS[name]}" for name in (*row.needs, *row.heeds) if name not in more]
    path = folder / "bascule.toml"
    text = path.read_text("utf-8")
    text = text.replace(
        "[routes.demo]\n", f'[routes.demo]\ndialect = "{dialect}"\nwaive = {json.dumps(waived)}\n'
    )
    text = text.replace("[door]\n", f"[door]\n{door}\n")  # its own line there is a comment
    text += "\n[routes.demo.reading]\n" + "\n".join(terms) + "\n" + MAPPING
    path.write_text(text, "utf-8")
    return path


def printed(path: Path, **asked: Any) -> tuple[Exit, dict[str, Any], str]:
    """Run the command as JSON and as text."""
    given = {"route": None, "use": None, "strategy": None, "shows": False, **asked}
    out, text = io.StringIO(), io.StringIO()
    code = show(Screen(as_json=True, out=out), path, **given)
    assert code is show(Screen(out=text), path, **given)
    return code, json.loads(out.getvalue()), text.getvalue()


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Config]:
    """One configuration for each dialect."""
    root = tmp_path_factory.mktemp("templates")
    return {name: configuration(made(root / name, name)) for name in DIALECTS}


@pytest.mark.parametrize(("dialect", "use"), USES)
def test_a_route_reads_what_it_is_given_to_paste(
    configs: dict[str, Config], dialect: str, use: str
) -> None:
    """Every template of every dialect is read by its own route, as it promises in its words."""
    template = template_of(configs[dialect], "demo", use, "demo", shows=True)
    if use == SCRIPT:
        assert (None, "script") == (template.message, template.alert)
        return
    assert template.message is not None
    assert "My " not in template.message.replace("My bot", "")
    assert template.read is not None and template.read["ok"], template.read
    orders = (LONG, OUT, FLIP) if template.alert == "fills" else (CHART,)
    for values in orders:
        body = filled(template.message, values)
        read = understood_at(configs[dialect], "demo", body.encode())
        assert read["ok"], read
        (signal,) = read["signals"]
        said = {signal["side"], signal["action"], signal["intent"]}
        assert _promised(use, dialect, values) <= said
        assert "demo" == signal["strategy"] and "BTCUSDT" == signal["symbol"]


PROMISED: Final = (
    ("heartbeat", "heartbeat"),
    ("target", "target"),
    ("cancel", "cancel"),
    ("close-long", "exit sell"),
    ("close-short", "exit buy"),
    ("exit-short", "exit buy"),
    ("exit", "exit"),
    ("sell", "sell"),
    ("short", "sell"),
    ("", "buy"),
)
"""A part of a use's name, and what its message says; the first that fits."""


def _promised(use: str, dialect: str, values: dict[str, str]) -> set[str]:
    """Say what the message of a use has to say."""
    if dialect == "openalgo" or use == "strategy-target":
        return {"target"}
    if use.startswith("strategy"):
        return {values["strategy.order.action"]}
    if use == "exit" and "exit-short" in uses_of(dialect):
        return {"exit", "sell"}
    return set(next(said for part, said in PROMISED if part in use).split())


@pytest.mark.parametrize(("dialect", "use"), [one for one in USES if one[1] != SCRIPT])
def test_what_tradingview_left_over_is_refused(
    configs: dict[str, Config], dialect: str, use: str
) -> None:
    """A template that TradingView did not fill in is refused by the placeholder's name."""
    message = template_of(configs[dialect], "demo", use, "demo", shows=True).message
    assert message is not None
    used = re.findall(r"\{\{(.*?)\}\}", message)
    assert set(used) <= PLACEHOLDERS
    assert set(used) <= {*LONG}

    if used:
        read = understood_at(configs[dialect], "demo", message.encode())
        assert (False, "placeholder_left") == (read["ok"], read["code"])


@pytest.mark.parametrize("nothing", ["NaN", "na"])
@pytest.mark.parametrize(("dialect", "use"), [one for one in USES if one[1] != SCRIPT])
def test_a_size_or_a_level_that_is_none_is_refused(
    configs: dict[str, Config], dialect: str, use: str, nothing: str
) -> None:
    """A plot or a quantity without a value never becomes an order, in any dialect."""
    message = template_of(configs[dialect], "demo", use, "demo", shows=True).message
    assert message is not None
    numbers = {"strategy.order.contracts", "strategy.position_size"} | {
        f"plot_{place}" for place in range(4)
    }
    identity = re.sub(r'"?id"?[:=].*', "", message)  # the id is a text and may say anything
    for name in numbers & set(re.findall(r"\{\{(.*?)\}\}", identity)):
        body = filled(message, {**LONG, name: nothing})
        read = understood_at(configs[dialect], "demo", body.encode())
        assert not read["ok"]
        assert read["code"] in ("number_not_finite", "targets_form"), read


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_secret_is_shown_only_when_asked_for(tmp_path: Path, dialect: str) -> None:
    """Without --show-token nothing that is printed has it; where it is kept is said."""
    path = made(tmp_path / "c", dialect)
    secret = configuration(path).hooks["demo"].tokens[0]
    for use in uses_of(dialect):
        _, row, text = printed(path, use=use)
        _, open_row, open_text = printed(path, use=use, shows=True)

        assert secret not in json.dumps(row) + text
        assert "`routes.demo.token`" in text and row["token_kept"] == "`routes.demo.token`"
        assert row["address"].endswith("/hooks/demo/TOKEN")
        assert open_row["address"].endswith(f"/hooks/demo/{secret}") and secret in open_text
        assert "the word of the sender" not in json.dumps(open_row) + open_text


def test_a_secret_of_a_sample_goes_whatever_it_is_called(tmp_path: Path) -> None:
    """The token of the route takes its place, and not that of another secret in the sample."""
    path = made(tmp_path / "c", "mapping")
    text = path.read_text("utf-8").replace('"passphrase"', '"who"')
    text = text.replace('"do": "long"', '"apikey": "another secret", "do": "long"')
    text = text.replace("[mappings.bot.fields]", 'ignore = ["apikey"]\n[mappings.bot.fields]')
    path.write_text(text, "utf-8")
    secret = configuration(path).hooks["demo"].tokens[0]
    _, row, said = printed(path, shows=True)

    assert secret == json.loads(row["message"])["who"]
    assert [] == [one for one in ("the word", "another secret") if one in json.dumps(row) + said]


def test_the_address_is_the_public_one(tmp_path: Path) -> None:
    """With `door.public_url` the address is what TradingView calls; without it that is said."""
    local = made(tmp_path / "a", "native")
    public = made(tmp_path / "b", "native", door='public_url = "https://b.example.com/x/"')

    _, row, text = printed(local)
    assert row["address"].startswith("http://127.0.0.1:8470/hooks/demo/") and not row["public"]
    assert "TradingView cannot reach it" in text and "public_url" in text
    _, row, text = printed(public)
    assert "https://b.example.com/x/hooks/demo/TOKEN" == row["address"] and row["public"]
    assert "cannot reach" not in text


def test_a_message_that_the_route_would_refuse_is_told(tmp_path: Path) -> None:
    """What the route lacks to read the template is said with its fix, and the exit code is 1."""
    path = made(tmp_path / "c", "tradesgnl", more=("risk_unit",))

    code, row, text = printed(path)

    assert (Exit.FAILED, False) == (code, row["ok"])
    assert "dialect_setting_missing" == row["reading"]["code"]
    assert "risk_unit" in text


def test_short_words_find_their_use(tmp_path: Path) -> None:
    """`target`, `stop`, `entry`, `exit` and the like need no knowledge of file names."""
    path = made(tmp_path / "c", "native")
    for word, meant in MEANT.items():
        if meant[0] in uses_of("native"):
            assert meant[0] == printed(path, use=word)[1]["use"]


def test_a_use_or_a_strategy_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The sentence names what there is."""
    path = made(tmp_path / "c", "pineconnector")
    with pytest.raises(Stopped, match="has no template for strategy") as use:
        printed(path, use="strategy")
    with pytest.raises(Stopped, match="is no strategy of the route") as strategy:
        printed(path, strategy="trend")

    assert "entry, " in use.value.fix and "demo" in strategy.value.fix


def test_every_use_is_explained() -> None:
    """Each use has words, and the product's own sample fills in every placeholder."""
    assert {use for _, use in USES} == set(ABOUT)
    assert {name for name in LONG if name != "strategy.order.comment"} == set(SAMPLE)
