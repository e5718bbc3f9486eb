"""The steps of a simulated world: what senders, operators, machines, wires and venues do.

Rules of this file
1. A step asks for something to happen; what comes of it shows while time passes.
2. A step that belongs to a fault is drawn only when the seed has that fault, and counts itself when
   it really did something.

Length: one small function for each thing that can happen, read one by one.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from random import Random
from typing import Any, Final

import msgspec

from adapters.port import LinkChanged
from bridge import runtime as rt
from core import commands as c
from core.answers import Answer, Busy
from core.orders import ALIVE, OrderState, OrderType, Side
from core.setup import SECOND_NS
from core.signals import Action, Effect, Hint, Misread, Signal
from tests.simulation import hardware, venues
from tests.simulation.auditor import PERSON, Known
from tests.simulation.features import AIM, protection_of
from tests.simulation.money import withdraw
from tests.simulation.plan import INSTRUMENTS, POSITION_MAX, QUANTITY_MAX, ROUTES, STRATEGIES
from tests.simulation.process import Process
from tests.simulation.store import SLOW_BACK_NS, SLOW_THERE_NS
from tests.simulation.world import MS, Step, World

D = Decimal

TRIES_MAX: Final = 4
"""Deliveries of one message: as often as TradingView sends it."""

ANSWER_WITHIN_NS: Final = 5 * SECOND_NS


class Sender:
    """Whoever sends messages: it sends again what was not answered well."""

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random = world, random
        self.levels = world.plan.random("levels")
        self.sent: list[c.ReceiveSignal] = []
        self.answers: dict[str, Answer] = {}
        """By the id of a message: what was answered last."""
        self._count = 0

    def make(self, **fields: Any) -> c.ReceiveSignal:
        """Make a message."""
        self._count += 1
        content = Signal(
            **{
                "strategy": self.random.choice(STRATEGIES),
                "symbol": self.random.choice(tuple(INSTRUMENTS)),
                "id": f"m{self._count}",
                "time_ns": self.world.utc_ns(),
                **fields,
            }
        )
        route = self.random.choice(tuple(ROUTES))
        if "copies" in self.world.plan.features and self.levels.random() < 0.9:
            route = "pair"  # a follower is judged by what its leader was asked for
        return self._message(route, content)

    @staticmethod
    def _message(route: str, content: Signal | Misread) -> c.ReceiveSignal:
        digest = hashlib.sha256(repr(content).encode()).hexdigest()
        return c.ReceiveSignal(route=route, body_hash=digest, content=content, raw="{}")

    def entry(self) -> c.ReceiveSignal:
        """Make a message that opens."""
        side = self.random.choice((Action.BUY, Action.BUY, Action.SELL))
        symbol = self.random.choice(tuple(INSTRUMENTS))
        kind = self.random.choice((*OrderType, OrderType.MARKET, OrderType.LIMIT))
        fields: dict[str, Any] = {
            "action": side,
            "symbol": symbol,
            "effect": self.random.choice((Effect.OPEN, Effect.OPEN, Effect.AUTO)),
            "quantity": D(self.random.choice((1, 1, 2, 3, 4, 6, 7))),
            "order_type": kind,
        }
        price = self.world.prices[symbol]
        away = price * self.random.randint(-15, 15) / 1000
        near = (price + away).quantize(D("0.1"))
        if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT):
            fields["price"] = near
        if kind in (OrderType.STOP, OrderType.STOP_LIMIT):
            fields["trigger"] = near
        if "protection" in self.world.plan.features and self.levels.random() < 0.6:
            entry = near if kind is not OrderType.MARKET else price
            way = Side.BUY if side is Action.BUY else Side.SELL
            fields["protection"] = protection_of(self.levels, way, entry)
        return self.make(**fields)

    def target(self) -> c.ReceiveSignal:
        """Make a message that says what position is wanted."""
        random = self.levels
        wanted = D(random.choice((-4, -2, -1, 0, 1, 2, 3, 5)))
        fields: dict[str, Any] = {"prev_position": random.choice((None, None, *Hint))}
        symbol = random.choice(tuple(INSTRUMENTS))
        price = self.world.prices[symbol]
        if "protection" in self.world.plan.features and wanted and random.random() < 0.4:
            way = Side.BUY if wanted > 0 else Side.SELL
            fields["protection"] = protection_of(random, way, price)
        return self.make(
            action=Action.TARGET, strategy=AIM, symbol=symbol, target_position=wanted, **fields
        )

    def exit(self) -> c.ReceiveSignal:
        """Make a message that closes."""
        quantity = self.random.choice((None, None, D(1), D(2)))
        return self.make(action=Action.EXIT, quantity=quantity)

    def odd(self) -> c.ReceiveSignal:
        """Make a message that is not as it should be."""
        kind = self.random.randrange(4)
        if kind == 0:
            return self._message("solo", Misread(code="json_invalid", value="x"))
        if kind == 1 and self.sent:
            old = self.random.choice(self.sent)
            if isinstance(old.content, Signal):
                return self._message(old.route, _with(old.content, comment=f"other {self._count}"))
        if kind == 2:
            old_ns = self.world.utc_ns() - 60 * SECOND_NS
            return self.make(action=Action.BUY, quantity=D(1), time_ns=old_ns)
        return self.make(action=Action.BUY, quantity=None, id=None)

    def send(self, command: c.ReceiveSignal, tries: int = 1) -> None:
        """Send a message, and again when the answer is none."""
        world = self.world
        process = world.writer
        answered: list[Answer] = []

        def again() -> None:
            good = answered and not isinstance(answered[0], Busy)
            if not good and tries < TRIES_MAX:
                world.coverage["sent_again"] += 1
                self.send(command, tries + 1)

        world.timeline.after(ANSWER_WITHIN_NS, again)
        if process is None or not process.serves:
            return

        def ask(runtime: rt.Runtime) -> None:
            future = runtime.writer.ask(command)
            future.add_done_callback(lambda done: told(process, done.result()))

        def told(process: Process, answer: Answer) -> None:
            answered.append(answer)
            if isinstance(command.content, Signal):
                self.answers[command.content.id or ""] = answer
            world.checks.answered(process, command, answer)

        process.do(ask)


def _with(content: Signal, **changes: Any) -> Signal:
    return msgspec.structs.replace(content, **changes)


class Steps:
    """What can happen, each with its weight, as the plan allows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.plan.random("steps")
        self.sender = Sender(world, world.plan.random("sender"))
        faults = world.plan.faults
        bad = world.plan.badness
        self._choices: list[tuple[str, Step, float]] = [
            ("entry", self.entry, 30.0),
            ("exit", self.exit, 9.0),
            ("cancel", self.cancel, 3.0),
            ("again", self.again, 5.0),
            ("jump", self.jump, 2.0),
        ]
        if "losses" in world.plan.features and not faults & {"foreign", "liquidation"}:
            self._choices.append(("transfer", self.transfer, 1.0))
        if "targets" in world.plan.features:
            self._choices.append(("target", self.target, 6.0))
        for name, fault, act, weight in self._faulty():
            if fault in faults:
                self._choices.append((name, act, weight * bad))
        self._names = [(name, act) for name, act, _ in self._choices]
        self._weights = [weight for _, _, weight in self._choices]

    def _faulty(self) -> list[tuple[str, str, Step, float]]:
        return [
            ("storm", "storm", self.storm, 3.0),
            ("odd", "odd_signals", self.odd, 3.0),
            ("halt", "operator", self.halt, 2.0),
            ("resume", "operator", self.resume, 3.0),
            ("cancel order", "operator", self.cancel_order, 2.0),
            ("cancel all", "operator", self.cancel_all, 0.7),
            ("halt file", "halt_file", self.halt_file, 0.4),
            ("replace", "replace", self.replace, 3.0),
            ("resolve", "resolve", self.resolve, 1.0),
            ("accept", "operator", self.accept, 0.5),
            ("assign", "operator", self.assign, 0.4),
            ("flatten", "flatten", self.flatten, 0.5),
            ("limit", "limits", self.limit, 1.0),
            ("kill", "kill", self.kill, 1.5),
            ("restart", "restart", self.restart, 1.0),
            ("pause", "pause", self.pause, 2.0),
            ("takeover", "takeover", self.takeover, 1.0),
            ("store down", "store_down", self.store_down, 1.5),
            ("store slow", "store_slow", self.store_slow, 1.5),
            ("link drop", "link_drop", self.link_drop, 3.0),
            ("partition", "partition", self.partition, 1.0),
            *hardware.steps(self.world, self.random),
            *venues.steps(self.world, self.random),
        ]

    def take(self) -> None:
        """Do one step, drawn by weight, and say so."""
        [(name, act)] = self.random.choices(self._names, self._weights)
        self.world.tell(name)
        act()

    # --- senders ----------------------------------------------------------------------------------

    def _send(self, command: c.ReceiveSignal) -> None:
        self.sender.sent.append(command)
        self.sender.send(command)

    def entry(self) -> None:
        """Open something."""
        self._send(self.sender.entry())

    def exit(self) -> None:
        """Close something."""
        self._send(self.sender.exit())

    def cancel(self) -> None:
        """End working entries by a message."""
        self._send(self.sender.make(action=Action.CANCEL))

    def transfer(self) -> None:
        """Pay money in or out at the venue. Where others trade, too, it would count as theirs."""
        account = self.random.choice(tuple(self.world.accounts))
        withdraw(self.world, account, D(self.random.choice((-2000, -700, -400, 500, 1500))))

    def target(self) -> None:
        """Say what position is wanted; some of it never arrives."""
        command = self.sender.target()
        self.world.coverage["target"] += 1
        if self.sender.levels.random() < 0.15:
            self.world.coverage["target_lost"] += 1
            return
        self._send(command)

    def again(self) -> None:
        """Deliver an old message again."""
        if self.sender.sent:
            self.world.coverage["duplicate_alert"] += 1
            self.sender.send(self.random.choice(self.sender.sent[-20:]))

    def storm(self) -> None:
        """Deliver many messages at once, several times each."""
        self.world.coverage["storm"] += 1
        some = [self.sender.entry() for _ in range(self.random.randint(2, 6))]
        self.sender.sent.extend(some)
        for command in some * self.random.randint(2, 4):
            self.sender.send(command)

    def odd(self) -> None:
        """Deliver what is no proper message."""
        self.world.coverage["odd_signal"] += 1
        self.sender.send(self.sender.odd(), TRIES_MAX)

    def jump(self) -> None:
        """Let a price jump."""
        name = self.random.choice(tuple(INSTRUMENTS))
        price = self.world.prices[name]
        self.world.set_price(name, (price * self.random.randint(97, 103) / 100).quantize(D("0.1")))

    # --- operators --------------------------------------------------------------------------------

    def _scope(self) -> str:
        return self.random.choice(("global", "account:one", "account:two", "strategy:trend"))

    def _ask(self, command: c.Command) -> None:
        process = self.world.current
        if process is not None:
            process.do(lambda runtime: runtime.writer.ask(command))

    def halt(self) -> None:
        """Raise the bridge."""
        scope, process = self._scope(), self.world.current
        self.world.coverage["halt"] += 1
        if process is not None:
            process.do(
                lambda runtime: process.loop.create_task(
                    runtime.halt(scope, by=PERSON, reason="a look")
                )
            )

    def resume(self) -> None:
        """Lower the bridge where it is raised."""
        if self.world.went_back:
            return  # a person would compare everything first
        halts = sorted(self.world.auditor.halts)
        for machine in self.world.machines:
            machine.folder.halt = None
        if halts:
            scope = self.random.choice(halts)
            self._ask(c.Resume(scope=scope, by=PERSON, reason="looked"))

    def cancel_order(self) -> None:
        """Ask for the end of one order."""
        alive = [name for name, one in self.world.auditor.orders.items() if one.state in ALIVE]
        if alive:
            name = self.random.choice(alive)
            self._ask(c.CancelOrder(order=name, by=PERSON, reason="no longer wanted"))

    def cancel_all(self) -> None:
        """Ask for the end of all working entries."""
        self._ask(c.CancelAll(scope=self._scope(), by=PERSON, reason="tidy up"))

    def halt_file(self) -> None:
        """Put a file into the data folder."""
        self.world.coverage["halt_file"] += 1
        self.world.machines[self.world.home].folder.halt = "by hand"

    def _order_alive(self) -> Known | None:
        alive = [one for one in self.world.auditor.orders.values() if one.state in ALIVE]
        return self.random.choice(alive) if alive else None

    def replace(self) -> None:
        """Ask for new terms of a working order."""
        known = self._order_alive()
        if known is None:
            return
        order, random = known.order, self.random
        quantity = D(random.randint(1, 6)) if random.random() < 0.5 else None
        price = order.price
        if price is not None:
            price = (price * random.randint(990, 1010) / 1000).quantize(D("0.1"))
        self.world.coverage["replace"] += 1
        offered = self.world.plan.rules[order.account].replace
        self._ask(
            c.ReplaceOrder(
                order=order.order,
                by=PERSON,
                reason="better so",
                quantity=quantity,
                price=price,
                offered=offered,
            )
        )

    def resolve(self) -> None:
        """Say what became of an order in doubt, as the venue's own terminal shows it."""
        for known in self.world.auditor.orders.values():
            if known.state is OrderState.UNKNOWN:
                self.world.resolve(known.order)
                return

    def accept(self) -> None:
        """Say that the venue is right."""
        account = self.random.choice(tuple(self.world.accounts))
        if self.world.shows_less(account):
            return  # whoever looks at the venue's own terminal sees that the picture is old
        self.world.coverage["accept"] += 1
        self._ask(c.AcceptReconciliation(account=account, by=PERSON, reason="looked"))

    def assign(self) -> None:
        """Give a position another owner."""
        random = self.random
        source, target = random.choice((("trend", "fade"), ("", "trend"), ("fade", "")))
        self.world.coverage["assign"] += 1
        where: dict[str, Any] = {
            "account": random.choice(("one", "two")),
            "instrument": random.choice(("BTC", "ETH")),
        }
        if not source:
            self._ask(c.AdoptPosition(**where, strategy=target, by=PERSON, reason="mine"))
        else:
            self._ask(
                c.AssignPosition(**where, source=source, target=target, by=PERSON, reason="mine")
            )

    def flatten(self) -> None:
        """Close everything in a scope."""
        scope = self.random.choice(("global", "account:one", "account:two/instrument:BTC"))
        self.world.coverage["flatten"] += 1
        whose = self.random.choice(("ours", "all"))
        self._ask(c.Flatten(scope=scope, whose=whose, by=PERSON, reason="enough"))

    def limit(self) -> None:
        """Set a limit, tighter or as it was."""
        name, value = self.random.choice(
            (("position_max", POSITION_MAX), ("position_max", D(5)), ("quantity_max", D(2)),
             ("quantity_max", QUANTITY_MAX))
        )  # fmt: skip
        self.world.coverage["limit"] += 1
        scope = f"account:{self.random.choice(('one', 'two'))}"
        self._ask(c.SetLimit(scope=scope, name=name, value=value, by=PERSON, reason="a look"))

    # --- machines ---------------------------------------------------------------------------------

    def kill(self) -> None:
        """Kill the process, now or between two of its next callbacks."""
        process = self.world.current
        if process is not None:
            self.world.coverage["kill" if process.serves else "kill_in_recovery"] += 1
            process.kill(self.random.choice((0, self.random.randint(1, 60))))

    def restart(self) -> None:
        """Stop the process in an orderly way; another one follows."""
        process = self.world.current
        if process is not None and process.serves:
            self.world.coverage["restart"] += 1
            process.leave()

    def pause(self) -> None:
        """Let the process stand still."""
        process = self.world.current
        if process is not None:
            self.world.coverage["pause"] += 1
            process.pause(self.random.choice((30 * MS, 300 * MS, 3 * SECOND_NS, 20 * SECOND_NS)))

    def takeover(self) -> None:
        """Start a second process beside the first, which may stand still meanwhile.

        What one machine wrote down while the store was away is not known on another: whoever
        takes over looks at that first.
        """
        process, world = self.world.current, self.world
        if process is None or not process.serves or world.replaced:
            return
        owing = world.machines[process.machine].folder.emergency
        writer = process.runtime.writer if process.runtime is not None else None
        if owing or writer is None or not writer.durable or self._store_fails():
            return
        self.world.coverage["takeover"] += 1
        if self.random.random() < 0.7:
            for _ in range(self.random.randint(0, 3)):
                self.entry()
            # Somewhere between a decision, its commit and its way to the venue.
            world.pass_time(self.random.randint(0, 3 * MS))
            process.pause(self.random.randint(100 * MS, 5 * SECOND_NS))
        self.world.begin(elsewhere=True)

    # --- the store --------------------------------------------------------------------------------

    def _store_fails(self) -> bool:
        """Say whether the store is away or slow, or a job that began while it was may last yet."""
        weather, now_ns = self.world.keeper.weather, self.world.timeline.now_ns
        slow_until_ns = weather.slow_until_ns + SLOW_THERE_NS + SLOW_BACK_NS
        return bool(weather.faults) or now_ns < max(weather.down_until_ns, slow_until_ns)

    def store_down(self) -> None:
        """Let the store be away; not while a second process takes over, see there."""
        weather = self.world.keeper.weather
        if self.world.replaced:
            return
        for_ns = self.random.choice((300 * MS, 2 * SECOND_NS, 10 * SECOND_NS))
        weather.down_until_ns = self.world.timeline.now_ns + for_ns

    def store_slow(self) -> None:
        """Let the store be slow; not while a second process takes over."""
        weather = self.world.keeper.weather
        if self.world.replaced:
            return
        weather.slow_until_ns = self.world.timeline.now_ns + self.random.randint(1, 8) * SECOND_NS

    # --- the links --------------------------------------------------------------------------------

    def _wire(self) -> tuple[str, Any]:
        name = self.random.choice(tuple(self.world.accounts))
        return name, self.world.accounts[name].wire

    def link_drop(self) -> None:
        """Cut a connection; it can be made again at once."""
        name, wire = self._wire()
        if wire.sessions:
            self.world.coverage["link_drop"] += 1
            wire.drop(lambda _: LinkChanged(name, up=False, reason="cut"))

    def partition(self) -> None:
        """Cut a connection for a while."""
        _, wire = self._wire()
        self.link_drop()
        wire.weather.cut = True
        self.world.coverage["partition"] += 1

        def heal() -> None:
            wire.weather.cut = False

        self.world.timeline.after(self.random.randint(1, 20) * SECOND_NS, heal)
