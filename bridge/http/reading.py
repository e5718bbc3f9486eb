"""Reading at the door: from the bytes of one message to the command that may be journaled.

Rules of this file
1. Whoever is not known learns nothing: the same work is done for a route that does not exist.
2. No secret of the configuration goes further than here, in whatever field it stands.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

import msgspec

from adapters.tradingview import DIALECTS, Reading, redact
from adapters.tradingview.likeness import likeness
from bridge.config.values import Config, Hook
from bridge.http.symbol_rows import led_to, of_file
from bridge.logs import Redaction
from bridge.understood import understood
from core.admit import lacking
from core.commands import ReceiveBatch, ReceiveSignal
from core.ids import body_hash
from core.setup import Route
from core.signals import Misread, Signal
from core.state import State

SECRET_CHARS_MIN: Final = 6
"""A shorter secret is not looked for in messages: it would be found everywhere."""

_NOBODY: Final = Hook(route="", dialect="native", tokens=("",))
_NAMES: Final = ("id", "strategy", "symbol")
_HIDDEN: Final = "[redacted]"


def understood_at(
    config: Config, route: str, body: bytes, now: int | None = None
) -> dict[str, Any]:
    """Say how a route understands a message, whoever sends it: the sender's token, the age and what
    was served before are not looked at. ``now``: to say what its symbol leads to in a flat
    account."""
    work = Reader(config).work(route, body, 0)
    row = understood_of(work, config.setup.routes[route])
    if row["ok"] and now is not None:
        add_instruments(row, of_file(config.setup), route, work, now=now)
    return row


def add_instruments(
    row: dict[str, Any],
    state: State,
    route: str,
    work: ReceiveSignal | ReceiveBatch,
    *,
    now: int,
) -> None:
    """Say beside each signal that was read what its symbol leads to at each account."""
    signals = work.signals if isinstance(work, ReceiveBatch) else (work,)
    for signal, one in zip(row["signals"], signals, strict=True):
        assert isinstance(one.content, Signal), "it was read"
        said = one.content
        signal["instruments"] = led_to(state, route, said.symbol, strategy=said.strategy, now=now)


def understood_of(work: ReceiveSignal | ReceiveBatch, route: Route) -> dict[str, Any]:
    """Say how a message was understood, and what its route asks for beside."""
    signals = work.signals if isinstance(work, ReceiveBatch) else (work,)
    contents = [one.content for one in signals]
    for place, content in enumerate(contents):
        missing = lacking(content, route) if isinstance(content, Signal) else ""
        if missing:
            contents[place] = Misread(code=missing, field=missing.removesuffix("_missing"))
    return understood(contents, ignored=signals[0].extra, repaired=signals[0].repaired)


def digest(token: str) -> bytes:
    """Return what is compared of a token: always the same length, so that none is learned."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Reader:
    """Knows the routes, their tokens and every other secret."""

    def __init__(self, config: Config) -> None:
        self._hooks: Mapping[str, Hook] = config.hooks
        tokens = {hook.route: hook.tokens for hook in (*config.hooks.values(), _NOBODY)}
        self._known = {route: [digest(token) for token in some] for route, some in tokens.items()}
        secrets = [secret for secret in config.secrets() if len(secret) >= SECRET_CHARS_MIN]
        self._redaction = Redaction(secrets)
        self._secrets = [secret.encode() for secret in secrets]

    def read(self, path: str, body: bytes, door_ns: int) -> ReceiveSignal | ReceiveBatch | str:
        """Read one message to ``ROUTE[/TOKEN]``; what could not be placed is a word for the
        noise.
        """
        name, _, token = path.partition("/")
        hook = self._hooks.get(name, _NOBODY)
        reading = DIALECTS[hook.dialect].read(body, hook.terms)
        is_known = self._is_known(hook, token or reading.token or "")
        if hook is _NOBODY or not is_known:
            return "route" if hook is _NOBODY else "token"
        return self.command(hook.route, body, reading, door_ns)

    def work(self, route: str, body: bytes, door_ns: int) -> ReceiveSignal | ReceiveBatch:
        """Read a message of a route whose sender is known."""
        hook = self._hooks[route]
        reading = DIALECTS[hook.dialect].read(body, hook.terms)
        return self.command(route, body, reading, door_ns)

    def command(
        self, route: str, body: bytes, reading: Reading, door_ns: int
    ) -> ReceiveSignal | ReceiveBatch:
        """Make the command of a message whose sender is known."""
        whole = body_hash(body)
        contents, raw, extra = self._clean(body, reading)
        if isinstance(contents[0], Misread):
            contents = (self._hinted(contents[0], route, body),)
        first = ReceiveSignal(
            route=route,
            body_hash=whole,
            content=contents[0],
            raw=raw,
            extra=extra,
            door_ns=door_ns,
            repaired=reading.repaired,
        )
        if len(contents) == 1:
            return first
        change = msgspec.structs.replace
        made = (  # each has a key of its own, also without an id
            change(first, content=content, body_hash=body_hash(f"{whole}#{place}".encode()))
            for place, content in enumerate(contents, 1)
        )
        return ReceiveBatch(signals=tuple(made))

    def _hinted(self, content: Misread, route: str, body: bytes) -> Misread:
        """Say of a message that was refused whose it plainly is, if it is of another dialect."""
        dialect = self._hooks[route].dialect
        if dialect == "mapping":
            return content  # a mapping is in nobody's words but the user's own
        like = likeness(body)
        if not like or like == dialect:
            return content
        return msgspec.structs.replace(content, like=like)

    def _is_known(self, hook: Hook, token: str) -> bool:
        given = digest(token)
        found = False
        for known in self._known[hook.route]:
            found |= hmac.compare_digest(given, known)
        return found

    def _clean(
        self, body: bytes, reading: Reading
    ) -> tuple[tuple[Signal | Misread, ...], str, tuple[str, ...]]:
        """Take every known secret out, wherever a message carries it."""
        contents = reading.signals if reading.misread is None else (reading.misread,)
        assert contents, "a reading has one of the two"
        raw = redact(body)
        escaped, said = b"\\" in body, body
        if escaped:  # what a message holds need not stand in its bytes as it is
            texts = (*reading.ignored, *chain.from_iterable(map(_texts, contents)))
            said = b"\n".join((body, "\n".join(texts).encode("utf-8", "replace")))
        secrets = [secret for secret in self._secrets if secret in said]
        if not secrets:
            return contents, raw, reading.ignored
        hide = self._redaction.text
        extra = tuple(hide(name) for name in reading.ignored)
        if escaped and any(_holds(secrets, _texts(one)) for one in contents):
            raw = _HIDDEN  # written with escapes, it would not be found in the text itself
        cleaned = tuple(self._without_secrets(one, secrets) for one in contents)
        wrong = next((one for one in cleaned if isinstance(one, Misread)), None)
        return cleaned if wrong is None else (wrong,), hide(raw), extra

    def _without_secrets(self, content: Signal | Misread, secrets: list[bytes]) -> Signal | Misread:
        hide = self._redaction.text
        if isinstance(content, Misread):
            return Misread(
                code=content.code,
                field=hide(content.field),
                value=hide(content.value),
                limit=hide(content.limit),
            )
        for field in _NAMES:
            if _holds(secrets, [getattr(content, field) or ""]):
                return Misread(code="secret_misplaced", field=field)
        comment = hide(content.comment)
        if comment == content.comment:
            return content
        return msgspec.structs.replace(content, comment=comment)


def _texts(content: Signal | Misread) -> list[str]:
    return [text for text in msgspec.structs.astuple(content) if isinstance(text, str)]


def _holds(secrets: Iterable[bytes], texts: list[str]) -> bool:
    joined = "\n".join(texts).encode("utf-8", "replace")
    return any(secret in joined for secret in secrets)
