"""The file that says when the bridge was last able to take alerts. What is in it is nothing but a
time, and losing it costs nothing but the exact beginning of an outage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

NAME: Final = "alive"
"""In the data folder. It holds one number: UTC nanoseconds."""

BYTES_MAX: Final = 32
"""Of the file that are read: a number of nanoseconds has 19 digits until the year 2286."""


class AliveKeeper(Protocol):
    """What keeps that time. The twin of a rehearsal is no file."""

    def read(self) -> int:
        """Return the time that it holds; 0 when there is none."""
        ...

    def write(self, at_ns: int) -> None:
        """Replace it. Errors: ``OSError``."""
        ...


class AliveFile:
    """One per data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def read(self) -> int:
        """Return the time that it holds; 0 when it is not there or says nothing."""
        try:
            with self._path.open("rb") as file:
                said = file.read(BYTES_MAX)
        except OSError:
            return 0
        return int(said) if said.isdigit() else 0

    def write(self, at_ns: int) -> None:
        """Replace it, so that a crash leaves the old time or the new one."""
        new = self._path.with_name(f"{NAME}.new")
        new.write_bytes(b"%d" % at_ns)
        new.replace(self._path)
