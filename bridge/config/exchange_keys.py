"""Where the keys of an exchange account come from, and what they are now.

Rules of this file
1. A file of its own, or environment variables: never both, and never the configuration itself.
2. A file is read anew at every asking, so that keys are exchanged without a restart. While it
   cannot be read, the last good ones hold.
3. A finding names the place and the rule that is broken, never a key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.ccxt.settings import Keys
from bridge.config.permissions import OTHERS, OWNER_ONLY, mode_of, narrowing
from bridge.config.problems import Finding, PathKey, shown, variable_shown

if TYPE_CHECKING:
    from bridge.config.exchange import CcxtSection

KEYS_FILE_BYTES_MAX: Final = 16_384
"""Bytes read of a file with keys: the longest are private keys in PEM, of some 3 KiB."""

NAMES: Final = ("api_key", "secret", "password", "wallet", "private_key")
"""What a file with keys may hold; each has an environment variable in the table."""

WANTED: Final = (
    "a TOML file with `api_key` and `secret` (or `wallet` and `private_key`), readable for the "
    "bridge alone"
)
"""What a file with keys must be, in words."""


class KeySource:
    """The keys of one account. Calling it reads them."""

    def __init__(self, keys: Keys, file: Path | None) -> None:
        self._keys, self._file = keys, file

    def __call__(self) -> Keys:
        """Return the keys as they are now."""
        if self._file is not None:
            read = _from_file((), self._file)
            if isinstance(read, Keys):
                self._keys = read
        return self._keys

    def __repr__(self) -> str:
        """Show where they come from."""
        return f"KeySource({self._file or 'environment'})"


def key_source(
    path: PathKey, section: CcxtSection, folder: Path, environ: Mapping[str, str]
) -> KeySource | Finding:
    """Find the keys of an account's table."""
    variables = {
        name: str(value) for name in NAMES if (value := getattr(section, f"{name}_env")) is not None
    }
    if section.keys_file is not None and variables:
        both = f"keys_file and {next(iter(variables))}_env"
        return Finding((*path, "keys_file"), "config_keys_ambiguous", both)
    if section.keys_file is not None:
        file = folder / section.keys_file
        read = _from_file((*path, "keys_file"), file)
        return read if isinstance(read, Finding) else KeySource(read, file)
    found: dict[str, str] = {}
    for name, variable in variables.items():
        found[name] = environ.get(variable, "")
        if not found[name]:
            place = (*path, f"{name}_env")
            return Finding(place, "config_token_unset", variable_shown(variable))
    keys = Keys(**found)
    return KeySource(keys, None) if _is_whole(keys) else Finding(path, "config_keys_missing", "")


def _is_whole(keys: Keys) -> bool:
    return bool((keys.api_key and keys.secret) or (keys.wallet and keys.private_key))


def _from_file(path: PathKey, file: Path) -> Keys | Finding:
    unread = Finding(path, "config_keys_file", shown(str(file)), WANTED)
    try:
        with file.open("rb") as opened:
            content = opened.read(KEYS_FILE_BYTES_MAX + 1)
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError):
        return unread
    if len(content) > KEYS_FILE_BYTES_MAX or not table.keys() <= set(NAMES):
        return unread
    if not all(isinstance(value, str) and value for value in table.values()):
        return unread
    keys = Keys(**table)
    if not _is_whole(keys):
        return unread
    mode = mode_of(file)
    if mode & OTHERS:
        return Finding(path, "config_permissions", f"{mode:04o}", narrowing(file, OWNER_ONLY))
    return keys
