"""The page of the configuration names every key, as the models have it."""

from __future__ import annotations

import tomllib

from bridge.config.model import FileModel
from bridge.config.starter_text import TEXTS
from tests.unit.config.reference import PAGE, page_with, tables


def test_the_page_is_as_the_models_are() -> None:
    """The made part of the page is up to date; `python -m tests.unit.config.reference` makes it
    anew.
    """
    page = PAGE.read_text(encoding="utf-8")

    assert page_with(page) == page


def test_the_page_names_every_key_with_its_meaning() -> None:
    """Each key of each table has its row, and a row says what the key means."""
    page = PAGE.read_text(encoding="utf-8")
    for table in tables(FileModel):
        part = page.partition(f"### `{table.header}`\n")[2].partition("\n### ")[0]
        assert part, table.header
        for key in table.keys:
            (row,) = [line for line in part.splitlines() if line.startswith(f"| `{key.name}` |")]
            assert key.meaning
            assert row.endswith(f" {key.meaning} |")
            assert key.default or "**required**" in row


def test_examples_of_the_page_are_toml() -> None:
    """What a reader copies from the page can be read."""
    page = PAGE.read_text(encoding="utf-8")
    examples = [part.partition("```")[0] for part in page.split("```toml\n")[1:]]

    assert examples
    for example in examples:
        assert tomllib.loads(example)


def test_the_fresh_files_are_short_enough_to_read() -> None:
    """A newcomer reads the fresh file; its lines fit on a screen."""
    for text in TEXTS.values():
        assert 100 >= max(len(line) for line in text.splitlines())
        assert 130 >= len(text.splitlines())
