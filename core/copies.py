"""Copies: what an account that follows a leader makes of the leader's order.

Rules of this file
1. A copy follows its leader, not the message: the leader's reading of it and the leader's quantity
   count. So a message without a side of its own never means an entry here and an exit there.
2. What is rounded is the position, and always down. Entries and exits are differences of rounded
   positions; so roundings do not add up, and a follower never holds more than its ratio.
3. An exit is a share of the account's own position. The last exit closes all of it.
4. What a follower missed it does not catch up: only what rounding took comes with a later entry.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from core.contracts import found, meant_by, place_at, traded_names
from core.copy_setup import Copy, Minimum
from core.instruments import Instrument
from core.money import ZERO, plain, product, ratio, shown
from core.orders import Purpose, Side
from core.routing import Declined, Holding, Intent
from core.setup import Account, Route
from core.signals import QuantityUnit, Signal
from core.sizing import HUNDRED, PLACES, Sized, Unsized, cut
from core.state import State
from core.symbols import Place

ONE_FOR_ONE: Final = Copy()
"""How an account follows that a route with copies lists without a row of its own."""


class Lead(NamedTuple):
    """What the leader makes of a message, before any account of it was judged.

    ``held``: its position on the side that the order makes larger or smaller, with what its own
    orders may still change. ``sized``: the quantity of its order, whether or not it may pass.
    ``missed``: the sender had another position than the leader, and nothing explains it.
    """

    account: str
    instrument: Instrument
    intent: Intent | Declined
    held: Decimal
    sized: Sized | Declined
    missed: bool = False


class Part(NamedTuple):
    """What one follower has to go by: its row, its instrument, what its leader makes of it."""

    copy: Copy
    instrument: Instrument
    lead: Lead

    def exact(self, quantity: Decimal) -> Decimal:
        """Return what a quantity of the leader comes to here, before it is rounded."""
        here = self.copy.equivalents.get(self.lead.instrument.name)
        factor = here.factor if here is not None else Decimal(1)
        return product(quantity, self.copy.ratio, factor)

    def position(self, exact: Decimal) -> Decimal:
        """Round a position as this account may hold it."""
        return rounded(exact, self.instrument, self.copy.minimum)

    def keeps_step(self, own: Decimal) -> bool:
        """Say whether the account holds what it should, but for what no order can mend."""
        return abs(own - self.position(self.exact(self.lead.held))) < least(self.instrument)


def copy_of(route: Route, account: str) -> Copy | None:
    """Return how an account follows; ``None``: it leads, or the route has no copies."""
    if not route.copies or account == route.leading:
        return None
    return route.copies.get(account, ONE_FOR_ONE)


def least(instrument: Instrument) -> Decimal:
    """Return the smallest order of an instrument."""
    return max(instrument.quantity_min, instrument.lot_step)


def rounded(exact: Decimal, instrument: Instrument, minimum: Minimum) -> Decimal:
    """Round a position down to what can be traded: less than the smallest order is none, or one."""
    if exact <= ZERO:
        return ZERO
    down = instrument.quantity_cut(exact)
    return least(instrument) if not down and minimum is Minimum.ONE else down


class Continuous(NamedTuple):
    """A continuous contract, and what an account of a route trades for each of its contracts."""

    place: Place
    traded: tuple[str, ...]


def continuous_of(state: State, route: Route, account: Account, symbol: str) -> Continuous | None:
    """Return which continuous contract a symbol is at an account; ``None``: it is none. A follower
    reads it as its leader does where it trades something else in place of its contracts."""
    copy = copy_of(route, account.name)
    if copy is not None and copy.equivalents:
        place = place_at(state, state.facts.setup.accounts[route.leading], symbol)
        names = traded_names(place) if place is not None else ()
        if place is not None and not copy.equivalents.keys().isdisjoint(names):
            others = (copy.equivalents.get(name) for name in names)
            traded = zip(names, others, strict=True)
            return Continuous(place, tuple(o.instrument if o else name for name, o in traded))
    place = place_at(state, account, symbol)
    return None if place is None else Continuous(place, traded_names(place))


def instrument_of(
    state: State, route: Route, account: Account, symbol: str, *, strategy: str, now: int
) -> Instrument | Declined:
    """Find what an account of a route trades under a symbol, for a strategy, now.

    What a follower trades in place of something else, it trades under that name alone.
    """
    if not route.copies and not state.facts.setup.futures:  # nothing stands for something else
        return found(state, account, symbol, strategy=strategy, now=now)
    copy = copy_of(route, account.name)
    continuous = continuous_of(state, route, account, symbol)
    if continuous is not None:
        place, traded = continuous
        own = meant_by(state, account, place, strategy=strategy, now=now, traded=traded)
        if copy is None or traded != traded_names(place):
            return own
    else:
        own = found(state, account, symbol, strategy=strategy, now=now)
    if copy is None or not copy.equivalents:
        return own
    leader = state.facts.setup.accounts[route.leading]
    theirs = found(state, leader, symbol, strategy=strategy, now=now)
    here = copy.equivalents.get(theirs.name) if isinstance(theirs, Instrument) else None
    if here is not None:
        other = state.facts.setup.instruments.get(here.instrument)
        return other or Declined("refused", "symbol_unknown", here.instrument)
    if isinstance(own, Instrument):
        for name, other in copy.equivalents.items():
            if other.instrument == own.name:
                return Declined("refused", "copied_as_equivalent", own.name, name)
    return own


def standing(holding: Holding, side: Side) -> Decimal:
    """Return a position on one side as its own orders would leave it."""
    share = holding.share if side is Side.BUY else -holding.share
    return max(ZERO, share + holding.entries(side) - holding.exits(side.opposite))


def held_before(intent: Intent | Declined, holding: Holding) -> Decimal:
    """Return what a leader's order adds to, or takes from."""
    if isinstance(intent, Declined):
        return ZERO
    if intent.purpose is Purpose.EXIT:
        return holding.closable(intent.side)
    return standing(holding, intent.side)


def copied(own: Intent | Declined, lead: Lead, holding: Holding) -> Intent | Declined:
    """Read a message as the leader reads it; what makes the own position smaller passes anyway."""
    theirs = lead.intent
    closes = isinstance(theirs, Intent) and theirs.purpose is Purpose.EXIT
    if isinstance(own, Declined):
        return own
    if own.purpose is Purpose.EXIT:
        if isinstance(theirs, Intent) and not closes and own.strict and theirs.side is own.side:
            return theirs if theirs.flips else Intent(Purpose.ENTRY, own.side, flips=True)
        if isinstance(theirs, Intent) and closes and theirs.side is own.side:
            return Intent(Purpose.EXIT, own.side, whole=own.whole or theirs.whole)
        return own
    if isinstance(theirs, Declined):
        return _follows_not(theirs, lead.account)
    if closes:
        return Declined("no_action", "nothing_to_close", plain(holding.share))
    return own


def _follows_not(theirs: Declined, leader: str) -> Declined:
    return Declined(theirs.verdict, "leader_declined", theirs.code, leader)


def size_copy(part: Part, holding: Holding, side: Side) -> Sized | Declined:
    """Say how much a follower enters when its leader enters."""
    sized = part.lead.sized
    if isinstance(sized, Declined):
        return _follows_not(sized, part.lead.account)
    own = standing(holding, side)
    before, after = part.lead.held, part.lead.held + sized.quantity
    from_here = own if part.keeps_step(own) else part.position(part.exact(before))
    exact = part.exact(after)
    wanted = part.position(exact)
    said = f"{plain(part.copy.ratio)} of {plain(after)} {part.lead.instrument.name}"
    how = f"{said} of {part.lead.account} = {shown(exact, PLACES)} cut down to {plain(wanted)}"
    if from_here:
        how = f"{how}, of which {plain(from_here)} is there"
    made = cut(wanted - from_here, part.instrument, how)
    if isinstance(made, Unsized):
        value, limit = shown(exact - from_here, PLACES), plain(least(part.instrument))
        return Declined("no_action", "copy_below_step", value, limit)
    return made


def size_copied_exit(
    content: Signal, part: Part, intent: Intent, holding: Holding
) -> Sized | Declined:
    """Say how much a follower closes: the share of its own position that its leader closes."""
    most = holding.closable(intent.side)
    if not most:
        return Declined("no_action", "nothing_to_close", plain(holding.share))
    if content.quantity is None or intent.whole:
        return _closing(most, ZERO, part.instrument)
    lead, sized = part.lead, part.lead.sized
    follows = isinstance(lead.intent, Intent) and lead.intent.purpose is Purpose.EXIT
    if follows and isinstance(sized, Declined) and sized.verdict == "refused":
        return _follows_not(sized, lead.account)
    if follows and lead.held:
        closed = sized.quantity if isinstance(sized, Sized) else ZERO
        return _closing(most, _rest(part, most, closed, lead.held), part.instrument)
    of = whole_of(content)
    if content.quantity_unit is QuantityUnit.POSITION_PERCENT:
        of = HUNDRED  # of its own position, where the leader has none
    if of is None and content.quantity_unit not in (None, QuantityUnit.UNITS):
        return Declined("refused", "exit_unit", str(content.quantity_unit), "units")
    if of is not None:
        return _closing(most, _rest(part, most, content.quantity, of), part.instrument)
    asked = part.exact(content.quantity)
    return _closing(most, part.position(most - asked), part.instrument)


def whole_of(content: Signal) -> Decimal | None:
    """Return what the quantity of an exit is a part of, as the sender sees it; ``None``: unsaid."""
    size = content.prev_position_size
    units = content.quantity_unit in (None, QuantityUnit.UNITS)
    return abs(size) if size and units else None


def size_led_exit(
    content: Signal, instrument: Instrument, intent: Intent, holding: Holding
) -> Sized | Declined | None:
    """Say how much the leader closes when the sender says of how much; ``None``: as anybody."""
    of, most = whole_of(content), holding.closable(intent.side)
    if of is None or content.quantity is None or intent.whole or not most:
        return None
    part = min(content.quantity, of)
    return _closing(most, most - ratio(product(most, part), of), instrument)


def _rest(part: Part, most: Decimal, closed: Decimal, of: Decimal) -> Decimal:
    """Return what is left of an own position when ``closed`` of ``of`` are closed."""
    if closed >= of:
        return ZERO
    follows = part.lead.held and part.keeps_step(most)
    exact = part.exact(part.lead.held) if follows else most
    return min(most, part.position(ratio(product(exact, of - closed), of)))


def _closing(most: Decimal, rest: Decimal, instrument: Instrument) -> Sized | Declined:
    exact = most - rest
    sized = cut(exact, instrument, f"{shown(exact, PLACES)} of {plain(most)} to close")
    if isinstance(sized, Unsized):
        value, limit = shown(exact, PLACES), plain(least(instrument))
        return Declined("no_action", "copy_below_step", value, limit)
    return sized
