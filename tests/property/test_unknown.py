"""Whatever venues answer and people say of an order in doubt: nothing is guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core import commands as c
from core import records as r
from core import snapshot
from core.commands import Resolution
from core.doubt import NEGATIVES_MIN, SPAN_NS
from core.money import ZERO
from core.orders import Order, OrderState
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

EVIDENCE = frozenset({"accepted", "fill", "cancelled", "rejected", "expired", "found", "absent"})


class Doubts(RuleBasedStateMachine):
    """One order after the other falls into doubt, and anything happens to it.

    ``counted``: our own book of the answers that count, by order: how many, the first, the last.
    ``said``: orders of which a person said what became; ``real``: what really traded of each.
    """

    @initialize()
    def begin(self) -> None:
        """Begin with a wide cap, and one proven order that never is in doubt."""
        limits = replaced(WIDE, unknown_orders_max=100)
        here = replaced(limits, daily_loss_max=None, daily_loss_warn=None)
        scopes = {"account:one": limits, "account:one/instrument:BTCUSDT": here}
        self.stage = Stage(setup_of(limits=scopes))
        self.canary = self.stage.entry("1").order
        self.stage.report(self.canary, "accepted")
        self.orders: list[str] = []
        self.counted: dict[str, tuple[int, int, int]] = {}
        self.real: dict[str, dict[str, Decimal]] = {}
        self.unknown: set[str] = set()

    @rule(side=st.sampled_from(["buy", "sell"]), quantity=st.integers(1, 4))
    def lose(self, side: str, quantity: int) -> None:
        """Send an entry whose reply is lost."""
        answer = self.stage.say(side, quantity=str(quantity), effect="open")
        for name in answer.orders:
            self.orders.append(name)
            self.real[name] = {}
            trouble = c.NoteTrouble(order=name, proven=False, code="timeout", text="")
            self.stage.do(trouble)

    def one(self, data: st.DataObject) -> Order | None:
        """Pick an order that is still known."""
        known = [name for name in self.orders if name in self.stage.state.orders]
        return self.stage.order(data.draw(st.sampled_from(known))) if known else None

    @rule(
        data=st.data(),
        covers=st.booleans(),
        shows=st.booleans(),
        proof=st.sampled_from([0, 0, 0, 1]),
    )
    def negative(self, data: st.DataObject, covers: bool, shows: bool, proof: int) -> None:
        """Answer that the venue does not show it."""
        order = self.one(data)
        if order is None:
            return
        canary = self.canary if shows else ""
        conclusive = bool(proof)
        self.stage.look(order, None, conclusive=conclusive, covers_closed=covers, canary=canary)
        after = self.stage.order(order)
        fresh = self.canary in dict(self.stage.state.proven["one"])
        if order.state in (OrderState.UNKNOWN, OrderState.SENT, OrderState.INTENDED):
            count, first, _ = self.counted.get(order.order, (0, 0, 0))
            if conclusive or (covers and shows and fresh):
                now = self.stage.now
                self.counted[order.order] = (count + 1, first or now, now)
            count, first, last = self.counted.get(order.order, (0, 0, 0))
            enough = count >= NEGATIVES_MIN and last - first >= SPAN_NS
            assert (after.state is OrderState.NOT_PLACED) is (conclusive or enough)
        elif order.resolved and order.state is OrderState.ACCEPTED and conclusive:
            assert OrderState.NOT_PLACED is after.state
        else:
            assert order.state is after.state

    @rule(
        data=st.data(), event=st.sampled_from(["accepted", "cancelled", "expired", "found", "fill"])
    )
    def evidence(self, data: st.DataObject, event: str) -> None:
        """Let the venue show it, by a report, a look-up or an execution."""
        order = self.one(data)
        if order is None:
            return
        if event == "found":
            filled = sum(self.real[order.order].values(), ZERO)
            self.stage.look(order, self.stage.shown(order, "accepted", filled=filled))
        elif event == "fill":
            left = order.quantity - sum(self.real[order.order].values(), ZERO)
            if left > ZERO:
                name = f"x{len(self.real[order.order])}-{order.order}"
                self.stage.fill(order, "1", exec_id=name)
                self.real[order.order][name] = D(1)
        else:
            self.stage.report(order, event)
        self.counted.pop(order.order, None)

    @rule(
        data=st.data(),
        outcome=st.sampled_from(list(Resolution)),
        filled=st.sampled_from([None, "1", "2"]),
    )
    def resolve(self, data: st.DataObject, outcome: Resolution, filled: str | None) -> None:
        """Let a person say what it saw."""
        order = self.one(data)
        if order is None:
            return
        facts: dict[str, Any] = {"quantity": None if filled is None else D(filled)}
        self.stage.do(
            c.ResolveOrder(
                order=order.order,
                outcome=outcome,
                by="anna",
                reason="seen",
                price=D(50000),
                **facts,
            )
        )
        if self.stage.last.records:
            self.counted.pop(order.order, None)

    @rule(seconds=st.sampled_from([1, 5, 20, 60, 600, 3600]))
    def wait(self, seconds: int) -> None:
        """Let time pass. It ends no doubt, and asks for what is watched."""
        before = set(self.stage.state.doubts)
        self.stage.wait(seconds)
        self.stage.tick()
        assert before == set(self.stage.state.doubts)

    @rule()
    def restart(self) -> None:
        """Begin again from the journal."""
        self.stage.state = replay(self.stage.records)
        self.stage.start()
        self.stage.recover("one")

    @rule()
    def load(self) -> None:
        """Begin again from a snapshot."""
        self.stage.state = snapshot.load(picture(self.stage.state))

    @invariant()
    def doubt_counts_in_full(self) -> None:
        """What nobody knows counts at full size, and no order has a second id."""
        if not hasattr(self, "stage"):
            return
        state = self.stage.state
        for name in state.doubts:
            order = state.orders[name]
            assert order.quantity - order.filled == order.leaves
        intended = [
            one.order.order for one in self.stage.records if isinstance(one, r.OrderIntended)
        ]
        assert len(intended) == len(set(intended))
        assert [] == self.stage.sent or set(self.stage.sent) <= set(intended)

    @invariant()
    def unknown_is_left_by_evidence_or_a_person(self) -> None:
        """Each record that ends a doubt is the venue's word, enough answers, or a person's."""
        if not hasattr(self, "stage"):
            return
        stage, before = self.stage, self.unknown
        orders = stage.state.orders.values()
        self.unknown = {order.order for order in orders if order.state is OrderState.UNKNOWN}
        changes = [one for one in stage.last.records if isinstance(one, r.OrderChanged)]
        for name in before - self.unknown:
            (first, *_) = [one for one in changes if one.order == name]
            assert first.event in EVIDENCE
            assert first.event != "absent" or first.by or first.raw

    @invariant()
    def what_really_traded_counts(self) -> None:
        """Of each order at least what was told counts, and beyond it only what is marked."""
        if not hasattr(self, "stage"):
            return
        state = self.stage.state
        for name, told in self.real.items():
            order = state.orders.get(name)
            if order is None:
                continue
            rows = [
                state.fills[order.account, exec_id] for exec_id in state.order_fills.get(name, ())
            ]
            real = sum((row.quantity for row in rows if not row.inferred), ZERO)
            assert sum(told.values(), ZERO) == real
            assert order.filled <= order.quantity

    def teardown(self) -> None:
        """Fold the whole journal again."""
        if hasattr(self, "stage"):
            assert picture(replay(self.stage.records)) == picture(self.stage.state)


Doubts.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDoubts = Doubts.TestCase
