"""What is wrong in a configuration, as values: where it stands, what was expected, what was perhaps
meant.

Rules of this file
1. A problem never carries a secret: values of secret keys, and what looks like a token, are hidden
   before.
2. All problems of a file are told at once, in the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bridge.config.codes import CODES
from core.codes import fill

PathKey = tuple[str | int, ...]
"""A place in the file: ``("routes", "btc", "accounts", 1)``."""

PROBLEMS_MAX: Final = 100
"""Problems told of one file: more than a person mends in one sitting, and a bound for a garbled
file.
"""

VALUE_TEXT_MAX: Final = 60
"""Characters of a value shown: enough to recognise it in the file."""

CHOICES_SHOWN_MAX: Final = 24
"""Names listed as what is known here; a longer list hides the one that was meant."""

HIDDEN: Final = "(hidden)"
"""What stands in place of a value that could be a secret."""

SECRET_KEYS: Final = frozenset({"token", "token_next"})
"""Keys whose values are secrets as they stand. ``token_env`` and ``token_file`` hold names, not
secrets.
"""

_TOKEN_LIKE: Final = re.compile(
    r"(?=[A-Za-z_\-+=~]*\d)(?=[\d_\-+=~]*[A-Za-z])[\w\-+=~]{20,}", re.ASCII
)
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}", re.ASCII)
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s]*@")
_PASSWORD_QUERY: Final = re.compile(r"(?i)(pass\w*|token|secret)=[^&\s]*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before its place in the file is known. ``path``: the key; ``value`` is already safe
    to show.
    """

    path: PathKey
    code: str
    value: str = ""
    expected: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``line`` and ``column`` count from 1; 0: it is not a place in a
    file.

    ``file`` is the file, or the environment variable that the value came from. ``suggestion`` is
    the name that was probably meant; empty when there is none.
    """

    code: str
    file: str
    line: int
    column: int
    path: str
    value: str = ""
    expected: str = ""
    suggestion: str = ""

    @property
    def sentence(self) -> str:
        """Say what is wrong."""
        return fill(CODES[self.code].sentence, self.value, self.expected, self.path or self.file)

    @property
    def fix(self) -> str:
        """Say what mends it."""
        return fill(CODES[self.code].fix, self.value, self.expected, self.path or self.file)

    @property
    def place(self) -> str:
        """Name the place as editors do: file, line and column."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def text(self) -> str:
        """Say all of it: place, code, sentence, suggestion, fix."""
        meant = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{self.place}: {self.code}: {self.sentence}{meant} {self.fix}"


def path_text(path: Iterable[str | int]) -> str:
    """Write a path as people do: ``routes.btc.accounts[1]``; a name with other signs stands in
    quotes.
    """
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
            continue
        safe = without_secrets(part)
        name = safe if _BARE.fullmatch(safe) else '"' + _printable(safe) + '"'
        out += f".{name}" if out else name
    return out


def meant(name: str, known: Collection[str]) -> str:
    """Find the known name that was probably meant, or nothing."""
    folded = {candidate.casefold(): candidate for candidate in known}
    same = folded.get(name.casefold())
    if same is not None:
        return same
    import difflib  # most files need no guess

    close = difflib.get_close_matches(name[:VALUE_TEXT_MAX], known, n=1)
    return close[0] if close else ""


def choices(known: Iterable[str]) -> str:
    """List what is known, sorted as given and bounded."""
    names = list(known)
    text = ", ".join(names[:CHOICES_SHOWN_MAX])
    return text + ", …" if len(names) > CHOICES_SHOWN_MAX else text


def shown(value: object, path: PathKey = ()) -> str:
    """Show a value of the file in a problem: short, printable, and never a secret."""
    if any(part in SECRET_KEYS for part in path):
        return HIDDEN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        try:
            text = str(value)
        except ValueError:  # Python writes no number of more than 4300 digits
            return "a very long number"
        return text if len(text) <= VALUE_TEXT_MAX else text[:VALUE_TEXT_MAX] + "…"
    if isinstance(value, str):
        return '"' + _printable(without_secrets(value)) + '"'
    kinds = ((dict, "a table"), (list, "a list"), (tuple, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "a date or time")


def without_secrets(text: str) -> str:
    """Take out what could be a secret: credentials in an address, and what looks like a token."""
    text = _CREDENTIALS.sub("***@", text)
    text = _PASSWORD_QUERY.sub(r"\1=***", text)
    return _TOKEN_LIKE.sub(HIDDEN, text)


def _printable(text: str) -> str:
    safe = "".join(sign if sign.isprintable() else "�" for sign in text[: VALUE_TEXT_MAX + 1])
    return safe if len(safe) <= VALUE_TEXT_MAX else safe[:VALUE_TEXT_MAX] + "…"


def variable_shown(name: str) -> str:
    """Return the name of an environment variable, hidden where somebody may have put the secret
    itself in its place."""
    return name if _VARIABLE.fullmatch(name) else HIDDEN
