"""Nothing lies in the product that nothing uses."""

from __future__ import annotations

import ast
from typing import Final

from tests.tidy.tree import PRODUCT, Source, product, source, told, within

ENTRY_POINTS: Final = {"bridge.cli.main", "bridge.cli.__main__"}
"""Modules that are started from outside: the installed command, and ``python -m bridge.cli``."""


def named_by(one: Source) -> set[str]:
    """Return every dotted name that a file imports, or writes as a string for a late import."""
    names: set[str] = set()
    for node in one.nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value.partition(":")[0])
    return names


def dead(files: list[Source]) -> list[str]:
    """Find modules that no other file of these names."""
    names: dict[str, set[str]] = {one.path: named_by(one) for one in files}
    return [
        one.path
        for one in files
        if not one.path.endswith("__init__.py") and one.module not in ENTRY_POINTS
        if not any(one.module in found for path, found in names.items() if path != one.path)
    ]


def test_every_module_is_used() -> None:
    """Each module of the product is imported by another one, or is an entry point."""
    found = dead(product())
    gone = sorted(ENTRY_POINTS - {one.module for one in product()})

    assert [] == found, told(found, "No file of the product imports this: use it or remove it.")
    assert [] == gone, told(gone, "No longer there: take it out of ENTRY_POINTS.")


def test_a_module_that_only_itself_knows_is_dead() -> None:
    """Importing counts, and so does a late import by name; knowing oneself does not."""
    files = [
        source("bridge/cli/main.py", "from core import money\nLATE = 'bridge.cli.demo'"),
        source("bridge/cli/demo.py", ""),
        source("core/money.py", "import core.alone2"),
        source("core/alone.py", "import core.alone"),
        source("core/alone2.py", ""),
    ]

    assert ["core/alone.py"] == dead(files)


def test_every_asset_is_used() -> None:
    """Each template, script, style and Lua file is named somewhere in the product."""
    texts = [(one.path, one.text) for one in within(*PRODUCT)]
    found = [
        one.path
        for one in within(*PRODUCT)
        if one.suffix in {".html", ".js", ".css", ".lua", ".sql", ".svg"}
        if not any(_asked_for(one.path, text) for path, text in texts if path != one.path)
    ]

    assert [] == found, told(found, "No file of the product names this: use it or remove it.")


def _asked_for(path: str, text: str) -> bool:
    name = path.rpartition("/")[2]
    return name in text or f'"{name.partition(".")[0]}"' in text
