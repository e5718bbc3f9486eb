"""What a venue said, read from its own answer: a code, words, and how long to wait.

Rules of this file
1. The raw answer counts, not what ccxt made of it. Without an answer at hand the text of ccxt's
   exception is read, which carries it.
2. Nothing here judges.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

from adapters.ccxt.profile import Codes, Limits
from adapters.ccxt.requests import Answer

WAIT_S_MAX: Final = 3 * 86_400
"""Longest wait that is believed: Binance's longest ban is three days."""

_UNTIL: Final = re.compile(r"until\s{1,4}(\d{13})\b", re.IGNORECASE)
"""Binance: ``IP banned until 1659146400000``."""

_NESTED_MAX: Final = 8
"""Steps of one path into an answer; ours have five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer. ``status`` is 0 when none came whole; ``code`` is empty when none is in it;
    ``readable``: it is JSON."""

    status: int = 0
    code: str = ""
    text: str = ""
    readable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def said(answer: Answer | None, error_text: str, codes: Codes) -> Said:
    """Read what was answered; ``error_text`` is used when no answer is at hand."""
    raw = error_text[_start(error_text) :] if answer is None else answer.text
    status = 0 if answer is None else answer.status
    headers = {} if answer is None else answer.headers
    try:
        body: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return Said(status=status, headers=headers)
    if not isinstance(body, dict | list):
        return Said(status=status, headers=headers)
    return Said(
        status=status,
        code=_first(body, codes.paths),
        text=_first(body, codes.texts),
        readable=True,
        headers=headers,
    )


def matched(entries: frozenset[str], code: str, text: str) -> int:
    """Return how exactly one of the entries fits, 0 when none does: the longer one knows more."""
    whole = f"{code} {text}".strip().lower()
    best = 0
    for entry in entries:
        low = entry.lower()
        if low == code.lower() or (" " in low and whole.startswith(low)):
            best = max(best, len(low))
    return best


def wait_until(heard: Said, limits: Limits, now_ns: int) -> int | None:
    """Return until when the venue wants to be left alone, ``None`` when it does not say."""
    latest = now_ns + WAIT_S_MAX * 1_000_000_000
    for at in (
        _milliseconds(heard.headers.get(limits.reset_ms.lower())),
        _in(heard.headers.get(limits.reset_in_ms.lower()), 1_000_000, now_ns),
        _in(heard.headers.get(limits.retry_after.lower()), 1_000_000_000, now_ns),
        _date(heard.headers.get(limits.retry_after.lower())),
        _milliseconds(_banned(heard.text)),
    ):
        if at is not None and at > now_ns:
            return min(at, latest)
    return None


def _start(text: str) -> int:
    """Return where JSON begins: after the name of the venue, or after method and address."""
    found = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    return min(found, default=len(text))


def _first(body: Any, paths: tuple[str, ...]) -> str:
    for path in paths:
        value = _at(body, path)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            continue
        return str(value)
    return ""


def _at(body: Any, path: str) -> Any:
    value = body
    for step in path.split(".")[:_NESTED_MAX]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _banned(text: str) -> str | None:
    found = _UNTIL.search(text)
    return found[1] if found else None


def _digits(text: str | None) -> int | None:
    plain = (text or "").strip().partition(".")[0]
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None


def _milliseconds(text: str | None) -> int | None:
    number = _digits(text)
    return None if number is None else number * 1_000_000


def _in(text: str | None, unit_ns: int, now_ns: int) -> int | None:
    number = _digits(text)
    return None if number is None else now_ns + number * unit_ns


def _date(text: str | None) -> int | None:
    try:
        return None if not text else int(parsedate_to_datetime(text).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError):
        return None
