"""Files that a tired person, an editor or an attacker made: always a configuration or problems."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Config, load
from bridge.config.codes import CODES
from bridge.config.starter import Starter, init
from tests.unit.config.files import GOOD, HOOK, OPERATOR, written

LINES = GOOD.splitlines()
KEYS = sorted({line.partition(" =")[0] for line in LINES if "=" in line})
VALUES = [
    "1", "-1", "0", "1.5", "1e9999999999999999999", "nan", '""', '"x"', '"nan"', "[]", "[[]]", "{}",
    "{ a = 1 }", "true", "2026-01-05", "07:30:00", f'"{HOOK}"', f'["{OPERATOR}"]', '"\\u0000"',
    '"redis://u:secretword@h/0"', '"sqlite:///"', '"a" * 3', "[1, 'two', {}]", "9" * 400,
    '"é\U0001f600"',
    f'{{ token = "{HOOK}" }}', "'''\n'''", "0xff", "1_000", "+inf", '"Mars/Olympus"', '"../../x"',
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Change the good file in a few places: values, keys, lines, single characters."""
    lines: list[str] = [*LINES]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        kind = draw(st.integers(0, 6))
        if kind <= 2 and " = " in line:
            lines[at] = f"{line.partition(' = ')[0]} = {draw(st.sampled_from(VALUES))}"
        elif kind == 3 and " = " in line:
            lines[at] = f"{draw(st.sampled_from(KEYS))} = {line.partition(' = ')[2]}"
        elif kind == 4:
            lines[at] = lines[draw(st.integers(0, len(lines) - 1))]
        elif kind == 5:
            lines[at] = ""
        elif line:
            place = draw(st.integers(0, len(line) - 1))
            sign = draw(st.sampled_from(list('"[]{}=.,#\\ \n-x0\0é')))
            lines[at] = line[:place] + sign + line[place + draw(st.integers(0, 1)) :]
    return "\n".join(lines) + "\n"


@given(mutated())
def test_every_text_is_a_configuration_or_problems(text: str) -> None:
    """No mutation raises; each problem has a code of the table and a place in the file; no secret
    is told.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        found = load(path, {})

    if isinstance(found, Config):
        assert re.fullmatch("[0-9a-f]{64}", found.setup_hash)
        return
    assert found
    for one in found:
        assert one.code in CODES
        assert 0 <= one.line <= text.count("\n") + 1
        told = f"{one!r} {one.text}"
        assert HOOK not in told
        assert OPERATOR not in told
        assert "secretword" not in told


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise(content: bytes) -> None:
    """Whatever lies in the file, reading it ends in a configuration or in problems."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bascule.toml"
        path.write_bytes(content)
        path.chmod(0o600)
        found = load(path, {})

    assert isinstance(found, Config) or found


@given(
    st.integers(1, 65534),
    st.sampled_from(["paper", "bench"]),
    st.text("ab/\"\\'$é ", max_size=12).map(lambda name: f"sqlite:///x{name}.db"),
)
def test_every_fresh_file_loads(port: int, profile: str, store: str) -> None:
    """For every port, profile and odd file name the fresh configuration has no problem."""
    with tempfile.TemporaryDirectory() as folder:
        starter = init(Path(folder), port, store, profile)
        assert isinstance(starter, Starter)
        found = load(starter.config, {})

    assert isinstance(found, Config), [problem.text for problem in found]
    assert port == found.door.port
