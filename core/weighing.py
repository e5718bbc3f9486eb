"""How far a difference is believed, and how it is told: once when it is found, once more when it is
confirmed.

Rules of this file
1. One look proves nothing but what proves itself. A second picture has to show the same, or a
   person has to say that the venue is right.
2. What keeps changing is believed after half a minute, as it is then.
3. Evidence is what the venue shows in numbers, never its prose.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import Enum, auto
from typing import Any, Final

import msgspec

from core import records as r
from core.commands import TakeSnapshot
from core.differences import Difference
from core.mismatches import Kind
from core.setup import SECOND_NS
from core.state import State

Weighing = Generator[r.DifferenceFound, None, "Belief"]

CONFIRM_NS: Final = 5 * SECOND_NS
"""How far apart two pictures are that confirm a difference: longer than a report is behind."""

RESTLESS_NS: Final = 30 * SECOND_NS
"""How long a difference may go on changing before it is believed as it is."""

_encoder: Final = msgspec.json.Encoder()


class Belief(Enum):
    """How far a difference is believed."""

    NEW = auto()
    WAITS = auto()
    NOW = auto()
    """Confirmed by this very picture."""
    BEFORE = auto()
    """Confirmed before, and not settled yet."""


def weigh(state: State, command: TakeSnapshot, one: Difference, now: int) -> Weighing:
    """Note a difference, once, and say how far it is believed."""
    account = state.accounts[command.snapshot.account]
    row = state.mismatches.get((account.account, one.kind, one.key))
    first_look = one.kind is Kind.ORDER_UNKNOWN_OURS
    first_look |= one.kind is Kind.POSITION and not account.baseline_ns
    if row is None:
        yield told(command, one, now, confirmed=first_look)
        return Belief.NOW if first_look else Belief.NEW
    if row.sameness != one.sameness:
        believed = command.asked_ns - row.first_ns >= RESTLESS_NS
        yield told(command, one, now, confirmed=believed)
        return Belief.NOW if believed else Belief.WAITS
    if row.confirmed:
        return Belief.BEFORE
    if not row.accepted and command.asked_ns - row.same_ns < CONFIRM_NS:
        return Belief.WAITS
    yield told(command, one, now, confirmed=True)
    return Belief.NOW


def told(
    command: TakeSnapshot,
    one: Difference,
    now: int,
    *,
    settled: str = "",
    confirmed: bool = False,
) -> r.DifferenceFound:
    """Make the record of a difference, with its evidence."""
    return r.DifferenceFound(
        at_ns=now,
        account=command.snapshot.account,
        kind=one.kind,
        key=one.key,
        instrument=one.instrument,
        ours=one.ours,
        theirs=one.theirs,
        sameness=one.sameness,
        confirmed=confirmed,
        settled=settled,
        cause=command.cause,
        evidence=_evidence(command, one),
    )


def _evidence(command: TakeSnapshot, one: Difference) -> msgspec.Raw:
    """Write down what the picture shows, without the venue's prose."""
    evidence: dict[str, Any] = {"asked_ns": command.asked_ns, "picture_ns": command.snapshot.at_ns}
    if one.shown is not None:
        evidence["order"] = msgspec.structs.replace(one.shown, fills=(), reason="")
    if one.fill is not None:
        evidence["fill"] = msgspec.structs.replace(one.fill, reason="", raw="")
    if one.kind is Kind.POSITION:
        evidence["average_price"] = one.price
    if one.kind is Kind.FILL_GONE:
        evidence["fills_since_ns"] = command.snapshot.fills_since_ns
        evidence["fills"] = len(command.snapshot.fills)
    return msgspec.Raw(_encoder.encode(evidence))
