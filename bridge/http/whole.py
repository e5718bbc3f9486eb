"""A connection whose answers leave whole: head and body in one packet.

Rules of this file
1. Only a head that says how long its body is waits for it: the server writes the body next, or
   closes. A stream's head leaves at once.
2. Nothing stays behind: the end of an answer and the end of a connection send what waits.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Whole:
    """The transport of one connection. The server writes each answer in two parts, and each part
    that is sent by itself costs a call into the system."""

    __slots__ = ("_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing  # asked for after each answer

    def write(self, data: bytes) -> None:
        """Send data, with the head that waits for it."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data[-4:] == b"\r\n\r\n" and b"\r\ncontent-length: " in data:
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head whose body is empty."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close the connection when all is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Be the transport in everything else."""
        return getattr(self._transport, name)
