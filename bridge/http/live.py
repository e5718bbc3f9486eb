"""The live stream: tells open pages that there is something new, by the journal's number.

Rules of this file
1. The writer's path pays for one comparison a commit; everything else happens later, at most five
   times a second.
2. A stream carries numbers and no content: what a page shows, it asks for, and gets as its own
   login may see it.
3. Streams are bounded in number, hold one flag each, and end by themselves when the bridge stops or
   the login ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from bridge.http.refusal import Refusal
from bridge.writer import Commit

STREAMS_MAX: Final = 32
"""Open live pages: a handful of people with a few tabs each."""

TELL_EVERY_S: Final = 0.2
"""Changes are gathered for so long: nobody reads faster, and a storm of signals costs five events a
second."""

BEAT_EVERY_S: Final = 5.0
"""A stream says something at least so often, so that a page can tell silence from loss."""

RETRY_MS: Final = 2_000
"""When a browser tries again after the stream broke."""


class Hub:
    """All open streams. ``note`` is the writer's observer."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False
        self._due = False
        self._streams: set[asyncio.Event] = set()

    def note(self, commit: Commit) -> None:
        """Remember how far the journal is; wake the streams a little later."""
        self.number = commit.first + len(commit.records) - 1
        if not self._due and self._streams:
            self._due = True
            asyncio.get_running_loop().call_later(TELL_EVERY_S, self._wake)

    def close(self) -> None:
        """End every stream. A second call does nothing."""
        self.closed = True
        self._wake()

    def open(self, alive: Callable[[], bool], seen: int | None = None) -> AsyncIterator[bytes]:
        """Begin a stream; ``seen``: the number that the page has. It ends when ``alive`` says
        no."""
        if self.closed or len(self._streams) >= STREAMS_MAX:
            raise Refusal("streams_full", limit=str(STREAMS_MAX))
        return self._tell(alive, seen)

    async def _tell(self, alive: Callable[[], bool], seen: int | None) -> AsyncIterator[bytes]:
        flag = asyncio.Event()
        self._streams.add(flag)
        told = seen if seen is not None else self.number
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            while not self.closed and alive():
                flag.clear()
                kind = "beat" if told == self.number else "changed"
                told = self.number
                yield f"event: {kind}\nid: {told}\ndata: {told}\n\n".encode()
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_EVERY_S):
                        await flag.wait()
        finally:
            self._streams.discard(flag)

    def _wake(self) -> None:
        self._due = False
        for flag in self._streams:
            flag.set()
