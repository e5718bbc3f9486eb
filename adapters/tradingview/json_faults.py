"""What is wrong with a message that is not JSON, named as its sender would name it.

Rules of this file
1. It runs only for messages that are refused already; it decides nothing but the words.
2. The text is judged as it came, and quoted only from its masked twin: a broken token is a token
   still.
3. A field is told with the piece of template that is right for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from adapters.tradingview.json_breaks import Break, Want, first_break
from adapters.tradingview.numbers import ARITHMETIC, NOT_FINITE, code_of
from adapters.tradingview.placeholders import fault_of_left_over, left_over
from adapters.tradingview.reading import REDACTED, Fault
from adapters.tradingview.recognised import recognised
from adapters.tradingview.redaction import is_secret, masked

_PLACEHOLDER: Final = re.compile(r"\{\{\s*+[A-Za-z_]|%[A-Za-z_][\w.\-]{0,60}+%")
_KEY: Final = re.compile(r'"([^"\\\r\n]{1,64})"\s*+:')
_ASSIGNED: Final = re.compile(r"[A-Za-z_][\w.]{0,40}\s*+=")
_FRAGMENT: Final = re.compile(r'"{1,2}[A-Za-z_][\w ]{0,60}"{1,2}\s*+:')
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_BARE: Final = re.compile(r"[^\s,{}\[\]\"]++(?: ++[^\s,{}\[\]\"]++)*+")
_BARE_NAME: Final = re.compile(r"([A-Za-z_][\w.-]{0,60})\s*+:")
_NUMBER_BEFORE: Final = re.compile(r"[+-]?[0-9][0-9.]*\Z")
_NUMBER_WITH_COMMAS: Final = re.compile(r"[+-]?[0-9]{1,40}(?:,[0-9]{1,40}){1,20}(?:\.[0-9]{0,40})?")
_SMART: Final = "“”„‟«»‘’‚`´"
_ODD: Final = (
    (re.compile(r"//|/\*|#"), "json_comment"),
    (re.compile(r"\.\.\.|…"), "json_ellipsis"),
    (re.compile(f"[{_SMART}]"), "json_smart_quotes"),
    (re.compile("'"), "json_single_quotes"),
)


def fault_of(text: str, example: Callable[[str], str]) -> Fault:
    """Explain a text that the parser refused."""
    quoted = masked(text)
    place = _PLACEHOLDER.search(text)
    if place is not None:
        left = left_over(quoted[place.start() : place.start() + 200])
        if left is not None:
            return fault_of_left_over(_key_before(quoted, place.start()), left, example)
    if text[0] not in "{[":
        return _not_begun(text, quoted)
    found = first_break(text)
    if found is None:
        return Fault("json_syntax", value="an unknown place", limit="JSON")
    return _Case(text, quoted, found, example).fault()


def _key_before(text: str, at: int) -> str:
    key = ""
    for found in _KEY.finditer(text, 0, at):
        key = found[1]
    return key


def _not_begun(text: str, quoted: str) -> Fault:
    """Explain a text that does not begin with a brace."""
    brace = text.find("{")
    known = recognised(text)
    if known is not None:
        return known
    if _FRAGMENT.match(text) is not None:
        return Fault("json_braces_missing", value=quoted[:40])
    if text[0] == '"' and text[1:].lstrip()[:1] == "{":
        return Fault("json_in_string", value="the whole message")
    if brace > 0 and '"' in text[brace:]:
        return Fault("text_before_json", value=quoted[:brace].rstrip())
    if text[0] in "“”„‟«»":
        return Fault("json_smart_quotes", value=f"{text[0]} (line 1, column 1)")
    if _ASSIGNED.match(text) is not None:
        return Fault("text_key_value", value=quoted)
    return Fault("text_not_json", value=quoted)


@dataclass(frozen=True, slots=True)
class _Case:
    """A text that begins as JSON and breaks off."""

    text: str
    quoted: str
    found: Break
    example: Callable[[str], str]

    @property
    def key(self) -> str:
        """The last field name before the break, masked like all that is quoted."""
        at = self.found.key_at
        return self.quoted[at : at + len(self.found.key)]

    def fault(self) -> Fault:
        at, want = self.found.at, self.found.want
        if want is Want.NOTHING:
            excerpt = self.quoted[at : at + 48].rstrip()
            return Fault("text_after_json", value=f"{excerpt} ({self._place(at)})")
        if at == len(self.text):
            return Fault("json_unclosed", self.key, self._place(at))
        for form, code in _ODD:
            if form.match(self.text, at) is not None:
                return self._named(code, at, at + 24)
        if any(mark in self.found.last for mark in "“”„‟«»"):
            return self._named("json_smart_quotes", self.found.last_at, at)
        if self.text[at] == '"' and want is not Want.COMMA_OR_END and want is not Want.COLON:
            return self._string()
        if want in (Want.VALUE, Want.VALUE_OR_END):
            return self._value()
        if want in (Want.KEY, Want.KEY_OR_END):
            return self._name()
        return self._between()

    def _value(self) -> Fault:
        at = self.found.at
        if self.text[at] in ",:]}":
            if self.found.last == ",":
                return Fault("json_trailing_comma", self.key, self._place(self.found.last_at))
            return self._told("json_value_missing", self._place(at), "")
        bare = _BARE.match(self.text, at)
        raw = bare[0] if bare is not None else self.text[at]
        code = "json_value_unquoted"
        if NOT_FINITE.fullmatch(raw) is not None:
            code = "number_not_finite"
        elif raw[4:5] != "-" or ARITHMETIC.fullmatch(raw) is None:  # 2026-01-20 is a date
            code = code_of(raw) or code
        excerpt = self.quoted[at : at + len(raw)]
        return self._told(code, f"{excerpt[:40]} ({self._place(at)})", excerpt)

    def _name(self) -> Fault:
        at, found = self.found.at, self.found
        if found.last == "," and self.text[at] in ",}]":
            return Fault("json_trailing_comma", self.key, self._place(found.last_at))
        number = _NUMBER_BEFORE.search(self.text, max(0, found.last_at - 40), found.last_at)
        if number is not None and at == found.last_at + 1 and self.text[at].isdigit():
            whole = _NUMBER_WITH_COMMAS.match(self.text, number.start())
            raw = whole[0] if whole is not None else number[0]
            code = code_of(raw) or "number_separator"
            return self._told(code, f"{raw[:40]} ({self._place(number.start())})", "")
        name = _BARE_NAME.match(self.text, at)
        if name is not None:
            return self._named("json_key_unquoted", at, at + len(name[1]))
        return self._syntax()

    def _between(self) -> Fault:
        """Explain a place after a name or after a value."""
        at, found = self.found.at, self.found
        mark = self.text[at]
        is_text = found.last[:1] == '"' and len(found.last) > 1
        touching = at == found.last_at + len(found.last)
        if is_text and mark not in ",:]}=" and (found.last == '""' or (touching and mark == '"')):
            return self._named("json_quotes_doubled", found.last_at, at + 16)
        if found.want is Want.COLON:
            return self._named("json_colon_missing", found.last_at, at + 1)
        if mark in '"{[':
            return self._named("json_comma_missing", at, at + 24)
        if is_text and mark not in ":]};":
            code = "json_in_string" if found.last[1:].lstrip()[:1] == "{" else "json_quote_inside"
            return self._named(code, found.last_at, at + 16)
        bare = _BARE.match(self.text, at)
        if bare is not None and found.last[-1:].isdigit():
            raw = self.text[found.last_at : bare.end()]
            code = code_of(raw)
            if code is not None:
                return self._told(code, f"{raw[:40]} ({self._place(found.last_at)})", "")
        return self._syntax()

    def _string(self) -> Fault:
        at = self.found.at
        inside = _STRING.match(self.text, at)
        assert inside is not None, "the quote is there"
        end = inside.end()
        mark = self.text[end : end + 1]
        if mark == "\\":
            return self._named("json_escape", end, end + 2)
        if mark in ("", "\n", "\r"):
            return self._named("json_string_unclosed", at, end)
        return Fault("json_control_character", self.key, f"{mark} ({self._place(end)})")

    def _syntax(self) -> Fault:
        at, found = self.found.at, self.found
        value = f"{self.quoted[at : at + 24]} ({self._place(at)})"
        return Fault("json_syntax", self.key, value, found.want.value)

    def _named(self, code: str, start: int, end: int) -> Fault:
        excerpt = self.quoted[start:end][:48].rstrip()
        return Fault(code, self.key, f"{excerpt} ({self._place(start)})")

    def _told(self, code: str, value: str, raw: str) -> Fault:
        """Make a fault of one field, with the piece of template that is right for it."""
        key = self.key
        if is_secret(key):
            value, raw = f"{REDACTED} ({self._place(self.found.at)})", "…"
        right = self.example(key) or f'"{key[:40]}": "{raw[:40] or "…"}"'
        return Fault(code, key, value, right)

    def _place(self, at: int) -> str:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return f"line {line}, column {column}"
