"""Patience: a question that fails by chance is asked again by itself, where a person would wait for
its answer anyway.

Rules of this file
1. Only questions; nothing that writes is ever asked again here.
2. How often and how far apart is said by whoever makes the account: the bridge keeps all such
   policies in one place. Without one, nothing is asked again.
3. What the venue has said is no chance: refused keys, an order that it does not show, a ban, a
   clock that differs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class Again(Protocol):
    """Does some work, and again while what it raises is passing; the last error is raised."""

    async def __call__(
        self, work: Callable[[], Awaitable[T]], passing: Callable[[BaseException], bool]
    ) -> T:
        """Do it."""
        ...


async def once(work: Callable[[], Awaitable[T]], passing: Callable[[BaseException], bool]) -> T:
    """Do some work once: the policy of an account that nobody gave one."""
    del passing
    return await work()


_PATIENT: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def patiently() -> Iterator[None]:
    """Let each question of this task, from now on and inside this, be asked again. Tasks that are
    made inside it are patient for their whole life."""
    token = _PATIENT.set(True)
    try:
        yield
    finally:
        _PATIENT.reset(token)


def patient() -> bool:
    """Say whether questions of this task are asked again."""
    return _PATIENT.get()
