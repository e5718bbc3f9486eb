"""The desk: where requests meet the running bridge. Every wait here has an end.

Rules of this file
1. The state is looked at between two batches, by functions that only copy rows: they are on the hot
   path.
2. An act goes on when its request gives up: a halt that was begun is never taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeVar

from bridge.http.auth import Gate
from bridge.http.live import Hub
from bridge.http.refusal import Refusal
from bridge.index import Index
from bridge.replacing import replace
from bridge.runtime import Runtime
from core import commands as c
from core.answers import Answer, Busy, Denied, Done
from core.engine import Outcome
from core.state import State

T = TypeVar("T")

ANSWER_WITHIN_S: Final = 8.0
"""How long a page waits for the committed state: a batch in flight may wait 5 s for a slow
server."""

REASON_MAX: Final = 300
"""Characters of a reason: it stands in a banner on every page, and in the journal for ever."""

NO_REASON: Final = "no reason given"
"""Stands in the journal when someone halts in a hurry. Only a halt needs no reason."""


class Desk:
    """What the handlers share."""

    def __init__(
        self, runtime: Runtime, *, index: Index, gate: Gate, hub: Hub, now: Callable[[], int]
    ) -> None:
        self.runtime, self.index, self.gate, self.hub, self.now = runtime, index, gate, hub, now
        self._acts: set[asyncio.Task[Answer]] = set()
        self._asked: set[asyncio.Task[bool]] = set()

    async def look(self, look: Callable[[State], T]) -> T:
        """Look at the committed state. ``look`` copies and nothing else; it must not raise."""
        future: asyncio.Future[Any] = self.runtime.writer.read(look)
        return await _within(future)

    async def try_out(self, work: c.Work) -> Outcome:
        """Judge a message on the committed state without any consequence."""
        return await _within(self.runtime.writer.try_out(work))

    async def halt(self, scope: str, *, by: str, reason: str) -> Done:
        """Raise the bridge for a scope."""
        reason = tidy(reason) or NO_REASON
        return await self._act(self.runtime.halt(scope, by=by, reason=reason))

    async def resume(self, scope: str, *, by: str, reason: str) -> Done:
        """Lower it again."""
        return await self.act(c.Resume(scope=scope, by=by, reason=tidy(reason)))

    async def cancel(self, order: str, *, by: str, reason: str) -> Done:
        """Ask for the end of one order."""
        reason = tidy(reason)
        if not reason:
            raise Refusal("reason_missing", value=order)
        return await self.act(c.CancelOrder(order=order, by=by, reason=reason))

    async def replace(
        self,
        order: str,
        *,
        by: str,
        reason: str,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        trigger: Decimal | None = None,
    ) -> Done:
        """Ask for new terms of one order; ``None``: as they are."""
        numbers = {"quantity": quantity, "price": price, "trigger": trigger}
        return await self._act(replace(self.runtime, order, by=by, reason=tidy(reason), **numbers))

    async def compare(self, account: str) -> None:
        """Compare an account with its venue now. Errors: ``Refusal`` when the venue is silent."""
        link = self.runtime.links.get(account)
        if link is None:
            raise Refusal("account_unknown", value=account)
        if not link.recovered:
            raise Refusal("venue_silent", value=account)
        asked = asyncio.ensure_future(link.reconcile("demand"))
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        if not await _within(asyncio.shield(asked)):
            raise Refusal("venue_silent", value=account)

    async def act(self, command: c.Command) -> Done:
        """Carry out any act of a person. What the core denies is a refusal."""

        async def asked() -> Answer:
            return await self.runtime.writer.ask(command)

        return await self._act(asked())

    async def _act(self, act: Any) -> Done:
        task: asyncio.Task[Answer] = asyncio.ensure_future(act)
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)
        answer = await _within(asyncio.shield(task))
        match answer:
            case Done():
                return answer
            case Denied():
                raise Refusal(
                    answer.code, value=answer.value, limit=answer.limit, where=answer.where
                )
            case Busy():
                raise Refusal(answer.code, value=answer.value, limit=answer.limit)
            case _:
                raise AssertionError("an act is not answered as a signal")


def tidy(reason: str) -> str:
    """Bring a reason to one line of bounded length."""
    return " ".join(reason.split())[:REASON_MAX]


async def _within(future: asyncio.Future[T]) -> T:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await future
    except TimeoutError:
        raise Refusal("answer_late", limit=f"{ANSWER_WITHIN_S:.0f} s") from None
