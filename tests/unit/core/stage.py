"""A stage for the core: a state, a view and a clock, with the words that tests speak in.

Rules of this file
1. Whatever is played goes through ``step``, is written with the codec, and is committed.
2. After every step what can be worked out anew is worked out anew and compared (``agreement``).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from core import codec, snapshot
from core import commands as c
from core import records as r
from core.answers import Answer, AskCancel, Busy, Send, SignalAnswer
from core.engine import Outcome, next_due, step
from core.fold import fold
from core.ids import body_hash
from core.market import UNSEEN, Market, judge_quote
from core.money import ZERO
from core.orders import Order, OrderEvent
from core.reports import AccountMark, Quote, Report, VenueOrder
from core.risk.codes import CODES
from core.setup import SECOND_NS, Setup
from core.signals import Action, Effect, Misread, Signal
from core.state import FLAT, Exposure, State
from core.view import ClockReading, Prices, Standing, View
from tests.unit.core.agreement import agreement
from tests.unit.core.setups import NOW, WORDS, replaced, setup_of

D = Decimal


SIZES = ("target_position", "position_size", "prev_position_size")


class Stage:
    """A running core. ``records`` is its whole journal."""

    def __init__(self, setup: Setup | None = None, *, recovered: bool = True) -> None:
        self.setup = setup or setup_of()
        self.state = State()
        self.now = NOW
        self.durable = True
        self.quotes: dict[str, Quote] = {}
        self.earlier: dict[str, Quote] = {}
        self.markets: dict[str, Market] = {}
        self.own: dict[str, Prices] = {}
        self.clocks: dict[str, ClockReading] = {}
        self.clock_until_ns = 0
        self.standings: dict[str, Standing] = {}
        self.records: list[r.Record] = []
        self.last = Outcome()
        self.count = 0
        self.quote("BTCUSDT", "50000", "50001")
        self.quote("ETHUSDT", "2000", "2001")
        for name in self.setup.accounts:
            self.equity(name, "100000", observe=False)
        self.start()
        if recovered:
            for name in self.setup.accounts:
                self.recover(name)

    # --- the outside

    def quote(self, instrument: str, bid: str, ask: str) -> None:
        """Set the market of an instrument, as of now."""
        last = D(bid)
        quote = Quote(instrument=instrument, bid=D(bid), ask=D(ask), last=last, at_ns=self.now)
        self.quotes[instrument] = quote
        market = self.markets.get(instrument, UNSEEN)
        self.markets[instrument] = judge_quote(market, quote, self.setup.instruments[instrument])

    def equity(
        self, account: str, *values: str, observe: bool = True, balance: str | None = None
    ) -> Outcome | None:
        """Tell an account's equity, once for each value, as of now; ``balance``: if it is another
        number."""
        before = self.standings.get(account)
        equities = before.equities if before is not None else ()
        balances = before.balances if before is not None else ()
        for value in values:
            cash = D(value if balance is None else balance)
            equities, balances = (*equities, D(value))[-3:], (*balances, cash)[-3:]
            mark = AccountMark(account=account, balance=cash, equity=D(value), at_ns=self.now)
            self.standings[account] = Standing(mark=mark, equities=equities, balances=balances)
            if observe:
                self.do(c.ObserveAccount(account=account))
        return self.last if observe else None

    def wait(self, seconds: int | str, *, fresh: bool = True) -> None:
        """Let time pass; ``fresh``: quotes and figures are told again."""
        self.now += int(D(seconds) * SECOND_NS)
        if fresh:
            for name, quote in self.quotes.items():
                self.quotes[name] = replaced(quote, at_ns=self.now)
            for name, standing in self.standings.items():
                mark = replaced(standing.mark, at_ns=self.now)
                self.standings[name] = replaced(standing, mark=mark)

    @property
    def view(self) -> View:
        """Return the view as it is now."""
        return View(
            quotes=self.quotes,
            standings=self.standings,
            durable=self.durable,
            markets=self.markets,
            clocks=self.clocks,
            clock_until_ns=self.clock_until_ns,
            earlier=self.earlier,
            own=self.own,
        )

    # --- the core

    def do(self, *commands: c.Command) -> Outcome:
        """Take one step, write its records, commit, and compare what can be worked out anew."""
        self.last = step(self.state, self.view, list(commands), self.now)
        payload = codec.encode(self.last.records)
        assert codec.decode(payload) == self.last.records
        self.state.commit()
        self.records += self.last.records
        assert agreement(self.state) == ""
        assert _given(self.last.records) <= set(CODES)
        assert next_due(self.state, self.now) <= self.now + 60 * SECOND_NS
        return self.last

    def start(self) -> Outcome:
        """Begin, as a process does that became the writer."""
        epoch = self.state.facts.epoch + 1
        return self.do(
            c.StartBridge(
                journal="stage",
                epoch=epoch,
                software="test",
                setup=self.setup,
                setup_hash=body_hash(msgspec.json.encode(self.setup)),
            )
        )

    def load(self, setup: Setup) -> Outcome:
        """Begin again with another configuration; its looser limits are accepted."""
        self.setup = setup
        self.start()
        return self.do(c.AcceptLimits(by="anna", reason="as in the file"))

    def recover(self, account: str) -> Outcome:
        """Say that an account was connected and compared with its venue."""
        compared = c.NoteRecovered(
            account=account, balance=D(100000), equity=D(100000), orders_checked=0
        )
        return self.do(c.NoteLink(account=account, up=True, reason="connected"), compared)

    def tick(self) -> Outcome:
        """Let time itself be a command."""
        return self.do(c.Tick())

    def signal(self, action: str = "buy", /, **fields: Any) -> c.ReceiveSignal:
        """Make a message: a buy of 1 BTCUSDT by ``trend``, with an id of its own, sent now."""
        self.count += 1
        known: dict[str, Any] = {
            "strategy": "trend",
            "symbol": "BTCUSDT",
            "id": f"m{self.count}",
            "time_ns": self.now,
        }
        if action in ("buy", "sell"):
            known["quantity"] = "1"
        known |= fields
        for name in ("quantity", "price", "trigger", "signal_price", *SIZES):
            if known.get(name) is not None:
                known[name] = D(known[name])
        for name, kind in WORDS.items():
            if known.get(name) is not None:
                known[name] = kind(known[name])
        body = f"{action} {sorted(known.items(), key=str)}"
        content = Signal(action=Action(action), **known)
        return c.ReceiveSignal(route="door", body_hash=body, content=content, raw=body)

    def send(self, action: str = "buy", /, **fields: Any) -> Answer:
        """Send one message and return the answer."""
        return self.do(self.signal(action, **fields)).answers[-1]

    def say(self, action: str = "buy", /, **fields: Any) -> SignalAnswer:
        """Send one message that must be judged."""
        return self.hear(self.signal(action, **fields))

    def hear(self, message: c.ReceiveSignal) -> SignalAnswer:
        """Take one message that must be judged."""
        answer = self.do(message).answers[0]
        assert isinstance(answer, SignalAnswer), answer
        return answer

    def entry(self, quantity: str = "1", side: str = "buy", **fields: Any) -> Order:
        """Send an entry that must be admitted, and return its order."""
        answer = self.say(side, quantity=quantity, effect=Effect.OPEN, **fields)
        assert answer.verdict in ("admitted", "held"), answer
        return self.order(answer.orders[0])

    def position(self, quantity: str = "1", side: str = "buy", **fields: Any) -> Order:
        """Open a position: an entry that is filled."""
        order = self.entry(quantity, side, **fields)
        self.report(order, "accepted")
        self.fill(order, quantity)
        return self.order(order)

    # --- the venue

    def report(self, order: Order | str, event: str, **fields: Any) -> Outcome:
        """Let the venue say something about an order."""
        return self.do(self.told(order, event, **fields))

    def told(self, order: Order | str, event: str, **fields: Any) -> c.TakeReport:
        """Make what the venue says about an order."""
        name = order if isinstance(order, str) else order.order
        known = self.state.orders.get(name)
        for number in ("quantity", "price", "trigger", "fee"):
            if fields.get(number) is not None:
                fields[number] = D(fields[number])
        base: dict[str, Any] = {
            "account": known.account if known is not None else "one",
            "order": name,
            "event": OrderEvent(event),
            "at_ns": self.now,
        }
        return c.TakeReport(report=Report(**(base | fields)))

    def fill(
        self, order: Order | str, quantity: str, price: str = "50000", **fields: Any
    ) -> Outcome:
        """Let the venue fill some of an order."""
        self.count += 1
        facts = {"exec_id": f"e{self.count}", "fee": "0.1"} | fields
        return self.report(order, "fill", quantity=quantity, price=price, **facts)

    def shown(self, order: Order | str, event: str, **fields: Any) -> VenueOrder:
        """Make an order as a look-up shows it."""
        known = self.order(order)
        base: dict[str, Any] = {
            "order": known.order,
            "venue_order": "v1",
            "instrument": known.instrument,
            "side": known.side,
            "order_type": known.order_type,
            "quantity": known.quantity,
            "filled": ZERO,
            "event": OrderEvent(event),
            "at_ns": self.now,
        }
        return VenueOrder(**(base | fields))

    def look(
        self,
        order: Order | str,
        found: VenueOrder | None,
        *,
        conclusive: bool = True,
        may_resend: bool = False,
        covers_closed: bool = False,
        canary: str = "",
        asked_ns: int = 0,
    ) -> Outcome:
        """Answer a look-up of an order."""
        name = order if isinstance(order, str) else order.order
        return self.do(
            c.TakeLookup(
                order=name,
                found=found,
                conclusive=conclusive,
                may_resend=may_resend,
                calls=("orders",),
                covers_closed=covers_closed,
                canary=canary,
                asked_ns=asked_ns,
            )
        )

    # --- looking

    def order(self, order: Order | str) -> Order:
        """Return an order as it is now."""
        return self.state.orders[order if isinstance(order, str) else order.order]

    def exposure(self, account: str = "one", instrument: str = "BTCUSDT") -> Exposure:
        """Return what is at stake."""
        return self.state.exposures.get((account, instrument), FLAT)

    def share(
        self, account: str = "one", instrument: str = "BTCUSDT", strategy: str = "trend"
    ) -> Decimal:
        """Return what a strategy holds."""
        position = self.state.positions.get((account, instrument, strategy))
        return position.quantity if position is not None else ZERO

    @property
    def alarms(self) -> list[str]:
        """Return the codes of the alarms of the last step."""
        return [one.code for one in self.last.records if isinstance(one, r.AlarmRaised)]

    @property
    def sent(self) -> list[str]:
        """Return the orders that the last step lets go."""
        return [effect.order for effect in self.last.effects if isinstance(effect, Send)]

    @property
    def asked_to_end(self) -> list[str]:
        """Return the orders whose end the last step asks for."""
        return [effect.order for effect in self.last.effects if isinstance(effect, AskCancel)]


def codes(answer: Answer) -> str:
    """Return the verdict and the code of an answer as one word."""
    if isinstance(answer, SignalAnswer):
        return f"{answer.verdict} {answer.code}".strip()
    assert isinstance(answer, Busy), answer
    return f"busy {answer.code}"


def misread(code: str = "field_missing", **fields: Any) -> Misread:
    """Make a message that could not be read."""
    return Misread(code=code, **fields)


def _given(records: Iterable[r.Record]) -> set[str]:
    """Return the codes of verdicts that records give."""
    given = {record.code for record in records if isinstance(record, r.SignalRefused)}
    orders = [record.order for record in records if isinstance(record, r.OrderIntended)]
    return given | {order.held_for for order in orders if order.held_for}


def replay(records: Iterable[r.Record]) -> State:
    """Fold a journal from its beginning, after writing and reading it."""
    state = State()
    for record in codec.decode(codec.encode(records)):
        fold(state, record)
    state.commit()
    return state


def picture(state: State) -> bytes:
    """Write a state down."""
    return snapshot.dump(state)
