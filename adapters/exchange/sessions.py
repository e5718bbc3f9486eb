"""One WebSocket of a customer, and everything that can happen to it.

Rules of this file
1. ``publish`` is for events: it passes the faults. ``send`` is for answers.
2. A silent session (half-open) hears and says nothing, not even a pong; a mute one says no events
   but still answers pings: its socket lives, its subscription does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSCloseCode

from adapters.exchange.faults import Faults, Kind
from adapters.exchange.wire import packed

FRAMES_MAX: Final = 10_000
"""Frames that wait for a slow reader; a venue cuts such a one off, and so do we."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The last thing that a session does: a close frame, or ``abort`` without one."""

    code: int = WSCloseCode.OK
    reason: str = ""
    abort: bool = False


class Session:
    """What a dialect knows of a customer's WebSocket.

    ``account``: set by the dialect once the customer has proven who he is. ``topics``: what he
    asked for. ``facts``: whatever else the dialect wants to keep.
    """

    def __init__(
        self, number: int, *, venue: str, path: str, params: Mapping[str, str], faults: Faults
    ) -> None:
        self.number = number
        self.venue = venue
        self.path = path
        self.params = params
        self.account: str | None = None
        self.topics: set[str] = set()
        self.facts: dict[str, Any] = {}
        self.silent = False
        self.mute = False
        self.frames: asyncio.Queue[bytes | Closing] = asyncio.Queue(FRAMES_MAX)
        self._faults = faults
        self._kept: list[bytes] = []

    def send(self, frame: object) -> None:
        """Say something to the customer, an answer to what he said."""
        if not self.silent:
            self._put(packed(frame))

    def publish(self, frame: object) -> None:
        """Tell the customer an event; faults may lose, double, delay or swap it."""
        if self.silent or self.mute:
            return
        written = packed(frame)
        kinds = {fault.kind for fault in self._faults.take_event(self.venue)}
        if Kind.EVENT_MISSED in kinds:
            return
        if Kind.EVENT_REORDERED in kinds:
            self._kept.append(written)
            return
        self._put(written)
        if Kind.EVENT_DUPLICATED in kinds:
            self._put(written)
        for late in self._kept:
            self._put(late)
        self._kept.clear()
        if Kind.STREAM_DROPPED in kinds:
            self.close(abort=True)

    def close(self, code: int = WSCloseCode.OK, reason: str = "", *, abort: bool = False) -> None:
        """End it, with a close frame or (``abort``) with a reset."""
        self._put(Closing(code, reason, abort))

    def _put(self, frame: bytes | Closing) -> None:
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:  # the reader sleeps: the writer must not wait for him
            while not self.frames.empty():
                self.frames.get_nowait()
            self.frames.put_nowait(Closing(WSCloseCode.POLICY_VIOLATION, "too slow"))
