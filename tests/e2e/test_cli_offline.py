"""The command without a running bridge: it says what is wrong, and what the journal says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.exits import Exit
from tests.e2e.commands import bascule, fresh, place

pytestmark = pytest.mark.e2e


def test_init_makes_a_configuration_that_check_approves(tmp_path: Path) -> None:
    """Two commands after each other, nothing edited between: no problem, no failure."""
    where = place(tmp_path / "b")
    done = where.run("check", "--json")

    assert (0, True, []) == (done.code, done.json["ok"], done.json["problems"])
    assert {"config", "hook", "message", "api", "ready", "api_token"} <= set(where.made)
    assert not (tmp_path / "b" / "data" / "journal.db").exists(), "check writes nothing"


def test_init_never_writes_over_a_configuration(tmp_path: Path) -> None:
    """The second time nothing is written, and one JSON object says why."""
    where = place(tmp_path / "b")
    before = where.file.read_bytes()
    done = bascule("init", tmp_path / "b", "--json")

    assert (Exit.CONFIG, "config_exists") == (done.code, done.json["code"])
    assert before == where.file.read_bytes()


def test_check_names_file_and_line(tmp_path: Path) -> None:
    """Each problem stands with its place, what was meant and how to mend it; the code is 3."""
    where = place(tmp_path / "b")
    text = where.file.read_text(encoding="utf-8")
    lines = text.replace("collar_percent", "colar_percent").replace('zone = "UTC"', 'zone = "Mars"')
    where.file.write_text(lines, encoding="utf-8")
    line = next(n for n, s in enumerate(lines.splitlines(), 1) if s.startswith("colar_percent"))

    shown, read = where.run("check"), where.run("check", "--json")

    assert (Exit.CONFIG, Exit.CONFIG) == (shown.code, read.code)
    assert f"{where.file}:{line}:1: config_key_unknown" in shown.err
    assert "collar_percent" in shown.err
    assert [line] == [p["line"] for p in read.json["problems"] if p["code"] == "config_key_unknown"]
    assert len(read.json["problems"]) == 2


def test_a_missing_configuration_is_one_sentence(tmp_path: Path) -> None:
    """Without a configuration every command ends with 3 and says how to get one."""
    for words in (["check"], ["run"], ["status"], ["journal", "verify"], ["halt", "--reason", "x"]):
        done = bascule(*words, "--json", folder=tmp_path)

        assert (Exit.CONFIG, "config_missing") == (done.code, done.json["code"])
        assert "bascule init" in done.json["fix"]


def test_the_environment_names_the_configuration(tmp_path: Path) -> None:
    """`BASCULE_CONFIG` is taken where no `-c` stands."""
    where = place(tmp_path / "b")

    assert 0 == bascule("check", env={"BASCULE_CONFIG": str(where.file)}).code


@pytest.mark.parametrize(
    "words",
    [
        ["halt", "--reason", "x"],
        ["resume", "--reason", "x"],
        ["order", "cancel", "a" * 26, "--reason", "x"],
        ["signal", "send", *fresh()],
    ],
    ids=["halt", "resume", "cancel", "send"],
)
def test_acts_need_a_running_bridge(tmp_path: Path, words: list[str]) -> None:
    """Nothing is done, that is said in one sentence, and the code is 6."""
    where = place(tmp_path / "b")
    done = where.run(*words, "--json")

    assert (Exit.UNREACHABLE, "bridge_unreachable") == (done.code, done.json["code"])
    assert not any(secret in done.out + done.err for secret in where.secrets)


def test_a_bridge_that_never_ran_has_no_journal(tmp_path: Path) -> None:
    """Looking at a journal that is not there ends with 4, and makes none."""
    where = place(tmp_path / "b")

    for words in (["status"], ["signal", "list"], ["journal", "verify"], ["journal", "export"]):
        done = where.run(*words, "--json")
        assert (Exit.STORE, "store_missing") == (done.code, json.loads(done.out)["code"])
    assert [] == list((tmp_path / "b" / "data").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["halt", "--sope", "x"],
        ["signal", "explain"],
        ["order", "list", "--limit", "0"],
    ],
)
def test_a_wrong_command_line_is_usage(words: list[str]) -> None:
    """What cannot be understood ends with 2, before anything is read."""
    assert Exit.USAGE == bascule(*words).code


def test_an_unknown_state_is_named_with_its_choices(tmp_path: Path) -> None:
    """The states that there are stand in the answer."""
    done = place(tmp_path / "b").run("order", "list", "--state", "lost", "--json")

    assert (Exit.USAGE, "state_unknown") == (done.code, done.json["code"])
    assert "partially_filled" in done.json["fix"]
