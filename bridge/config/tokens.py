"""Where each secret comes from, whether it can be guessed, and that no two doors open to the same
one.

Rules of this file
1. A secret comes from the file, from the environment or from a file of its own: exactly one of
   them.
2. A finding names the key and the rule that is broken, never the secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from bridge.config.model import FileModel, RouteSection, TokenSection
from bridge.config.permissions import OTHERS, OWNER_ONLY, mode_of, narrowing
from bridge.config.problems import Finding, PathKey, path_text, shown, variable_shown

TOKEN_LENGTH_MIN: Final = 24
"""Characters of a secret: 144 bits in base 64, which nobody guesses."""

TOKEN_LENGTH_MAX: Final = 128
"""A longer one is a key file taken for a token, and would not fit into an alert's address."""

TOKEN_SIGNS_MIN: Final = 8
"""Different characters in it: of 24 random hex digits, the poorest usual form, 1 in 30,000 has
fewer.
"""

TOKEN_FILE_BYTES_MAX: Final = 4_096
"""Bytes read of a token's file: one token and a line end fit; a whole certificate is a mistake."""

WANTED: Final = f"{TOKEN_LENGTH_MIN} to {TOKEN_LENGTH_MAX} random letters, digits, - and _"
"""What a token must be, in words."""

_FORM: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every secret by the key that it was given in, and what is wrong with them."""

    found: Mapping[PathKey, str] = field(repr=False)
    findings: tuple[Finding, ...]

    def of(self, table: PathKey) -> tuple[str, ...]:
        """Return the secrets of one table, in the order of its keys."""
        return tuple(secret for path, secret in self.found.items() if path[:-1] == table)


def read_secrets(model: FileModel, folder: Path, environ: Mapping[str, str]) -> Secrets:
    """Fetch every token of the file, and judge it."""
    found: dict[PathKey, str] = {}
    findings: list[Finding] = []
    for table, prefix, section in _holders(model):
        result = _fetch(table, prefix, section, folder=folder, environ=environ)
        if isinstance(result, Finding):
            findings.append(result)
        elif result is not None:
            path, secret = result
            weakness = weakness_of(secret)
            if weakness:
                findings.append(Finding(path, "config_token_weak", weakness, WANTED))
            found[path] = secret
    first: dict[str, PathKey] = {}
    for path, secret in found.items():
        other = first.setdefault(secret, path)
        if other != path:
            findings.append(Finding(path, "config_token_twice", path_text(other)))
    return Secrets(found, tuple(findings))


def kept(table: PathKey, section: RouteSection) -> str:
    """Say where the first secret of a route is kept, without it."""
    given = next(n for n in ("token", "token_env", "token_file") if getattr(section, n) is not None)
    key = path_text((*table, given))
    if given == "token":
        return f"`{key}`"
    kind = "variable" if given == "token_env" else "file"
    return f"the {kind} {shown(str(getattr(section, given)))} (`{key}`)"


def weakness_of(secret: str) -> str:
    """Say why a secret could be guessed or not be sent; empty when it is good."""
    if _FORM.fullmatch(secret) is None:
        return "it has characters that do not fit into an address"
    if len(secret) < TOKEN_LENGTH_MIN:
        return f"it has {len(secret)} characters"
    if len(secret) > TOKEN_LENGTH_MAX:
        return f"it has {len(secret)} characters, which is too long"
    if len(set(secret)) < TOKEN_SIGNS_MIN:
        return f"it has {len(set(secret))} different characters"
    if secret in (secret + secret)[1:-1]:
        return "it repeats itself"
    steps = [abs(ord(one) - ord(next_one)) <= 1 for one, next_one in pairwise(secret)]
    if sum(steps) * 2 > len(steps):
        return "its characters follow one another"
    return ""


def _holders(
    model: FileModel,
) -> Iterator[tuple[PathKey, str, RouteSection | TokenSection]]:
    for name, route in model.routes.items():
        yield ("routes", name), "token", route
        yield ("routes", name), "token_next", route
    for index, token in enumerate(model.api.tokens):
        yield ("api", "tokens", index), "token", token


def _fetch(
    table: PathKey,
    prefix: str,
    section: RouteSection | TokenSection,
    *,
    folder: Path,
    environ: Mapping[str, str],
) -> tuple[PathKey, str] | Finding | None:
    names = (prefix, f"{prefix}_env", f"{prefix}_file")
    given = [name for name in names if getattr(section, name) is not None]
    if not given:
        if prefix == "token":
            return Finding(table, "config_token_missing", "", ", ".join(names))
        return None
    path = (*table, given[-1])
    if len(given) > 1:
        return Finding(path, "config_token_ambiguous", " and ".join(given))
    value = str(getattr(section, given[0]))
    if given[0].endswith("_env"):
        secret = environ.get(value, "")
        unset = Finding(path, "config_token_unset", variable_shown(value))
        return (path, secret) if secret else unset
    if given[0].endswith("_file"):
        return _from_file(path, folder / value)
    return path, value


def _from_file(path: PathKey, file: Path) -> tuple[PathKey, str] | Finding:
    wanted = "a file that holds the token alone, readable for the bridge"
    try:
        with file.open("rb") as opened:
            content = opened.read(TOKEN_FILE_BYTES_MAX + 1)
        secret = content.decode("ascii").strip()
    except (OSError, ValueError):
        return Finding(path, "config_token_file", shown(str(file)), wanted)
    if not secret or len(content) > TOKEN_FILE_BYTES_MAX:
        return Finding(path, "config_token_file", shown(str(file)), wanted)
    mode = mode_of(file)
    if mode & OTHERS:
        command = narrowing(file, OWNER_ONLY)
        return Finding(path, "config_permissions", f"{mode:04o}", command)
    return path, secret
