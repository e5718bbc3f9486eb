"""Files that must be there after a power cut, and that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
"""Journals hold orders and account names: nobody else on the machine reads them."""

_BINARY: Final[int] = getattr(os, "O_BINARY", 0)
"""Windows turns newlines into two bytes unless told not to."""


def private_folder(folder: Path) -> None:
    """Make a folder, with those above it, that only its owner may enter."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):  # of a chain that is made at once, only the last gets the mode
        one.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def open_private(path: Path, flags: int) -> int:
    """Open a file descriptor; a file made by this is readable by its owner only."""
    return os.open(path, flags | _BINARY, OWNER_ONLY)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte: the system may take fewer at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Windows has no such call: its file system journals names
    itself.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_durably(temporary: Path, path: Path) -> None:
    """Give a synced file its final name, in one step, durably."""
    temporary.replace(path)
    sync_folder(path.parent)


def create_durably(path: Path, data: bytes) -> None:
    """Write a whole small file: after a crash it is there entirely, or as it was before."""
    temporary = path.with_name(path.name + ".new")
    descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    replace_durably(temporary, path)
