"""``bascule signal send``: deliver an alert to the hook, as TradingView does.

Rules of this file
1. A file, or standard input, goes as it stands, byte for byte, in whatever dialect; unless
   ``--fresh`` asks for a new id and time. Options make a native alert, as JSON or as text.
2. The address of the hook ends with its token and is never shown.
"""

from __future__ import annotations

import codecs
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.client import Client, Reply, Unreachable
from bridge.config import Config
from bridge.exits import Exit

MESSAGE_BYTES_MAX: Final = 1_048_576
"""Bytes read of a file: the largest body that a configuration can allow."""

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
"""Every value stays as it was written: a number is not turned into another one."""

NATIVE: Final = ("native", "native_text")
"""Dialects in which a message can be made of options."""

SERVED: Final = ("admitted", "held", "duplicate", "no_action")
"""Verdicts after which there is nothing left to do for the sender."""


def send(
    screen: Screen,
    path: Path,
    *,
    file: Path | None,
    fields: Mapping[str, str],
    route: str | None,
    fresh: bool,
) -> Exit:
    """Send a message and say what became of it."""
    config = configuration(path)
    name = route_of(config, route)
    if file is None and not fields and not sys.stdin.isatty():
        file = Path("-")
    message = message_of(file, fields, fresh, dialect=config.hooks[name].dialect, route=name)
    try:
        with Client(config) as client:
            reply = client.alert(name, message)
    except Unreachable as why:
        raise stopped(Exit.UNREACHABLE, "bridge_unreachable", str(why)) from None
    tell(screen, reply)
    verdict = reply.body.get("verdict", "") if isinstance(reply.body, dict) else ""
    return Exit.OK if reply.good and verdict in SERVED else Exit.FAILED


def route_of(config: Config, asked: str | None) -> str:
    """Choose the route: the one that is named, else the only one."""
    known = ", ".join(sorted(config.hooks))
    if asked is not None and asked not in config.hooks:
        raise stopped(Exit.USAGE, "route_unknown", asked, known)
    if asked is None and len(config.hooks) != 1:
        raise stopped(Exit.USAGE, "route_ambiguous", limit=known)
    return asked or next(iter(config.hooks))


def message_of(
    file: Path | None,
    fields: Mapping[str, str],
    fresh: bool,
    *,
    dialect: str = NATIVE[0],
    route: str = "",
) -> bytes:
    """Make the bytes of the message. ``dialect``: that of the route, in which it is read."""
    if file is not None and fields:
        raise stopped(Exit.USAGE, "message_twice", str(file))
    if (fields or fresh) and dialect not in NATIVE:
        raise stopped(Exit.USAGE, "message_not_native", route, dialect)
    if file is not None:
        content = _read(file)
        if not content:
            raise stopped(Exit.USAGE, "message_missing", "it is empty")
        return _freshened(content) if fresh else content
    missing = [name for name in ("strategy", "action") if name not in fields]
    if missing:
        raise stopped(Exit.USAGE, "message_missing", "no " + ", no ".join(missing))
    made = fresh_into(dict(fields))
    if dialect == "native_text":
        return "\n".join(f"{name}={value}" for name, value in made.items()).encode()
    return msgspec.json.encode(made)


def fresh_into(message: Mapping[str, Any]) -> dict[str, Any]:
    """Give a message an id of its own and the time of now."""
    now = datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**message, "id": f"cli-{secrets.token_hex(8)}", "time": stamp}


def _read(file: Path) -> bytes:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MESSAGE_BYTES_MAX + 1)
        with file.open("rb") as opened:
            return opened.read(MESSAGE_BYTES_MAX + 1)
    except OSError as error:
        why = error.strerror or "no reason given"
        raise stopped(Exit.FAILED, "file_unreadable", why, where=str(file)) from None


def _freshened(content: bytes) -> bytes:
    try:
        message = _OBJECT.decode(content.removeprefix(codecs.BOM_UTF8))
    except msgspec.DecodeError as error:
        raise stopped(Exit.FAILED, "message_unfit", str(error)) from None
    return msgspec.json.encode(fresh_into(message))


def tell(screen: Screen, reply: Reply) -> None:
    """Say what the hook answered."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if screen.as_json:
        screen.give({"status": reply.status, **body})
        return
    verdict = str(body.get("verdict", "")) or f"HTTP {reply.status}"
    tone = "good" if verdict in SERVED else "bad"
    signal = body.get("signal")
    screen.parts((f"{verdict}", tone), (f"  signal {signal}" if signal else "", ""))
    for part in ("sentence", "fix"):
        if body.get(part):
            screen.line(f"  {body[part]}")
    for order in body.get("orders") or ():
        screen.line(f"  order {order}")
    if signal:
        screen.line(f"See: bascule signal explain {signal}", "quiet")
