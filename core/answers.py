"""What comes out of a decision beside records: answers to whoever asked, and effects on the
outside.

Rules of this file
1. Both leave only after the records of their batch are committed.
2. An answer carries codes and facts; sentences are made from them where people read.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core.orders import Terms
from core.state import AccountVerdict


class SignalAnswer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a message. ``verdict``: ``admitted``, ``held``, ``duplicate``, ``refused`` or
    ``no_action``.

    ``code`` and its facts are those of the first account that did not admit it, or of the message
    as a whole. ``like``: the dialect that the message plainly is of, where it was read in another.
    """

    signal: str
    verdict: str
    code: str = ""
    value: str = ""
    limit: str = ""
    where: str = ""
    accounts: tuple[AccountVerdict, ...] = ()
    like: str = ""

    @property
    def orders(self) -> tuple[str, ...]:
        """Return the orders that it made or, for a cancel, asked to end."""
        return tuple(order for verdict in self.accounts for order in verdict.orders)


class Busy(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Not judged, nothing recorded: the same message may come again in a moment."""

    code: str
    value: str = ""
    limit: str = ""


class BatchAnswer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of each signal of one message, in its order."""

    answers: tuple[SignalAnswer | Busy, ...]


class Done(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An operator's act was carried out; ``orders``: those that it asked to end and that are not
    confirmed yet. ``act``: the name of an act that goes on by itself."""

    orders: tuple[str, ...] = ()
    act: str = ""


class Denied(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An operator's act makes no sense now."""

    code: str
    value: str = ""
    limit: str = ""
    where: str = ""


Answer = SignalAnswer | Busy | BatchAnswer | Done | Denied


class Send(msgspec.Struct, frozen=True, gc=False):
    """Hand this order to its venue. A committed record permits it."""

    order: str


class AskCancel(msgspec.Struct, frozen=True, gc=False):
    """Ask the venue for the end of this order."""

    order: str


class AskReplace(msgspec.Struct, frozen=True, gc=False):
    """Ask the venue for new terms of this order."""

    order: str
    terms: Terms


class AskLookup(msgspec.Struct, frozen=True, gc=False):
    """Ask the venue what became of this order."""

    order: str


Effect = Send | AskCancel | AskReplace | AskLookup

EFFECTS: Final = (Send, AskCancel, AskReplace, AskLookup)
