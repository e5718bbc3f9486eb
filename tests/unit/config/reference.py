"""The reference of the configuration, made from the models.

Rules of this file
1. The made part of the page is between two marks; what a person wrote stays as it is.
2. `python -m tests.unit.config.reference` makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from bridge.config.codes import CODES
from bridge.config.document import OVERRIDES
from bridge.config.fields import Section
from bridge.config.keys import kind_of, section_of
from bridge.config.model import FileModel
from bridge.config.problems import path_text

BEGIN: Final = "<!-- made by tests/unit/config/reference.py: begin -->"
END: Final = "<!-- made by tests/unit/config/reference.py: end -->"
PAGE: Final = Path(__file__).parents[3] / "docs" / "configuration.md"
NAME_MARK: Final = "NAME"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table; ``default`` is empty when the key is required."""

    name: str
    kind: str
    unit: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file. ``many``: it may stand several times, as ``[[…]]``."""

    path: tuple[str, ...]
    meaning: str
    many: bool
    keys: tuple[Key, ...]

    @property
    def header(self) -> str:
        """Write its header as it stands in the file."""
        return f"[[{'.'.join(self.path)}]]" if self.many else f"[{'.'.join(self.path)}]"


def tables(
    model: type[Section], path: tuple[str, ...] = (), *, many: bool = False
) -> Iterator[Table]:
    """Walk through a model: its own table first, then the tables inside."""
    plain: list[Key] = []
    inner: list[tuple[type[Section], tuple[str, ...], bool]] = []
    for name, field in model.model_fields.items():
        found = section_of(field.annotation)
        if found is None:
            plain.append(_key(name, field))
            continue
        section, shape = found
        below = (*path, name, NAME_MARK) if shape is dict else (*path, name)
        inner.append((section, below, shape is tuple))
    if path:
        yield Table(path, (model.__doc__ or "").strip(), many, tuple(plain))
    for section, below, repeated in inner:
        yield from tables(section, below, many=repeated)


def reference() -> str:
    """Write every table of the file with its keys, the environment, and every problem."""
    lines: list[str] = []
    for table in tables(FileModel):
        lines += [*_table(table), ""]
    lines += [*_environment(), "", *_problems()]
    return "\n".join(lines)


def page_with(page: str) -> str:
    """Return the page with its made part made anew."""
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    return f"{head}{BEGIN}\n\n{reference()}\n\n{END}{tail}"


def _key(name: str, field: FieldInfo) -> Key:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    default = str(extra.get("shown") or "")
    if not field.is_required() and not default:
        default = _literal(field.get_default(call_default_factory=True))
    kind = kind_of(field.annotation, field.metadata)
    return Key(name, kind, str(extra.get("unit") or ""), default, field.description or "")


def _literal(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | Decimal):
        return f"`{value}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{entry}"' for entry in value) + "]`"
    return "`{}`" if isinstance(value, dict) else f'`"{value}"`'


def _table(table: Table) -> Iterator[str]:
    yield f"### `{table.header}`"
    yield ""
    yield " ".join(table.meaning.split())
    if not table.keys:
        return
    yield ""
    yield "| key | kind | unit | default | meaning |"
    yield "|---|---|---|---|---|"
    for key in table.keys:
        default = key.default or "**required**"
        yield _row(f"`{key.name}`", key.kind, key.unit, default, key.meaning)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _environment() -> Iterator[str]:
    yield "### Environment"
    yield ""
    yield _row("variable", "overrules")
    yield "|---|---|"
    for variable, path in OVERRIDES.items():
        yield _row(f"`{variable}`", f"`{path_text(path)}`")


def _problems() -> Iterator[str]:
    yield "### Problems"
    yield ""
    yield _row("code", "what it says", "what mends it")
    yield "|---|---|---|"
    for code in CODES.values():
        yield _row(f"`{code.code}`", code.sentence, code.fix)


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
