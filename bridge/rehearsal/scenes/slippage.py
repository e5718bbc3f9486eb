"""Slippage: the price runs away from an order that is on its way."""

from __future__ import annotations

from decimal import Decimal

from adapters.simulated.wire import Weather
from bridge.rehearsal.play import Play
from bridge.rehearsal.report import money
from bridge.rehearsal.scenes.fills import cancel
from core.money import ZERO, floor_to, plain
from core.orders import DONE, Order, OrderState, OrderType

TRAVEL_NS = 200_000_000
"""How long an order is on its way here: time enough for the price to move."""

WIDE_PERCENT = 20
"""A collar that is wider than this stops nothing that a market does in a second."""

JUMP = 3
"""The jump of the price, in widths of the collar."""

JUMP_MOST = Decimal("0.9")
"""The part of a price that it may fall at most."""


def play_slippage(play: Play) -> None:
    """Let the price move away a little, and then too far."""
    part, limit = play.part, play.part.limits.collar
    assert limit is not None, "an entry passed, so there is a collar"
    if part.kind is OrderType.STOP:
        play.advise(
            "Your strategy enters by stop orders alone. A stop order becomes a market order at the "
            "venue, and no worst price goes with it.",
            "Use stop_limit, or market orders: these carry the collar's worst price.",
        )
        return
    if limit.at > WIDE_PERCENT:
        play.advise(
            f"The collar of {limit.text} % ({limit.scope}) is so wide that it stops nothing.",
            f"Set collar_percent of {limit.scope} to what a price may really move while an order "
            "is on its way: 2, say.",
        )
        return
    away = floor_to(part.price * limit.at / 100, part.instrument.tick)
    _a_little(play, away)
    _too_far(play, away)


def _sent_into(play: Play, move: Decimal) -> Order:
    """Send an entry, and let the price move against it while it is on its way."""
    stand, part = play.stand, play.part
    stand.wire.weather = Weather(delay_min_ns=TRAVEL_NS, delay_max_ns=TRAVEL_NS)
    order = play.admitted(play.entry())
    stand.move_price(part.price + part.sign * move)
    stand.until(lambda: bool(play.tickets(order)), 10)
    stand.wait(3)
    stand.calm()
    return stand.again(order)


def _a_little(play: Play, away: Decimal) -> None:
    part, stand = play.part, play.stand
    move = floor_to(away / 2, part.instrument.tick)
    if part.kind is not OrderType.MARKET or not move:
        return
    order = _sent_into(play, move)
    average = order.average_price
    if not play.reaches(order, OrderState.FILLED) or average is None:
        play.must(so=False, otherwise="A price within the collar was not taken.")
        return
    reference = order.reference or part.price
    slipped = part.sign * (average - reference)
    cost = money(part.value(order.filled, slipped), part.instrument.currency)
    play.say(
        f"An alert to {play.what} at about {plain(reference)}. On its way the price moves: filled "
        f"at {play.price_of(order)}. This slippage costs {cost}; the trace of the signal says so."
    )
    play.leave()
    stand.move_price(part.price)
    stand.breathe()


def _too_far(play: Play, away: Decimal) -> None:
    part, stand = play.part, play.stand
    jump = min(JUMP * away, floor_to(part.price * JUMP_MOST, part.instrument.tick))
    jump = max(jump, 4 * part.instrument.tick)
    order = _sent_into(play, jump)
    worst = order.worst_price if part.kind is OrderType.MARKET else order.price
    shown = plain(worst) if worst is not None else "none"
    filled = order.filled
    market = plain(part.price + part.sign * jump)
    play.must(
        filled == ZERO, f"It was filled at {play.price_of(order)}; the worst price is {shown}."
    )
    play.say(
        f"Another alert, and this time the price jumps to {market} before the order arrives. "
        f"Its worst price is {shown}: nothing is filled."
    )
    if order.state not in DONE:
        cancel(play, order.order)
        play.say("It rests at its own price, and is cancelled.")
    stand.move_price(part.price)
    play.handled(f"No fill beyond {shown}: the collar goes with the order to the venue.")
    lost = money(part.value(part.quantity, jump), part.instrument.currency)
    play.without(f"A plain market order is filled at {market}: {lost} worse than when it was sent.")
