"""Secrets of an alert's body: found by the name of their field, also where the JSON is broken.

Rules of this file
1. Too much hidden is harmless, too little is a leak: where a value has no clear end, all up to the
   next delimiter goes, and of an object or a list everything that follows.
2. A value found once is hidden wherever else it stands.
3. One pass; no pattern here can go back over what it has read.
"""

from __future__ import annotations

import json
import re
import string
from typing import Final

from adapters.tradingview.reading import BODY_BYTES_MAX, REDACTED

REDACTED_CHARS_MAX: Final = 4096
"""Characters of one body kept in the journal: ten long alerts. A sender of 64 KiB bodies cannot
fill a disk."""

SECRETS_MAX: Final = 32
"""Values looked for elsewhere in the text; no message has more than two."""

_SPREAD_MIN: Final = 6
"""A shorter value is hidden in its place only: searched everywhere, ``1`` would hide half the
message."""

_NAMES: Final = frozenset({"key", "code", "sig", "pass", "auth", "authorization", "pin"})
_PARTS: Final = (
    "token",
    "secret",
    "passphrase",
    "password",
    "passwd",
    "apikey",
    "authkey",
    "licen",
)
"""A name that holds one of these is a secret's: ``email_token``, ``relaySecret``, ``api_key_2``,
``LicenseID``."""

_QUOTE: Final = "\"'`“”„‟‘’‚«»"
_HINT: Final = re.compile(r"token|secret|pass|key|code|sig|auth|pin|licen|\\u00")
"""A part of each name that can be a secret's, in lower case; most messages have none."""

_WORD_CHARS: Final = frozenset(string.ascii_letters + string.digits + "_-")
_WORD: Final = re.compile(r"(?:[A-Za-z0-9_-]|\\u00[0-9a-fA-F]{2})++")
_GAP: Final = re.compile(rf"(?:\\*+[{_QUOTE}]|\s)*+[:=][:=>\s]*+(?:\\*+[{_QUOTE}])?+")
"""From a name to its value, in JSON and in a text inside JSON."""

_LOOSE_GAP: Final = re.compile(rf"[\\{_QUOTE}:=>|,;\s]++")
"""From a name to its value where nothing can be relied on."""

_BARE_QUOTE: Final = re.compile(r'(?<!\\)"')
_QUOTED: Final = {
    '"': re.compile(r'(?:[^"\\\r\n]++|\\.)*+'),
    '\\"': re.compile(r'[^"\\\r\n]*+'),
}
_OTHER_QUOTED: Final = re.compile(rf"[^{_QUOTE}\r\n]*+")
_CLOSED: Final = re.compile(rf"\\*+[{_QUOTE}]?\s*+(?=[,;&}}\]\r\n]|\Z)")
_REST: Final = re.compile(r"[^,;&}\]\r\n]*+")
_LICENCE: Final = re.compile(r"\s*([\w-]{8,64})\s*,")
_LICENCE_DIGITS: Final = 6
"""Digits that make a first piece a licence number, also one with a slip in it."""

_STRAY_LICENCE: Final = re.compile(r",\s*+(\d{8,20})(?=\s*+(?:,|\Z))")
"""A licence number where a command or a symbol should stand."""

_CODED: Final = re.compile(r"\s*(?:ENTER|EXIT)[-_ ](?:LONG|SHORT|ALL)_", re.IGNORECASE)
"""How a text begins that ends in its secret code."""
_JSON: Final = json.JSONDecoder(parse_int=str, parse_float=str)
_ESCAPE: Final = re.compile(r"\\u00([0-9a-fA-F]{2})")


def is_secret(name: str) -> bool:
    """Say whether a field of this name holds a secret."""
    plain = name.lower().replace("_", "").replace("-", "")
    return plain in _NAMES or any(part in plain for part in _PARTS)


def redact(body: bytes) -> str:
    """Return a body as a text that may be stored and shown: bounded, its secrets replaced."""
    text = body[:BODY_BYTES_MAX].decode("utf-8", "replace")
    pieces: list[str] = []
    at = 0
    spans = _spans(text)
    for start, end in spans:
        pieces += (text[at:start], REDACTED)
        at = end
    out = "".join(pieces) + text[at:]
    more = len(body) - BODY_BYTES_MAX
    if len(out) > REDACTED_CHARS_MAX or more > 0:
        cut = out[:REDACTED_CHARS_MAX]
        out = f"{cut}… ({len(body)} bytes in all)"
    return out


def masked(text: str) -> str:
    """Return a text of the same length with each character of a secret replaced by an asterisk."""
    pieces: list[str] = []
    at = 0
    for start, end in _spans(text):
        pieces += (text[at:start], "*" * (end - start))
        at = end
    return "".join(pieces) + text[at:]


def _spans(text: str) -> list[tuple[int, int]]:
    """Find the secrets of a text, in order and without overlap."""
    found = _named(text)
    if text[:1] not in ("{", "["):  # in JSON every secret has a name
        found += _unnamed(text)
    if not found:
        return found
    values = {text[start:end] for start, end in found}
    long = sorted((v for v in values if len(v) >= _SPREAD_MIN), key=len, reverse=True)[:SECRETS_MAX]
    for value in long:
        at = text.find(value)
        while at >= 0:
            found.append((at, at + len(value)))
            at = text.find(value, at + len(value))
    return _joined(found)


def _unnamed(text: str) -> list[tuple[int, int]]:
    """Find the secrets that are known by their place in a text dialect."""
    found: list[tuple[int, int]] = []
    licence = _LICENCE.match(text)
    if licence is not None and sum(c.isdigit() for c in licence[1]) >= _LICENCE_DIGITS:
        found.append(licence.span(1))
    found += [stray.span(1) for stray in _STRAY_LICENCE.finditer(text)]
    if _CODED.match(text) is not None:
        found.append((text.rindex("_") + 1, len(text.rstrip())))
    return found


def _named(text: str) -> list[tuple[int, int]]:
    """Find the values whose fields have the name of a secret."""
    low = text.lower()
    if len(low) != len(text):  # a few letters change their length, and places would not fit
        low = "".join(c.lower() if c.isascii() else c for c in text)
    found: list[tuple[int, int]] = []
    is_json: bool | None = None
    at = 0
    for hint in _HINT.finditer(low):
        if hint.start() < at:
            continue
        start = hint.start()
        while start > at and text[start - 1] in _WORD_CHARS:
            start -= 1
        word = _WORD.match(text, start)
        if word is None:  # a broken escape, or a letter that only looks like one of ours
            continue
        at = word.end()
        if not _names_secret(text, word):
            continue
        if is_json is None:
            is_json = _is_json(text)
        gap = _GAP.match(text, at) if is_json else None
        loose = gap is None
        if gap is None:
            gap = _LOOSE_GAP.match(text, at)
            if gap is None or not _leads_to_value(word[0], gap[0], is_json=is_json):
                continue
        end = _value_end(text, gap.end(), '"' if is_json and loose else gap[0])
        if end > gap.end():
            found.append((gap.end(), end))
        at = end
    return found


def _names_secret(text: str, word: re.Match[str]) -> bool:
    name = word[0]
    if "\\" in name:
        name = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name)
    if is_secret(name):
        return True
    # a literal \n before a name, as text dialects send it, looks like its first letter
    start = word.start()
    return text[start - 1 : start] == "\\" and is_secret(name[1:])


def _leads_to_value(name: str, gap: str, *, is_json: bool) -> bool:
    """Say whether what stands behind a name without a clear assignment is probably its value."""
    if ":" in gap or "=" in gap:
        return True
    if name.lower() in _NAMES:  # an everyday word in a text for people
        return False
    # in good JSON a name that ends its text has no value; what follows in the same text may be one
    return not is_json or _BARE_QUOTE.search(gap) is None


def _value_end(text: str, start: int, gap: str) -> int:
    opener = gap[-1]
    if opener not in _QUOTE:
        if text[start : start + 1] in ("{", "["):
            return len(text)
        end = _REST.match(text, start)
        assert end is not None, "the rest may be empty"
        return end.end()
    if gap[-2:-1] == "\\":
        opener = "\\" + opener
    inside = _QUOTED.get(opener, _OTHER_QUOTED).match(text, start)
    assert inside is not None, "a quoted text may be empty"
    if _CLOSED.match(text, inside.end()) is not None:
        return inside.end()
    rest = _REST.match(text, inside.end())
    assert rest is not None, "the rest may be empty"
    return rest.end()


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_json(text: str) -> bool:
    if text.count("{") + text.count("[") > 64:  # deeper than any message; the parser recurses
        return False
    try:
        _JSON.decode(text.removeprefix("\ufeff"))
    except ValueError:
        return False
    return True
