"""What goes wrong at the venues and on the way to them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from adapters.port import Gap, LinkChanged
from adapters.simulated.rows import Deal, Ticket
from core.orders import OrderEvent, Side
from core.setup import SECOND_NS
from tests.simulation.plan import INSTRUMENTS
from tests.simulation.world import MS, Choice, VenueSide, World


def steps(world: World, random: Random) -> list[Choice]:
    """Return what can happen, with its fault and its weight."""

    def bound(act: Callable[[World, Random], None]) -> Callable[[], None]:
        return lambda: act(world, random)

    return [
        ("maintenance", "maintenance", bound(maintenance), 0.8),
        ("throttle", "throttle", bound(throttle), 1.0),
        ("unsolicited end", "unsolicited", bound(unsolicited), 1.5),
        ("market halted", "halted_market", bound(halted_market), 0.8),
        ("silence", "silence", bound(silence), 0.8),
        ("gap", "gap", bound(gap), 1.0),
        ("bust", "bust", bound(bust), 0.8),
        ("correction", "correction", bound(correct), 0.5),
        ("overfill", "overfill", bound(overfill), 0.5),
        ("foreign trade", "foreign", bound(foreign), 0.6),
        ("liquidation", "liquidation", bound(liquidate), 0.2),
    ]


def _side(world: World, random: Random) -> tuple[str, VenueSide]:
    name = random.choice(tuple(world.accounts))
    return name, world.accounts[name]


def _working(side: VenueSide, random: Random) -> Ticket | None:
    ours = [ticket for ticket in side.exchange.working() if ticket.order]
    return random.choice(ours) if ours else None


def maintenance(world: World, random: Random) -> None:
    """Close a venue for a while; it says until when, or it does not."""
    _, side = _side(world, random)
    weather = side.wire.weather
    weather.closed_until_ns = world.utc_ns() + random.randint(1, 30) * SECOND_NS
    weather.closed_said = random.random() < 0.5


def throttle(world: World, random: Random) -> None:
    """Let a venue take no more messages for a while."""
    _, side = _side(world, random)
    side.wire.weather.banned_until_ns = world.utc_ns() + random.randint(1, 15) * SECOND_NS


def unsolicited(world: World, random: Random) -> None:
    """Let a venue end an order by itself, or let it rest until tomorrow."""
    _, side = _side(world, random)
    ticket = _working(side, random)
    if ticket is None:
        return
    if random.random() < 0.25:
        world.coverage["done_for_day"] += 1
        side.exchange.rest_until_tomorrow(ticket)
        return
    event = random.choice((OrderEvent.CANCELLED, OrderEvent.EXPIRED))
    world.coverage[f"unsolicited_{event}"] += 1
    side.exchange.end(ticket, event, reason="by the venue")


def halted_market(world: World, random: Random) -> None:
    """Let nothing trade in an instrument for a while."""
    _, side = _side(world, random)
    name = random.choice(tuple(INSTRUMENTS))
    side.exchange.halted.add(name)
    world.coverage["halted_market"] += 1
    world.timeline.after(
        random.randint(1, 20) * SECOND_NS, lambda: side.exchange.halted.discard(name)
    )


def silence(world: World, random: Random) -> None:
    """Let a connection stand and carry nothing; after a while it falls, if nobody noticed."""
    name, side = _side(world, random)
    weather = side.wire.weather
    if weather.silent:
        return
    weather.silent = True
    world.coverage["silence"] += 1

    def fall() -> None:
        weather.silent = False
        side.wire.drop(lambda _: LinkChanged(name, up=False, reason="nothing came back"))

    world.timeline.after(random.randint(1, 25) * SECOND_NS, fall)


def gap(world: World, random: Random) -> None:
    """Lose some reports of a connection that stands, and say so."""
    name, side = _side(world, random)
    side.wire.weather.report_lost = 1.0
    world.coverage["gap"] += 1

    def over() -> None:
        side.wire.weather.report_lost = 0.0
        for session in list(side.wire.sessions):
            session.door.call_soon(session.sink, Gap(name, reason="numbers are missing"))

    world.timeline.after(random.randint(10 * MS, 2 * SECOND_NS), over)


def _traded(side: VenueSide, random: Random, now_ns: int) -> tuple[Ticket, Deal] | None:
    young = [
        (ticket, deal)
        for ticket in side.exchange.tickets
        if ticket.order
        for deal in ticket.deals
        if deal.quantity and now_ns - deal.at_ns < 60 * SECOND_NS
    ]
    return random.choice(young) if young else None


def bust(world: World, random: Random) -> None:
    """Take a trade back."""
    name, side = _side(world, random)
    found = _traded(side, random, world.utc_ns())
    if found is not None:
        ticket, deal = found
        world.coverage["bust"] += 1
        world.checks.excused[name, ticket.instrument] += deal.quantity
        side.exchange.bust(ticket, deal)


def correct(world: World, random: Random) -> None:
    """Say that a trade was at another price."""
    _, side = _side(world, random)
    found = _traded(side, random, world.utc_ns())
    if found is not None:
        ticket, deal = found
        world.coverage["correction"] += 1
        tick = INSTRUMENTS[ticket.instrument].tick
        side.exchange.correct(ticket, deal, deal.price + tick * random.choice((-3, -1, 1, 5)))


def overfill(world: World, random: Random) -> None:
    """Fill more of an order than there is of it."""
    _, side = _side(world, random)
    ticket = _working(side, random)
    if ticket is not None and not ticket.reduce_only:
        world.coverage["overfill"] += 1
        step = INSTRUMENTS[ticket.instrument].lot_step
        price = side.exchange.quotes[ticket.instrument].last
        side.exchange.fill(ticket, ticket.left + step * random.randint(1, 3), price)


def foreign(world: World, random: Random) -> None:
    """Let somebody else trade on the account."""
    name, side = _side(world, random)
    instrument = random.choice(tuple(INSTRUMENTS))
    world.coverage["foreign"] += 1
    quantity = Decimal(random.randint(1, 4))
    world.checks.excused[name, instrument] += quantity
    side.exchange.place_foreign(instrument, random.choice((Side.BUY, Side.SELL)), quantity)


def liquidate(world: World, random: Random) -> None:
    """Let the venue close everything in an account: orders and positions."""
    name, side = _side(world, random)
    world.coverage["liquidation"] += 1
    exchange = side.exchange
    for ticket in exchange.working():
        exchange.end(ticket, OrderEvent.CANCELLED, reason="liquidated")
    for instrument in INSTRUMENTS:
        net = exchange.net(instrument)
        if net:
            world.checks.excused[name, instrument] += abs(net)
            closes = Side.SELL if net > 0 else Side.BUY
            exchange.place_foreign(instrument, closes, abs(net))
