"""What the models find wrong, in our words; and the part of a file that is right, so that the rest
is checked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridge.config.keys import expected_at, names_at
from bridge.config.model import FileModel
from bridge.config.problems import Finding, PathKey, choices, meant, shown

ROUNDS_MAX: Final = 4
"""Times that faulty parts are taken out: one is enough for every file seen, and a bound is a bound.
"""

NAMED_SECTIONS: Final = frozenset(
    {"routes", "accounts", "instruments", "strategies", "groups", "mappings"}
)
"""Sections whose entries stand for themselves: one faulty route leaves the others to be checked."""

_EXPECTED: Final = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_QUOTED: Final = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the models made of a file. ``broken``: the parts that were left out of ``model``, being
    faulty.
    """

    model: FileModel
    findings: tuple[Finding, ...]
    broken: frozenset[PathKey]


def read_model(raw: Mapping[str, Any]) -> Reading:
    """Read a parsed file; faulty parts are told and left out."""
    findings: list[Finding] = []
    broken: set[PathKey] = set()
    tree = raw
    for _ in range(ROUNDS_MAX):
        try:
            return Reading(FileModel.model_validate(tree), tuple(findings), frozenset(broken))
        except ValidationError as error:
            found = error.errors(include_url=False)
        if not broken:
            findings = [_finding(one, raw) for one in found]
        tree, left_out = _without(tree, found)
        broken |= left_out
    return Reading(FileModel(), tuple(findings), frozenset({*broken, *((name,) for name in raw)}))


def _finding(error: ErrorDetails, raw: Mapping[str, Any]) -> Finding:
    path: PathKey = error["loc"]
    kind, facts = error["type"], error.get("ctx", {})
    value = shown(error["input"], path)
    if kind == "extra_forbidden":
        key, known = str(path[-1]), names_at(FileModel, path[:-1])
        present = _keys_at(raw, path[:-1])
        suggestion = meant(key, [name for name in known if name not in present])
        return Finding(path, "config_key_unknown", shown(key), choices(known), suggestion)
    if kind == "missing":
        return Finding(path, "config_key_missing", "", expected_at(FileModel, path))
    if kind == "literal_error":
        known = _QUOTED.findall(str(facts.get("expected", "")))
        wrong = error["input"]
        if not isinstance(wrong, str):
            return Finding(path, "config_type_wrong", value, "text in quotes")
        return Finding(path, "config_value_unknown", value, choices(known), meant(wrong, known))
    if kind.startswith("config_"):
        return Finding(path, kind, value, str(facts["expected"]))
    if kind in _EXPECTED:
        return Finding(path, "config_type_wrong", value, _EXPECTED[kind])
    return Finding(path, "config_out_of_range", value, _range(kind, facts))


def _range(kind: str, facts: Mapping[str, Any]) -> str:
    if kind == "too_long":
        return f"at most {facts['max_length']} entries"
    if kind == "greater_than_equal":
        return f"a whole number of {facts['ge']} or more"
    if kind == "less_than_equal":
        return f"a whole number of {facts['le']} or less"
    return "a value of its kind"


def _keys_at(raw: Any, path: PathKey) -> frozenset[str]:
    """Name the keys that a table has already; tables inside it can be gone on with."""
    here = raw
    for part in path:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return frozenset()
    if not isinstance(here, dict):
        return frozenset()
    return frozenset(key for key, value in here.items() if not isinstance(value, dict))


def _without(
    tree: Mapping[str, Any], errors: Iterable[ErrorDetails]
) -> tuple[dict[str, Any], set[PathKey]]:
    """Leave out what is faulty: an unknown key alone, else the whole part around it."""
    out: dict[str, Any] = dict(tree)
    broken: set[PathKey] = set()
    for error in errors:
        path: PathKey = error["loc"]
        if error["type"] != "extra_forbidden":
            path = path[:2] if path[0] in NAMED_SECTIONS else path[:1]
            broken.add(path)
        out = _cut(out, path)
    return out, broken


def _cut(tree: Any, path: PathKey) -> Any:
    """Copy the tree along a path, without what the path ends in."""
    if not isinstance(tree, dict | list) or not path:
        return tree
    head, rest = path[0], path[1:]
    if isinstance(tree, list):
        if not isinstance(head, int) or head >= len(tree) or not rest:
            return tree
        return [*tree[:head], _cut(tree[head], rest), *tree[head + 1 :]]
    if head not in tree:
        return tree
    if not rest:
        return {key: value for key, value in tree.items() if key != head}
    return {key: _cut(value, rest) if key == head else value for key, value in tree.items()}
