"""`signal read` says how an alert would be understood, and touches nothing."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.reading import read
from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.config.starter import Starter, init
from bridge.exits import Exit

ALERT = {
    "id": "a-1",
    "strategy": "demo",
    "symbol": "BTCUSDT",
    "action": "sell",
    "quantity": "0.50",
    "position": "short",
    "prev_position": "long",
    "stop": "2",
    "stop_unit": "percent",
    "targets": "1:50;2",
    "target_unit": "risk",
    "time": "2026-01-20T14:30:00.250Z",
    "interval": "15",
}


def asked(
    monkeypatch: pytest.MonkeyPatch,
    message: str,
    *,
    path: Path = Path("nowhere.toml"),
    route: str | None = None,
    dialect: str | None = None,
    settings: tuple[str, ...] = (),
    as_json: bool = True,
) -> tuple[Exit, Any]:
    """Read a message from standard input; return the exit code and what was printed."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(message.encode())))
    out = io.StringIO()
    screen = Screen(as_json=as_json, out=out)
    code = read(screen, path, route=route, dialect=dialect, settings=settings)
    return code, json.loads(out.getvalue()) if as_json else out.getvalue()


def test_says_what_was_read_without_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of the signal, exact, and null for what the message does not say."""
    code, said = asked(monkeypatch, json.dumps(ALERT), dialect="native")
    (signal,) = said["signals"]

    assert (Exit.OK, {"ok", "signals"}) == (code, set(said))
    assert {
        "symbol": "BTCUSDT",
        "intent": "flip",
        "side": "sell",
        "quantity": "0.5",
        "quantity_unit": "units",
        "order_type": "market",
        "price": None,
        "stop": "2",
        "stop_unit": "percent",
        "targets": [
            {"value": "1", "unit": "risk", "share": "50"},
            {"value": "2", "unit": "risk", "share": None},
        ],
        "target_position": None,
        "reduce_only": False,
        "time": "2026-01-20T14:30:00.25Z",
        "id": "a-1",
        "ignored": ["interval"],
    }.items() <= signal.items()


@pytest.mark.parametrize(
    ("fields", "intent", "only"),
    [
        ({"action": "exit"}, "exit", True),
        ({"action": "buy"}, "auto", False),
        ({"action": "buy", "effect": "open"}, "entry", False),
        ({"action": "buy", "effect": "close"}, "exit", True),
        ({"action": "buy", "position": "flat"}, "exit", True),
        ({"action": "buy", "prev_position": "flat"}, "entry", False),
        ({"action": "buy", "prev_position": "long", "position": "long"}, "entry", False),
        ({"action": "buy", "prev_position": "short", "position": "short"}, "exit", True),
        ({"action": "buy", "prev_position": "short", "position": "long"}, "flip", False),
        ({"action": "target", "target_position": "0"}, "target", False),
        ({"action": "cancel"}, "cancel", False),
    ],
)
def test_names_what_is_meant(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], intent: str, only: bool
) -> None:
    """Entry, exit and flip are read off the message; where it does not say, neither do we."""
    message = json.dumps({"strategy": "s", "symbol": "A", **fields})
    signal = asked(monkeypatch, message, dialect="native")[1]["signals"][0]

    assert (intent, only) == (signal["intent"], signal["reduce_only"])


def test_says_why_an_alert_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, with code, field, sentence and fix; in words without `--json`."""
    wrong = json.dumps({**ALERT, "quantity": "1,5"})
    code, said = asked(monkeypatch, wrong, dialect="native")
    again, text = asked(monkeypatch, wrong, dialect="native", as_json=False)

    assert (2, 2) == (code, again)
    assert {"ok", "code", "field", "sentence", "fix"} == set(said)
    assert (False, "number_decimal_comma", "quantity") == (said["ok"], said["code"], said["field"])
    assert said["sentence"] in text and said["fix"] in text


def test_reads_as_a_route_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The route's own dialect and what it asks for; its secrets are taken out, its data folder
    stays as it is."""
    starter = init(tmp_path)
    assert isinstance(starter, Starter)
    config = next(tmp_path.glob("*.toml"))
    before = sorted(tmp_path.rglob("*"))
    good = json.dumps({**ALERT, "comment": starter.api_token})
    _, said = asked(monkeypatch, good, path=config)
    code, lacks = asked(monkeypatch, json.dumps({**ALERT, "id": None}), path=config)

    assert said["ok"] and starter.api_token not in str(said)
    assert (2, "id_missing", "id") == (code, lacks["code"], lacks["field"])
    assert before == sorted(tmp_path.rglob("*"))


def test_takes_what_a_route_would_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--set` stands for the route's table."""
    text = "symbol=A,action=exit"
    refused = asked(monkeypatch, text, dialect="native_text")[1]
    read_by = asked(monkeypatch, text, dialect="native_text", settings=("strategy=trend",))[1]

    assert ("field_missing", "strategy") == (refused["code"], refused["field"])
    assert "trend" == read_by["signals"][0]["strategy"]


@pytest.mark.parametrize(
    ("dialect", "route", "settings", "code"),
    [
        ("natve", None, (), "dialect_unknown"),
        ("native", "demo", (), "reading_twice"),
        (None, "demo", ("strategy=x",), "setting_unfit"),
        ("native", None, ("strategy",), "setting_unfit"),
        ("native", None, ("stratgy=x",), "setting_unfit"),
        ("native", None, ("risk_unit=lots",), "setting_unfit"),
    ],
)
def test_refuses_what_it_is_asked_wrongly(
    monkeypatch: pytest.MonkeyPatch,
    dialect: str | None,
    route: str | None,
    settings: tuple[str, ...],
    code: str,
) -> None:
    """A question that cannot be understood ends with its own code, before anything is read."""
    with pytest.raises(Stopped) as raised:
        asked(monkeypatch, "{}", dialect=dialect, route=route, settings=settings)

    assert (Exit.USAGE, code) == (raised.value.exit_code, raised.value.code)
