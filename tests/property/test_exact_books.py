"""Spot and hedging accounts against an exchange with exact books: whatever is lost or done by
others, our books follow, and no exit ever opens anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import commands as c
from core.orders import OrderEvent, Side
from core.positions import EXTERNAL
from core.setup import Setup
from tests.unit.core.floor import Floor
from tests.unit.core.setups import BTC, replaced, setup_of
from tests.unit.core.stage import picture, replay

D = Decimal
STRATEGIES = ("trend", "fade")
EVENTS = (
    "buy", "buy", "sell", "exit", "exit", "some", "market", "lost", "heard", "bust", "stranger",
    "restart", "look",
)  # fmt: skip

steps = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(0, 20), st.sampled_from(["0.5", "1", "2"])),
    max_size=25,
)


def happen(floor: Floor, event: str, at: int, size: str) -> None:
    """Let one thing happen."""
    strategy = STRATEGIES[at % 2]
    for scope in list(floor.state.halts):
        floor.do(c.Resume(scope=scope, by="anna", reason="test"))
    match event:
        case "buy" | "sell":
            floor.trade(event, effect="open", quantity=size, strategy=strategy)
        case "exit":
            floor.trade("exit", strategy=strategy)
        case "some":
            floor.trade("exit", quantity=size, strategy=strategy)
        case "market":
            floor.push()
        case "lost" | "heard":
            floor.loses = event == "lost"
        case "bust":
            bust(floor, at)
        case "stranger":
            stranger(floor, at, size)
        case "restart":
            floor.state = replay(floor.records)
            floor.start()
            floor.recover("one")
        case _:
            floor.compare()


def bust(floor: Floor, at: int) -> None:
    """Take an entry's trade back."""
    found = [
        (ticket, deal)
        for ticket in floor.exchange.tickets
        for deal in ticket.deals
        if deal.quantity and ticket.order and not ticket.reduce_only
    ]
    held = [one for one in found if covers(floor, *one)]
    if held:
        floor.exchange.bust(*held[at % len(held)])
        floor.hear_all()


def covers(floor: Floor, ticket: Any, deal: Any) -> bool:
    """Say whether a trade was heard of, and nothing was sold yet of what it brought."""
    known = floor.state.fills.get(("one", deal.exec_id))
    if known is None or floor.loses:
        return False
    return abs(floor.exchange.held(ticket.book)) >= deal.quantity


def stranger(floor: Floor, at: int, size: str) -> None:
    """Let somebody else close something of what is there."""
    books = sorted(floor.theirs())
    if not books:
        return
    book = books[at % len(books)]
    held = floor.exchange.held(book)
    least = min(abs(held), D(size))
    if floor.exchange.rules.hedging:
        floor.others("sell" if held > 0 else "buy", str(least), book)
    else:
        floor.others("sell", str(least))


def settled(floor: Floor) -> None:
    """Nothing goes wrong any more."""
    floor.loses = False
    for _ in range(8):
        floor.wait(61)
        floor.ask()
        floor.push()
        floor.compare()
    for _ in range(4):
        for name in sorted(floor.state.alive):
            floor.do(c.CancelOrder(order=name, by="anna", reason="test"))
            floor.carry(list(floor.last.effects))
        floor.wait(61)
        floor.compare()


def played(setup: Setup, happens: list[tuple[str, int, str]], **rules: Any) -> Floor:
    """Play a day, and let it end well."""
    floor = Floor(setup, **rules)
    for event, at, size in happens:
        happen(floor, event, at, size)
    settled(floor)
    assert picture(replay(floor.records)) == picture(floor.state)
    return floor


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happens=steps)
@example(
    happens=[(event, at, "0.5") for event, at in [
        ("buy", 0), ("sell", 0), ("buy", 1), ("buy", 1), ("buy", 0), ("stranger", 0),
    ]]
)  # fmt: skip
def test_tickets_are_those_of_the_exchange(happens: list[tuple[str, int, str]]) -> None:
    """Ticket by ticket our owners hold what the exchange holds, and no exit has opened one."""
    account = {"hedging": True, "foreign": "allow"}
    floor = played(setup_of(account=account), happens, hedging=True, chunks_max=3)
    held: dict[str, Decimal] = {}
    for row in floor.state.tickets.values():
        held[row.ticket] = held.get(row.ticket, D(0)) + row.quantity

    assert floor.theirs() == {name: quantity for name, quantity in held.items() if quantity}
    opened = {one.venue_order for one in floor.exchange.tickets if not one.closes}
    assert set(floor.exchange.positions) <= opened
    for strategy in (*STRATEGIES, EXTERNAL):
        assert sum(floor.tickets(strategy).values(), D(0)) == floor.share(strategy=strategy)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happens=steps, told=st.booleans())
def test_a_spot_account_owns_what_its_exchange_says(
    happens: list[tuple[str, int, str]], told: bool
) -> None:
    """With fees in the coin the shares add up to what is there, and no sell was ever refused for
    want of coins but for what a stranger took a moment before."""
    coin = replaced(BTC, base="BTC", quantity_min=D("0.01"))
    setup = setup_of(account={"spot": True, "foreign": "allow"})
    setup = replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin})
    floor = played(
        setup, happens, spot=True, fee_in_base=True, fee_percent=D("0.1"), lists_fills=told
    )
    net = floor.exchange.net("BTCUSDT")
    shares = sum((floor.share(strategy=name) for name in (*STRATEGIES, EXTERNAL)), D(0))

    assert net == floor.exposure().net == shares
    assert all(floor.share(strategy=name) >= 0 for name in STRATEGIES)
    sells = [one for one in floor.state.orders.values() if one.side is Side.SELL]
    assert all(order.reduce_only for order in sells)
    assert not [one for one in floor.exchange.tickets if one.ended is OrderEvent.REJECTED]
