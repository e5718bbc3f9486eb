"""A flight: one job of the writer in the store's thread, and the patience with it.

Rules of this file
1. A job that takes longer than the patience is left: whoever waited goes on without it. It is not
   interrupted, for nobody can: its end is told late.
2. Whoever raises the bridge, or asks for the end of an order, is more patient with nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from bridge.storethread import StoreThread
from core import commands as c
from core.signals import Action, Effect, Signal

PATIENCE_S: Final = 2.0
"""How long a store may take before the emergency file takes over. A synced append takes
milliseconds, a busy disk a second; the door gives an alert its answer within 2.5 s."""

URGENT_PATIENCE_S: Final = 0.25
"""The same while a halt or a cancel waits: the last of 500 cancels is to be out in half a second.
Going the other way costs nothing then."""

SLOW_S: Final = 0.05
"""How long messages that only add exposure wait behind a halt that is on its way. After it they
have to come again: refused is sooner than written down."""

URGENT: Final = frozenset((c.Halt, c.CancelAll, c.CancelOrder))
"""Acts that are not kept waiting."""


SILENT: Final = "it does not answer"
"""What is said of a store that was left."""


def opens_only(command: c.Work) -> bool:
    """Say whether a message can do nothing but add exposure."""
    if isinstance(command, c.ReceiveBatch):
        return all(opens_only(one) for one in command.signals)
    if not isinstance(command, c.ReceiveSignal) or not isinstance(command.content, Signal):
        return False
    signal = command.content
    return signal.effect is Effect.OPEN and signal.action in (Action.BUY, Action.SELL)


class Flight:
    """One job. ``done``: told how it ended, in time; ``left``: called when the patience is over,
    and then ``late`` is told how it ended. ``slow``: called when an urgent act waits for it.
    """

    def __init__(
        self,
        thread: StoreThread,
        job: Callable[[], Any],
        *,
        done: Callable[[Any], None],
        left: Callable[[], None],
        late: Callable[[Any], None],
        slow: Callable[[], None],
    ) -> None:
        self.delays = False
        """An urgent act has been waiting for it for a while."""
        self._done, self._left, self._late, self._slow = done, left, late, slow
        self._waiting, self._urgent = True, False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(PATIENCE_S, self._leave)
        thread.run(job, self._ended)

    def hurry(self) -> None:
        """Be less patient from now on."""
        if self._waiting and not self._urgent:
            self._urgent = True
            self._wait(SLOW_S, self._delay)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _delay(self) -> None:
        self.delays = True
        self._wait(URGENT_PATIENCE_S - SLOW_S, self._leave)
        self._slow()

    def _ended(self, result: Any) -> None:
        self._timer.cancel()
        tell = self._done if self._waiting else self._late
        self._waiting = self.delays = False
        tell(result)

    def _leave(self) -> None:
        self._waiting = self.delays = False
        self._left()
