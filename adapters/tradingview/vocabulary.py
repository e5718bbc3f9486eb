"""Vocabulary: the names that a text dialect has, and how its message becomes signals.

Rules of this file
1. Every name of a dialect is in its table. A name that nobody knows is refused, not dropped: these
   formats are closed, and ``s1=50`` may have been the stop.
2. What is wrong is told under the name that the sender wrote, with a piece of the sender's own
   format.
3. A secret is looked for before anything is judged, so that the sender of a bad message is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from adapters.tradingview import fields
from adapters.tradingview.assembly import signal_of
from adapters.tradingview.name_words import assigns
from adapters.tradingview.numbers import positive
from adapters.tradingview.pairs import PIECES_MAX, safe
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import is_secret
from adapters.tradingview.repairs import opened
from adapters.tradingview.terms import Terms, needed, unsupported
from core.signals import Action, Effect, Signal

Message = dict[str, str]
Read = tuple[tuple[Signal, ...], tuple[str, ...]]
"""Signals, and the names that mean nothing here."""

STRATEGY: Final = 'strategy = "My strategy"'
"""The line for a dialect whose messages name no strategy."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one dialect.

    ``fields``: each name that is read, with a right piece of it. ``meant``: native field, and the
    names that say it here. ``refused``: names of options that are not done, and why.
    """

    dialect: str
    fields: Mapping[str, str]
    meant: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str] = field(default_factory=dict[str, str])

    def example(self, name: str) -> str:
        """Return the right piece of a field, by the name here or by the native one."""
        if name in self.fields:
            return self.fields[name]
        return next((self.fields[one] for one in self.meant.get(name, ())), "")

    def known(self, message: Message) -> None:
        """Refuse every name that is not read, and every value that is empty."""
        for name, value in message.items():
            if name in self.refused:
                raise unsupported(name, safe(name, value) or "empty", self.refused[name])
            if name not in self.fields:
                raise Fault("field_not_of_dialect", name, safe(name, value), self.dialect)
            if not value and name not in self.meant.get("comment", ("comment",)):
                raise Fault("field_empty", name, limit=self.fields[name])
            if "=" in value and self._swallows(name, value):
                raise Fault("text_pair_form", name, safe(name, value), "=")

    def _swallows(self, name: str, value: str) -> bool:
        """Say whether a value has a field inside, because a separator was forgotten."""
        if is_secret(name):
            return False
        free = name in self.meant.get("comment", ("comment",))
        return not free or assigns(value) or any(f"{one}=" in value for one in self.fields)

    def required(self, message: Message, name: str) -> str:
        """Return a value that has to be there."""
        if name not in message:
            raise Fault("field_missing", name, limit=self.fields[name])
        return message[name]

    def number(self, message: Message, name: str) -> Any:
        """Read a number above zero that has to be there."""
        return positive(name, self.required(message, name), self.fields[name])

    def word(self, message: Message, name: str, words: Mapping[str, Any], right: str = "") -> Any:
        """Read one of a few words that has to be there, in any case of its letters. ``right``: a
        piece with one of them, where that of the table has another."""
        said = self.required(message, name)
        if said.lower() not in words:
            limit = f"{', '.join(words)}, as in {right or self.fields[name]}"
            raise Fault("word_unknown", name, safe(name, said), limit)
        return words[said.lower()]

    def one_of(self, message: Message, names: tuple[str, ...]) -> str:
        """Return which of several names for one thing a message has; none is an empty text."""
        there = [name for name in names if name in message]
        if len(there) > 1:
            raise Fault("json_duplicate_key", " and ".join(there))
        return there[0] if there else ""

    def signal(self, message: Message, values: dict[str, Any], terms: Terms) -> Signal:
        """Make the signal of native values, and tell what is wrong in the words of the message."""
        values["strategy"] = needed(terms, "strategy", STRATEGY)
        for name in ("symbol", "comment"):
            if name in values:
                reader = fields.text if name == "symbol" else fields.comment
                values[name] = reader(name, values[name], self.example(name))
        try:
            return signal_of(values, self.example)
        except Fault as fault:
            said = self.meant.get(fault.misread.field, ())
            name = next((one for one in said if one in message), said[0] if said else "")
            if name:
                fault.misread = msgspec.structs.replace(fault.misread, field=name)
            raise


def read_text(
    body: bytes,
    terms: Terms,
    *,
    token: Callable[[str], str | None],
    signals: Callable[[str, Terms], Read],
) -> Reading:
    """Read one message of a text dialect. Never raises. ``token``: finds the secret of a text."""
    found: str | None = None
    try:
        text, repaired = opened(body, terms.repair)
        found = token(text)
        made, ignored = signals(text, terms)
        return Reading(signals=made, token=found, ignored=ignored, repaired=repaired)
    except Fault as fault:
        return Reading(misread=fault.misread, token=found)


def named(parts: list[str], name: str) -> str | None:
    """Find the value of a secret by its name among pieces that are not judged yet."""
    found: set[str] = set()
    for part in parts[: PIECES_MAX + 1]:
        key, sign, value = part.partition("=")
        if sign and key.strip().lower() == name:
            found.add(value.strip())
    token = found.pop() if len(found) == 1 else ""
    return token if 0 < len(token) <= fields.TEXT_MAX["token"] else None


def closing(side: Action) -> dict[str, Any]:
    """Return the values of a close: ``side`` is that of the order that closes."""
    return {"action": side, "effect": Effect.CLOSE}


def opening(side: Action) -> dict[str, Any]:
    """Return the values of what opens a position."""
    return {"action": side, "effect": Effect.OPEN}


def for_us(message: Message, name: str, wanted: str, *, end: str = "") -> None:
    """Refuse an alert that is addressed to another account or exchange than the route's own, or to
    none. ``end``: what ends a piece of the dialect."""
    if name not in message:
        raise Fault("field_missing", name, limit=f"{name}={wanted}{end}")
    said = message[name]
    if said != wanted:
        why = f"the alerts of this route name {wanted}"
        raise unsupported(name, safe(name, said) or "empty", why)
