"""What the models know of each key: which names a table has, and in words what a key takes."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from bridge.config.fields import Kind, Section
from bridge.config.problems import PathKey


def names_at(model: type[Section], path: PathKey) -> list[str]:
    """List the keys that the table at ``path`` knows; none where the user chooses the names."""
    section = _section_at(model, path)
    return [] if section is None else list(section.model_fields)


def expected_at(model: type[Section], path: PathKey) -> str:
    """Say in words what the key at ``path`` takes."""
    section, last = _section_at(model, path[:-1]), path[-1]
    field = section.model_fields.get(str(last)) if section is not None else None
    return "" if field is None else _expected(field)


def _section_at(model: type[Section], path: PathKey) -> type[Section] | None:
    here = model
    name_next = False
    for part in path:
        if name_next:
            name_next = False
            continue
        field = here.model_fields.get(str(part))
        found = section_of(field.annotation) if field is not None else None
        if found is None:
            return None
        here, shape = found
        name_next = shape is not None
    return None if name_next else here


def kind_of(annotation: Any, metadata: list[Any]) -> str:
    """Say in a word or two what kind of value a field takes."""
    for mark in metadata:
        if isinstance(mark, Kind):
            return mark.name
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(args[0], list(args[1:]))
    if origin in {Union, UnionType}:
        return kind_of(next(arg for arg in args if arg is not NoneType), [])
    if origin is Literal:
        return " or ".join(f'`"{choice}"`' for choice in args)
    if origin is tuple:
        return f"list of {kind_of(args[0], [])}"
    if origin is dict:
        return f"table of {kind_of(args[1], [])}"
    return {str: "text", int: "whole number", bool: "true or false"}.get(annotation, "number")


def _expected(field: FieldInfo) -> str:
    for mark in field.metadata:
        if isinstance(mark, Kind):
            return mark.expected
    return kind_of(field.annotation, []).replace("`", "")


def section_of(annotation: Any) -> tuple[type[Section], type | None] | None:
    """Find the section that a field holds, and whether by name (dict), in a list (tuple) or alone
    (None).
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, None
    if origin is Annotated:
        return section_of(args[0])
    if origin in {Union, UnionType}:
        inner = [arg for arg in args if arg is not NoneType]
        return section_of(inner[0]) if len(inner) == 1 else None
    if origin in {dict, tuple}:
        found = section_of(args[1] if origin is dict else args[0])
        return None if found is None else (found[0], origin)
    return None
