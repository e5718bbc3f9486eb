"""However far a venue and our books went apart: honest pictures bring them together, and nothing is
invented that is not marked."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from core import commands as c
from core import records as r
from core import snapshot
from core.answers import Send
from core.engine import Outcome
from core.money import ZERO
from core.orders import OrderEvent, OrderState
from core.positions import EXTERNAL
from core.reports import Report, VenueSnapshot
from tests.unit.core.books import Books
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
NAMES = ("BTCUSDT", "ETHUSDT")
QUANTITIES = st.sampled_from(["0.5", "1", "2", "3"])
SIGNED = st.sampled_from(["-7", "-2", "-1", "-0.37", "0.37", "1", "2", "7"])
CHANCE = st.integers(0, 10**6)
MOSTLY = st.sampled_from([True, True, True, False])
SELDOM = st.sampled_from([False, False, False, False, True])
ROUNDS = 40
"""Honest pictures until the books have to agree: two of each kind of difference, one after the
other, a minute for what is not listed any more, ten for what was asked for in vain before."""


class Apart(RuleBasedStateMachine):
    """An account that others trade too, on a day on which reports are lost, doubled and late."""

    @initialize(
        lists=st.booleans(), foreign=st.sampled_from(["halt", "allow"]), opposed=st.booleans()
    )
    def begin(self, lists: bool, foreign: str, opposed: bool) -> None:
        """Begin with a venue that has or has not something already."""
        self.stage = Stage(setup_of(account={"foreign": foreign, "allow_opposed": opposed}))
        self.books = Books(self.stage, lists_fills=lists)
        self.late: list[Report] = []
        self.old: list[VenueSnapshot] = []

    # --- ours

    @rule(
        action=st.sampled_from(["buy", "buy", "buy", "sell", "exit"]),
        strategy=st.sampled_from(["trend", "fade"]),
        symbol=st.sampled_from(NAMES),
        quantity=QUANTITIES,
        arrives=MOSTLY,
        told=MOSTLY,
        unknown=SELDOM,
    )
    def order(self, action: str, strategy: str, symbol: str, *, quantity: str, arrives: bool,
              told: bool, unknown: bool) -> None:  # fmt: skip
        """Send an order, which arrives or not, and of which we hear or not."""
        for scope in list(self.stage.state.halts):
            self.stage.do(c.Resume(scope=scope, by="anna", reason="test"))
        fields: dict[str, Any] = {"strategy": strategy, "symbol": symbol}
        if action == "exit":
            fields |= {"quantity": None}
        else:
            price = "50000" if symbol == "BTCUSDT" else "2000"
            fields |= {
                "effect": "open", "quantity": quantity, "order_type": "limit", "price": price
            }  # fmt: skip
        answer = self.stage.say(action, **fields)
        for name in answer.orders:
            order = self.stage.order(name)
            if arrives:
                self._say(self.books.accept(order), told)
            if unknown:
                trouble = c.NoteTrouble(order=name, proven=False, code="timeout", text="")
                self.stage.do(trouble)

    @precondition(lambda self: self._works())
    @rule(pick=CHANCE, told=st.booleans())
    def cancel(self, pick: int, told: bool) -> None:
        """Let an order of ours end."""
        name = self._working(pick)
        self._say(self.books.cancel(name), told)

    @precondition(lambda self: self._works())
    @rule(pick=CHANCE, all_of_it=st.booleans(), told=st.booleans(), twice=SELDOM)
    def fill(self, pick: int, all_of_it: bool, told: bool, twice: bool) -> None:
        """Fill an order of ours."""
        name = self._working(pick)
        shown = self.books.orders[name]
        left = shown.quantity - shown.filled
        report = self.books.fill(name, left if all_of_it or left <= D("0.5") else D("0.5"))
        self._say(report, told)
        if told and twice:
            self._say(report, told)

    @precondition(lambda self: self._works())
    @rule(pick=CHANCE, all_of_it=st.booleans())
    def fill_in_silence(self, pick: int, all_of_it: bool) -> None:
        """Fill an order of ours that only its own count tells of."""
        name = self._working(pick)
        shown = self.books.orders[name]
        left = shown.quantity - shown.filled
        report = self.books.fill(name, left if all_of_it or left <= D("0.5") else D("0.5"))
        del self.books.fills[report.exec_id]

    @precondition(lambda self: self.books.fills)
    @rule(pick=CHANCE, told=st.booleans())
    def bust(self, pick: int, told: bool) -> None:
        """Take a trade back."""
        names = sorted(self.books.fills)
        self._say(self.books.bust(names[pick % len(names)]), told)

    @precondition(lambda self: self.late)
    @rule(pick=CHANCE)
    def hear_late(self, pick: int) -> None:
        """Hear of something after all, late and in any order."""
        self.books.tell(self.late.pop(pick % len(self.late)))

    # --- others

    @rule(symbol=st.sampled_from(NAMES), quantity=SIGNED)
    def stranger(self, symbol: str, quantity: str) -> None:
        """Let somebody else trade."""
        self.books.trade(symbol, quantity)

    @rule(symbol=st.sampled_from(NAMES))
    def liquidation(self, symbol: str) -> None:
        """Close everything over our heads."""
        self.books.net[symbol] = ZERO

    @rule(
        name=st.sampled_from(["f1", "f2"]),
        side=st.sampled_from(["buy", "sell"]),
        there=st.booleans(),
    )
    def foreign_order(self, name: str, side: str, there: bool) -> None:
        """Let somebody else place an order, or take it away."""
        self.books.orders.pop(name, None)
        if there:
            self.books.place(name, side)

    @precondition(lambda self: self._works())
    @rule(pick=CHANCE, quantity=QUANTITIES)
    def amend(self, pick: int, quantity: str) -> None:
        """Let somebody else change an order of ours."""
        name = self._working(pick)
        shown = self.books.orders[name]
        self.books.orders[name] = replaced(shown, quantity=shown.filled + D(quantity))

    # --- pictures, time and accidents

    @rule()
    def look(self) -> None:
        """Take a picture."""
        self.stage.wait(1)
        self._show(self.books.picture())

    @rule()
    def keep(self) -> None:
        """Keep a picture that comes late."""
        self.old = [*self.old, self.books.picture()][-3:]

    @precondition(lambda self: self.old)
    @rule(pick=CHANCE, honest=st.booleans())
    def look_at_an_old_one(self, pick: int, honest: bool) -> None:
        """Be given a picture of before, dated by its question or as if it were new."""
        old = self.old[pick % len(self.old)]
        self.stage.wait(1)
        self._show(old, asked_ns=old.at_ns if honest else self.stage.now)

    @rule(seconds=st.sampled_from([1, 5, 20, 61]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.stage.wait(seconds)
        self.stage.tick()

    @rule()
    def accept(self) -> None:
        """Say that the venue is right."""
        self.stage.do(c.AcceptReconciliation(account="one", by="anna", reason="test"))

    @rule(symbol=st.sampled_from(NAMES), strategy=st.sampled_from(["trend", "fade"]))
    def adopt(self, symbol: str, strategy: str) -> None:
        """Give a strategy what nobody owns."""
        net = self.stage.exposure(instrument=symbol).net
        self.stage.do(
            c.AdoptPosition(
                account="one", instrument=symbol, strategy=strategy, by="anna", reason="test"
            )
        )
        assert net == self.stage.exposure(instrument=symbol).net

    @rule(load=st.booleans())
    def restart(self, load: bool) -> None:
        """Begin again from the journal or from a snapshot."""
        if load:
            self.stage.state = snapshot.load(picture(self.stage.state))
        else:
            self.stage.state = replay(self.stage.records)
        self.stage.start()
        self.stage.recover("one")

    # --- what holds

    @invariant()
    def what_was_never_told_is_marked(self) -> None:
        """Every fill that counts was made at the venue, or is called inferred."""
        if hasattr(self, "stage"):
            counted = [fill for fill in self.stage.state.fills.values() if fill.quantity]
            assert all(fill.inferred or fill.exec_id in self.books.ever for fill in counted)

    def teardown(self) -> None:
        """Nothing goes wrong any more: the books agree, and so do journal and state."""
        if not hasattr(self, "stage"):
            return
        for count in range(ROUNDS):
            self.stage.wait(5 if count < ROUNDS // 2 else 61)
            for name in sorted(self.stage.state.alive):
                if self.stage.order(name).state in (
                    OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN
                ):  # fmt: skip
                    self.books.answer(name)
            self.stage.wait(1)
            self._show(self.books.picture())
        self._agree()
        assert picture(replay(self.stage.records)) == picture(self.stage.state)
        assert picture(snapshot.load(picture(self.stage.state))) == picture(self.stage.state)

    def _agree(self) -> None:
        state, books = self.stage.state, self.books
        for symbol in NAMES:
            assert books.net.get(symbol, ZERO) == self.stage.exposure(instrument=symbol).net, symbol
        there = {
            o.order for o in books.orders.values() if o.event is OrderEvent.ACCEPTED and o.order
        }
        ours = {name for name in state.alive if state.orders[name].state is not OrderState.HELD}
        over = {row.order for row in state.foreign.values() if row.order}
        assert there == ours | over
        assert all(state.orders[name].quantity == books.orders[name].quantity for name in ours)
        strange = {
            n for n, o in books.orders.items() if o.event is OrderEvent.ACCEPTED and not o.order
        }
        assert strange == {row.venue_order for row in state.foreign.values() if not row.order}
        left = [row for row in state.mismatches.values() if row.key not in over]
        assert [] == left

    # --- how it is played

    def _works(self) -> list[str]:
        orders = self.books.orders.values()
        return sorted(o.order for o in orders if o.event is OrderEvent.ACCEPTED and o.order)

    def _working(self, pick: int) -> str:
        names = self._works()
        return names[pick % len(names)]

    def _say(self, report: Report, told: bool) -> None:
        """Tell a report, or keep it for later, or for never."""
        if told:
            self.books.tell(report)
        else:
            self.late.append(report)

    def _show(self, shown: VenueSnapshot, asked_ns: int | None = None) -> None:
        """Hand a picture in: nothing is sent, no share grows but by fills of its own."""
        before = dict(self.stage.state.positions)
        look = functools.partial(self._cut_only, before)
        outcome = self.books.show(shown, asked_ns=asked_ns, look=look)
        assert not [effect for effect in outcome.effects if isinstance(effect, Send)]

    def _cut_only(self, before: dict[Any, Any], outcome: Outcome) -> None:
        cuts = [one for one in outcome.records if isinstance(one, r.ShareCut)]
        for cut in cuts:
            assert cut.strategy != EXTERNAL
        moved = {cut.strategy for cut in cuts}
        trades = [one for one in outcome.records if isinstance(one, r.OrderChanged) and one.exec_id]
        if trades:
            return
        for key, position in before.items():
            after = self.stage.state.positions[key]
            if key[2] != EXTERNAL and key[2] not in moved:
                assert position == after
            elif key[2] != EXTERNAL:
                assert abs(after.quantity) <= abs(position.quantity)
                assert after.quantity * position.quantity >= ZERO
                assert after.realized == position.realized


Apart.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestApart = Apart.TestCase
