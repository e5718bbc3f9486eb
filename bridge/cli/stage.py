"""The stage of the demo: a configuration of its own, a bridge of its own, and nothing left behind.

Rules of this file
1. Ports are free ones of loopback, the journal's name is new each time.
2. What was made is taken away again, however the demo ends, unless a folder was named.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import socket
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bridge.cli.child import Child
from bridge.cli.playing import exchange_for
from bridge.cli.screen import Screen
from bridge.cli.settings import told
from bridge.cli.stopped import Stopped, stopped
from bridge.cli.watching import rows_of
from bridge.client import Client, Reply
from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.exits import Exit

PORT_TRIES: Final = 50
"""Pairs of ports that are tried: one of the first two is nearly always free."""

PORTS: Final = (20_000, 32_000)
"""Below those that systems give to outgoing connections, so that none is taken before we are up."""

LIST_LIMIT: Final = 100
"""Rows asked for; the demo makes one."""

PICTURED: Final[dict[str, tuple[str, ...]]] = {
    "orders": ("order", "signal", "account", "instrument", "side", "quantity", "filled", "state"),
    "fills": ("exec_id", "order", "account", "instrument", "side", "quantity", "price", "fee"),
    "positions": ("account", "instrument", "strategy", "quantity", "average_price", "fees"),
}
"""What must be the same before and after the crash."""

ENDS: Final = ("SIGTERM", "SIGBREAK", "SIGHUP")
"""Signals by which others end the demo: a service, a console, a terminal that is closed."""

Picture = dict[str, list[dict[str, Any]]]


def expect(so: bool, otherwise: str) -> None:
    """End the demo when something is not as promised."""
    if not so:
        raise stopped(Exit.FAILED, "demo_wrong", otherwise)


@dataclass(slots=True)
class Scene:
    """What the acts of the demo share."""

    screen: Screen
    starter: Starter
    config: Config
    client: Client
    child: Child
    deliveries: int = 0
    verdicts: list[str] = field(default_factory=list[str])

    def rows(self, what: str) -> list[dict[str, Any]]:
        """Ask the bridge for a list."""
        reply = self.client.get(f"/{what}", {"limit": LIST_LIMIT})
        expect(reply.good, f"/api/{what} answered with HTTP {reply.status}")
        return rows_of(reply.body, what)

    def picture(self) -> Picture:
        """Return what the bridge knows of orders, fills and positions."""
        return {
            what: [{name: row.get(name) for name in names} for row in self.rows(what)]
            for what, names in PICTURED.items()
        }

    def deliver(self, message: bytes) -> dict[str, Any]:
        """Deliver the alert once, over HTTP."""
        return self.took(self.client.alert(next(iter(self.config.hooks)), message))

    def took(self, reply: Reply) -> dict[str, Any]:
        """Count an answer of the hook."""
        self.deliveries += 1
        body = reply.body if isinstance(reply.body, dict) else {}
        self.verdicts.append(str(body.get("verdict", f"HTTP {reply.status}")))
        return body


@contextlib.contextmanager
def staged(
    screen: Screen, folder: Path | None, store: str | None, *, exchange: bool = False
) -> Generator[Scene]:
    """Make a configuration and a bridge, not started yet; take everything away at the end.
    ``exchange``: it trades at a play exchange, which is started."""
    place = folder if folder is not None else Path(tempfile.mkdtemp(prefix="bascule-demo-"))
    try:
        made = init(place, free_ports(), store)
        if not isinstance(made, Starter):
            raise Stopped(Exit.CONFIG, made.code, made.sentence, made.fix)
        serving = exchange_for(made.config) if exchange else contextlib.nullcontext()
        with serving:
            yield from _with_bridge(screen, made, folder=folder, place=place)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
        else:
            screen.line(f"Everything is kept in {place}.", "quiet")


def _with_bridge(
    screen: Screen, made: Starter, *, folder: Path | None, place: Path
) -> Generator[Scene]:
    """Make the bridge of a configuration, and stop it at the end."""
    config = load(made.config, {})
    if not isinstance(config, Config):
        raise told(made.config, config)
    with Client(config) as client:
        child = Child(config, client, place / "bridge.log")
        try:
            yield Scene(screen, made, config, client, child)
        finally:
            child.stop()
            if folder is None:
                _forget(config)


def _forget(config: Config) -> None:
    """Remove the demo's own journal from a server that goes on."""
    if config.store.kind != "redis":
        return
    import redis

    server = redis.Redis.from_url(config.store.url)
    # a server that went away keeps it: then there is nothing that we could do
    with contextlib.suppress(redis.RedisError), contextlib.closing(server):
        for key in server.scan_iter(match=f"bascule:{{{config.store.journal}}}:*"):
            server.unlink(key)


def free_ports() -> int:
    """Find two neighbouring ports of loopback that nobody uses; return the first."""
    for _ in range(PORT_TRIES):
        port = random.randrange(*PORTS)
        try:
            with (
                socket.create_server(("127.0.0.1", port)),
                socket.create_server(("127.0.0.1", port + 1)),
            ):
                return port
        except OSError:
            continue
    raise stopped(Exit.PORT, "demo_port")


@contextlib.contextmanager
def interrupted_by_signals() -> Generator[None]:
    """Let an end that others ask for be an end in order, as Ctrl-C is."""
    numbers = [getattr(signal, name, None) for name in ENDS]
    before = [(number, signal.signal(number, _interrupt)) for number in numbers if number]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
