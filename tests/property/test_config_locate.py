"""The places of keys: whatever way a file is written, each key is found where it stands."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.config.locate import locate
from bridge.config.problems import PathKey

BARE = st.text("abcXYZ019_-", min_size=1, max_size=4)
QUOTED = st.text('a.] ["=#é\\\t😀', max_size=5)
SCALARS = st.sampled_from(
    ["1", "-0.5", "true", "2026-01-05T10:00:00Z", "nan", '"a # ] , b"', "'c\\'", '"\\" = [x]"',
     '"""one "" [x]\n# no\ny = 1 \\\\ """', "'''two\n[z]\n'''", '""', "''''q''''", '"""\\"""""']
)  # fmt: skip
SPACES = st.sampled_from(["", " ", "\t "])
BREAKS = st.sampled_from(["", " ", "\n", " # ] } x = 1\n", "\r\n  "])


class Writer:
    """Writes TOML and notes where each key begins."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.places: dict[PathKey, int] = {}

    def put(self, text: str) -> None:
        """Write what has no place of its own."""
        self.text += text

    def key(self, key: str) -> None:
        """Write a key in one of the ways that TOML has for it."""
        bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
        if bare and self.draw(st.booleans()):
            self.put(key)
        elif "'" not in key and key.isprintable() and self.draw(st.booleans()):
            self.put(f"'{key}'")
        else:
            self.put(json.dumps(key, ensure_ascii=self.draw(st.booleans()) and key.isascii()))

    def pairs(self, path: PathKey, names: list[str], depth: int, between: str) -> None:
        """Write keys with their values, of a table or of an inline table."""
        for number, name in enumerate(names):
            if number and between != "\n":
                self.put(between + self.draw(SPACES))
            if between == "\n":
                self.put(self.draw(SPACES))
            self.places[(*path, name)] = len(self.text)
            self.key(name)
            below: PathKey = (*path, name)
            if self.draw(st.integers(0, 4)) == 0:
                self.put(self.draw(SPACES) + "." + self.draw(SPACES))
                inner = self.draw(BARE | QUOTED)
                below = (*below, inner)
                self.places[below] = len(self.text)
                self.key(inner)
            self.put(f"{self.draw(SPACES)}={self.draw(SPACES)}")
            self.value(below, depth)
            if between == "\n":
                self.put(self.draw(st.sampled_from(["\n", " # x = 1\n", "\r\n", "\n\n"])))

    def value(self, path: PathKey, depth: int) -> None:
        """Write a value: mostly a scalar, sometimes a list or an inline table."""
        kind = self.draw(st.integers(0, 5)) if depth < 3 else 0
        if kind == 4:
            self.put("[" + self.draw(BREAKS))
            for index in range(self.draw(st.integers(0, 3))):
                self.places[(*path, index)] = len(self.text)
                self.value((*path, index), depth + 1)
                self.put(self.draw(BREAKS) + "," + self.draw(BREAKS))
            self.put("]")
        elif kind == 5:
            self.put("{" + self.draw(SPACES))
            names = self.draw(st.lists(BARE | QUOTED, max_size=3, unique=True))
            self.pairs(path, names, depth + 1, ",")
            self.put(self.draw(SPACES) + "}")
        else:
            self.put(self.draw(SCALARS))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[PathKey, int]]:
    """Write a document: pairs, tables, arrays of tables."""
    writer = Writer(draw)
    writer.pairs((), draw(st.lists(BARE, max_size=3, unique=True)), 0, "\n")
    counts: dict[str, int] = {}
    for number in range(draw(st.integers(0, 4))):
        names = draw(st.lists(BARE | QUOTED, max_size=3, unique=True))
        many = draw(st.booleans())
        name = f"t{number % 2}many" if many else f"t{number}"
        start = len(writer.text)
        writer.put("[[" if many else "[")
        writer.put(draw(SPACES))
        writer.key(name)
        writer.put(draw(SPACES))
        writer.put("]]\n" if many else "]\n")
        writer.places.setdefault((name,), start)
        path: PathKey = (name,)
        if many:
            path = (name, counts.get(name, 0))
            counts[name] = counts.get(name, 0) + 1
            writer.places[path] = start
        writer.pairs(path, names, 0, "\n")
    return writer.text, writer.places


def paths_of(tree: Any, path: PathKey = ()) -> set[PathKey]:
    """List every path of a parsed file."""
    found: set[PathKey] = {path} if path else set()
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        below = (*path, key)
        found |= paths_of(value, below) if isinstance(value, dict | list) else {below}
    return found


@given(documents())
def test_finds_every_key_where_it_was_written(written: tuple[str, dict[PathKey, int]]) -> None:
    """For every path of a file that can be read, the place is the one at which it was written."""
    text, places = written
    tree = tomllib.loads(text)

    assert paths_of(tree) == set(places)
    assert places == locate(text).offsets


@given(st.text("ab.=[]{}\"'\n\r\t\\# ,1é", max_size=60))
def test_no_text_breaks_the_walk(text: str) -> None:
    """Also a text that is no TOML ends the walk quietly, and every place lies inside the text."""
    places = locate(text)

    for path, offset in places.offsets.items():
        line, column = places.of(path)
        assert 0 <= offset <= len(text)
        assert 1 <= line <= text.count("\n") + 1
        assert 1 <= column
