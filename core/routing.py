"""From a signal to what it means for one strategy in one account: open, close, or nothing.

Rules of this file
1. Hints of the sender (position before and after) come first: they say what was meant. Then the
   position that we hold.
2. An exit can only make a position smaller. A late or repeated exit finds nothing to close; it
   opens nothing.
3. Through flat to the other side is a reversal: what is held is closed, and only when it is flat
   the other side is opened.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.dust import least_of
from core.money import ZERO, plain
from core.orders import Purpose, Side
from core.positions import EXTERNAL
from core.setup import Account
from core.signals import Action, Effect, Hint, Signal
from core.state import FLAT, NOTHING, State
from core.unsure_turns import without_doubt

_BUY, _SELL = Side
_ACTION_BUY, _ACTION_EXIT, _HEARTBEAT = Action.BUY, Action.EXIT, Action.HEARTBEAT
_OPEN, _CLOSE = Effect.OPEN, Effect.CLOSE
_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


class Intent(msgspec.Struct, frozen=True, gc=False):
    """What is meant: ``whole`` closes everything, whatever number the message carried.

    ``strict``: nobody said that it closes, so more than there is to close is no exit. ``flips``:
    an entry against what is held, which is closed first. ``through``: its quantity closes and
    opens, as that of an order that goes through flat.
    """

    purpose: Purpose
    side: Side
    whole: bool = False
    strict: bool = False
    flips: bool = False
    through: bool = False


class Declined(msgspec.Struct, frozen=True, gc=False):
    """No order follows. ``verdict``: ``no_action`` if there is nothing to do, else ``refused``."""

    verdict: str
    code: str
    value: str = ""
    limit: str = ""


class Holding(msgspec.Struct, frozen=True, gc=False):
    """What one strategy holds and has in the market.

    ``share`` is its own position and ``net`` the account's, both signed; the others are quantities
    still to fill, ``others_*`` those of other strategies. ``others_long``, ``others_short``: what
    other strategies hold on each side, without a sign. ``least``: the smallest order; whoever holds
    less is flat. ``spot``: nothing is sold that is not owned.
    """

    share: Decimal
    net: Decimal
    buy_entries: Decimal
    sell_entries: Decimal
    buy_exits: Decimal
    sell_exits: Decimal
    others_buy_exits: Decimal = ZERO
    others_sell_exits: Decimal = ZERO
    others_long: Decimal = ZERO
    others_short: Decimal = ZERO
    least: Decimal = ZERO
    spot: bool = False

    def entries(self, side: Side) -> Decimal:
        """Return what own entries on a side may still fill."""
        return self.buy_entries if side is Side.BUY else self.sell_entries

    def exits(self, side: Side) -> Decimal:
        """Return what own exits on a side may still fill."""
        return self.buy_exits if side is Side.BUY else self.sell_exits

    def is_against(self, side: Side) -> bool:
        """Say whether the own position is on the other side. Dust is on none."""
        if abs(self.share) < self.least:
            return False
        return self.share < ZERO if side is _BUY else self.share > ZERO

    def closable(self, side: Side, *, own: Decimal = ZERO) -> Decimal:
        """Return how much an exit on ``side`` may close.

        It is the own share, within what is there on that side, less the exits that are on their
        way: those of other strategies close it as well. What is there is the account's net, and
        what opposed strategies took off it: only strangers can have closed the rest. ``own`` is
        what of these exits is the one that asks.
        """
        share, there, others = self.share, self.net + self.others_short, self.others_sell_exits
        if side is Side.BUY:
            share, there, others = -share, self.others_long - self.net, self.others_buy_exits
        return max(ZERO, min(share, there - others) - self.exits(side) + own)


def holding_of(state: State, account: str, instrument: str, strategy: str) -> Holding:
    """Say what a strategy holds, and what its own working orders may still fill."""
    place, key = (account, instrument), (account, instrument, strategy)
    position = state.positions.get(key)
    share = position.quantity if position is not None else ZERO
    if state.turns:
        share = without_doubt(state, key, share)
    net = state.exposures.get(place, FLAT).net
    buys = sells = long = short = ZERO
    strategies = state.strategies_at.get(place, ())
    if len(strategies) > 1:
        for other in strategies:
            if other != strategy:
                stake = state.stakes.get((account, instrument, other), NOTHING)
                buys += stake.buy_exits
                sells += stake.sell_exits
                held = state.positions.get((account, instrument, other))
                if held is not None and other != EXTERNAL:
                    long += max(held.quantity, ZERO)
                    short += max(-held.quantity, ZERO)
    found = state.facts.setup.accounts.get(account)
    spot = found is not None and found.spot
    if found is not None and found.hedging:
        net, buys, sells, long, short = share, ZERO, ZERO, ZERO, ZERO  # nobody's order nets it
    least = least_of(state, account, instrument)
    stake = state.stakes.get(key, NOTHING)
    own = (stake.buy_entries, stake.sell_entries, stake.buy_exits, stake.sell_exits)
    return Holding(share, net, *own, buys, sells, long, short, least, spot)


def meant(signal: Signal, holding: Holding) -> Intent | Declined:
    """Say what a buy, a sell or an exit means for this holding."""
    action, effect = signal.action, signal.effect
    assert action is not _HEARTBEAT, "a heartbeat means no order"
    if action is _ACTION_EXIT:
        return _closing(signal, holding, _SELL if holding.share > ZERO else _BUY)
    side = _BUY if action is _ACTION_BUY else _SELL
    if effect is _CLOSE:
        return _closing(signal, holding, side)
    if effect is _OPEN:
        return _opening(holding, side)
    return _by_hints(signal, holding, side) or _by_holding(signal, holding, side)


def _closing(
    signal: Signal, holding: Holding, side: Side, *, whole: bool = False
) -> Intent | Declined:
    if not holding.is_against(side):
        if ZERO < -holding.share * side.sign:
            value, limit = plain(abs(holding.share)), plain(holding.least)
            return Declined("no_action", "quantity_below_step", value, limit)
        return Declined("no_action", "nothing_to_close", plain(holding.share))
    return Intent(Purpose.EXIT, side, whole=whole or signal.quantity is None)


def _opening(holding: Holding, side: Side) -> Intent | Declined:
    if holding.spot and side is _SELL and not holding.is_against(side):
        return Declined("refused", "short_on_spot", plain(holding.share))
    return Intent(_ENTRY, side, flips=holding.is_against(side))


def _by_hints(signal: Signal, holding: Holding, side: Side) -> Intent | Declined | None:
    """Read the sender's own position before and after; ``None`` when it says too little."""
    before, after = signal.prev_position, signal.position
    if after is Hint.FLAT:
        return _closing(signal, holding, side, whole=True)
    if before is Hint.FLAT:
        return _opening(holding, side)
    if before is None and after is (Hint.SHORT if side is Side.BUY else Hint.LONG):
        return _closing(signal, holding, side)  # what leaves the other side only takes from it
    if before is None or after is None:
        return None
    if before is not after:
        if (after is Hint.LONG) is not (side is Side.BUY):
            return Declined("refused", "hints_contradict", f"{before} to {after}", str(side))
        return Intent(Purpose.ENTRY, side, flips=holding.is_against(side), through=True)
    grows = (after is Hint.LONG) == (side is Side.BUY)
    return _opening(holding, side) if grows else _closing(signal, holding, side)


def _by_holding(signal: Signal, holding: Holding, side: Side) -> Intent | Declined:
    if holding.is_against(side):
        held = Hint.SHORT if side is Side.BUY else Hint.LONG
        strict = signal.position is not held and not holding.spot  # it cannot mean more there
        return Intent(Purpose.EXIT, side, whole=signal.quantity is None, strict=strict)
    waiting = holding.entries(side.opposite)
    if waiting > ZERO:
        code, opposite = "entry_still_working", str(side.opposite)
        return Declined("refused", code, plain(waiting), opposite)
    if holding.spot and side is Side.SELL:
        return _closing(signal, holding, side)  # it can only have meant that
    return Intent(Purpose.ENTRY, side)


def opposed_by(
    state: State, account: Account, instrument: str, *, side: Side, strategy: str
) -> str:
    """Return another strategy that holds, or is about to hold, the other side here; or nothing.

    What none of ours owns stands against nobody, and on a hedging account nobody does.
    """
    if account.allow_opposed or account.hedging:
        return ""
    strategies = state.strategies_at.get((account.name, instrument))
    if strategies is None or (len(strategies) == 1 and strategy in strategies):
        return ""  # nobody else was ever here
    for other in sorted(strategies):
        if other in (strategy, EXTERNAL):
            continue
        holding = holding_of(state, account.name, instrument, other)
        if holding.is_against(side) or holding.entries(side.opposite) > ZERO:
            return other
    return ""
