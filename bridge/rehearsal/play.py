"""A play: one scene on its stand, and the words for what happens there.

Rules of this file
1. What must be so is checked against the venue's books and the bridge's own, never assumed.
2. A configuration that lets something not happen is no failure of the bridge: it is told, with what
   to write.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from adapters.simulated.rows import Ticket
from bridge.rehearsal.casting import Part, prices_for
from bridge.rehearsal.report import Advice, Moment, Played, money
from bridge.rehearsal.sender import Heard
from bridge.rehearsal.stand import Stand
from core.money import floor_to, plain
from core.orders import Order, OrderState, OrderType
from core.setup import SECOND_NS

FILLED_WITHIN_S: Final = 10
"""An order that the market fills is filled within a second."""

ASKED_WITHIN_S: Final = 90
"""The bridge asks seven times in a minute before it believes that an order is not there."""

AGREED_WITHIN_S: Final = 60
"""When nothing is wrong any more, books agree within one comparison."""


class Hindered(Exception):
    """The configuration does not let the scene go on; ``heard`` is what an alert was answered."""

    def __init__(self, heard: Heard) -> None:
        super().__init__(heard.sentence)
        self.heard = heard


class Wrong(Exception):
    """The bridge did not do what it promises."""


class Play:
    """One scene being played."""

    def __init__(self, stand: Stand, played: Played) -> None:
        self.stand, self.part, self.played = stand, stand.part, played
        self._began_ns = stand.timeline.now_ns

    # --- words ------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Tell what happened just now."""
        at_ns = self.stand.timeline.now_ns - self._began_ns
        self.played.moments.append(Moment(at_ns, text))

    def handled(self, text: str) -> None:
        """Tell what the bridge did about it."""
        self.played.handled.append(text)

    def without(self, text: str) -> None:
        """Tell what it would have cost without."""
        self.played.without.append(text)

    def advise(self, sentence: str, fix: str) -> None:
        """Tell what a person should look at."""
        self.played.advice.append(Advice(sentence, fix))

    def must(self, so: object, otherwise: str) -> None:
        """End the scene when something is not as promised."""
        if not so:
            raise Wrong(otherwise)

    @property
    def what(self) -> str:
        """Write what an entry asks for: ``buy 0.01 BTCUSDT``."""
        return f"{self.part.side} {self.amount(self.part.quantity)}"

    def amount(self, quantity: Decimal) -> str:
        """Write a quantity of the instrument."""
        return f"{plain(abs(quantity))} {self.part.instrument.name}"

    def position(self, quantity: Decimal) -> str:
        """Write a position."""
        if not quantity:
            return f"no {self.part.instrument.name}"
        return f"{'long' if quantity > 0 else 'short'} {self.amount(quantity)}"

    def worth(self, quantity: Decimal, price: Decimal | None = None) -> str:
        """Write what a quantity is worth."""
        return money(abs(self.part.value(quantity, price)), self.part.instrument.currency)

    # --- acts -------------------------------------------------------------------------------------

    def admitted(self, body: bytes) -> Order:
        """Deliver an alert that has to pass, and return its order.

        Errors: ``Hindered`` when the configuration does not let it.
        """
        heard = self.stand.deliver(body)
        order = self.stand.order(heard)
        if heard.verdict != "admitted" or order is None:
            raise Hindered(heard)
        return order

    def entry(self, kind: OrderType | None = None, **fields: Any) -> bytes:
        """Write an entry that the market fills at once."""
        part, mid = self.part, self.stand.mid
        away = 2 * part.sign * part.instrument.tick
        # A tick beyond the spread: it fills also when the market has moved by a tick meanwhile.
        prices = prices_for(part, kind or part.kind, price=mid + away, trigger=mid - away)
        return self.stand.alert(order_type=str(kind or part.kind), **{**prices, **fields})

    def enter(self) -> Order:
        """Open a position, filled."""
        order = self.admitted(self.entry())
        filled = self.reaches(order, OrderState.FILLED)
        self.must(filled, f"The order to {self.what} was not filled by a market that fills it.")
        order = self.stand.again(order)
        self.say(f"An alert to {self.what} comes in. It is filled at {self.price_of(order)}.")
        return order

    def rest(self, why: str) -> Order:
        """Place an entry that nobody fills; ``why`` it is not filled ends the sentence."""
        self.stand.stop_trading()
        kind, near = self.part.resting, self.stand.mid - self.part.sign * self.part.instrument.tick
        prices = prices_for(self.part, kind, price=near, trigger=near)
        order = self.admitted(self.stand.alert("", order_type=str(kind), **prices))
        works = self.reaches(order, OrderState.ACCEPTED)
        self.must(works, f"The order to {self.what} did not get to the venue.")
        self.say(f"An alert to {self.what} comes in. The venue takes the order{why}.")
        return order

    def leave(self) -> None:
        """Close everything by an exit, as a strategy does; the market fills it."""
        stand = self.stand
        stand.stop_trading(on=False)
        stand.breathe()
        heard = stand.deliver(stand.alert("exit"))
        self.must(heard.verdict in ("admitted", "held"), f"An exit was refused: {heard.sentence}")
        flat = stand.until(lambda: not stand.held() and not stand.believed(), FILLED_WITHIN_S)
        self.must(flat, f"The exit left {self.position(stand.held())}.")
        self.say("An exit closes the position.")

    def reaches(self, order: Order, state: OrderState, within_s: float = FILLED_WITHIN_S) -> bool:
        """Wait until an order is in a state; say whether it is."""
        stand = self.stand
        return stand.until(lambda: stand.again(order).state is state, within_s)

    def price_of(self, order: Order) -> str:
        """Write the average price of an order."""
        tick = self.part.instrument.tick
        return plain(floor_to(order.average_price or Decimal(0), tick))

    def unsent(self, order: str) -> str:
        """Say why an entry that waited was not sent."""
        if self.stand.state.orders[order].state is OrderState.EXPIRED:
            life_s = self.part.route.order_life_ns / SECOND_NS
            return f"it waited longer than {life_s:g} s (order_life_s of the route)"
        return "judged again, it no longer fits your limits"

    # --- proofs -----------------------------------------------------------------------------------

    def tickets(self, order: Order) -> list[Ticket]:
        """List what the venue has under the id of an order."""
        return [one for one in self.stand.orders_at_venue() if one.order == order.order]

    def entries(self) -> list[Ticket]:
        """List the entries that the venue has taken."""
        return [one for one in self.stand.orders_at_venue() if one.side is self.part.side]

    def agree(self) -> None:
        """Let what was begun end; then the bridge and the venue must say the same."""
        stand = self.stand
        agreed = stand.until(self._agrees, AGREED_WITHIN_S)
        ours, theirs = self.position(stand.believed()), self.position(stand.held())
        self.must(agreed, f"The bridge believes in {ours}, the venue shows {theirs}.")
        broken = stand.process.broken()
        self.must(not broken, f"The bridge broke: {broken}")
        ids = [ticket.order for ticket in stand.orders_at_venue()]
        twice = len(ids) - len(set(ids))
        self.must(not twice, "An order was placed a second time.")

    def _agrees(self) -> bool:
        stand = self.stand
        if not stand.process.ready or stand.believed() != stand.held():
            return False
        sure = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
        state = stand.state
        return all(state.orders[name].state in sure for name in state.alive)


def play_of(stand: Stand, played: Played) -> Play:
    """Begin a play when the bridge is ready."""
    play = Play(stand, played)
    play.must(stand.boot(), f"The bridge did not become ready. {stand.process.broken()}".strip())
    return Play(stand, played)


__all__ = ["ASKED_WITHIN_S", "Hindered", "Part", "Play", "Wrong", "play_of"]
