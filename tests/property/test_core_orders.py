"""Whatever venues, links and people do, in any order: sums agree, and the journal says it all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from core import commands as c
from core import snapshot
from core.answers import SignalAnswer
from core.engine import step
from core.money import ZERO
from core.orders import ALIVE, Order, OrderState, Side
from core.reports import Report
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

LIMIT = D(5)
QUANTITIES = st.sampled_from(["0.5", "1", "2", "3"])
PRICES = st.sampled_from(["49000", "50000", "51000"])
EXECUTIONS = st.sampled_from([f"e{number}" for number in range(8)])
ACCOUNTS = ("one", "two")


class Orders(RuleBasedStateMachine):
    """One bridge, two accounts, and everything that may happen to them.

    ``counted`` is a model of its own: what each execution id of an account is worth, for which
    order, and whether its story is closed. ``strange``: the venue did more than it was asked to.
    """

    orders = Bundle("orders")

    @initialize()
    def begin(self) -> None:
        """Two accounts with a limit of 5 each."""
        limits = replaced(WIDE, position_max=LIMIT, daily_loss_warn=None)
        scopes = {f"account:{name}": limits for name in ACCOUNTS}
        self.stage = Stage(setup_of(*ACCOUNTS, limits=scopes))
        self.counted: dict[tuple[str, str], tuple[str, Decimal, bool]] = {}
        self.strange = False

    # --- what is asked for

    @rule(
        target=orders,
        action=st.sampled_from(["buy", "sell", "exit"]),
        effect=st.sampled_from(["open", "close", "auto"]),
        strategy=st.sampled_from(["trend", "fade"]),
        quantity=QUANTITIES,
        whole=st.booleans(),
        kind=st.sampled_from(["market", "limit"]),
    )
    def signal(
        self, action: str, effect: str, strategy: str, quantity: str, whole: bool, kind: str
    ) -> Any:
        """Ask for an entry or an exit; no exit is refused, no limit passed."""
        fields: dict[str, Any] = {
            "strategy": strategy,
            "effect": effect if action != "exit" else "auto",
            "quantity": None if whole and action == "exit" else quantity,
            "order_type": kind,
            "price": "50000" if kind == "limit" else None,
        }
        before = {name: self.stage.state.exposures.get((name, "BTCUSDT")) for name in ACCOUNTS}
        answer = self.stage.say(action, **fields)
        for verdict in answer.accounts:
            if action == "exit" or effect == "close":
                assert verdict.verdict != "refused", verdict
            elif verdict.verdict == "admitted" and not self.strange:
                exposure = self.stage.exposure(verdict.account)
                assert exposure.worst <= max(LIMIT, (before[verdict.account] or exposure).worst)
        return answer.orders[0] if answer.orders else "none"

    @rule(strategy=st.sampled_from(["trend", "fade"]), everywhere=st.booleans())
    def cancel_signal(self, strategy: str, everywhere: bool) -> None:
        """Ask for the end of a strategy's entries."""
        answer = self.stage.say("cancel", strategy=strategy, symbol="" if everywhere else "BTCUSDT")
        assert {"no_action", "admitted"} >= {verdict.verdict for verdict in answer.accounts}

    @rule(order=orders)
    def cancel(self, order: str) -> None:
        """End an order by hand."""
        self.stage.do(c.CancelOrder(order=order, by="anna", reason="test"))

    @rule(scope=st.sampled_from(["global", "account:one", "strategy:trend"]))
    def halt(self, scope: str) -> None:
        """Press the button: every entry alive is asked to end."""
        self.stage.do(c.Halt(scope=scope, by="anna", reason="test"))
        entries = [self.stage.order(name) for name in self.stage.state.alive]
        assert all(
            order.reduce_only or order.pending_cancel
            for order in entries
            if scope in ("global", f"account:{order.account}", f"strategy:{order.strategy}")
        )

    @rule()
    def resume(self) -> None:
        """Lower the bridge."""
        for scope in list(self.stage.state.halts):
            self.stage.do(c.Resume(scope=scope, by="anna", reason="test"))

    # --- what venues say

    @rule(
        order=orders,
        event=st.sampled_from(
            ["accepted", "cancelled", "cancel_rejected", "rejected", "expired", "done_for_day",
             "replace_rejected", "released", "found"]
        ),
    )  # fmt: skip
    def report(self, order: str, event: str) -> None:
        """Let the venue say something, fitting or not."""
        self.stage.report(order, event)

    @rule(order=orders, quantity=QUANTITIES)
    def replace(self, order: str, quantity: str) -> None:
        """Let the venue change a quantity."""
        self.strange = True
        self.stage.report(order, "replaced", quantity=quantity)

    @rule(
        order=orders,
        event=st.sampled_from(["fill", "fill", "fill", "bust", "corrected"]),
        execution=EXECUTIONS,
        quantity=QUANTITIES,
        price=PRICES,
        fee=st.sampled_from([None, "0", "1.5"]),
    )
    def execution(
        self, order: str, event: str, execution: str, quantity: str, price: str, fee: str | None
    ) -> None:
        """Fill, bust or correct, under ids that repeat and belong to others."""
        known = self.stage.state.orders.get(order)
        told = self.stage.told(
            order, event, exec_id=execution, quantity=quantity, price=price, fee=fee
        )
        self.stage.do(told)
        if known is not None:
            self._count(known, told.report)
            self.strange |= event != "fill" or known.state not in ALIVE
            self.strange |= self.stage.order(order).filled > known.quantity

    def _count(self, order: Order, report: Report) -> None:
        key = (order.account, report.exec_id)
        owner, _, closed = self.counted.get(key, (order.order, ZERO, False))
        if owner != order.order:
            return
        quantity = report.quantity or ZERO
        if report.event == "bust":
            self.counted[key] = (owner, ZERO, True)
        elif report.event == "corrected":
            self.counted[key] = (owner, quantity, True)
        elif key not in self.counted and not closed:
            self.counted[key] = (owner, quantity, False)

    @rule(order=orders, event=st.sampled_from(["accepted", "cancelled", "fill", "expired"]))
    def look_up(self, order: str, event: str) -> None:
        """Show an order as the venue may have it."""
        if order in self.stage.state.orders:
            self.stage.look(order, self.stage.shown(order, event))

    @rule(order=orders, conclusive=st.booleans(), may_resend=st.booleans())
    def not_found(self, order: str, conclusive: bool, may_resend: bool) -> None:
        """Show nothing; only proof ends an unknown order."""
        before = self.stage.state.orders.get(order)
        self.stage.look(order, None, conclusive=conclusive, may_resend=may_resend)
        if before is not None and before.state is OrderState.UNKNOWN and not conclusive:
            assert "unknown" == self.stage.order(order).state

    @rule(order=orders)
    def sent(self, order: str) -> None:
        """Note that it left."""
        self.stage.do(c.NoteSent(order=order, entered_ns=self.stage.now))

    @rule(order=orders, proven=st.booleans(), expired=st.booleans())
    def trouble(self, order: str, proven: bool, expired: bool) -> None:
        """End a call badly."""
        self.stage.do(c.NoteTrouble(order=order, proven=proven, code="x", text="", expired=expired))

    @rule(account=st.sampled_from(ACCOUNTS), up=st.booleans())
    def link(self, account: str, up: bool) -> None:
        """Cut or restore a link."""
        self.stage.do(c.NoteLink(account=account, up=up, reason="test"))

    @rule(account=st.sampled_from(ACCOUNTS))
    def recover(self, account: str) -> None:
        """Compare an account."""
        self.stage.recover(account)

    # --- time and accidents

    @rule(seconds=st.sampled_from([1, 31, 3600]))
    def wait(self, seconds: int) -> None:
        """Let time pass; no unknown order ends by it."""
        unknown = {
            name
            for name in self.stage.state.alive
            if self.stage.order(name).state is OrderState.UNKNOWN
        }
        self.stage.wait(seconds)
        self.stage.tick()
        assert unknown <= set(self.stage.state.alive)

    @rule()
    def restart(self) -> None:
        """Begin again from the journal."""
        self.stage.state = replay(self.stage.records)
        self.stage.start()

    @rule()
    def load(self) -> None:
        """Begin again from a snapshot."""
        self.stage.state = snapshot.load(picture(self.stage.state))

    @rule(quantity=QUANTITIES)
    def failed_append(self, quantity: str) -> None:
        """Go back, and decide the same again."""
        stage = self.stage
        before = picture(stage.state)
        commands = [stage.signal(quantity=quantity), stage.signal("exit"), c.Tick()]
        first = step(stage.state, stage.view, commands, stage.now)
        stage.state.rollback()
        assert before == picture(stage.state)
        assert first == step(stage.state, stage.view, commands, stage.now)
        stage.state.rollback()

    # --- what holds

    @invariant()
    def positions_are_the_sums_of_executions(self) -> None:
        """Every position is the sum of what its execution ids are worth."""
        if not hasattr(self, "stage"):
            return
        sums: dict[tuple[str, str], Decimal] = {}
        for (account, _), (name, quantity, _) in self.counted.items():
            order = self.stage.order(name)
            key = (account, order.strategy)
            signed = quantity if order.side is Side.BUY else -quantity
            sums[key] = sums.get(key, ZERO) + signed
        held = {
            (position.account, position.strategy): position.quantity
            for position in self.stage.state.positions.values()
        }
        assert {key: s for key, s in sums.items() if s} == {k: q for k, q in held.items() if q}

    def teardown(self) -> None:
        """Fold the whole journal again."""
        if hasattr(self, "stage"):
            assert picture(replay(self.stage.records)) == picture(self.stage.state)


Orders.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOrders = Orders.TestCase


def test_answers_of_one_batch_are_those_of_single_steps() -> None:
    """Commands judged together and one after the other end the same, if nothing else happens."""
    together, single = Stage(), Stage()
    messages = [
        together.signal(action, **fields)
        for action, fields in (
            ("buy", {"effect": "open"}), ("buy", {"effect": "open", "quantity": "1001"}),
            ("sell", {"effect": "open"}), ("exit", {}), ("cancel", {}),
        )
    ]  # fmt: skip
    answers = together.do(*messages).answers
    alone = [single.do(message).answers[0] for message in messages]

    assert alone == answers
    assert all(isinstance(answer, SignalAnswer) for answer in answers)
    assert picture(single.state) == picture(together.state)
