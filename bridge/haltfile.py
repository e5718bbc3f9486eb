"""The halt file: the switch that works when command, page and API do not: put a file there, and the
bridge is raised.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAME: Final = "HALT"
"""Looked for in the data folder. What it says is the reason."""

LOOK_EVERY_S: Final = 1.0
"""How often it is looked for: a second is as fast as a hand."""

REASON_BYTES_MAX: Final = 200
"""Bytes of it that are read: a sentence. A file of any size costs no more."""


def reason_in(folder: Path) -> str | None:
    """Return the reason when the file is there, ``None`` when it is not.

    A file that cannot be read raises the bridge as well: whoever put it there meant it.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            said = file.read(REASON_BYTES_MAX)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"the file {NAME} is there and cannot be read: {error.strerror}"
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else f"the file {NAME} is there"
