"""A real door on a real socket before a real bridge, and a sender that writes bytes as it likes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.http.door import Door
from bridge.http.servers import Listeners, bind
from core.store.memory import Disk
from core.store.port import Store
from tests.servers import free_port
from tests.unit.bridge.parts import Bridge, Switch, bridge

WAIT_S: Final = 15


@dataclass
class Said:
    """One answer, as it came over the wire."""

    status: int
    head: bytes
    body: bytes

    @property
    def json(self) -> Any:
        """Read its JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Return the code that it carries."""
        return str(self.json["code"])


@dataclass
class House:
    """A bridge and its door."""

    bridge: Bridge
    door: Door
    port: int

    @property
    def token(self) -> str:
        """Return the token of the route."""
        return self.bridge.config.hooks["demo"].tokens[0]

    @property
    def hook(self) -> str:
        """Return the address of the route, with its token."""
        return f"/hooks/demo/{self.token}"

    def alert(self, **fields: Any) -> bytes:
        """Make the text of an alert that is admitted, with some fields set otherwise."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time_ns() // 10**9))
        alert = {
            "id": f"a-{time.time_ns()}",
            "strategy": "demo",
            "symbol": "BTCUSDT",
            "action": "buy",
            "effect": "open",
            "quantity": "0.001",
            "time": now,
            **fields,
        }
        return json.dumps(alert).encode()

    async def post(self, path: str, body: bytes, *headers: str, method: str = "POST") -> Said:
        """Send one message over a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", "Host: hooks", "Connection: close", *headers]
        if not any(line.lower().startswith(("content-length", "transfer")) for line in headers):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return said(await self.raw(head + body))

    async def raw(self, sent: bytes) -> bytes:
        """Write bytes and read to the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent)
            return await asyncio.wait_for(reader.read(), WAIT_S)
        except ConnectionError:  # it hung up while we wrote
            return b""
        finally:
            writer.close()


def said(answer: bytes) -> Said:
    """Take an answer apart."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), answer[:200]
    return Said(int(head[9:12]), head, body)


@asynccontextmanager
async def house(
    folder: Path, *, store: Store | None = None, edit: Callable[[str], str] = str
) -> AsyncGenerator[House]:
    """Open the door before a bridge with a journal in memory."""
    async with bridge(folder, store=store or Switch(Disk()), edit=edit) as running:
        port = free_port()
        listener = bind("127.0.0.1", port)
        door = Door(running.config)
        door.now, door.tell = running.runtime.clock.now, running.runtime.writer.tell
        door.ask = running.runtime.writer.ask
        listeners = Listeners()
        listeners.open(door, listener, "door")
        try:
            yield House(running, door, port)
        finally:
            await listeners.close()
            listener.close()
