"""One intent at an honest venue behind a network that loses, delays, doubles and shuffles.

Whatever a person, the policies and the network do: no two revisions of it are alive at once, never
more is filled than was ever asked for, and what may still be filled is always counted.

Length: an honest venue, a bad network and the races between them are one model.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import commands as c
from core.answers import AskCancel, AskReplace, Effect, Send
from core.engine import Outcome
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, Terms
from core.reports import Report, VenueOrder
from core.setup import SECOND_NS, OnPartial
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, replay

D = Decimal
QUANTITIES = st.sampled_from(["0.5", "1", "2", "3", "4", "5", "8"])
PIECES = st.sampled_from(["0.1", "0.5", "1", "2", "9"])
REQUEST_LIFE_NS = 60 * SECOND_NS
"""A request that did not arrive for so long never does: what the rule for giving up relies on."""


@dataclass
class There:
    """An order as its venue knows it."""

    order: Order
    terms: Terms
    fills: list[Report] = field(default_factory=list)
    event: OrderEvent = OrderEvent.ACCEPTED
    at_ns: int = 0

    @property
    def filled(self) -> Decimal:
        """Sum its fills."""
        return sum((fill.quantity or ZERO for fill in self.fills), ZERO)

    @property
    def works(self) -> bool:
        """Say whether it can be filled."""
        return self.event is OrderEvent.ACCEPTED


@dataclass(frozen=True)
class Request:
    """What is on its way to the venue."""

    effect: Effect
    sent_ns: int


class Races(RuleBasedStateMachine):
    """``there``: the venue's truth. ``requests`` and ``reports`` are on their way."""

    @initialize(
        policy=st.sampled_from(OnPartial), retries=st.integers(0, 3), begun=st.integers(0, 2)
    )
    def begin(self, policy: OnPartial, retries: int, begun: int) -> None:
        """One entry of 3 at a limit; perhaps partly filled, perhaps for longer than it may be."""
        route = {"on_partial": policy, "partial_after_ns": 10 * SECOND_NS}
        self.stage = Stage(setup_of(route=route | {"reject_retries_max": retries}))
        self.there: dict[str, There] = {}
        self.requests: list[Request] = []
        self.reports: list[Report] = []
        self.asked = [D(3)]
        self.clock = 0
        answer = self.stage.say(
            "buy", quantity="3", effect="open", order_type="limit", price="50000"
        )
        assert answer.orders
        self._gather(self.stage.last)
        self.deliver_request(0, False)
        self._do(c.TakeReport(report=self.reports.pop()))
        if begun:
            self.fill("0.5")
            self._do(c.TakeReport(report=self.reports.pop()))
        if begun > 1:
            self.wait(20)

    def _do(self, command: c.Command) -> None:
        self._gather(self.stage.do(command))

    def _gather(self, outcome: Outcome) -> None:
        for effect in outcome.effects:
            if isinstance(effect, Send | AskCancel | AskReplace):
                self.requests.append(Request(effect, self.stage.now))

    def _tell(self, there: There, event: OrderEvent, **facts: Any) -> Report:
        self.clock += 1
        there.at_ns = self.stage.now + self.clock
        report = Report(
            account="one", order=there.order.order, event=event, at_ns=there.at_ns, **facts
        )
        self.reports.append(report)
        return report

    # --- the venue

    @precondition(lambda self: self.requests)
    @rule(at=st.integers(0, 20), rejects=st.sampled_from([False] * 3 + [True]))
    def deliver_request(self, at: int, rejects: bool) -> None:
        """Let a request arrive, in any order but behind its own order."""
        request = self.requests.pop(at % len(self.requests))
        effect = request.effect
        if isinstance(effect, Send):
            self._submit(effect.order, rejects=rejects)
            return
        there = self.there.get(effect.order)
        if there is None:
            return  # it is not there yet: the platform says no, and nobody hears it
        if isinstance(effect, AskCancel):
            self._cancel(there)
        elif isinstance(effect, AskReplace):
            self._replace(there, effect.terms)

    def _submit(self, name: str, *, rejects: bool) -> None:
        order = self.stage.order(name)
        assert name not in self.there, "one permission, one request"
        assert not any(one.works for one in self.there.values()), "two revisions alive"
        for former in self.there.values():
            if former.order.revision == order.revision - 1:
                assert order.quantity <= former.terms.quantity - former.filled, "more than is left"
        there = self.there[name] = There(order, order.terms)
        if rejects:
            there.event = OrderEvent.REJECTED
            self._tell(there, OrderEvent.REJECTED, transient=True)
        else:
            self._tell(there, OrderEvent.ACCEPTED)

    def _cancel(self, there: There) -> None:
        if not there.works:
            self._tell(there, OrderEvent.CANCEL_REJECTED)
            return
        there.event = OrderEvent.CANCELLED
        self._tell(there, OrderEvent.CANCELLED)

    def _replace(self, there: There, terms: Terms) -> None:
        facts = {"quantity": terms.quantity, "price": terms.price}
        if not there.works or terms.quantity <= there.filled:
            self._tell(there, OrderEvent.REPLACE_REJECTED, **facts)
            return
        there.terms = terms
        self._tell(there, OrderEvent.REPLACED, **facts)

    @precondition(lambda self: any(one.works for one in self.there.values()))
    @rule(quantity=PIECES)
    def fill(self, quantity: str) -> None:
        """Fill some of what works, never more than its terms allow."""
        (there,) = [one for one in self.there.values() if one.works]
        size = min(D(quantity), there.terms.quantity - there.filled)
        fill = self._tell(
            there,
            OrderEvent.FILL,
            exec_id=f"{there.order.order}-{len(there.fills)}",
            quantity=size,
            price=D(50000),
            fee=ZERO,
        )
        there.fills.append(fill)
        if there.filled == there.terms.quantity:
            there.event = OrderEvent.FILL

    # --- the network

    @precondition(lambda self: self.reports)
    @rule(at=st.integers(0, 20), again=st.booleans())
    def deliver_report(self, at: int, again: bool) -> None:
        """Let a report arrive, in any order, perhaps to come again."""
        number = at % len(self.reports)
        report = self.reports[number] if again else self.reports.pop(number)
        self._do(c.TakeReport(report=report))

    @precondition(lambda self: self.reports)
    @rule(at=st.integers(0, 20))
    def lose_report(self, at: int) -> None:
        """Let nobody hear it."""
        self.reports.pop(at % len(self.reports))

    @precondition(lambda self: any(not isinstance(one.effect, Send) for one in self.requests))
    @rule(at=st.integers(0, 20), known=st.booleans())
    def lose_request(self, at: int, known: bool) -> None:
        """Lose a cancel or a replace; perhaps the bridge is told that it never left."""
        able = [one for one in self.requests if not isinstance(one.effect, Send)]
        request = able[at % len(able)]
        self.requests.remove(request)
        effect = request.effect
        if known and isinstance(effect, AskReplace):
            trouble = {"order": effect.order, "terms": effect.terms, "code": "x", "text": ""}
            self._do(c.NoteTrouble(**trouble, proven=True))

    @precondition(lambda self: self.there)
    @rule(at=st.integers(0, 20))
    def look(self, at: int) -> None:
        """Ask the venue for an order that it has."""
        names = sorted(self.there)
        there = self.there[names[at % len(names)]]
        shown = VenueOrder(
            order=there.order.order,
            venue_order="v",
            instrument=there.order.instrument,
            side=there.order.side,
            order_type=there.order.order_type,
            quantity=there.terms.quantity,
            filled=there.filled,
            event=there.event,
            at_ns=there.at_ns,
            price=there.terms.price,
            fills=tuple(there.fills),
        )
        self._gather(self.stage.look(there.order, shown))

    @precondition(lambda self: any(self.stage.order(n).pending_cancel for n in self.there))
    @rule()
    def cancel_again(self) -> None:
        """Ask again for an end that did not come, as the review does."""
        for name in self.there:
            if self.stage.order(name).pending_cancel:
                self.requests.append(Request(AskCancel(name), self.stage.now))

    # --- people, time, accidents

    @rule(quantity=QUANTITIES)
    def replace(self, quantity: str) -> None:
        """Ask for another quantity of what is alive."""
        for name in list(self.stage.state.alive):
            before = self.stage.order(name)
            command = c.ReplaceOrder(order=name, quantity=D(quantity), by="anna", reason="x")
            self._do(command)
            if self.stage.order(name).asked is not before.asked:
                others = sum(
                    (one.filled for one in self.stage.state.orders.values() if one != before), ZERO
                )
                self.asked.append(D(quantity) + others)

    @rule(really=st.sampled_from([False] * 9 + [True]))
    def cancel(self, really: bool) -> None:
        """End by hand what is alive, now and then: it ends the story."""
        if not really:
            return
        for name in list(self.stage.state.alive):
            self._do(c.CancelOrder(order=name, by="anna", reason="x"))

    @rule(seconds=st.sampled_from([1, 5, 20, 61]))
    def wait(self, seconds: int) -> None:
        """Let time pass; a request is not on its way for ever."""
        self.stage.wait(seconds)
        now = self.stage.now
        self.requests = [
            one
            for one in self.requests
            if isinstance(one.effect, Send) or now - one.sent_ns < REQUEST_LIFE_NS
        ]
        self._gather(self.stage.tick())

    @rule(halted=st.sampled_from([False] * 9 + [True]))
    def restart(self, halted: bool) -> None:
        """Begin again from the journal; perhaps somebody raised and lowered the bridge."""
        self.stage.state = replay(self.stage.records)
        self._gather(self.stage.start())
        if halted:
            self._do(c.Halt(scope="global", by="anna", reason="x"))
            self._gather(self.stage.recover("one"))
            self._do(c.Resume(scope="global", by="anna", reason="x"))
        else:
            self._gather(self.stage.recover("one"))

    # --- what holds

    @invariant()
    def what_may_still_be_filled_is_counted(self) -> None:
        """The reservation covers what the venue could do to an order, by requests on their way."""
        if not hasattr(self, "stage"):
            return
        for name, there in self.there.items():
            if not there.works:
                continue
            on_their_way = [
                one.effect.terms.quantity
                for one in self.requests
                if isinstance(one.effect, AskReplace) and one.effect.order == name
            ]
            order = self.stage.order(name)
            assert order.state in ALIVE, "the venue works an order that we think is over"
            could = max([there.terms.quantity, *on_their_way])
            assert order.filled + order.leaves >= could, (order, could)

    @invariant()
    def at_most_one_revision_is_alive(self) -> None:
        """One at the venue or on its way there; and by our own books one alive."""
        if not hasattr(self, "stage"):
            return
        works = sum(one.works for one in self.there.values())
        sends = sum(isinstance(one.effect, Send) for one in self.requests)
        assert works + sends <= 1
        assert len(self.stage.state.alive) <= 1

    @invariant()
    def never_more_than_was_asked_for(self) -> None:
        """All revisions together fill no more than the largest quantity ever asked for."""
        if not hasattr(self, "stage"):
            return
        filled = sum((one.filled for one in self.there.values()), ZERO)
        assert filled <= max(self.asked)
        known = sum((one.filled for one in self.stage.state.orders.values()), ZERO)
        assert known <= filled

    def teardown(self) -> None:
        """Let everything be heard and looked up: bridge and venue agree, and nothing is pending."""
        if not hasattr(self, "stage"):
            return
        self.requests = [one for one in self.requests if isinstance(one.effect, Send)]
        for _ in range(40):
            while self.requests:
                self.deliver_request(0, False)
            for at in range(len(self.there)):
                self.look(at)
            self.wait(20)
            self.requests = [one for one in self.requests if isinstance(one.effect, Send)]
        for name, there in self.there.items():
            order = self.stage.order(name)
            assert there.filled == order.filled
            assert there.works is (order.state in ALIVE)
            assert there.terms == order.terms or not there.works
            assert not order.pending_replace
            assert order.state is not OrderState.UNKNOWN


Races.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRaces = Races.TestCase


WALKS = 400
STEPS = 40


def walk(seed: int) -> None:
    """Take many weighted steps from one seed: longer stories than a search for small ones tells."""
    chance = random.Random(seed)
    races = Races()
    races.begin(chance.choice(list(OnPartial)), chance.randrange(4), chance.randrange(3))
    for _ in range(STEPS):
        at = chance.randrange(21)
        act = chance.choices(
            ("request", "report", "fill", "look", "wait", "replace", "lose", "cancel", "restart"),
            (9, 9, 5, 4, 4, 2, 2, 1, 1),
        )[0]
        if act == "request" and races.requests:
            races.deliver_request(at, chance.random() < 0.3)
        elif act == "report" and races.reports:
            races.deliver_report(at, chance.random() < 0.3)
        elif act == "fill" and any(one.works for one in races.there.values()):
            races.fill(chance.choice(["0.1", "0.5", "1", "2"]))
        elif act == "look":
            races.look(at)
        elif act == "wait":
            races.wait(chance.choice([1, 5, 11, 20, 61]))
        elif act == "replace":
            races.replace(chance.choice(["0.5", "2", "3", "4", "8"]))
        elif act == "lose" and races.reports:
            races.lose_report(at)
        elif act == "cancel":
            races.cancel(chance.random() < 0.2)
        elif act == "restart":
            races.restart(chance.random() < 0.1)
        races.what_may_still_be_filled_is_counted()
        races.at_most_one_revision_is_alive()
        races.never_more_than_was_asked_for()
    races.teardown()


def broken(seed: int) -> str:
    """Say what a walk breaks, or nothing."""
    try:
        walk(seed)
    except AssertionError as error:
        return f"walk({seed}): {error}"
    return ""


def test_long_walks() -> None:
    """Hundreds of long stories, each from its seed, and nothing breaks."""
    found = [said for said in map(broken, range(WALKS)) if said]

    assert [] == found
