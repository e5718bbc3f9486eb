"""What must hold in a simulated world, whatever happens in it.

Rules of this file
1. The exchange's books are the truth of the world, the auditor's records the truth of the journal.
2. What a venue does wrong by itself (filled too much, took a trade back, placed late what was given
   up with good reason) widens the bounds by just that much.
3. A check never changes anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.simulated.rows import Ticket
from bridge.tenure import SEND_WINDOW_NS
from core import records as r
from core.answers import Answer, Busy, SignalAnswer
from core.commands import ReceiveSignal
from core.doubt import IN_DOUBT
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, Purpose, Side
from core.reports import Report
from core.setup import SECOND_NS
from core.signals import Action, Signal
from core.state import FLAT, State
from tests.simulation.auditor import OF_CONTROLS, Known
from tests.simulation.plan import ORDERS_MAX, POSITION_MAX, QUANTITY_MAX

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

TAKEN_WITHIN_NS = 3 * SECOND_NS
"""How long what was told may wait until it is in the journal while the store is well: one append
that fails goes into the emergency file and is paid a probe later."""

TAKEN = ("admitted", "held", "duplicate")


class Checks:
    """All checks of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lied: dict[tuple[str, str], bool] = {}
        """Whether the newest absence that a venue showed was not true."""
        self.excused: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """By account and instrument: what the venue did by itself to the position."""
        self.excused_orders: Counter[str] = Counter()
        self._told_ns: dict[tuple[int, str, str], int] = {}
        self.strays: set[str] = set()
        """Exits that left a process which did not know yet that it is no writer any more: nobody
        keeps an exit waiting for the store, and whoever is the writer cannot know of it."""
        self.asked_ns: dict[str, int] = {}
        """When the venue was asked for an order last."""
        self.forgotten: set[str] = set()
        """Orders of which a store that went back knows less than was once durable."""
        self.done = 0

    def bad(self, code: str, text: str) -> None:
        """Say what must not be."""
        self._world.violate(code, text)

    # --- what leaves the bridge -------------------------------------------------------------------

    def leaves(self, process: Process, order: Order) -> None:
        """An order leaves: it is durable, nothing halts it, and its process is still the writer."""
        self.done += 1
        world = self._world
        known = world.auditor.orders.get(order.order)
        if known is None:
            self.bad("sent_unjournaled", f"{order.order} left before its record was durable")
            return
        if order.reduce_only:
            if not process.writes:
                self.strays.add(order.order)
            return
        scope = world.auditor.halted(order)
        runtime = process.runtime
        epoch = runtime.opened.state.facts.epoch if runtime is not None else 0
        successor = world.keeper.disk.epoch != epoch
        late_ns = world.timeline.now_ns - world.keeper.epoch_since_ns
        if successor and late_ns > SEND_WINDOW_NS:
            self.bad("sent_by_old_writer", f"{order.order} {late_ns // 10**6} ms after its fence")
        if scope and not (successor and late_ns <= SEND_WINDOW_NS):
            self.bad("sent_while_halted", f"{order.order}: {scope} is halted")

    def shown_nothing(self, account: str, order: str) -> None:
        """Note whether an absence that a venue showed was true."""
        exchange = self._world.accounts[account].exchange
        self.lied[account, order] = bool(exchange.by_order.get(order))

    # --- what reaches the venue -------------------------------------------------------------------

    def placed(self, account: str, ticket: Ticket) -> None:
        """An order is in the venue's book: it is the only one of its id, and within all limits."""
        self.done += 1
        if not ticket.order:
            return
        exchange = self._world.accounts[account].exchange
        if len(exchange.by_order[ticket.order]) > 1:
            self.bad("placed_twice", f"{ticket.order} at {account}")
        known = self._world.auditor.orders.get(ticket.order)
        if known is None:
            return  # said when it left
        if known.state is OrderState.NOT_PLACED:
            # Given up with good reason, and its request arrived after all.
            self.excused[account, ticket.instrument] += ticket.quantity
            self.excused_orders[account] += 1
        elif known.state not in ALIVE and ticket.order not in self.strays:
            self.bad("placed_after_its_end", f"{ticket.order} was {known.state}")
        closes = known.order.purpose in (Purpose.FLATTEN, Purpose.EXIT)
        given_up = known.state is OrderState.NOT_PLACED and closes
        if not given_up:  # what closes goes on with what is left, and ends what turns up after all
            self._one_of_intent(account, known)
        held = self._world.legs.held(known.owner)
        # What filled right before its end, and was told after it, nobody knew when it was released.
        waits = known.order.clear_first and not known.cleared
        against = waits and held * ticket.side.sign < ZERO
        if against and not self._world.legs.is_excused(known.owner):
            self.bad("entered_before_flat", f"{ticket.order} while {held} is held")
        if not known.order.reduce_only:
            self._within_limits(account, ticket, known)

    def _one_of_intent(self, account: str, known: Known) -> None:
        exchange = self._world.accounts[account].exchange
        same = [
            ticket
            for other in self._world.auditor.orders.values()
            if other.intent == known.intent
            for ticket in exchange.by_order.get(other.order.order, ())
            if ticket.works
        ]
        if len(same) > 1:
            self.bad("intent_placed_twice", f"{known.intent}: {[one.order for one in same]}")

    def _within_limits(self, account: str, ticket: Ticket, known: Known) -> None:
        exchange = self._world.accounts[account].exchange
        # Of an order through flat only what opens is an entry; what closes is asked for as an exit.
        if ticket.quantity - known.order.turns > QUANTITY_MAX:
            self.bad("quantity_breached", f"{ticket.quantity} of {ticket.order}")
        name = ticket.instrument
        # Legs that wait close what is there: they are no exposure beside it.
        legs = self._world.legs
        working = [one for one in exchange.working() if one.order and not legs.is_resting(one)]
        buys = sum((t.left for t in working if t.instrument == name and t.side is Side.BUY), ZERO)
        sells = sum((t.left for t in working if t.instrument == name and t.side is Side.SELL), ZERO)
        net = exchange.net(name) - ticket.side.sign * ticket.filled
        worst = net + buys if ticket.side is Side.BUY else sells - net
        slack = self.excused[account, name] + exchange.surplus.get(name, ZERO)
        slack += self._exits_since(account, ticket, known) + self._unheard(account, ticket)
        if worst > POSITION_MAX + slack:
            self.bad("position_breached", f"{worst} of {name} at {account} by {ticket.order}")
        entries = [one for one in working if not self._is_exit(one)]
        if len(entries) > ORDERS_MAX + self.excused_orders[account]:
            self.bad("orders_breached", f"{len(working)} orders at {account} by {ticket.order}")

    def _exits_since(self, account: str, ticket: Ticket, entry: Known) -> Decimal:
        """Return what exits on the same side have brought since an entry was judged.

        Where strategies oppose each other an exit can move the account away from nothing. None may
        be refused, so those that come after an entry come on top of it, and may arrive before it.
        """
        exchange = self._world.accounts[account].exchange
        return sum(
            (
                one.filled + one.left
                for known in self._world.auditor.orders.values()
                if known.since > entry.judged and known.order.reduce_only
                for one in exchange.by_order.get(known.order.order, ())
                if one.instrument == ticket.instrument and one.side is ticket.side
            ),
            ZERO,
        )

    def _unheard(self, account: str, ticket: Ticket) -> Decimal:
        """Return what was filled of orders on the same side whose end was told before: a report may
        be on its way, or was told to nobody and is not in the pictures of a venue that lags."""
        exchange = self._world.accounts[account].exchange
        return sum(
            (
                max(ZERO, one.filled - known.filled)
                for known in self._world.auditor.orders.values()
                if known.state in (OrderState.CANCELLED, OrderState.EXPIRED)
                for one in exchange.by_order.get(known.order.order, ())
                if one.instrument == ticket.instrument and one.side is ticket.side
            ),
            ZERO,
        )

    def _is_exit(self, ticket: Ticket) -> bool:
        known = self._world.auditor.orders.get(ticket.order)
        return known is not None and known.order.reduce_only

    # --- what becomes durable ---------------------------------------------------------------------

    def over(self, known: Known, record: r.OrderChanged) -> None:
        """The journal says that an order is over: so says the venue, or it was never there."""
        self.done += 1
        name, account = known.order.order, known.order.account
        if name in self.forgotten:
            return  # by the older journal it never left: the account is halted until a person looks
        tickets = self._world.accounts[account].exchange.by_order.get(name, [])
        if record.to is OrderState.NOT_PLACED:
            if self.lied.get((account, name)):
                self.bad("not_placed_by_a_lie", f"{name} is at {account}, unseen")
            return
        works = [ticket for ticket in tickets if ticket.works]
        if works and not self._was_taken_back(known, record, works):
            self.bad("over_but_works", f"{name} {record.to} ({record.reason}) works at {account}")
        wrong = record.to in (OrderState.REJECTED, OrderState.EXPIRED)
        ended = {OrderState.REJECTED: OrderEvent.REJECTED, OrderState.EXPIRED: OrderEvent.EXPIRED}
        if wrong and any(one.ended is not ended[record.to] for one in tickets) and not works:
            self.bad("over_but_was_there", f"{name} {record.to} ({record.reason}) at {account}")

    @staticmethod
    def _was_taken_back(known: Known, record: r.OrderChanged, works: list[Ticket]) -> bool:
        """Say whether an order is filled by trades of which the venue took some back, and nobody
        has heard of that yet: a picture shows it, and the order is alive again."""
        back = {deal.exec_id for one in works for deal in one.deals if not deal.quantity}
        counted = sum((known.fills.get(exec_id, ZERO) for exec_id in back), ZERO)
        enough = known.filled >= known.order.quantity
        return record.to is OrderState.FILLED and enough and counted > ZERO

    def filled(self, known: Known, record: r.OrderChanged) -> None:
        """A fill is in the journal: the venue has it too, unless it is marked as concluded."""
        name, account = known.order.order, known.order.account
        tickets = self._world.accounts[account].exchange.by_order.get(name, [])
        told = {deal.exec_id for ticket in tickets for deal in ticket.deals}
        if not record.inferred and record.exec_id not in told:
            self.bad("fill_invented", f"{record.exec_id} of {name}")
        if not self._in_time(account, record.exec_id):
            self.bad("fill_dropped", f"{record.exec_id} of {name} was told long before")

    def told(self, process: Process, report: Report) -> None:
        """Note a fill that a process was told."""
        key = (process.number, report.account, report.exec_id)
        self._told_ns.setdefault(key, self._world.timeline.now_ns)

    def _in_time(self, account: str, exec_id: str) -> bool:
        """Say whether a fill is in the journal as soon as its process was told of it."""
        world, process = self._world, self._world.writer
        if process is None:
            return True
        told_ns = self._told_ns.get((process.number, account, exec_id))
        weather = world.keeper.weather
        bad_ns = max(weather.down_until_ns, weather.slow_until_ns, process.loop.asleep_until_ns)
        if told_ns is None or told_ns <= bad_ns:
            return True  # it waited for its commit
        return world.timeline.now_ns - told_ns <= TAKEN_WITHIN_NS

    def recovered(self, account: str) -> None:
        """An account counts as recovered: its process has asked for whatever was left in doubt."""
        process = self._world.writer
        if process is None or process.runtime is None:
            return
        sends = process.runtime.dispatch.sends
        for name, known in self._world.auditor.orders.items():
            # By its place in the journal: a clock that was set back makes a young order look old.
            old = known.since < self._world.auditor.began
            mine = known.order.account == account
            if not mine or known.state not in IN_DOUBT or not old or sends(name):
                continue
            if self.asked_ns.get(name, -1) < process.born_ns:
                self.bad("recovered_too_soon", f"{name} {known.state} was not asked for")

    # --- what a sender is told --------------------------------------------------------------------

    def answered(self, process: Process, command: ReceiveSignal, answer: Answer) -> None:
        """A message is answered: what was said is durable, and no control met an exit."""
        self.done += 1
        content = command.content
        if not isinstance(content, Signal):
            return
        key = (command.route, f"id:{content.id}")
        if self._world.auditor.keys.get(key, command.body_hash) != command.body_hash:
            return  # another message was taken in under its id: this one is none, whatever it wants
        if isinstance(answer, SignalAnswer):
            written = self._world.auditor.keys.keys()
            if not process.writes:
                # It stands in the file of a machine whose process will be told; it is paid there.
                written = written | self._world.auditor.beside
            if answer.verdict in TAKEN and key not in written:
                self.bad("answered_undurable", f"{answer.verdict} of {key}")
            codes = {answer.code, *(verdict.code for verdict in answer.accounts)}
            met = codes & OF_CONTROLS if answer.verdict == "refused" else set[str]()
            if content.action is Action.EXIT and met:
                self.bad("exit_refused", f"{key}: {sorted(met)}")
        elif isinstance(answer, Busy) and content.action is Action.EXIT:
            runtime = process.runtime
            if runtime is not None and not runtime.writer.ended and process.alive:
                self.bad("exit_sent_away", f"{key}: {answer.code}")

    # --- the working state ------------------------------------------------------------------------

    def state(self, state: State, *, durable: bool) -> None:
        """Quantities agree with fills, and the sums with their parts."""
        self.done += 1
        sums: dict[str, Decimal] = defaultdict(Decimal)
        held: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for fill in state.fills.values():
            sums[fill.order] += fill.quantity
            held[fill.account, fill.instrument, fill.strategy] += fill.side.sign * fill.quantity
        for order in state.orders.values():
            if order.filled != sums[order.order]:
                self.bad("fills_disagree", f"{order.order}: {order.filled}, {sums[order.order]}")
            known = self._world.auditor.orders.get(order.order)
            if known is not None and durable and known.filled != order.filled:
                self.bad("journal_disagrees", f"{order.order}: {order.filled}, {known.filled}")
        nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for key, position in state.positions.items():
            moved = self._world.auditor.moved[key]
            if durable and position.quantity != held[key] + moved:
                told = f"{position.quantity}, {held[key]} and {moved}"
                self.bad("position_disagrees", f"{key}: {told}")
            nets[key[0], key[1]] += position.quantity
        for key, exposure in state.exposures.items():
            if exposure.net != nets[key]:
                self.bad("exposure_disagrees", f"{key}: {exposure.net}, {nets[key]}")

    # --- the end ----------------------------------------------------------------------------------

    def disagreements(self, state: State) -> list[tuple[str, str]]:
        """The faults are over: say in what bridge and venues do not tell the same."""
        found: list[tuple[str, str]] = self._world.legs.disagreements()
        for order in state.orders.values():
            exchange = self._world.accounts[order.account].exchange
            tickets = exchange.by_order.get(order.order, [])
            found.extend(self._differs(order, tickets[0] if tickets else None))
        for name, account in self._world.accounts.items():
            found.extend(
                ("orphan", f"{ticket.order} at {name}")
                for ticket in account.exchange.tickets
                if ticket.order and ticket.order not in state.orders
                if ticket.works or ticket.filled or not self._world.legs.is_attached(ticket)
            )
            for instrument in account.exchange.instruments:
                ours = state.exposures.get((name, instrument), FLAT).net
                theirs = account.exchange.net(instrument)
                if ours != theirs:
                    text = f"{instrument} at {name}: {ours}, {theirs}"
                    found.append(("positions_differ", text))
        return found

    def _differs(self, order: Order, ticket: Ticket | None) -> Iterator[tuple[str, str]]:
        told = f"{order.order} {order.state} at {order.account}"
        if ticket is None:
            if order.state in ALIVE:
                yield "never_settled", f"{told}: never there"
            return
        lists = self._world.plan.rules[order.account].lists_fills
        taken_back = any(len(deal.told) > 1 for deal in ticket.deals)
        # A trade that was taken back shows nowhere where no fills are listed, but in the position.
        if order.filled != ticket.filled and (lists or not taken_back):
            yield "filled_differs", f"{told}: {order.filled}, {ticket.filled}"
        if ticket.works != (order.state in (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)):
            works = "works" if ticket.works else f"is {ticket.ended}"
            yield "never_agreed", f"{told} {works}"
