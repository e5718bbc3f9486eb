"""The file as it lies on the disk: its bytes, its text, what TOML says it holds, and who else can
read it.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from bridge.config.problems import Finding, PathKey, Problem, path_text, without_secrets

FILE_BYTES_MAX: Final = 1_048_576
"""Bytes of a configuration that are read: a thousand accounts fit, a log file taken for one does
not.
"""

OVERRIDES: Final[Mapping[str, PathKey]] = {
    "BASCULE_STORE_URL": ("store", "url"),
    "BASCULE_DATA": ("bridge", "data"),
    "BASCULE_DOOR_PORT": ("door", "port"),
    "BASCULE_API_PORT": ("api", "port"),
}
"""Environment variables that overrule keys of the file: what differs between two machines with one
file.
"""

_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. ``overruled``: keys whose value came from the environment, with the variable's
    name.
    """

    path: Path
    text: str
    raw: dict[str, Any]
    overruled: Mapping[PathKey, str]
    mode: int
    """Permission bits, 0 where the system has none."""

    def placed(self, findings: list[Finding]) -> list[Problem]:
        """Give each finding its place, in the order of the file."""
        from bridge.config.locate import locate  # most files have no problem

        places = locate(self.text)
        problems: list[Problem] = []
        for finding in findings:
            variable = self.overruled.get(finding.path)
            key = path_text(finding.path)
            line, column = (0, 0) if variable or not finding.path else places.of(finding.path)
            problems.append(
                Problem(
                    code=finding.code,
                    file=f"environment variable {variable}" if variable else str(self.path),
                    line=line,
                    column=column,
                    path=f"{variable} ({key})" if variable else key,
                    value=finding.value,
                    expected=finding.expected,
                    suggestion=finding.suggestion,
                )
            )
        return sorted(problems, key=lambda problem: (problem.line, problem.column))


def read_document(path: Path, environ: Mapping[str, str]) -> Document | Problem:
    """Read and parse a file, and lay the environment over it."""
    data = _bytes_of(path)
    if isinstance(data, Problem):
        return data
    content, mode = data
    if content.startswith(_UTF16):
        return _whole(path, "config_encoding", "it begins like UTF-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        reason = f"byte {content[error.start]:#04x}"
        return Problem("config_encoding", str(path), line, column, "", reason)
    try:
        raw = tomllib.loads(text, parse_float=_exact)
    except RecursionError:
        return _whole(path, "config_syntax", "lists or tables are nested too deep")
    except ValueError as error:  # also TOMLDecodeError, and numbers of more than 4300 digits
        return _syntax(path, text, str(error))
    raw, overruled = _overruled(raw, environ)
    return Document(path, text, raw, overruled, mode)


def _bytes_of(path: Path) -> tuple[bytes, int] | Problem:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode) if os.name == "posix" else 0
            content = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return Problem("config_missing", str(path), 0, 0, "", str(path))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "its path is invalid"
        return _whole(path, "config_unreadable", str(reason))
    if len(content) > FILE_BYTES_MAX:
        return _whole(path, "config_too_large", f"more than {FILE_BYTES_MAX}", str(FILE_BYTES_MAX))
    return content, mode


def _whole(path: Path, code: str, value: str, expected: str = "") -> Problem:
    return Problem(code, str(path), 0, 0, "", value, expected)


def _exact(text: str) -> Decimal:
    """Keep a TOML float as it was written. What no Decimal can hold becomes NaN, which every reader
    refuses.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _syntax(path: Path, text: str, message: str) -> Problem:
    found = _POSITION.search(message)
    reason = without_secrets(_POSITION.sub("", message).strip().rstrip("."))
    if found is None:
        return _whole(path, "config_syntax", reason)
    if found[1] is None:
        line, column = text.count("\n") + 1, 1
        reason += " at the end of the file"
    else:
        line, column = int(found[1]), int(found[2])
    return Problem("config_syntax", str(path), line, column, "", reason)


def _overruled(
    raw: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[PathKey, str]]:
    out, overruled = dict(raw), dict[PathKey, str]()
    for variable, (section, key) in OVERRIDES.items():
        value = environ.get(variable, "")
        table = out.get(str(section), {})
        if not value or not isinstance(table, dict):
            continue
        number = key == "port" and value.isascii() and value.isdigit() and len(value) <= 9
        out[str(section)] = {**table, str(key): int(value) if number else value}
        overruled[(section, key)] = variable
    return out, overruled
