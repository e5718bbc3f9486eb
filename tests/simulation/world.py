"""The simulated world: machine, store, venues and processes, in one thread of virtual time.

Length: everything that the parts of one world share stands here once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from random import Random
from typing import Final

from adapters.port import VenueEvent
from adapters.simulated.exchange import Exchange
from adapters.simulated.pictures import mark_of
from adapters.simulated.rows import Ticket
from adapters.simulated.wire import Weather, Wire
from bridge.exits import Exit
from bridge.rehearsal.machine import Machine
from bridge.rehearsal.timeline import Timeline
from core.commands import AcceptReconciliation, Resolution, ResolveOrder
from core.doubt import IN_DOUBT
from core.money import floor_to
from core.orders import Order, OrderState
from core.records import Record
from core.reports import Quote, Report
from core.setup import SECOND_NS
from tests.simulation.auditor import PERSON, Auditor
from tests.simulation.checks import Checks
from tests.simulation.legs import Legs
from tests.simulation.money import Copies, Losses
from tests.simulation.plan import BEGINS_NS, INSTRUMENTS, Plan, config_of
from tests.simulation.process import Process
from tests.simulation.store import Keeper

D = Decimal
MS: Final = 1_000_000

QUOTES_EVERY_NS: Final = SECOND_NS
MACHINES: Final = 2

DRIFTING: Final = 0.15
"""Share of the machines whose clock drifts."""


MARKS_EVERY: Final = 4
"""A mark with every so many quotes."""

STORY_MAX: Final = 60
"""Events of a story that are kept for a failing seed."""


Step = Callable[[], object]

Choice = tuple[str, str, Step, float]
"""A step: its name, the fault that it belongs to, what it does, and its weight."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What must not be, and was."""

    code: str
    text: str
    step: int
    at_ns: int


@dataclass(slots=True)
class VenueSide:
    """One account at its venue: the books and the way to them. ``ahead_ns``: of its clock."""

    exchange: Exchange
    wire: Wire
    ahead_ns: int = 0


class World:
    """Everything of one seed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.timeline = Timeline()
        self.machines = [Machine(self.timeline, begins_ns=BEGINS_NS) for _ in range(MACHINES)]
        """Where processes run: a second one takes over from another machine."""
        self.keeper = Keeper(self.timeline.now, plan.random("store"))
        self.keeper.weather.outlives = plan.random("server").random() < 0.5
        self.violations: list[Violation] = []
        self.story: deque[str] = deque(maxlen=STORY_MAX)
        self.coverage: Counter[str] = Counter()
        self.step = 0
        self.accounts: dict[str, VenueSide] = {}
        self.processes: list[Process] = []
        """Those that are not dead, oldest first."""
        self.begun = 0
        self.home = 0
        """The machine on which the newest process was started."""
        self.went_back = False
        """The store lost what it had promised: what it forgot is not held against the bridge."""
        self._count = 0
        self.must_raise = ""
        """Why the next process has to start raised."""
        self.config = config_of(plan.setup)
        self.random = plan.random("market")
        self.prices = {"BTC": D(1000), "ETH": D(100)}
        self.checks = Checks(self)
        self.legs = Legs(self)
        self.auditor = Auditor(
            self.keeper.disk,
            bad=self.violate,
            over=self.checks.over,
            recovered=self.checks.recovered,
            filled=self.checks.filled,
            now=self.timeline.now,
        )
        self.losses, self.copies = Losses(self), Copies(self)
        self.auditor.watch = self._read
        self.keeper.noted = self.auditor.read
        for number, machine in enumerate(self.machines):
            machine.pace = self.keeper.pace
            machine.folder.noted = partial(self._read_emergency, number)
        for account in plan.setup.accounts:
            self.accounts[account] = self._venue(account)
        self._let_drift(plan.random("drift"))
        self._move_market()
        self.begin()

    def _read(self, record: Record) -> None:
        for checks in (self.legs, self.losses, self.copies):
            checks.read(record)

    # --- what there is ----------------------------------------------------------------------------

    def _let_drift(self, chance: Random) -> None:
        """Let the clock of a machine be too fast or too slow, in some worlds."""
        for machine in self.machines:
            if chance.random() < DRIFTING:
                machine.drift_ppm = chance.choice((-5_000, -500, -50, 50, 500, 5_000))
                self.coverage["clock_drift"] += 1

    def _venue(self, account: str) -> VenueSide:
        rules = self.plan.rules[account]
        wire = Wire(self.timeline, self.utc_ns, self.plan.random(f"wire {account}"))
        exchange = Exchange(
            account,
            INSTRUMENTS,
            rules,
            clock=lambda: self.utc_ns() + self.accounts[account].ahead_ns,
            random=self.plan.random(f"exchange {account}"),
        )
        wire.doubles = rules.ids == "for_ever"

        def tell(report: Report) -> None:
            self.legs.told(account, report)
            wire.tell(report)

        def placed(ticket: Ticket) -> None:
            self.checks.placed(account, ticket)
            self.legs.placed(account, ticket)

        exchange.tell, exchange.placed = tell, placed
        exchange.replaced = lambda *resized: self.legs.resized(account, *resized)
        if rules.heartbeat_ms:
            self._beat(account, rules.heartbeat_ms * MS)
        if "race" in self.plan.faults:
            exchange.races = 0.5
        for name, chance in self.plan.chances[account].items():
            setattr(wire.weather, name, chance)
        return VenueSide(exchange, wire)

    def _beat(self, account: str, every_ns: int) -> None:
        def beat() -> None:
            for process in self.processes:
                for venue in process.venues:
                    if venue.account == account:
                        venue.beat()
            self.timeline.after(every_ns, beat)

        self.timeline.after(every_ns, beat)

    def _move_market(self) -> None:
        """Let the prices walk, for as long as the world stands."""
        self._count += 1
        for name, price in self.prices.items():
            move = D(self.random.randint(-20, 20)) / 10 * price / 1000
            self.set_price(name, floor_to(max(price + move, price / 2), INSTRUMENTS[name].tick))
        self.losses.look()
        self.legs.observe()
        if self._count % MARKS_EVERY == 0:
            for account in self.accounts.values():
                account.wire.tell(mark_of(account.exchange))
        self.timeline.after(QUOTES_EVERY_NS, self._move_market)

    def set_price(self, name: str, price: Decimal) -> None:
        """Put the market of an instrument somewhere."""
        self.prices[name] = price
        half = INSTRUMENTS[name].tick
        for account in self.accounts.values():
            quote = Quote(
                instrument=name,
                bid=price - half,
                ask=price + half,
                last=price,
                at_ns=account.exchange.now(),
            )
            account.exchange.take_quote(quote)
            self.announce(account, quote)

    @staticmethod
    def announce(account: VenueSide, event: VenueEvent) -> None:
        """Tell everybody who listens, at once: quotes have no fate of their own."""
        wire = account.wire
        if not wire.weather.silent:
            for session in wire.sessions:
                session.door.call_soon(session.sink, event)

    def utc_ns(self) -> int:
        """Return the true time."""
        return BEGINS_NS + self.timeline.now_ns

    @staticmethod
    def utc_of(at_ns: int) -> int:
        """Return the true time at a moment of the timeline."""
        return BEGINS_NS + at_ns

    def _read_emergency(self, number: int) -> None:
        writers = [one for one in self.processes if one.machine == number and one.writes]
        folder = self.machines[number].folder
        self.auditor.read_emergency(number, folder, counts=bool(writers))

    # --- processes --------------------------------------------------------------------------------

    @property
    def current(self) -> Process | None:
        """Return the newest process if it lives: it is the one that senders and people reach."""
        newest = self.processes[-1] if self.processes else None
        return newest if newest and newest.alive and newest.number == self.begun else None

    @property
    def writer(self) -> Process | None:
        """Return the process that is the journal's writer, if it takes messages."""
        for process in self.processes:
            if process.serves and process.writes:
                return process
        return None

    @property
    def replaced(self) -> bool:
        """Say whether a process lives that was replaced, or may be in a moment.

        What one machine writes down while the store is away is not known on another: whoever takes
        over looks at that first, so the store is well meanwhile.
        """
        old = any(process.store.epoch and not process.writes for process in self.processes)
        return old or len(self.processes) > 1

    @property
    def keeper_agrees(self) -> bool:
        """Say whether all that is decided is durable, in the journal itself."""
        owing = any(machine.folder.emergency for machine in self.machines)
        return not owing and not self.went_back

    def begin(self, *, elsewhere: bool = False) -> Process:
        """Start a process, on the machine of the one before or on another one."""
        self.begun += 1
        if elsewhere:
            self.home = (self.home + 1) % MACHINES
        process = Process(self, self.begun, self.config, machine=self.home)
        self.processes.append(process)
        return process

    def note_end(self, process: Process) -> None:
        """A process is dead: its supervisor starts another one, if there is none."""
        self.tell(f"process {process.number} is dead")
        for error in process.loop.defects:
            self.violate("defect", repr(error))
        self.processes.remove(process)

    def supervise(self) -> None:
        """Start a process where none lives, a moment later."""
        current = self.current
        if self.must_raise and current is not None and current.serves:
            if "global" not in self.auditor.halts:
                self.violate("not_raised", self.must_raise)
            self.must_raise = ""
        for process in list(self.processes):
            if process.task.done():
                error = None if process.task.cancelled() else process.task.exception()
                if error is not None:
                    self.violate("process_broke", repr(error))
                code = process.exit_code
                self.coverage[f"exit_{code.name.lower() if code is not None else 'none'}"] += 1
                if code is Exit.FENCED and process.writes:
                    self.violate("fenced_by_nobody", f"process {process.number}")
                if code is Exit.FAILED:
                    self.violate("process_failed", "; ".join(map(repr, process.loop.defects)))
                if process.failure is not None:
                    self.tell(f"process {process.number}: {process.failure}")
                process.loop.close()
        if self.current is None and not self._starting:
            self._starting = True
            self.timeline.after(self.random.randint(50 * MS, 2 * SECOND_NS), self._restart)

    _starting = False

    def _restart(self) -> None:
        self._starting = False
        if self.current is None:
            self.tell("a process starts")
            self.begin()

    # --- the run ----------------------------------------------------------------------------------

    def pass_time(self, for_ns: int, done: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass in pieces, so that the dead are replaced meanwhile."""
        until_ns = self.timeline.now_ns + for_ns
        while self.timeline.now_ns < until_ns and not self.violations:
            self.supervise()
            if self.timeline.run(min(until_ns, self.timeline.now_ns + SECOND_NS), done):
                return True
            self._look_for_defects()
        return done()

    def _look_for_defects(self) -> None:
        for process in self.processes:
            for error in process.loop.defects:
                self.violate("defect", repr(error))
            process.loop.defects.clear()

    def check_state(self) -> None:
        """Look at the working state of the living, when no batch is on its way."""
        for process in self.processes:
            runtime = process.runtime
            if process.serves and runtime is not None and not runtime.writer._flying:
                state = runtime.writer.state
                # After a failed sync nobody knows whether the journal has the last batch: the
                # process only cancels then, and ends. The next one reads what there is.
                follows = process.writes and not runtime.writer.ended
                self.checks.state(state, durable=follows and self.keeper_agrees)

    def heal(self) -> None:
        """Let every fault stop."""
        weather, now = self.keeper.weather, self.timeline.now_ns
        weather.down_until_ns = min(weather.down_until_ns, now)
        weather.slow_until_ns = min(weather.slow_until_ns, now)
        self.keeper.weather.faults.clear()
        self.keeper.weather.unsettled = False
        for machine in self.machines:
            machine.folder.room = True
            machine.ahead_ns = machine.drift_ppm = 0
        for account in self.accounts.values():
            account.wire.weather = Weather()
            account.exchange.halted.clear()

    def resolve(self, order: Order) -> None:
        """Let a person say what became of an order, who looks into the venue's own terminal."""
        tickets = self.accounts[order.account].exchange.by_order.get(order.order, [])
        ticket = tickets[0] if tickets else None
        said = Resolution.NOT_PLACED
        if ticket is not None:
            said = Resolution.WORKING if ticket.works else Resolution.CANCELLED
            if ticket.filled >= ticket.quantity and not ticket.works:
                said = Resolution.FILLED
        self.coverage["resolve"] += 1
        command = ResolveOrder(
            order=order.order,
            outcome=said,
            by=PERSON,
            reason="seen at the venue",
            quantity=min(ticket.filled, order.quantity) if ticket is not None else None,
            price=ticket.deals[0].price if ticket is not None and ticket.deals else None,
        )
        process = self.current
        if process is not None:
            process.do(lambda runtime: runtime.writer.ask(command))

    def shows_less(self, account: str) -> bool:
        """Say whether an order that works at its venue is missed in the pictures of it."""
        process = self.current
        if process is None or process.runtime is None:
            return False
        works = {ticket.order for ticket in self.accounts[account].exchange.working()}
        rows = process.runtime.writer.state.mismatches.values()
        return any(row.account == account and row.key in works for row in rows)

    def clear_doubts(self) -> None:
        """Let a person look at whatever nobody could find out."""
        process = self.current
        if process is None or process.runtime is None:
            return
        state = process.runtime.writer.state
        for name in sorted(state.alive):
            if state.orders[name].state in IN_DOUBT:
                self.resolve(state.orders[name])
        for account in self.accounts:
            if self.shows_less(account):
                continue  # he sees at the venue that it works
            command = AcceptReconciliation(account=account, by=PERSON, reason="looked")
            process.do(lambda runtime, command=command: runtime.writer.ask(command))

    def at_rest(self) -> bool:
        """Say whether one process serves, all is durable, and nothing is in doubt."""
        alive = [process for process in self.processes if process.alive]
        if len(alive) != 1 or not alive[0].serves or alive[0].runtime is None:
            return False
        runtime = alive[0].runtime
        writer = runtime.writer
        if not (runtime.ready and writer.durable) or writer._flying or writer._inbox:
            return False
        state = writer.state
        if state.mismatches:
            return False
        sure = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
        return all(state.orders[name].state in sure for name in state.alive) and not any(
            state.orders[name].pending_cancel for name in state.alive
        )

    def agrees(self) -> bool:
        """Say whether bridge and venues are at rest and tell the same."""
        process = self.current
        if not self.at_rest() or process is None or process.runtime is None:
            return False
        return self.went_back or not self.checks.disagreements(process.runtime.writer.state)

    def check_end(self) -> None:
        """Look whether all came to agree."""
        process = self.current
        if self.went_back:
            return  # nobody can agree about what was forgotten: it is raised until a person looks
        if process is None or process.runtime is None or not self.at_rest():
            self.violate("no_rest", self.unrest())
        if process is not None and process.runtime is not None:
            for code, text in self.checks.disagreements(process.runtime.writer.state):
                self.violate(code, text)

    def unrest(self) -> str:
        """Say what does not come to rest."""
        process = self.current
        if process is None or process.runtime is None:
            return "no process serves"
        state = process.runtime.writer.state
        orders = [f"{name} {state.orders[name].state}" for name in sorted(state.alive)]
        links = [f"{row.account} {row.link}" for row in state.accounts.values()]
        return f"{links}, {orders}, {sorted(map(str, state.mismatches))}"

    def expect_raised(self, why: str) -> None:
        """Let the next process that starts be raised from its first moment on."""
        folder = self.machines[self.home].folder
        if folder.marks and folder.marks[-1].number > self.keeper.disk.head.number:
            self.must_raise = why

    def violate(self, code: str, text: str) -> None:
        """Note what must not be."""
        self.violations.append(Violation(code, text, self.step, self.timeline.now_ns))

    def tell(self, text: str) -> None:
        """Add to the story."""
        self.story.append(f"{self.timeline.now_ns / 1e9:10.3f} s  step {self.step:3}  {text}")

    def close(self) -> None:
        """End everything."""
        for process in list(self.processes):
            process.loop.close()
