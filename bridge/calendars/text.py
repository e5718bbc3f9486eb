"""The text of a calendar file: read within bounds, in UTF-8, without surprises."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from bridge.calendars.events import Unreadable

FILE_BYTES_MAX: Final = 1024 * 1024
"""Largest calendar file: ten years of every piece of news that brokers list are half of it."""

EVENTS_MAX: Final = 5_000
"""Events of one file: a year of news in eight currencies is some two thousand."""

LINE_MAX: Final = 8_000
"""Characters of one line, once it is put together: descriptions run to a page or two."""


def bytes_of(path: Path) -> bytes:
    """Read a file that is not too large.

    Errors: ``Unreadable``.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise Unreadable("calendar_missing") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "its path is invalid"
        raise Unreadable("calendar_unreadable", 0, str(reason)) from error
    if len(content) > FILE_BYTES_MAX:
        raise Unreadable("calendar_too_large", 0, "", f"{FILE_BYTES_MAX} bytes")
    return content


def lines_of(content: bytes) -> list[str]:
    """Split a text into lines, without their ends.

    Errors: ``Unreadable``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"byte {content[error.start]:#04x}"
        raise Unreadable("calendar_encoding", line, byte) from error
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        strange = next((sign for sign in line if sign < " " and sign != "\t"), None)
        if strange is not None:
            raise Unreadable(
                "calendar_encoding", number, f"a control character {ord(strange):#04x}"
            )
        if len(line) > LINE_MAX:
            raise Unreadable("calendar_too_large", number, "", f"{LINE_MAX} characters in a line")
    return lines


def day_of(text: str, line: int, form: str) -> date:
    """Read a day that is written as eight digits.

    Errors: ``Unreadable``.
    """
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError as error:
        raise Unreadable("calendar_time", line, text[:80], form) from error


Stamp = tuple[int, int] | None
"""When a file was changed last and how long it is; ``None``: it cannot be looked at."""


class FileReader:
    """The files of this machine."""

    def stamp(self, path: Path) -> Stamp:
        """Say by what a change would show."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        return found.st_mtime_ns, found.st_size

    def content(self, path: Path) -> bytes:
        """Read a file.

        Errors: ``Unreadable``.
        """
        return bytes_of(path)
