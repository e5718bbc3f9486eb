"""The checkout as the house rules see it: every text that is ours, read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

PRODUCT: Final = ("core", "adapters", "bridge")
"""The packages that the wheel carries."""

NOT_OURS: Final = {
    ".git", ".venv", ".hypothesis", ".idea", ".import_linter_cache", ".pytest_cache", ".ruff_cache",
    ".vscode", "__pycache__", "build", "dist", "vendor",
}  # fmt: skip
"""Folders that are made by tools, or that hold what others wrote."""

TEXTS: Final = {
    "", ".cfg", ".conf", ".css", ".cs", ".csv", ".html", ".ini", ".js", ".json", ".jsonl",
    ".lua", ".md",
    ".mq5", ".mqh", ".pine", ".ps1", ".py", ".service", ".sh", ".sql", ".svg", ".toml", ".txt",
    ".yaml", ".yml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path in the checkout with ``/``, its text and, for Python, its tree."""

    path: str
    text: str
    tree: ast.Module | None = None

    @property
    def lines(self) -> list[str]:
        """Return the lines without their ends."""
        return self.text.splitlines()

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """Yield every node of a Python file, and nothing for another file."""
        return iter(()) if self.tree is None else ast.walk(self.tree)

    @property
    def module(self) -> str:
        """Return the dotted name of a Python file."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def suffix(self) -> str:
        """Return the end of the name, with its dot."""
        return Path(self.path).suffix

    def line(self, number: int) -> str:
        """Return one line, counted from 1."""
        return self.lines[number - 1]


def source(path: str, text: str) -> Source:
    """Make a source out of a text."""
    return Source(path, text, ast.parse(text, path) if path.endswith(".py") else None)


@cache
def everything() -> tuple[Source, ...]:
    """Read every text of the checkout."""
    return tuple(
        source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(_walk(ROOT))
        if path.suffix in TEXTS
    )


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_OURS or path.name.startswith(".venv") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def within(*folders: str, suffix: str = "") -> list[Source]:
    """Return the files below some folders (or with these very paths), by the end of their name."""
    return [
        one
        for one in everything()
        if one.path.endswith(suffix)
        and any(one.path == name or one.path.startswith(f"{name}/") for name in folders)
    ]


def product() -> list[Source]:
    """Return the Python files that users run."""
    return within(*PRODUCT, suffix=".py")


def code() -> list[Source]:
    """Return every Python file."""
    return [one for one in everything() if one.suffix == ".py"]


def told(found: list[str], mend: str) -> str:
    """Write what a failing rule says: how to mend it, then every place."""
    return f"\n{mend}\n" + "\n".join(f"  {line}" for line in found)
