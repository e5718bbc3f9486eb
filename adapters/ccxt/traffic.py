"""The traffic of one account: each call waits for its turn, goes once, and ends as a value or as a
trouble.

Rules of this file
1. Nothing that writes goes again here. A read that failed is asked again where its caller is
   patient, and else told: the bridge asks again.
2. A call that writes runs in a task of its own that nobody cancels: whoever waited may leave, the
   request goes to its end and is still told.
3. What the venue says of its limits counts for every account of this process that shares them.
4. ccxt changes the decimal context of whoever calls it; every call has its own.
"""

from __future__ import annotations

import asyncio
import decimal
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypedDict, TypeVar

from adapters.ccxt.client import Client
from adapters.ccxt.findings import unproven, unsent
from adapters.ccxt.library import errors
from adapters.ccxt.limiter import Budget, Limiter
from adapters.ccxt.outcome import ABSENT, Act, Exists, acknowledged, outcome, unreadable
from adapters.ccxt.patience import Again, once, patient
from adapters.ccxt.profile import Call, Profile
from adapters.ccxt.requests import Answer
from adapters.ccxt.settings import CcxtSettings
from adapters.port import Trouble, TroubleKind

T = TypeVar("T")

READ_WAIT_NS: Final = 5_000_000_000
"""How long a read waits for its turn: a picture that comes later is asked for anew."""

WRITE_WAIT_NS: Final = 250_000_000
"""How long an order waits for its turn here: the bridge looks at its time to live before each try,
and an order that lies here is not looked at."""

CLOSE_WAIT_S: Final = 15.0
"""How long a close waits for writes that are under way: longer than one can take."""

WORDS_MAX: Final = 200
"""Characters that are shown of what could not be read."""

WEIGHT: Final = "weight"
ORDERS: Final = "orders"
CANCELS: Final = "cancels"
"""Held back only where the venue refused one for their number."""

ORDER_CALLS: Final = ("create_order",)
"""Calls that count against the budget of orders."""


class Failed(Exception):
    """A call did not end well. ``exists``: because the venue has an order of that id already."""

    def __init__(self, trouble: Trouble, *, exists: bool = False) -> None:
        super().__init__(trouble.code)
        self.trouble, self.exists = trouble, exists

    @property
    def absent(self) -> bool:
        """Say whether the venue said that it does not show the order."""
        return self.trouble.code == ABSENT


UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What is raised by an answer that has not the form that its documents say."""


@contextmanager
def reading() -> Iterator[None]:
    """Read an answer of the venue: one that cannot be read is a call that failed."""
    try:
        yield
    except UNREADABLE as error:
        value = f"{type(error).__name__}: {error}"[:WORDS_MAX]
        raise Failed(unproven("ccxt_reading_failed", value=value)) from error


class _Facts(TypedDict):
    """What a judgement needs beside the call."""

    now_ns: int
    redact: Callable[[str], str]


class Limiters:
    """The limiters of a process: one for each address at a venue, one for each account there."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self.clock = clock
        self._made: dict[tuple[str, ...], Limiter] = {}

    def of(self, profile: Profile, settings: CcxtSettings, account: str) -> tuple[Limiter, Limiter]:
        """Return the limiter of the address and that of the account."""
        limits, local = profile.limits, settings.local
        where = settings.sandbox if local is None else f"{local.host}:{local.port}"
        weight = Budget(WEIGHT, limits.weight, limits.window_s * 1_000_000_000)
        orders = Budget(ORDERS, limits.orders, limits.orders_window_s * 1_000_000_000)
        address = self._one((profile.venue, profile.kind, where), (weight,))
        counted = (orders,) if limits.orders else ()
        return address, self._one((profile.venue, profile.kind, where, account), counted)

    def _one(self, key: tuple[str, ...], budgets: tuple[Budget, ...]) -> Limiter:
        if key not in self._made:
            self._made[key] = Limiter(budgets, self.clock())
        return self._made[key]


class Traffic:
    """One per account."""

    def __init__(
        self, client: Client, *, limiters: Limiters, account: str, again: Again = once
    ) -> None:
        self.client, self.account = client, account
        self.profile, self._again = client.profile, again
        self._clock = limiters.clock
        self._address, self._key = limiters.of(client.profile, client.settings, account)
        self._writing: set[asyncio.Task[Any]] = set()
        client.on_answer = self._heed

    # --- reading --------------------------------------------------------------------------------

    async def read(
        self,
        method: str,
        *args: object,
        params: Mapping[str, object] | None = None,
        urgent: bool = False,
        weight: int | None = None,
        said: list[str] | None = None,
    ) -> Any:
        """Ask for something. ``said`` gets the requests that this became. Errors: ``Failed``."""

        async def asked() -> Any:
            await self._turn(method, weight=weight, urgent=urgent, patience_ns=READ_WAIT_NS)
            return await self._go(Act.READ, self._call(method, args, params or {}), said)

        return await (self.patiently(asked) if patient() else asked())

    async def ask(
        self,
        call: Call,
        facts: Mapping[str, str],
        *,
        urgent: bool = False,
        said: list[str] | None = None,
    ) -> Any:
        """Make a call of the profile, with these facts put in. Errors: ``Failed``."""
        args, params = call.bound(**facts)
        return await self.read(call.method, *args, params=params, urgent=urgent, said=said)

    async def work(self, work: Callable[[], Awaitable[T]], *, weight: int) -> T:
        """Do work of the client that asks the venue something. Errors: ``Failed``."""

        async def asked() -> T:
            await self._turn("", weight=weight, urgent=False, patience_ns=READ_WAIT_NS)
            return await self._go(Act.READ, work)

        return await (self.patiently(asked) if patient() else asked())

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and ask again what failed by chance. Errors: ``Failed``."""
        return await self._again(ask, self._passing)

    def _passing(self, error: BaseException) -> bool:
        """Say whether the same question may be answered in a moment. A venue that wants a pause has
        it: the next try waits for its turn."""
        if not isinstance(error, Failed) or error.exists or error.absent:
            return False
        trouble = error.trouble
        if trouble.kind is TroubleKind.THROTTLED:
            return (trouble.until_ns or 0) - self.client.now() <= READ_WAIT_NS
        return trouble.kind is TroubleKind.UNKNOWN

    # --- writing --------------------------------------------------------------------------------

    async def write(
        self,
        act: Act,
        method: str,
        *args: object,
        params: Mapping[str, object],
        urgent: bool,
    ) -> Any:
        """Place, change or end something. Errors: ``Failed``. Call it inside ``hold``."""
        await self._turn(method, weight=None, urgent=urgent, patience_ns=WRITE_WAIT_NS, act=act)
        return await self._go(act, self._call(method, args, params))

    async def hold(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what writes in a task of its own: a caller who is cancelled leaves it running."""
        task = asyncio.create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._held)
        return await asyncio.shield(task)

    def _held(self, task: asyncio.Task[Any]) -> None:
        self._writing.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody did: it is not lost in a warning

    async def settle(self) -> None:
        """Wait until nothing that writes is under way."""
        if self._writing:
            await asyncio.wait(set(self._writing), timeout=CLOSE_WAIT_S)

    # --- both -----------------------------------------------------------------------------------

    async def _turn(
        self,
        method: str,
        *,
        weight: int | None,
        urgent: bool,
        patience_ns: int,
        act: Act = Act.READ,
    ) -> None:
        """Wait until a call may go, or fail as throttled when that is too long."""
        limits = self.profile.limits
        heavy = limits.calls.get(method, 1) if weight is None else weight
        weights = {
            WEIGHT: heavy,
            ORDERS: 1 if method in ORDER_CALLS else 0,
            CANCELS: 1 if act is Act.CANCEL else 0,
        }
        began = self._clock()
        while True:
            now = self._clock()
            address_ns = self._address.free_at(weights, now, urgent=urgent)
            at_ns = max(address_ns, self._key.free_at(weights, now, urgent=urgent))
            if at_ns <= now:
                break
            if at_ns > began + patience_ns:
                banned = self._address.banned_until_ns > now
                trouble = self._too_long(at_ns - now, banned=banned)
                raise Failed(replace(trouble, orders_only=address_ns <= now))
            await asyncio.sleep((at_ns - now) / 1e9)
        self._address.take(weights, now)
        self._key.take(weights, now)

    def _too_long(self, wait_ns: int, *, banned: bool) -> Trouble:
        """Say that a call has to wait, and whether that is for a ban."""
        until_ns, where = self.client.now() + wait_ns, self.account
        if banned:
            value = str(wait_ns // 1_000_000_000)
            found = unsent("ccxt_still_banned", value=value, where=where, until_ns=until_ns)
            return replace(found, banned=True)
        value = str(wait_ns // 1_000_000)
        return unsent("ccxt_own_limit", value=value, where=where, until_ns=until_ns)

    def _call(
        self, method: str, args: tuple[object, ...], params: Mapping[str, object]
    ) -> Callable[[], Awaitable[Any]]:
        def call() -> Awaitable[Any]:
            return getattr(self.client.exchange, method)(*args, params=dict(params))

        return call

    async def _go(
        self, act: Act, work: Callable[[], Awaitable[T]], said: list[str] | None = None
    ) -> T:
        """Make one call of ccxt's, once."""
        client = self.client
        if client.exchange is None:
            raise Failed(unsent("ccxt_not_connected", where=self.account))
        judged: Trouble | Exists | None = None
        with client.trail(str(act)) as trail, decimal.localcontext():
            try:
                made = await work()
                if act is not Act.READ:
                    judged = acknowledged(made, self.profile, act, trail=trail, **self._facts())
                elif unreadable(trail):
                    raise errors.BadResponse("no JSON is in the answer")
                if judged is None:
                    return made
            except Exception as error:
                judged = outcome(error, self.profile, act, trail=trail, **self._facts())
            finally:
                if said is not None:
                    said[:] = [f"{one.method} {one.path}" for one in trail.requests]
        if isinstance(judged, Exists):
            trouble = Trouble(TroubleKind.UNKNOWN, judged.code, judged.text)
            raise Failed(trouble, exists=True)
        self._note(judged, act)
        raise Failed(judged)

    def _facts(self) -> _Facts:
        return {"now_ns": self.client.now(), "redact": self.client.redact}

    def _note(self, trouble: Trouble, act: Act) -> None:
        closed = trouble.kind in (TroubleKind.THROTTLED, TroubleKind.MAINTENANCE)
        if not closed or trouble.until_ns is None:
            return
        until_ns = self._clock() + max(0, trouble.until_ns - self.client.now())
        if trouble.orders_only:
            self._key.hold(ORDERS, until_ns)
            if act is Act.CANCEL:  # this venue counts them, too
                self._key.hold(CANCELS, until_ns)
        else:
            self._address.pause(until_ns, banned=trouble.banned)

    def _heed(self, answer: Answer) -> None:
        """Believe what the venue tells of its own counters."""
        limits, now = self.profile.limits, self._clock()
        used, orders = _count(answer, limits.used), _count(answer, limits.orders_used)
        left = _count(answer, limits.left)
        if used is not None:
            self._address.told(WEIGHT, used, now)
        if orders is not None:
            self._key.told(ORDERS, orders, now)
        if left is not None and answer.request.phase == Act.CREATE:
            self._key.told(ORDERS, max(0, limits.orders - left), now)


def _count(answer: Answer, header: str) -> int | None:
    """Return the number in a header, ``None`` where there is none."""
    text = answer.headers.get(header.lower(), "") if header else ""
    return int(text) if text.isdecimal() else None
