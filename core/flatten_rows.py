"""What the state keeps of an open flatten."""

from __future__ import annotations

from typing import Final

import msgspec

REVISIONS_MAX: Final = 10
"""Orders for one position by one act: a venue that refuses ten in a minute will refuse more."""


class Attempt(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The newest order of a flatten for one position, and how many there were. ``ended_ns``: when
    its end was asked for last."""

    account: str
    instrument: str
    strategy: str
    order: str
    at_ns: int
    revisions: int
    ended_ns: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the position that it closes."""
        return self.account, self.instrument, self.strategy


class FlattenRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """An open act that closes a scope. ``late``: a person was told that it takes long.
    ``confirmed``: accounts that are flat by our books and by their venue; it is over there."""

    act: str
    scope: str
    whose: str
    by: str
    reason: str
    at_ns: int
    number: int
    attempts: tuple[Attempt, ...] = ()
    late: bool = False
    confirmed: tuple[str, ...] = ()
