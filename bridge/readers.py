"""The readers: whoever wants to look at the committed state waits here for a moment between two
batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from core.state import State

T = TypeVar("T")


class Readers:
    """Those who wait. Bounded by the requests that are served at once."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[State], Any], asyncio.Future[Any]]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, look: Callable[[State], T]) -> asyncio.Future[T]:
        """Let someone wait."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((look, future))
        return future

    def serve(self, state: State) -> None:
        """Let everybody look who still wants to."""
        reads, self._waiting = self._waiting, []
        for look, future in reads:
            if future.done():
                continue
            try:
                future.set_result(look(state))
            except Exception as error:  # a page's defect is the page's: the writer goes on
                future.set_exception(error)
