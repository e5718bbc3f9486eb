"""A trade that the rules should stop: too large, too old, too far away, unknown, not allowed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bridge.rehearsal.casting import prices_for, smallest
from bridge.rehearsal.play import Play
from core.money import ZERO, ceil_to, floor_to, plain
from core.orders import OrderType, Side
from core.setup import SECOND_NS, resolve

MS = 1_000_000
LATE_S = 60


def play_rules(play: Play) -> None:
    """Send what must not pass."""
    _too_large(play)
    _too_old(play)
    _too_far(play)
    _nobody_knows(play)
    _other_side(play)
    play.handled("Nothing of it reached the venue. Each refusal says its limit and what to do.")


def _refused(play: Play, what: str, body: bytes) -> None:
    """Deliver what must be refused."""
    stand = play.stand
    before = len(stand.orders_at_venue())
    heard = stand.deliver(body)
    stand.wait(2)
    sent = len(stand.orders_at_venue()) > before
    play.must(heard.verdict == "refused" and not sent, f"It was {heard.verdict}: {what}.")
    play.say(f"{what[0].upper()}{what[1:]}: refused. {heard.sentence}")
    stand.breathe()


def _too_large(play: Play) -> None:
    part, limits = play.part, play.part.limits
    unit = part.value(Decimal(1))
    caps = [limits.quantity.at] if limits.quantity is not None else []
    caps += [limits.value.at / unit] if limits.value is not None else []
    quantity = max(floor_to(min(caps), part.step) + part.step, smallest(part.instrument))
    what = f"an order for {play.amount(quantity)}, worth {play.worth(quantity)}"
    _refused(play, what, play.entry(quantity=quantity))
    play.without(f"An order worth {play.worth(quantity)} would have gone out: one zero too many.")


def _too_old(play: Play) -> None:
    route, stand = play.part.route, play.stand
    age_ns = route.signal_age_max_ns + LATE_S * SECOND_NS
    old = str((stand.machine.utc_ns() - age_ns) // MS)
    _refused(play, f"an alert that is {age_ns / SECOND_NS:.0f} s old", play.entry(time=old))
    if not route.require_time:
        play.advise(
            "Alerts of this route may come without a time: an old one cannot be told from a new.",
            f'Write "time": "{{{{timenow}}}}" into every alert, and take "time" out of '
            f"routes.{route.name}.waive.",
        )


def _too_far(play: Play) -> None:
    part, limit = play.part, play.part.limits.collar
    if limit is None or OrderType.LIMIT not in part.strategy.order_types:
        play.say("Your strategy sends no limit orders: there is no price of its own to be wrong.")
        return
    tick = part.instrument.tick
    away = ceil_to(part.price * limit.at * Decimal("1.5") / 100, tick) + 2 * tick
    # Below the market where there is room, so that its value is no reason to refuse it.
    price = part.price - away if part.price - away > ZERO else part.price + away
    fields: dict[str, Any] = {"quantity": smallest(part.instrument)}
    price = floor_to(price, tick)
    fields |= prices_for(part, OrderType.LIMIT, price=price, trigger=price)
    what = f"a limit order at {plain(price)}, with the market at {plain(part.price)}"
    _refused(play, what, play.stand.alert(order_type="limit", **fields))


def _nobody_knows(play: Play) -> None:
    part, setup = play.part, play.stand.config.setup
    symbol = f"{part.instrument.name}-X"[-64:]
    while resolve(setup, part.account, symbol) is not None:
        symbol = f"{symbol}X"[-64:]
    _refused(play, "a symbol that is not in your configuration", play.entry(symbol=symbol))
    others = [name for name in setup.strategies if name not in part.route.strategies]
    stranger = others[0] if others else "nobody"
    while stranger in part.route.strategies:
        stranger += "x"
    _refused(play, "a strategy that this route does not take", play.entry(strategy=stranger))


def _other_side(play: Play) -> None:
    part = play.part
    other = Side.SELL if part.side is Side.BUY else Side.BUY
    if other not in part.strategy.sides:
        what = f"an entry to {other}, which your strategy may not"
        _refused(play, what, play.entry(action=str(other)))
