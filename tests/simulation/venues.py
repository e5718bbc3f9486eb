"""What goes wrong at the venues and on the way to them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from adapters.simulated.rows import Ticket
from core.orders import OrderEvent
from core.setup import SECOND_NS
from tests.simulation.plan import INSTRUMENTS
from tests.simulation.world import Choice, VenueSide, World


def steps(world: World, random: Random) -> list[Choice]:
    """Return what can happen, with its fault and its weight."""

    def bound(act: Callable[[World, Random], None]) -> Callable[[], None]:
        return lambda: act(world, random)

    return [
        ("maintenance", "maintenance", bound(maintenance), 0.8),
        ("throttle", "throttle", bound(throttle), 1.0),
        ("unsolicited end", "unsolicited", bound(unsolicited), 1.5),
        ("market halted", "halted_market", bound(halted_market), 0.8),
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
