"""The inbox: commands that wait for their batch, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

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
        count = len(self._waiting)
        if count >= INBOX_MAX and isinstance(command, _MESSAGES):
            return False
        if not patient or count >= COMMANDS_PER_BATCH_MAX:
            self.urgent = True
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
            measure = _MEASURES.get(type(command))
            if measure is None:  # a report or an outcome: it touches one order
                weight += 1
            else:
                orders, length = measure(command, state)
                weight, size = weight + orders, size + length
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


def _of_signal(command: c.ReceiveSignal, state: State) -> tuple[int, int]:
    """Return about how many orders a signal touches, and the size of its message."""
    route = state.facts.setup.routes.get(command.route)
    return len(route.accounts) if route is not None else 1, len(command.raw)


def _of_batch(command: c.ReceiveBatch, state: State) -> tuple[int, int]:
    measures = [_of_signal(one, state) for one in command.signals]
    return sum(orders for orders, _ in measures), sum(length for _, length in measures)


def _of_all(_: c.Work, state: State) -> tuple[int, int]:
    return max(1, len(state.alive)), 0


_MEASURES: Final[dict[type[c.Work], Callable[[Any, State], tuple[int, int]]]] = {
    c.ReceiveSignal: _of_signal,
    c.ReceiveBatch: _of_batch,
    **dict.fromkeys((c.Halt, c.CancelAll, c.Flatten, c.NoteRecovered), _of_all),
}
"""How much those commands are that touch more than one order, or carry a message."""
