"""Where our own packages were imported from: their names are plain words that others use too."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

PACKAGES: Final = ("core", "adapters", "bridge")
"""Our top-level packages."""

DISTRIBUTION: Final = "bascule"
"""The distribution that they must come from."""


def imported_from() -> Mapping[str, Path | None]:
    """Return, for each package, the folder that holds it."""
    found: dict[str, Path | None] = {}
    for name in PACKAGES:
        module = sys.modules.get(name)
        spec = importlib.util.find_spec(name) if module is None else module.__spec__
        file = None if spec is None else spec.origin
        found[name] = None if file is None else Path(file).resolve().parent.parent
    return found


def installed_in() -> Path | None:
    """Return the folder of the installed distribution (of its checkout, when editable)."""
    from importlib import metadata  # milliseconds that only this check needs

    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None
    editable = _checkout(distribution.read_text("direct_url.json") or "")
    return editable or Path(str(distribution.locate_file(""))).resolve()


def shadowed(found: Mapping[str, Path | None], installed: Path | None) -> str:
    """Say which package comes from a wrong place; empty when all come from the distribution."""
    for name, folder in found.items():
        if folder is None:
            return f"`{name}` comes from no file"
        if installed is not None and folder != installed:
            return f"`{name}` comes from {folder}, and Bascule is installed in {installed}"
    folders = {str(folder) for folder in found.values()}
    return "" if len(folders) == 1 else f"the packages come from {', '.join(sorted(folders))}"


def _checkout(direct_url: str) -> Path | None:
    try:
        facts = json.loads(direct_url)
    except ValueError:
        return None
    if not isinstance(facts, dict) or not facts.get("dir_info", {}).get("editable"):
        return None
    parts = urlsplit(str(facts.get("url", "")))
    return Path(url2pathname(parts.path)).resolve() if parts.scheme == "file" else None
