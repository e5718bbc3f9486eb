"""Pictures, look-ups and money of an account, held against the exchange's own books."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import ccxt.pro
import pytest

from adapters.ccxt.books import binance as binance_books
from adapters.ccxt.books import bybit as bybit_books
from adapters.ccxt.venue import CcxtVenue
from adapters.exchange.faults import Kind
from adapters.exchange.orders import NewOrder
from adapters.exchange.orders import Side as TheirSide
from adapters.port import Absence, Trouble, TroubleKind
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderType, Purpose, Side, Terms
from core.reports import VenueOrder, VenueSnapshot
from tests.unit.ccxt.accounts import NAME, SWAPS, VENUES, Scene, order, scene

pytestmark = pytest.mark.loopback


def since() -> int:
    """Return a time before anything of a test."""
    return time.time_ns() - 3600 * 1_000_000_000


async def picture(at: Scene) -> VenueSnapshot:
    """Take a picture."""
    taken = await at.venue.snapshot(since())
    assert isinstance(taken, VenueSnapshot), taken
    return taken


async def filled(at: Scene, quantity: str = "0.01", side: Side = Side.BUY) -> Order:
    """Buy or sell at the market."""
    made = order(side, quantity, OrderType.MARKET)
    assert await at.venue.submit(made) is None
    return made


def held(at: Scene) -> Decimal:
    """Return what the exchange says that the account holds."""
    account = at.exchange.control.account(at.name, at.customer)
    return account.total("BTC") if at.name == "binance" else account.held("BTCUSDT")


@pytest.mark.parametrize("venue", VENUES)
async def test_a_picture_is_what_the_exchange_has(venue: str) -> None:
    """Working orders with their terms, what is held, and every execution with its fee."""
    async with scene(venue) as at:
        bought = await filled(at)
        resting = order(quantity="0.02")
        assert await at.venue.submit(resting) is None
        before = since()

        taken = await at.venue.snapshot(before)

        assert isinstance(taken, VenueSnapshot)
        assert [(one.order, one.quantity, one.price) for one in taken.orders] == [
            (resting.order, resting.quantity, resting.price)
        ]
        assert [(one.instrument, one.quantity) for one in taken.positions] == [(NAME, held(at))]
        trades = at.exchange.control.trades(venue, at.customer)
        assert [(one.order, one.quantity, one.price, one.fee) for one in taken.fills] == [
            (bought.order, one.quantity, one.price, one.fee) for one in trades
        ]
        assert abs(taken.fills_since_ns - before) < 1_000_000_000


@pytest.mark.parametrize("venue", VENUES)
async def test_another_process_reads_the_same_picture(venue: str) -> None:
    """Nothing that matters is remembered: an account that knows nothing lists the same."""
    async with scene(venue) as at:
        await filled(at)
        assert await at.venue.submit(order()) is None
        first = await picture(at)
        await at.venue.close()

        assert await at.connect() is None
        second = await picture(at)

        assert second.orders == first.orders
        assert second.fills == first.fills
        assert second.positions == first.positions


@pytest.mark.parametrize("venue", VENUES)
async def test_a_long_list_of_executions_is_read_to_its_end(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Executions come in pages, and none of them is lost between two."""
    monkeypatch.setattr(binance_books, "TRADES_PAGE", 2)
    monkeypatch.setattr(bybit_books, "PAGE", 2)
    async with scene(venue) as at:
        for _ in range(5):
            await filled(at, "0.002")

        taken = await picture(at)

        assert len(taken.fills) == 5
        assert len({one.exec_id for one in taken.fills}) == 5
        assert taken.fills_since_ns


async def test_a_long_list_of_orders_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bybit lists at most fifty orders at once."""
    monkeypatch.setattr(bybit_books, "ORDERS_PAGE", 50)
    async with scene("bybit") as at:
        for step in range(52):
            new = NewOrder(
                symbol="BTCUSDT",
                side=TheirSide.BUY,
                quantity=Decimal("0.001"),
                price=Decimal(30_000 + step),
            )
            at.exchange.control.hand("bybit", at.customer, new)

        taken = await picture(at)

        assert len(taken.orders) == 52


@pytest.mark.parametrize("venue", VENUES)
async def test_what_a_person_does_by_hand_is_shown_and_is_not_ours(venue: str) -> None:
    """An order without our id is shown without one; its executions are no fills of ours."""
    async with scene(venue) as at:
        for price in (None, Decimal(41_000)):
            new = NewOrder(
                symbol="BTCUSDT", side=TheirSide.BUY, quantity=Decimal("0.003"), price=price
            )
            at.exchange.control.hand(venue, at.customer, new)

        taken = await picture(at)

        assert [one.order for one in taken.orders] == [""]
        assert taken.fills == ()
        assert taken.positions[0].quantity == held(at)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_stop_that_fired_is_one_order_in_every_book(venue: str) -> None:
    """Whatever the venue makes of a stop when it fires: the picture lists its execution under our
    id, and the look-up shows it filled; to another process, too."""
    async with scene(venue) as at:
        await filled(at)
        leg = order(Side.SELL, "0.005", OrderType.STOP, Purpose.LEG, trigger=Decimal(49_000))
        assert await at.venue.submit(leg) is None
        asked = await picture(at)
        at.exchange.control.price(venue, "BTCUSDT", Decimal(48_900))
        for _ in range(2):
            found = await at.venue.lookup(leg)
            taken = await picture(at)

            assert [(one.order, one.trigger) for one in asked.orders] == [(leg.order, leg.trigger)]
            assert isinstance(found, VenueOrder)
            assert (found.event, found.filled) == (OrderEvent.FILL, leg.quantity)
            assert sum((one.quantity or ZERO for one in found.fills), ZERO) == leg.quantity
            assert [one.order for one in taken.fills].count(leg.order) == len(found.fills)
            assert taken.orders == ()
            await at.venue.close()
            assert await at.connect() is None


async def test_a_stop_whose_second_order_has_a_name_of_its_own_is_still_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Binance's documents do not say how the order is named that a stop becomes: another process
    finds it by what the stop says of it."""
    plain = ccxt.pro.binanceusdm.fetch_order

    async def renamed(self: Any, name: str, symbol: str, params: dict[str, Any]) -> Any:
        made = await plain(self, name, symbol, params)
        return made if params.get("trigger") else {**made, "clientOrderId": "autoalgo-1"}

    async with scene("binanceusdm") as at:
        await filled(at)
        leg = order(Side.SELL, "0.005", OrderType.STOP, Purpose.LEG, trigger=Decimal(49_000))
        assert await at.venue.submit(leg) is None
        at.exchange.control.price("binanceusdm", "BTCUSDT", Decimal(48_900))
        await at.venue.close()
        assert await at.connect() is None
        monkeypatch.setattr(ccxt.pro.binanceusdm, "fetch_order", renamed)

        taken = await picture(at)

        assert leg.order in {one.order for one in taken.fills}


@pytest.mark.parametrize("venue", VENUES)
async def test_a_stop_limit_that_fired_can_still_be_ended(venue: str) -> None:
    """It rests at its price under whatever number: a cancel ends it, also from another process."""
    async with scene(venue) as at:
        await filled(at)
        leg = order(
            Side.SELL,
            "0.005",
            OrderType.STOP_LIMIT,
            trigger=Decimal(49_000),
            price=Decimal(49_500),
        )
        assert await at.venue.submit(leg) is None
        at.exchange.control.price(venue, "BTCUSDT", Decimal(48_900))
        await at.venue.close()
        assert await at.connect() is None
        found = await at.venue.lookup(leg)
        taken = await picture(at)

        assert await at.venue.cancel(leg) is None

        ended = await at.venue.lookup(leg)
        assert isinstance(found, VenueOrder)
        assert found.event is OrderEvent.ACCEPTED
        assert [one.order for one in taken.orders] == [leg.order]
        assert isinstance(ended, VenueOrder)
        assert ended.event is OrderEvent.CANCELLED


@pytest.mark.parametrize("venue", VENUES)
async def test_an_absence_says_how_it_was_asked(venue: str) -> None:
    """What was never there is not shown, while the canary of the same calls is."""
    async with scene(venue) as at:
        canary = await filled(at)

        said = await at.venue.lookup(order(), canary)

        assert isinstance(said, Absence)
        assert said.canary == canary.order
        assert said.covers_closed
        assert not said.conclusive
        assert all(one.startswith("GET /") for one in said.calls[:-1])


@pytest.mark.parametrize("venue", VENUES)
async def test_a_canary_that_is_hidden_does_not_sing(venue: str) -> None:
    """While the venue shows its orders late, an absence has no canary."""
    async with scene(venue) as at:
        at.fault(Kind.HIDDEN, call="create", reads=50)
        canary = order()
        assert await at.venue.submit(canary) is None

        said = await at.venue.lookup(order(), canary)

        assert isinstance(said, Absence)
        assert said.canary == ""


@pytest.mark.parametrize("venue", VENUES)
async def test_partial_fills_and_a_cancel_add_up(venue: str) -> None:
    """An order that was filled in part and then ended is cancelled with what it filled."""
    async with scene(venue) as at:
        asked = order(quantity="0.03")
        assert await at.venue.submit(asked) is None
        for quantity in ("0.01", "0.005"):
            at.exchange.control.fill(venue, asked.order, Decimal(quantity))
        halfway = await at.venue.lookup(asked)
        assert await at.venue.cancel(asked) is None

        ended = await at.venue.lookup(asked)

        assert isinstance(halfway, VenueOrder)
        assert (halfway.event, halfway.filled) == (OrderEvent.ACCEPTED, Decimal("0.015"))
        assert isinstance(ended, VenueOrder)
        assert (ended.event, ended.filled) == (OrderEvent.CANCELLED, Decimal("0.015"))
        assert [one.quantity for one in ended.fills] == [Decimal("0.01"), Decimal("0.005")]


async def test_a_collar_is_kept_by_the_venue_itself() -> None:
    """A market order with a worst price does not trade beyond it: what is left ends at once."""
    async with scene("bybit") as at:
        at.exchange.control.depth("bybit", "BTCUSDT", Decimal("0.01"))
        asked = order(quantity="1", order_type=OrderType.MARKET, worst_price=Decimal("50000.3"))

        assert await at.venue.submit(asked) is None
        found = await at.venue.lookup(asked)

        assert isinstance(found, VenueOrder)
        assert ZERO < found.filled < asked.quantity
        assert found.event is OrderEvent.CANCELLED
        assert all(one.price <= Decimal("50000.3") for one in found.fills if one.price)


@pytest.mark.parametrize("venue", SWAPS)
async def test_an_exit_never_turns_the_position(venue: str) -> None:
    """An exit is sent as reduce-only: more than is held is not sold."""
    async with scene(venue) as at:
        await filled(at, "0.01")
        leave = order(Side.SELL, "0.05", OrderType.MARKET, Purpose.EXIT)

        await at.venue.submit(leave)

        assert held(at) >= ZERO


async def test_an_exit_of_a_wallet_sells_what_the_fee_left() -> None:
    """A buy paid its fee in coins: the exit of all of it is cut to what is there, and that is
    told."""
    async with scene("binance") as at:
        account = at.exchange.control.account("binance", at.customer)
        at.exchange.control.transfer("binance", at.customer, "BTC", -account.total("BTC"))
        bought = await filled(at, "0.01")
        leave = order(Side.SELL, "0.01", OrderType.MARKET, Purpose.EXIT)

        assert await at.venue.submit(leave) is None

        told = [one for one in at.reports(leave.order) if one.event is OrderEvent.REPLACED]
        assert [one.quantity for one in told] == [Decimal("0.00999")]
        assert at.truth(leave.order)[0].quantity == Decimal("0.00999")
        assert bought.quantity == Decimal("0.01")


async def test_a_change_of_terms_is_one_call_or_none() -> None:
    """Bybit changes an order under its id; where only plain orders can be changed, none is."""
    async with scene("bybit") as at:
        asked, leg = order(), order(Side.SELL, "0.01", OrderType.STOP, trigger=Decimal(45_000))
        await filled(at)
        for one in (asked, leg):
            assert await at.venue.submit(one) is None
        new = Terms(quantity=Decimal("0.02"), price=Decimal(41_000))
        farther = Terms(quantity=Decimal("0.005"), trigger=Decimal(44_000))

        assert at.venue.capabilities.replace
        assert await at.venue.replace(asked, new) is None
        assert await at.venue.replace(leg, farther) is None

        shown = {one.order: one for one in (await picture(at)).orders}
        assert (shown[asked.order].quantity, shown[asked.order].price) == (new.quantity, new.price)
        moved = shown[leg.order]
        assert (moved.quantity, moved.trigger) == (farther.quantity, farther.trigger)
    async with scene("binance") as at:
        assert await at.venue.submit(asked) is None

        said = await at.venue.replace(asked, new)

        assert not at.venue.capabilities.replace
        assert said is not None
        assert said.code == "ccxt_replace_not_offered"
        assert len(at.exchange.control.orders("binance", at.customer)) == 1


async def test_a_call_before_the_connect_proves_that_nothing_left() -> None:
    """An account that is not connected sends nothing, and says so."""
    async with scene("binance", connected=False) as at:
        venue: CcxtVenue = at.venue

        said = await venue.submit(order())

        assert said is not None
        assert said.code == "ccxt_not_connected"


@pytest.mark.parametrize("answer", [[{}], [None], None, 5, ["text"], [{"id": "1", "amount": 1.5}]])
async def test_an_answer_in_another_form_is_a_trouble_and_no_crash(
    answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a venue changes in its answers, the picture is refused, and nothing is raised."""
    async with scene("bybit") as at:

        async def changed(*_: object, **__: object) -> Any:
            return answer

        monkeypatch.setattr(ccxt.pro.bybit, "fetch_my_trades", changed)

        said = await at.venue.snapshot(since())

        assert isinstance(said, Trouble)
        assert (said.kind, said.code) == (TroubleKind.UNKNOWN, "ccxt_reading_failed")
