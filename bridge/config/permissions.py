"""Who else can read our files, and the command that mends it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
"""Mode of a file that holds secrets."""

FOLDER_OWNER_ONLY: Final = 0o700
"""Mode of the folder with the journal."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Permission bits of everybody but the owner."""


def mode_of(path: Path) -> int:
    """Return the permission bits of a file or folder; 0 where it is not there or the system has
    none.
    """
    if os.name != "posix":
        return 0
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError):
        return 0


def narrowing(path: Path, mode: int) -> str:
    """Write the command that leaves a file to its owner."""
    import shlex  # most files need no mending

    return f"chmod {mode:o} {shlex.quote(str(path))}"
