"""The simulated world: machine, store, venues and processes, in one thread of virtual time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.port import VenueEvent
from adapters.simulated.exchange import Exchange
from adapters.simulated.pictures import mark_of
from adapters.simulated.rows import Ticket
from adapters.simulated.wire import Weather, Wire
from bridge.exits import Exit
from bridge.rehearsal.machine import Machine
from bridge.rehearsal.timeline import Timeline
from core.money import floor_to
from core.orders import OrderState
from core.reports import Quote, Report
from core.setup import SECOND_NS
from tests.simulation.auditor import Auditor
from tests.simulation.checks import Checks
from tests.simulation.plan import BEGINS_NS, INSTRUMENTS, Plan, config_of
from tests.simulation.process import Process
from tests.simulation.store import Keeper

D = Decimal
MS: Final = 1_000_000

QUOTES_EVERY_NS: Final = SECOND_NS
MARKS_EVERY: Final = 4
"""A mark with every so many quotes."""

STORY_MAX: Final = 60
"""Events of a story that are kept for a failing seed."""


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
        self.machine = Machine(self.timeline, begins_ns=BEGINS_NS)
        self.keeper = Keeper(self.timeline.now, plan.random("store"))
        self.machine.pace = self.keeper.pace
        self.keeper.weather.outlives = plan.random("server").random() < 0.5
        self.violations: list[Violation] = []
        self.story: deque[str] = deque(maxlen=STORY_MAX)
        self.coverage: Counter[str] = Counter()
        self.step = 0
        self.accounts: dict[str, VenueSide] = {}
        self.processes: list[Process] = []
        self.went_back = False
        """The store lost what it had promised: what it forgot is not held against the bridge."""
        self._count = 0
        self.config = config_of(plan.setup)
        self.random = plan.random("market")
        self.prices = {"BTC": D(1000), "ETH": D(100)}
        self.checks = Checks(self)
        self.auditor = Auditor(
            self.keeper.disk,
            self.machine.folder,
            bad=self.violate,
            over=self.checks.over,
            now=self.timeline.now,
        )
        self.keeper.noted = self.auditor.read
        self.machine.folder.noted = self.auditor.read_emergency
        for account in plan.setup.accounts:
            self.accounts[account] = self._venue(account)
        self._move_market()
        self.begin()

    # --- what there is ----------------------------------------------------------------------------

    def _venue(self, account: str) -> VenueSide:
        rules = self.plan.rules[account]
        wire = Wire(self.timeline, self.machine.utc_ns, self.plan.random(f"wire {account}"))
        exchange = Exchange(
            account,
            INSTRUMENTS,
            rules,
            clock=lambda: self.machine.utc_ns() + self.accounts[account].ahead_ns,
            random=self.plan.random(f"exchange {account}"),
        )
        wire.doubles = rules.ids == "for_ever"

        def tell(report: Report) -> None:
            wire.tell(report)

        def placed(ticket: Ticket) -> None:
            self.checks.placed(account, ticket)

        exchange.tell, exchange.placed = tell, placed
        if rules.heartbeat_ms:
            self._beat(account, rules.heartbeat_ms * MS)
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

    # --- processes --------------------------------------------------------------------------------

    @property
    def current(self) -> Process | None:
        """Return the newest process that lives."""
        for process in reversed(self.processes):
            if process.alive:
                return process
        return None

    @property
    def keeper_agrees(self) -> bool:
        """Say whether all that is decided is durable, in the journal itself."""
        return not self.machine.folder.emergency and not self.went_back

    def begin(self) -> Process:
        """Start a process."""
        process = Process(self, len(self.processes), self.config)
        self.processes.append(process)
        return process

    def note_end(self, process: Process) -> None:
        """A process is dead: its supervisor starts another one, if there is none."""
        self.tell(f"process {process.number} is dead")

    def supervise(self) -> None:
        """Start a process where none lives, a moment later."""
        for process in self.processes:
            if process.loop.alive and process.task.done():
                error = None if process.task.cancelled() else process.task.exception()
                if error is not None:
                    self.violate("process_broke", repr(error))
                code = process.exit_code
                self.coverage[f"exit_{code.name.lower() if code is not None else 'none'}"] += 1
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
                self.checks.state(runtime.writer.state)

    def heal(self) -> None:
        """Let every fault stop."""
        self.keeper.weather.down_until_ns = self.keeper.weather.slow_until_ns = 0
        self.keeper.weather.faults.clear()
        self.machine.folder.room = True
        for account in self.accounts.values():
            account.wire.weather = Weather()
            account.exchange.halted.clear()

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
        sure = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
        return all(state.orders[name].state in sure for name in state.alive) and not any(
            state.orders[name].pending_cancel for name in state.alive
        )

    def check_end(self) -> None:
        """Look whether all came to agree."""
        process = self.current
        if process is None or process.runtime is None or not self.at_rest():
            self.violate("no_rest", f"{process}")
        if process is not None and process.runtime is not None:
            self.checks.agree(process.runtime.writer.state)

    def violate(self, code: str, text: str) -> None:
        """Note what must not be."""
        self.violations.append(Violation(code, text, self.step, self.timeline.now_ns))

    def tell(self, text: str) -> None:
        """Add to the story."""
        self.story.append(f"{self.timeline.now_ns / 1e9:10.3f} s  step {self.step:3}  {text}")

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.loop.close()
