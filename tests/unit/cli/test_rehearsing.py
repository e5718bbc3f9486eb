"""The command that rehearses: its words, its JSON, its exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.rehearsing import rehearse
from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.exits import Exit
from bridge.rehearsal import programme
from core import intake
from tests.unit.config.files import HOOK, written
from tests.unit.rehearsal.files import TRADES, changed


def shown(folder: Path, text: str, *only: str, as_json: bool = False, every: bool = False) -> str:
    """Run the command and return what it prints."""
    out = io.StringIO()
    screen = Screen(as_json=as_json, out=out)
    rehearse(screen, written(folder, text), only=list(only), every=every, seed=0)
    return out.getvalue()


def test_it_tells_a_scene_and_sums_up(tmp_path: Path) -> None:
    """A line for each moment, what was done, what it saved, and a table at the end."""
    told = shown(tmp_path, TRADES, "duplicate")

    assert (
        "Route fx, account one: strategy trend buys 2000 EURUSD at about 1.08 (2160 USD)." in told
    )
    assert "1  Duplicate alert: ok" in told
    assert "+6.0 s  " in told
    assert "Without: " in told
    assert "Good: every failure was handled as promised." == told.splitlines()[-1]


def test_attention_is_no_failure(tmp_path: Path) -> None:
    """What the configuration leaves open is told with what to write, and the command ends well."""
    waived = changed(('accounts = ["one"]', 'accounts = ["one"]\nwaive = ["id"]'))
    told = shown(tmp_path, waived, "duplicate")

    assert "1  Duplicate alert: attention" in told
    assert "routes.fx.waive" in told
    assert told.splitlines()[-1].startswith("Nothing failed.")


def test_json_says_the_same(tmp_path: Path) -> None:
    """One object: what was chosen, each scene with its timeline, and the verdict."""
    value: dict[str, Any] = json.loads(shown(tmp_path, TRADES, "slippage", as_json=True))
    [rehearsal] = value["rehearsals"]
    [scene] = rehearsal["scenes"]

    assert (True, "ok", 0, []) == tuple(value[k] for k in ("ok", "verdict", "seed", "left_out"))
    assert ("fx", "one", "trend", "EURUSD") == tuple(
        rehearsal[name] for name in ("route", "account", "strategy", "instrument")
    )
    assert ("slippage", "ok") == (scene["scene"], scene["verdict"])
    assert all({"at_s", "text"} == set(moment) for moment in scene["timeline"])


def test_a_failure_ends_with_a_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failed scene is named; as JSON everything that was seen goes with it."""
    monkeypatch.setattr(intake, "served", lambda *_, **__: None)
    with pytest.raises(Stopped) as caught:
        shown(tmp_path, TRADES, "duplicate", "fills")

    end = caught.value
    assert (Exit.REHEARSAL, "rehearsal_failed") == (end.exit_code, end.code)
    assert "duplicate" in end.sentence
    assert "fills" not in end.sentence
    assert not end.as_dict()["ok"]


def test_a_scene_that_is_not_there(tmp_path: Path) -> None:
    """A wrong name is told with those that are right."""
    with pytest.raises(Stopped) as caught:
        shown(tmp_path, TRADES, "earthquake")

    assert (Exit.USAGE, "scene_unknown") == (caught.value.exit_code, caught.value.code)
    assert "maintenance" in caught.value.fix


def test_without_a_route_there_is_nothing_to_rehearse(tmp_path: Path) -> None:
    """Where no alert can come in, that is said."""
    start = TRADES.index("[routes")
    text = TRADES[:start] + TRADES[TRADES.index("[strategies.trend]") :]
    with pytest.raises(Stopped) as caught:
        shown(tmp_path, text)

    assert (Exit.CONFIG, "rehearsal_nothing") == (caught.value.exit_code, caught.value.code)


def test_more_routes_than_it_rehearses_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out is said, never left out silently."""
    monkeypatch.setattr("bridge.cli.rehearsing.PAIRS_MAX", 1)
    second = f'\n[routes.other]\ntoken = "{HOOK}x"\nstrategies = ["trend"]\naccounts = ["one"]\n'
    told = shown(tmp_path, TRADES + second, "rules")

    assert "Not rehearsed, because 1 are enough at once: other / one." in told


def test_a_secret_in_a_name_is_not_shown(tmp_path: Path) -> None:
    """Also a token that someone made the name of an account stays hidden."""
    named = TRADES.replace("accounts.one", f"accounts.{HOOK}").replace('["one"]', f'["{HOOK}"]')
    told = shown(tmp_path, named, "rules") + shown(tmp_path, named, "rules", as_json=True)

    assert HOOK not in told


def test_the_titles_are_eight() -> None:
    """The eight classic failures, each once."""
    assert 8 == len({scene.title for scene in programme.SCENES})
