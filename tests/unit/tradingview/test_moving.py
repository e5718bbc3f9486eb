"""The pages of the dialects: each shows how an alert is read, and what to paste instead of it."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.tradingview import DIALECTS
from bridge.cli.reading import read
from bridge.cli.screen import Screen
from bridge.config.starter import init
from bridge.exits import Exit
from tests.unit.tradingview.fills import LONG

DOCS: Final = Path(__file__).parents[3] / "docs" / "dialects"
MOVED: Final = [name for name in DIALECTS if name != "native"]

_FORM: Final = re.compile(
    r"## Moving from it\n\nAn alert of yours, as it comes:\n"
    r"```(?:json|text)\n(?P<old>.*?)\n```\n"
    r"`bascule (?P<command>signal read [^`]*)` says how it is read:\n"
    r"```text\n(?P<told>.*?)\n```\n"
    r"The message to paste instead, [^\n]*:\n"
    r"```json\n(?P<native>.*?)\n```\n",
    re.DOTALL,
)

SAME: Final = (
    *("side", "quantity", "quantity_unit", "order_type", "trigger", "stop", "stop_unit"),
    *("targets", "reduce_only", "intent"),
)
"""What the new message has to say as the old one did."""


@dataclass(frozen=True)
class Moving:
    """One page's section, cut up."""

    old: bytes
    dialect: str
    settings: tuple[str, ...]
    told: str
    native: str


def page(dialect: str) -> str:
    """Read a dialect's page."""
    return (DOCS / f"{dialect}.md").read_text("utf-8")


def moving(dialect: str) -> Moving:
    """Cut a page's section up."""
    found = _FORM.search(page(dialect))
    assert found is not None, f"{dialect}.md has no section `Moving from it` of the usual form"
    words = shlex.split(found["command"])
    settings = tuple(words[at + 1] for at, word in enumerate(words) if word == "--set")
    named = words[words.index("--dialect") + 1]
    return Moving(found["old"].encode(), named, settings, found["told"], found["native"])


def asked(
    monkeypatch: pytest.MonkeyPatch, body: bytes, path: Path, *, case: Moving, as_json: bool
) -> tuple[Exit, str]:
    """Run the command of a page."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    out = io.StringIO()
    screen = Screen(as_json=as_json, out=out)
    code = read(screen, path, route=None, dialect=case.dialect, settings=case.settings)
    return code, out.getvalue()


def configured(folder: Path, dialect: str) -> Path:
    """Write a configuration with the mapping that its page shows."""
    init(folder)
    path = folder / "bascule.toml"
    if dialect == "mapping":
        shown = re.search(r"```toml\n(.*?)```", page(dialect), re.DOTALL)
        assert shown is not None
        mapping = shown[1][shown[1].index("[mappings.bot]") :]
        path.write_text(f"{path.read_text('utf-8')}\n{mapping}", "utf-8")
    return path


@pytest.mark.parametrize("dialect", MOVED)
def test_a_page_tells_how_an_alert_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dialect: str
) -> None:
    """What stands on the page is what the command prints."""
    case = moving(dialect)
    path = configured(tmp_path / "c", dialect)

    assert dialect == case.dialect
    assert (Exit.OK, f"{case.told}\n") == asked(
        monkeypatch, case.old, path, case=case, as_json=False
    )


@pytest.mark.parametrize("dialect", MOVED)
def test_the_message_instead_means_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dialect: str
) -> None:
    """Filled in, the native message orders what the old alert ordered, or wants the position that
    it led to; and it carries an id and a time."""
    case = moving(dialect)
    path = configured(tmp_path / "c", dialect)
    old = _signal(asked(monkeypatch, case.old, path, case=case, as_json=True)[1])
    values = _values(case, old)
    body = case.native
    for name, value in values.items():
        body = body.replace(f"{{{{{name}}}}}", value)
    plain = Moving(b"", "native", (), "", "")
    new = _signal(asked(monkeypatch, body.encode(), path, case=plain, as_json=True)[1])

    assert old["symbol"] == new["symbol"] and old["strategy"] == new["strategy"]
    assert new["id"] is not None and new["time"] is not None
    if new["action"] == "target":
        assert values["strategy.position_size"] == new["target_position"]
        assert old["intent"] in ("entry", "target") or old["position"] == "long"
    elif old["effect"] == "auto" and old["position"] is None:  # a bare order: what it may do is new
        assert {**_part(old), "intent": "entry", "quantity_unit": ""} == {
            **_part(new),
            "quantity_unit": "",
        }
    else:
        assert _part(old) == _part(new)


def _signal(printed: str) -> dict[str, Any]:
    said = json.loads(printed)
    assert said["ok"], said
    (signal,) = said["signals"]
    return signal


def _part(signal: dict[str, Any]) -> dict[str, Any]:
    return {name: signal[name] for name in SAME}


def _values(case: Moving, old: dict[str, Any]) -> dict[str, str]:
    """Fill in the chart and the order of the old alert."""
    levels = [old["stop"] or "", *(one["value"] for one in old["targets"])]
    size = old["target_position"] or old["quantity"] or "1"
    return {
        **LONG,
        "ticker": old["symbol"],
        "strategy.order.contracts": size,
        "strategy.position_size": size,
        **{f"plot_{place}": level for place, level in enumerate(levels)},
    }


def test_the_table_has_every_dialect_and_what_it_asks_for() -> None:
    """The overview names what a route has to say for each dialect, and what it has to waive."""
    text = page("README")
    rows = re.findall(r"^\| \[`(\w+)`\]\((\w+)\.md\) \| .+ \| (.*) \| (.*) \|$", text, re.MULTILINE)

    assert list(DIALECTS) == [name for name, _, _, _ in rows]
    for name, file, needs, lacks in rows:
        assert name == file
        assert list(DIALECTS[name].needs) == re.findall(r"`(\w+)`", needs)
        assert list(DIALECTS[name].lacks) == re.findall(r"`(\w+)`", lacks)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_two_fills_of_one_exit_have_two_ids(dialect: str) -> None:
    """A script that leaves two entries by one exit sends two alerts in one second, and only the
    position differs: an id without it would refuse the second."""
    ids = re.findall(r'"?id"?[:=] ?"?(\{\{ticker\}\}[^",\s`]*)', page(dialect))

    for one in ids:
        assert "{{strategy.order.id}}" not in one or "{{strategy.position_size}}" in one
    assert ids or dialect == "native"
