"""Gaps: the sender's own position before its order against ours, to find an alert that never came.

Rules of this file
1. What own orders on their way can still change explains a difference; what nothing explains is a
   gap. Sizes are compared only where both count the same units.
2. A gap is told once, until an alert finds both alike again.
3. An order was made for the sender's position. Where ours is another one, it would lead to a
   position that nobody wanted: so entries are skipped unless the route follows. A target says
   itself where it leads, and is followed. What makes a position smaller always passes.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.answers import Effect
from core.commands import Halt
from core.instruments import Instrument
from core.money import plain
from core.ordering import Intake
from core.reversal import in_units
from core.route_policies import OnGap
from core.routing import Declined, Holding
from core.signals import Action, Hint, QuantityUnit, Signal
from core.state import State
from core.switch import halt

Steps = Generator[r.Record | Effect, None, None]
Key = tuple[str, str, str]


def policy_of(intake: Intake) -> OnGap:
    """Return what the route does about a gap."""
    chosen = intake.route.on_gap
    if chosen is not None:
        return chosen
    return OnGap.FOLLOW if intake.content.action is Action.TARGET else OnGap.SKIP


def gap_of(content: Signal, holding: Holding, instrument: Instrument) -> str:
    """Say what the sender had before its order, when that is not what is here; else nothing."""
    before = content.prev_position
    if before is None:
        return ""
    least = max(holding.least, instrument.quantity_min, instrument.lot_step)
    low = holding.share - holding.sell_entries - holding.sell_exits
    high = holding.share + holding.buy_entries + holding.buy_exits
    if before is Hint.FLAT:
        alike = low < least and high > -least
    elif content.prev_position_size is not None and _compares(content):
        size = abs(content.prev_position_size)
        there = size if before is Hint.LONG else -size
        alike = low - least < there < high + least
    else:
        alike = high >= least if before is Hint.LONG else low <= -least
    if alike:
        return ""
    size = content.prev_position_size
    return str(before) if size is None or before is Hint.FLAT else f"{before} {plain(abs(size))}"


def _compares(content: Signal) -> bool:
    """Say whether the sender's sizes are quantities of ours."""
    if content.action is Action.TARGET:
        return content.quantity_unit in (None, QuantityUnit.UNITS)
    return in_units(content)


def find_gap(
    state: State, intake: Intake, key: Key, *, holding: Holding, instrument: Instrument
) -> Generator[r.Record | Effect, None, Declined | None]:
    """Compare, call a person about what is new, and return what an entry is refused with."""
    if intake.content.prev_position is None:
        return None
    theirs = gap_of(intake.content, holding, instrument)
    ours, was = plain(holding.share), state.gaps.get(key)
    if bool(theirs) is not (was is not None):
        yield from _told(intake, key, theirs, ours)
    if not theirs:
        return None
    policy = policy_of(intake)
    scope = f"strategy:{key[2]}"
    if policy is OnGap.HALT and scope not in state.halts:
        reason = f"alert_missed: {theirs} there, {ours} in {key[0]}"
        yield from halt(state, Halt(scope=scope, by="bridge", reason=reason), intake.now)
    if policy is OnGap.SKIP:
        return Declined("refused", "alert_missed", theirs, ours)
    return None


def _told(intake: Intake, key: Key, theirs: str, ours: str) -> Steps:
    account, instrument, strategy = key
    yield r.GapNoted(
        at_ns=intake.now,
        signal=intake.signal,
        account=account,
        instrument=instrument,
        strategy=strategy,
        theirs=theirs,
        ours=ours,
    )
    if theirs:
        where = f"{strategy} in {instrument} of account:{account}"
        yield r.AlarmRaised(
            at_ns=intake.now, code="alert_missed", value=theirs, limit=ours, where=where
        )
