"""From a signal to what it means for one strategy in one account: open, close, or nothing.

Rules of this file
1. Hints of the sender (position before and after) come first: they say what was meant. Then the position that we hold.
2. An exit can only make a position smaller. A late or repeated exit finds nothing to close; it opens nothing.
3. Through flat to the other side is a reversal, and a reversal is refused: closing and opening are two signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.money import ZERO, plain
from core.orders import Purpose, Side
from core.signals import Action, Effect, Hint, Signal
from core.state import FLAT, State


@dataclass(frozen=True, slots=True)
class Intent:
    """What is meant: ``whole`` closes everything, whatever number the message carried."""

    purpose: Purpose
    side: Side
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """No order follows. ``verdict``: ``no_action`` when there is nothing to do, else ``refused``."""

    verdict: str
    code: str
    value: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one strategy holds and has in the market: ``share`` is signed; the others are quantities still to fill."""

    share: Decimal
    net: Decimal
    entries: dict[Side, Decimal]
    exits: dict[Side, Decimal]


def holding_of(state: State, account: str, instrument: str, strategy: str) -> Holding:
    """Add up what a strategy holds, and its own working orders."""
    position = state.positions.get((account, instrument, strategy))
    entries = {Side.BUY: ZERO, Side.SELL: ZERO}
    exits = {Side.BUY: ZERO, Side.SELL: ZERO}
    for name in state.working.get((account, instrument, strategy), ()):
        order = state.orders[name]
        sums = exits if order.reduce_only else entries
        sums[order.side] += order.leaves
    net = state.exposures.get((account, instrument), FLAT).net
    return Holding(position.quantity if position is not None else ZERO, net, entries, exits)


def meant(signal: Signal, holding: Holding) -> Intent | Declined:
    """Say what a buy, a sell or an exit means for this holding."""
    share = holding.share
    if signal.action is Action.EXIT:
        if share == ZERO:
            return Declined("no_action", "nothing_to_close", "0")
        side = Side.SELL if share > ZERO else Side.BUY
        return Intent(Purpose.EXIT, side, whole=signal.quantity is None)
    side = Side.BUY if signal.action is Action.BUY else Side.SELL
    if signal.effect is Effect.CLOSE:
        return _closing(signal, share, side)
    if signal.effect is Effect.OPEN:
        return _opening(share, side)
    return _by_hints(signal, share, side) or _by_holding(signal, holding, side)


def _closing(signal: Signal, share: Decimal, side: Side, *, whole: bool = False) -> Intent | Declined:
    if share * side.sign >= ZERO:
        return Declined("no_action", "nothing_to_close", plain(share))
    return Intent(Purpose.EXIT, side, whole=whole or signal.quantity is None)


def _opening(share: Decimal, side: Side) -> Intent | Declined:
    if share * side.sign < ZERO:
        return Declined("refused", "reversal_not_available", plain(share))
    return Intent(Purpose.ENTRY, side)


def _by_hints(signal: Signal, share: Decimal, side: Side) -> Intent | Declined | None:
    """Read the sender's own position before and after; ``None`` when it says too little."""
    before, after = signal.prev_position, signal.position
    if after is Hint.FLAT:
        return _closing(signal, share, side, whole=True)
    if before is Hint.FLAT:
        return _opening(share, side)
    if before is None or after is None:
        return None
    if before is not after:
        return Declined("refused", "reversal_not_available", f"{before} to {after}")
    grows = (after is Hint.LONG) == (side is Side.BUY)
    return _opening(share, side) if grows else _closing(signal, share, side)


def _by_holding(signal: Signal, holding: Holding, side: Side) -> Intent | Declined:
    share = holding.share
    if share * side.sign < ZERO:
        return Intent(Purpose.EXIT, side, whole=False)
    waiting = holding.entries[side.opposite]
    if waiting > ZERO:
        return Declined("refused", "entry_still_working", plain(waiting), str(side.opposite))
    return Intent(Purpose.ENTRY, side)


def closable(holding: Holding, side: Side) -> Decimal:
    """Return how much an exit on ``side`` may close: the own share, within the account's net, less exits on the way."""
    share = -holding.share * side.sign
    net = -holding.net * side.sign
    return max(ZERO, min(share, net) - holding.exits[side])
