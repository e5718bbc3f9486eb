"""Whether positions are protected, by durable records and by the venues' own books.

Rules of this file
1. What protects a share is counted from the orders that the journal tells of and from the tickets
   of the venues; none of the bridge's own sums is asked.
2. What needs a message or two may be otherwise for ``ANSWERED_NS`` on a calm day. It is no calm day
   while its link is not ready, its process sleeps, something of that share is in doubt or was
   refused a moment ago: then the time begins anew.
3. What others did to a position excuses by just as much, see ``Checks``.

Length: all that is said of one share, by the journal and by the venue, is judged side by side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from adapters.simulated.rows import Ticket
from core import records as r
from core.doubt import IN_DOUBT
from core.ids import attached_id
from core.instruments import Instrument
from core.links import LinkState
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, OrderType, Purpose, Terms
from core.reports import Report
from core.setup import SECOND_NS
from core.state import State
from tests.simulation.auditor import Owner
from tests.simulation.crossings import Crossings
from tests.simulation.plan import INSTRUMENTS

if TYPE_CHECKING:
    from tests.simulation.world import World

ANSWERED_NS: Final = 15 * SECOND_NS
"""How long legs may differ from a share on a calm day: a lost answer is given up after ten
seconds, and a look-up follows."""

REFUSED_NS: Final = 70 * SECOND_NS
"""How long a refusal excuses: a close that was refused too often goes again after a minute."""

PROVEN_NS: Final = 90 * SECOND_NS
"""How long a replace without an answer excuses: look-ups prove within a minute that it failed."""

LATE_NS: Final = 2 * SECOND_NS
"""How long an order is on its way at most, if nothing went wrong with it."""

MOVED_NS: Final = 30 * SECOND_NS
"""How long a share that changed its owner excuses."""


@dataclass(slots=True)
class Plan:
    """A protection as the durable records tell it."""

    record: r.ProtectionSet
    stop: Decimal | None
    evens: int = 0
    failed: bool = False
    fired: bool = False
    """The bridge has called its stop."""


class Legs:
    """All checks of protection in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.plans: dict[Owner, Plan] = {}
        self.due: dict[Owner, str] = {}
        """Shares that an entry with a protection has filled, until one is in force."""
        self._attached: dict[str, str] = {}
        """By the name of the stop that a venue keeps: the entry it came with."""
        self._told: dict[tuple[str, str], Decimal] = {}
        """By ticket: what of it counts in ``_held``."""
        self._held: dict[Owner, Decimal] = defaultdict(Decimal)
        """What each strategy holds by the venue's own fills."""
        self._since: dict[tuple[str, Owner], int] = {}
        """By check and share: since when it is not as it should be."""
        self._refused_ns: dict[Owner, int] = {}
        self._moved_ns: dict[tuple[str, str], int] = {}
        self._asked: set[str] = set()
        """Orders whose end the bridge has asked for."""
        self._late: set[str] = set()
        """Orders that closed what was there when they left, and arrived much later."""
        self._judged_ns: dict[str, int] = {}
        self._free: dict[str, bool] = {}
        """By order that closes: whether nobody else held the same when it was judged."""
        self._crossings = Crossings(world)

    def bad(self, code: str, text: str) -> None:
        """Say what must not be."""
        if not self._world.went_back:
            self._world.violate(code, text)

    # --- what becomes durable ---------------------------------------------------------------------

    def read(self, record: r.Record) -> None:
        """Read a record that became durable."""
        match record:
            case r.ProtectionSet():
                owner = _owner(record)
                self.plans[owner] = Plan(record, record.stop)
                self.due.pop(owner, None)
                self._world.coverage["protection_set"] += 1
            case r.StopMoved():
                self._stop_moved(record)
            case r.LevelReached():
                self._world.coverage["level_reached"] += 1
                if record.leg == "stop" and _owner(record) in self.plans:
                    self.plans[_owner(record)].fired = True
            case r.LegsFailed():
                self._world.coverage["legs_failed"] += 1
                if _owner(record) in self.plans:
                    self.plans[_owner(record)].failed = True
            case r.ProtectionEnded():
                self.plans.pop(_owner(record), None)
            case r.OrderIntended():
                order = record.order
                self._judged(order)
                self._crossings.judged(order, order.terms)
                if order.attached_stop is not None:
                    self._attached[attached_id(order.order)] = order.order
                if order.attached_to:
                    self._world.coverage["attached_stop"] += 1
                elif order.purpose is Purpose.LEG:
                    self._world.coverage[f"leg_{order.order_type}"] += 1
            case r.OrderChanged():
                self._changed(record)
            case r.TurnSettled():
                self._world.coverage[f"turn_{record.outcome}"] += 1
            case r.ShareCut() | r.ExternalChanged() | r.PositionMoved():
                self._moved_ns[record.account, record.instrument] = self._world.timeline.now_ns
            case r.AlarmRaised(code="fill_after_cancel"):
                # What the venue called over was not: an exit that it let go cannot be called back.
                owner = self._world.auditor.orders[record.where].owner
                self._moved_ns[owner[:2]] = self._world.timeline.now_ns
            case r.AlarmRaised(code="protection_impossible"):
                self.due.clear()
            case _:
                pass

    def _judged(self, order: Order) -> None:
        where, shares = (order.account, order.instrument), self._world.auditor.shares
        self._judged_ns[order.order] = self._world.timeline.now_ns
        self._free[order.order] = not any(
            share
            for owner, share in shares.items()
            if owner[:2] == where and owner[2] != order.strategy
        )

    def _stop_moved(self, record: r.StopMoved) -> None:
        plan = self.plans.get(_owner(record))
        if plan is None:
            self.bad("stop_moved_for_nothing", f"{_owner(record)}: {record.stop}")
            return
        self._world.coverage[f"stop_moved_{record.cause}"] += 1
        if plan.stop is not None and plan.record.side.sign * (record.stop - plan.stop) < ZERO:
            self.bad("stop_went_back", f"{_owner(record)}: {plan.stop} to {record.stop}")
        plan.stop = record.stop
        plan.evens += record.cause == "break_even"
        if plan.evens > 1:
            self.bad("break_even_twice", f"{_owner(record)}")

    def _changed(self, record: r.OrderChanged) -> None:
        known = self._world.auditor.orders.get(record.order)
        if known is None:
            return
        order, owner = known.order, known.owner
        if record.event in (OrderEvent.RELEASED, OrderEvent.REPLACE_ASKED):
            self._judged(order)
        if record.event is OrderEvent.REPLACE_ASKED and record.quantity is not None:
            asked = Terms(quantity=record.quantity, price=record.price, trigger=record.trigger)
            self._crossings.judged(order, asked)
        if record.event is OrderEvent.CANCEL_ASKED:
            self._asked.add(record.order)
        lost = record.to is OrderState.CANCELLED and record.order not in self._asked
        ended = lost or record.to in (OrderState.REJECTED, OrderState.EXPIRED)
        if order.reduce_only and ended:
            self._refused_ns[owner] = self._world.timeline.now_ns
        if record.event is OrderEvent.REPLACE_REJECTED:
            self._refused_ns[owner] = self._world.timeline.now_ns
        if record.event is not OrderEvent.FILL:
            return
        if order.attached_to:  # what left before this was heard was judged without it
            self._moved_ns[owner[:2]] = self._world.timeline.now_ns
        share = self._world.auditor.shares[owner]
        plan = self.plans.get(owner)
        if plan is not None and share * plan.record.side.sign > ZERO and not order.reduce_only:
            plan.fired = False  # a share that grows begins anew with its stop
        lacks = plan is None or plan.record.side is not order.side
        if order.protection is not None and share * order.side.sign > ZERO and lacks:
            self.due[owner] = order.order

    # --- what the venue does ----------------------------------------------------------------------

    def _owner_of(self, name: str) -> tuple[Owner, Order] | None:
        """Return whose an order at the venue is, and the order; of an attached stop its entry's."""
        orders = self._world.auditor.orders
        known = orders.get(name) or orders.get(self._attached.get(name, ""))
        return (known.owner, known.order) if known is not None else None

    def is_attached(self, ticket: Ticket) -> bool:
        """Say whether a ticket is a stop that the venue keeps for an entry. One that came and went
        unseen, and filled nothing, is nobody's loss."""
        return ticket.order in self._attached

    def is_resting(self, ticket: Ticket) -> bool:
        """Say whether a ticket is a protective leg that waits for a price."""
        if self.is_attached(ticket):
            return True
        known = self._world.auditor.orders.get(ticket.order)
        return known is not None and known.order.rests

    def told(self, account: str, report: Report) -> None:
        """The venue tells of an order: count what it filled; what closes opens nothing."""
        found = self._owner_of(report.order)
        if found is None or report.event not in (OrderEvent.FILL, OrderEvent.BUST):
            return
        owner, _ = found
        for ticket in self._world.accounts[account].exchange.by_order.get(report.order, ()):
            kept = sum((deal.quantity - deal.base for deal in ticket.deals), ZERO)
            key, held = (account, ticket.venue_order), self.held(owner)
            self._held[owner] += ticket.side.sign * (kept - self._told.get(key, ZERO))
            self._told[key] = kept
            against = not self._closes(ticket) and held * ticket.side.sign < ZERO
            if self.is_attached(ticket) or against:
                # A far stop that the venue keeps stands beside all the others: in a gap through
                # both, and after an own entry on the same side, an exit finds less than it was for.
                self._moved_ns[owner[:2]] = self._world.timeline.now_ns
            elif report.event is OrderEvent.FILL and self._closes(ticket):
                self._opens_nothing(owner, ticket)

    def _closes(self, ticket: Ticket) -> bool:
        known = self._world.auditor.orders.get(ticket.order)
        return ticket.order in self._attached or (known is not None and known.order.reduce_only)

    def held(self, owner: Owner) -> Decimal:
        """Return what a strategy holds at its venue, with what was given to it or taken."""
        return self._held[owner] + self._world.auditor.moved[owner]

    def is_excused(self, owner: Owner) -> bool:
        """Say whether others did something to the position, or it changed its owner just now."""
        where = owner[:2]
        exchange = self._world.accounts[owner[0]].exchange
        moved_ns = self._moved_ns.get(where)
        now_ns = self._world.timeline.now_ns
        return bool(
            self._world.went_back
            or self._is_unheard(owner)
            or self._world.checks.excused.get(where)
            or exchange.surplus.get(owner[1])
            or (moved_ns is not None and now_ns - moved_ns < MOVED_NS)
        )

    def _is_unheard(self, owner: Owner) -> bool:
        """Say whether an order is over for the journal that filled more than it knows: the report
        of its end came first, or alone."""
        exchange, orders = self._world.accounts[owner[0]].exchange, self._world.auditor.orders
        over = any(
            ticket.filled > known.filled
            for known in orders.values()
            if known.owner == owner and known.state not in ALIVE
            for ticket in exchange.by_order.get(known.order.order, ())
        )
        return over or any(  # a far stop that came and went before anybody saw it
            ticket.filled
            for stop, entry in self._attached.items()
            if stop not in orders and entry in orders and orders[entry].owner == owner
            for ticket in exchange.by_order.get(stop, ())
        )

    def _opens_nothing(self, owner: Owner, ticket: Ticket) -> None:
        held = self.held(owner)
        late = ticket.order in self._late or self._crossings.has(ticket)
        if held * ticket.side.sign > ZERO and not (late or self.is_excused(owner)):
            self.bad("exit_opened", f"{ticket.order} of {owner}: holds {held} now")

    def placed(self, account: str, ticket: Ticket) -> None:
        """An order that closes is in the book, or larger now: what works closes no more than its
        strategy holds, unless the venue sees to it and nobody else is there."""
        self._crossings.arrives(account, ticket)
        found = self._owner_of(ticket.order)
        if found is None or ticket.order in self._attached or not self._closes(ticket):
            return
        owner, order = found
        if self._world.timeline.now_ns - self._judged_ns.get(order.order, 0) > LATE_NS:
            self._late.add(order.order)  # what is on its way for so long cannot be called back
        if self._is_alone(owner, ticket) or self.is_excused(owner) or order.order in self._late:
            return
        exchange = self._world.accounts[account].exchange
        total, groups = ZERO, dict[str, list[Decimal]]()
        for one in exchange.working():
            known = self._world.auditor.orders.get(one.order)
            if known is None or known.owner != owner or one.side is not ticket.side:
                continue
            if not known.order.reduce_only or self.is_attached(one):
                continue
            if self._crossings.has(one):
                return
            if not one.group:
                total += one.left
                continue
            group = groups.setdefault(one.group, [ZERO, ZERO])
            group[one.order_type is OrderType.STOP] += one.left
        total += sum((max(group) for group in groups.values()), ZERO)
        held = max(ZERO, -ticket.side.sign * self.held(owner))
        if total > held:
            self.bad("closes_beyond_share", f"{ticket.order} of {owner}: {total} of {held}")

    def resized(self, account: str, ticket: Ticket, before: Decimal) -> None:
        """An order has new terms; ``before``: its quantity until now."""
        if ticket.quantity > before:
            self.placed(account, ticket)
        else:
            self._crossings.arrives(account, ticket)

    def _is_alone(self, owner: Owner, ticket: Ticket) -> bool:
        """Say whether the venue keeps what closes from opening, and held nothing of others when it
        was judged."""
        exchange = self._world.accounts[owner[0]].exchange
        alone = exchange.net(owner[1]) == self.held(owner)
        return ticket.reduce_only and (alone or self._free.get(ticket.order, False))

    # --- with each quote --------------------------------------------------------------------------

    def observe(self) -> None:
        """Look whether what protects is what it should be, and for how long it is not."""
        world = self._world
        process = world.current
        runtime = process.runtime if process is not None else None
        ready = process is not None and runtime is not None and process.serves and process.awake
        if not ready or runtime is None or world.went_back or not runtime.writer.durable:
            self._since.clear()
            return
        state = runtime.writer.state
        for owner, plan in self.plans.items():
            held = world.auditor.shares[owner]
            calm = held * plan.record.side.sign > ZERO and self._is_calm(state, owner)
            self._last("legs_differ", owner, self.differs(owner) if calm else "")
            self._last("stop_ignored", owner, self._ignored(owner, plan) if calm else "")
        for owner in self.due:
            calm = world.auditor.shares[owner] != ZERO and self._is_calm(state, owner)
            self._last("unprotected", owner, "holds a share" if calm else "")

    def _last(self, code: str, owner: Owner, text: str) -> None:
        key, now_ns = (code, owner), self._world.timeline.now_ns
        if not text:
            self._since.pop(key, None)
        elif now_ns - self._since.setdefault(key, now_ns) > ANSWERED_NS:
            self.bad(code, f"{owner}: {text}")

    def _is_calm(self, state: State, owner: Owner) -> bool:
        account, instrument, _ = owner
        side, row = self._world.accounts[account], state.accounts.get(account)
        weather = self._world.keeper.weather
        now_ns = self._world.timeline.now_ns
        refused_ns = self._refused_ns.get(owner)
        if row is None or not row.recovered or row.link is not LinkState.READY:
            return False
        if weather.faults or now_ns < max(weather.down_until_ns, weather.slow_until_ns):
            return False
        if side.wire.weather.silent or not side.wire.sessions or instrument in side.exchange.halted:
            return False
        if refused_ns is not None and now_ns - refused_ns < REFUSED_NS:
            return False
        if self.held(owner) != self._world.auditor.shares[owner]:
            return False  # it has not heard of a fill
        if state.flattens or account in {row.account for row in state.mismatches.values()}:
            return False
        return not any(
            known.state in IN_DOUBT
            or known.state is OrderState.HELD
            or self._awaits_terms(state, name)
            for name, known in self._world.auditor.alive[owner].items()
        )

    def _awaits_terms(self, state: State, name: str) -> bool:
        """Say whether the answer to a replace was lost: look-ups prove it within a minute."""
        order = state.orders.get(name)
        asked_ns = order.asked_ns if order is not None and order.pending_replace else 0
        return bool(asked_ns) and self._world.utc_ns() - asked_ns < PROVEN_NS

    def differs(self, owner: Owner) -> str:
        """Say in what the legs at the venue differ from a share; nothing when they do not."""
        plan = self.plans.get(owner)
        rules = self._world.plan.rules[owner[0]]
        if plan is None or plan.stop is None or not rules.stops or plan.failed or plan.fired:
            return ""
        share = abs(self._world.auditor.shares[owner])
        wanted = _cut(INSTRUMENTS[owner[1]], share)
        stops, others = ZERO, ZERO
        for known in self._world.auditor.alive[owner].values():
            order = known.order
            if order.side is plan.record.side or not order.reduce_only or order.attached_to:
                continue
            if not order.rests:
                others += known.leaves
            elif order.leg == "stop":
                stops += known.leaves
        if stops + others < wanted or stops > wanted:
            return f"stops {stops}, exits {others}, share {share}"
        return ""

    def _ignored(self, owner: Owner, plan: Plan) -> str:
        """Say whether the price is beyond a stop and nothing closes the share."""
        stop, side = plan.stop, plan.record.side
        if stop is None:
            return ""
        price, tick = self._world.prices[owner[1]], INSTRUMENTS[owner[1]].tick
        if side.sign * (price - side.sign * tick - stop) > ZERO:
            return ""
        closing = [
            known
            for known in self._world.auditor.alive[owner].values()
            if known.order.reduce_only and not known.order.rests and known.order.side is not side
        ]
        return "" if closing else f"{price} is beyond {stop}"

    # --- the end ----------------------------------------------------------------------------------

    def disagreements(self) -> list[tuple[str, str]]:
        """The faults are over: say which legs outlive their position, or do not cover it."""
        found: list[tuple[str, str]] = []
        for name, account in self._world.accounts.items():
            for ticket in account.exchange.working():
                owned = self._owner_of(ticket.order)
                if owned is None or not self._closes(ticket):
                    continue
                share = self._world.auditor.shares[owned[0]]
                if share * ticket.side.sign >= ZERO:
                    text = f"{ticket.order} at {name} closes {share} of {owned[0]}"
                    found.append(("leg_outlives", text))
        for owner, plan in self.plans.items():
            if self._world.auditor.shares[owner[0], owner[1], ""]:
                continue  # what strangers hold against a share counts as closed by them
            if self._world.auditor.shares[owner] * plan.record.side.sign > ZERO:
                differs = self.differs(owner)
                if differs:
                    found.append(("legs_differ", f"{owner}: {differs}"))
            else:
                found.append(("plan_outlives", f"{owner}"))
        return found


def _owner(
    record: r.ProtectionSet | r.StopMoved | r.LevelReached | r.LegsFailed | r.ProtectionEnded,
) -> Owner:
    return record.account, record.instrument, record.strategy


def _cut(instrument: Instrument, quantity: Decimal) -> Decimal:
    cut = quantity // instrument.lot_step * instrument.lot_step
    return cut if cut >= instrument.quantity_min else ZERO
