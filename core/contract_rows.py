"""What the state keeps of futures: which contract is the front one, which one a strategy chose, and
what a person was told."""

from __future__ import annotations

import msgspec


class FrontRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """The front contract of a future, as it was noticed last."""

    future: str
    contract: str
    at_ns: int


class ChoiceRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """In which instrument a strategy opened last by the n-th continuous symbol of a future."""

    account: str
    strategy: str
    future: str
    depth: int
    instrument: str
    at_ns: int


class CallRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Of which days of a contract a person was told while it was held in an account, each as
    ``day_word`` writes it."""

    account: str
    instrument: str
    told: tuple[str, ...]


class EndRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """What a person was told of the end of a future's table, which was with this contract, then,
    for its n-th continuous symbol."""

    future: str
    contract: str
    stage: str
    due_ns: int
    depth: int = 1

    @property
    def key(self) -> tuple[str, int]:
        """Return what it is found by."""
        return self.future, self.depth


def day_word(name: str, due_ns: int) -> str:
    """Write a day of a contract. One that is corrected in the file is another day."""
    return f"{name} {due_ns}"
