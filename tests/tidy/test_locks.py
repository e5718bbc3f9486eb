"""The locks name every package by version and hash, for every platform, and no place to get it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.tree import ROOT

LOCKS: Final = ("base", "ccxt", "dev", "server", "browser", "venues", "build")

COMPILED: Final = ("msgspec", "pydantic-core", "markupsafe", "httptools")
"""Packages that have a file for each platform: their hashes show whether the lock covers all."""

FILES_OF_ALL_PLATFORMS: Final = 15
"""Three systems, two processors, three Pythons, less the gaps; one platform has 1 or 2."""


@cache
def locked(name: str) -> dict[str, tuple[Requirement, int]]:
    """Read a lock: package -> its requirement and how many hashes it has."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[Requirement, int]] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        words, *hashes = entry.split(" --hash=")
        if words.strip() and not words.startswith("#"):
            requirement = Requirement(words.strip())
            found[canonicalize_name(requirement.name)] = (requirement, len(hashes))
    return found


def project() -> dict[str, list[Requirement]]:
    """Read what pyproject.toml asks for, by lock."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = read["project"]["optional-dependencies"]
    groups = {"base": read["project"]["dependencies"], **extras, **read["dependency-groups"]}
    return {name: [Requirement(text) for text in texts] for name, texts in groups.items()}


def test_there_is_one_lock_a_group() -> None:
    """Base, each extra and each group has its lock, and no lock is left over."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {*project(), *read["project"]["optional-dependencies"]}
    there = {path.stem for path in (ROOT / "requirements").glob("*.txt")}

    assert asked == there == set(LOCKS)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_covers_the_project(name: str) -> None:
    """Whatever the project asks for is locked, in a version that it accepts."""
    missing = [
        str(asked)
        for asked in project()[name]
        if (entry := locked(name).get(canonicalize_name(asked.name))) is None
        or not asked.specifier.contains(next(iter(entry[0].specifier)).version)
    ]

    assert [] == missing, "run `python3 dev.py lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_lock_is_exact_and_hashed(name: str) -> None:
    """Each package has one exact version and the hashes of its files."""
    loose = [
        str(requirement)
        for requirement, hashes in locked(name).values()
        if [s.operator for s in requirement.specifier] != ["=="] or not hashes
    ]

    assert [] == loose, "run `python3 dev.py lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_lock_carries_no_place(name: str) -> None:
    """No address, index, path or comment: where packages come from is the machine's own setting."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entry = re.compile(r"[a-z0-9.-]+==[\w.!+]+( ; [^/#]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    strange = [line for line in text.splitlines() if not entry.fullmatch(line)]

    assert [] == strange


@pytest.mark.parametrize("name", LOCKS)
def test_locks_fit_together(name: str) -> None:
    """Two locks never want two versions of one package: all go into one environment."""
    first = {**locked("ccxt"), **locked("dev")}
    clashes = [
        package
        for package, (requirement, _) in locked(name).items()
        if package in first and requirement.specifier != first[package][0].specifier
    ]

    assert [] == clashes, "run `python3 dev.py lock`"


@pytest.mark.parametrize("package", COMPILED)
def test_lock_covers_every_platform(package: str) -> None:
    """A lock that was made on one system serves all of them."""
    assert locked("base")[package][1] >= FILES_OF_ALL_PLATFORMS


def test_every_dependency_earns_its_line() -> None:
    """Whatever the project asks for is argued for in one line of the decision about it."""
    text = (ROOT / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8")
    argued = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    asked = {asked.name for group in project().values() for asked in group}

    assert asked == argued
