"""The inbox: commands that wait for their batch, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from core import commands as c
from core.answers import Answer, Busy
from core.state import State

COMMANDS_PER_BATCH_MAX: Final = 256
"""Commands of one commit, a signal counted once for each account of its route: more would make the
first of them
wait for the last, fewer would pay more syncs."""

BYTES_PER_BATCH_MAX: Final = 1024 * 1024
"""Bytes of messages in one commit."""

INBOX_MAX: Final = 20_000
"""Signals that may wait. At the slowest store seen (4 ms a commit) that is a third of a second of
work."""

AWAY: Final = Busy(code="store_unavailable")
"""The answer to whoever cannot be served now."""

Taken = list[tuple[c.Work, asyncio.Future[Answer] | None]]

_MESSAGES: Final = (c.ReceiveSignal, c.ReceiveBatch)


class Inbox:
    """What waits. Each command comes with the future of whoever waits for its answer, if someone
    does."""

    def __init__(self) -> None:
        self._waiting: Taken = []
        self.urgent = False
        """Something waits that should not wait for company."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(
        self, command: c.Work, future: asyncio.Future[Answer] | None, *, patient: bool = False
    ) -> bool:
        """Take a command in; say no when there is no room for one more signal."""
        if isinstance(command, _MESSAGES) and len(self._waiting) >= INBOX_MAX:
            return False
        self.urgent |= not patient or len(self._waiting) >= COMMANDS_PER_BATCH_MAX
        self._waiting.append((command, future))
        return True

    def put_back(self, taken: Taken) -> None:
        """Put a batch back to the front, to be judged again."""
        self._waiting[:0] = taken
        self.urgent = True

    def take(self, state: State) -> Taken:
        """Take the next batch out: at least one command, and no more than a commit's bounds
        allow."""
        size = weight = count = 0
        for command, _ in self._waiting:
            weight += _weight(command, state)
            if isinstance(command, c.ReceiveSignal):
                size += len(command.raw)
            elif isinstance(command, c.ReceiveBatch):
                size += sum(len(one.raw) for one in command.signals)
            if count and (weight > COMMANDS_PER_BATCH_MAX or size > BYTES_PER_BATCH_MAX):
                break
            count += 1
        taken = self._waiting[:count]
        del self._waiting[:count]
        self.urgent = bool(self._waiting)  # what was left over has waited long enough
        return taken

    def drop(self, which: Callable[[c.Work], bool]) -> None:
        """Tell those whose command is such a one to come again, and forget them."""
        answer([one for one in self._waiting if which(one[0])], AWAY)
        self._waiting = [one for one in self._waiting if not which(one[0])]

    def refuse(self) -> None:
        """Tell whoever waits to come again, and forget the rest."""
        answer(self._waiting, AWAY)
        self._waiting = []


def answer(taken: Iterable[tuple[c.Work, asyncio.Future[Answer] | None]], said: Answer) -> None:
    """Give everybody who still waits the same answer."""
    for _, future in taken:
        if future is not None and not future.done():
            future.set_result(said)


def _weight(command: c.Work, state: State) -> int:
    """Return about how many orders a command touches."""
    if isinstance(command, c.ReceiveBatch):
        return sum(_weight(one, state) for one in command.signals)
    if isinstance(command, c.ReceiveSignal):
        route = state.facts.setup.routes.get(command.route)
        return len(route.accounts) if route is not None else 1
    if isinstance(command, c.Halt | c.CancelAll | c.Flatten | c.NoteRecovered):
        return max(1, len(state.alive))
    return 1
