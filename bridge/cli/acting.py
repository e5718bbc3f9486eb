"""A person's acts, carried out by the bridge: halt, resume, flatten, cancel.

Rules of this file
1. Short output: whoever halts is in a hurry. What is not confirmed yet is named.
2. Without a running bridge nothing is done, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bridge import haltfile
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import Stopped, stopped
from bridge.client import Client, Reply, Unreachable
from bridge.config import Config
from bridge.exits import Exit


def halt(screen: Screen, path: Path, *, scope: str, reason: str) -> None:
    """Raise the bridge for a scope."""
    done = act(configuration(path), "/halt", {"scope": scope, "reason": reason})
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"RAISED {scope}: nothing that adds exposure leaves any more. Exits pass.", "bad")
    unconfirmed(screen, done)
    screen.line(f"Lower it again with: bascule resume --scope {scope} --reason ...", "quiet")


def resume(screen: Screen, path: Path, *, scope: str, reason: str) -> None:
    """Lower the bridge for a scope."""
    config = configuration(path)
    done = act(config, "/resume", {"scope": scope, "reason": reason})
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"LOWERED {scope}: entries pass again, as far as no other scope is raised.", "good")
    file = config.data / haltfile.NAME
    if file.exists():
        screen.line(f"The file {file} raises it again: take it away, then resume once more.", "bad")


def cancel(screen: Screen, path: Path, *, order: str, reason: str) -> None:
    """Ask for the end of one order."""
    done = act(configuration(path), f"/orders/{quote(order, safe='')}/cancel", {"reason": reason})
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"Asked for the end of {order}.")
    unconfirmed(screen, done)


def flatten(screen: Screen, path: Path, *, scope: str, whose: str, reason: str, yes: bool) -> None:
    """Close a scope at the market."""
    body = {"scope": scope, "whose": whose, "reason": reason, "confirm": yes}
    done = act(configuration(path), "/flatten", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line(
        f"FLATTENING {scope}: what works there ends, then it is closed at the market.", "bad"
    )
    unconfirmed(screen, done)
    screen.line("It goes on by itself until it is flat: see bascule status.", "quiet")
    screen.line("New signals still pass; bascule halt stops them.", "quiet")


def unconfirmed(screen: Screen, done: Mapping[str, Any]) -> None:
    """Name the orders whose end was asked for and is not proven yet."""
    names = [str(order) for order in done.get("unconfirmed") or ()]
    if not names:
        screen.line("Nothing is left to confirm.", "good")
        return
    screen.line(f"{len(names)} not confirmed by the venue yet:", "warn")
    for name in names:
        screen.line(f"  {name}")
    screen.line("See: bascule order list", "quiet")


def act(config: Config, address: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let the running bridge act. Errors: ``Stopped``."""
    try:
        with Client(config) as client:
            return carried_out(client.post(address, body))
    except Unreachable as why:
        raise stopped(Exit.UNREACHABLE, "bridge_unreachable", str(why)) from None


def carried_out(reply: Reply) -> dict[str, Any]:
    """Return what an answer says, or end with the reason why it was not carried out."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.good:
        return body
    code = str(body.get("code", f"http_{reply.status}"))
    sentence = str(body.get("sentence", f"The bridge answered with HTTP {reply.status}."))
    raise Stopped(Exit.FAILED, code, sentence, str(body.get("fix", "")))
