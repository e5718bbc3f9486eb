"""What ``bascule init`` says: lines that work when they are typed as they stand."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bridge.cli.screen import Screen
from bridge.cli.starting import begin, typed


def test_a_command_that_the_shell_finds_is_typed_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the PATH its name is enough; another program of this name there is not ours."""
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "bascule"
        file.write_text("#!/bin/sh\n", encoding="utf-8")
        file.chmod(0o755)
    ours = str(tmp_path / "ours" / "bascule")

    monkeypatch.setenv("PATH", str(tmp_path / "ours"))
    assert "bascule" == typed(ours)
    monkeypatch.setenv("PATH", str(tmp_path / "theirs"))
    assert ours == typed(ours)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ours == typed(ours)
    assert '"/a folder/bascule"' == typed("/a folder/bascule").replace("\\", "/")
    assert "bascule" == typed("/somewhere/pytest")


def test_init_says_what_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout the command lies in the environment: its path stands in each line."""
    own = str(tmp_path / ".venv" / "bascule")
    monkeypatch.setattr("sys.argv", [own])
    out = io.StringIO()
    begin(Screen(out=out), tmp_path / "mine", 8470, store=None, profile="paper")
    said = [line.strip() for line in out.getvalue().splitlines()]

    config = tmp_path / "mine" / "bascule.toml"
    assert f"{own} run -c {config}" in said
    assert f"{own} tv template -c {config}" in said
    assert own in said
