"""Every fault of the wire, and after each: what the account said against what the venue did."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import pytest

from adapters.ccxt.settings import TIMEOUT_MS
from adapters.exchange.faults import Kind
from adapters.port import Absence, LinkChanged, Trouble, TroubleKind
from bridge.lanes import pause_of
from core.orders import Order, OrderEvent, OrderType, Purpose, Side
from core.reports import VenueOrder, VenueSnapshot
from tests.unit.ccxt.accounts import HANGS_MS, VENUES, WAIT_S, Scene, order, scene

pytestmark = pytest.mark.loopback

UNKNOWN: Final = TroubleKind.UNKNOWN

FAULTS: Final[dict[str, tuple[Kind, dict[str, Any], set[TroubleKind | None]]]] = {
    "request lost, hanging": (Kind.REQUEST_LOST, {"how": "hang"}, {UNKNOWN}),
    "request lost, reset": (Kind.REQUEST_LOST, {"how": "reset"}, {UNKNOWN}),
    "request lost, closed": (Kind.REQUEST_LOST, {"how": "close"}, {UNKNOWN}),
    "reply lost, hanging": (Kind.REPLY_LOST, {"how": "hang"}, {UNKNOWN}),
    "reply lost, reset": (Kind.REPLY_LOST, {"how": "reset"}, {UNKNOWN}),
    "reply lost, closed": (Kind.REPLY_LOST, {"how": "close"}, {UNKNOWN}),
    "reply cut": (Kind.REPLY_CUT, {}, {UNKNOWN}),
    "reply too late": (Kind.REPLY_LATE, {"delay_ms": 60_000}, {UNKNOWN}),
    "html 200 after": (Kind.PAGE_AFTER, {"status": 200}, {UNKNOWN}),
    "html 502 after": (Kind.PAGE_AFTER, {"status": 502}, {UNKNOWN}),
    "html 503 before": (Kind.PAGE_BEFORE, {"status": 503}, {UNKNOWN}),
    "html 404 before": (Kind.PAGE_BEFORE, {"status": 404}, {TroubleKind.INTERFACE_CHANGED}),
    "rate limited": (Kind.RATE_LIMITED, {"retry_after_s": 2}, {TroubleKind.THROTTLED}),
    "banned": (Kind.BANNED, {"retry_after_s": 30}, {TroubleKind.THROTTLED}),
    "wall": (Kind.WALL, {}, {TroubleKind.THROTTLED}),
    "maintenance": (Kind.MAINTENANCE, {}, {UNKNOWN, TroubleKind.MAINTENANCE}),
    "rejected later": (Kind.REJECTED_LATER, {}, {None}),
    "visible late": (Kind.HIDDEN, {"reads": 2}, {None}),
}
"""A fault of ``create`` -> what may be said of the order."""

CODES: Final[dict[str, dict[str, set[TroubleKind]]]] = {
    "binance": {
        "-1000": {UNKNOWN},
        "-1001": {UNKNOWN},
        "-1006": {UNKNOWN},
        "-1007": {UNKNOWN},
        "-1008": {UNKNOWN, TroubleKind.THROTTLED},
        "-1015": {TroubleKind.THROTTLED},
        "-1021": {TroubleKind.NOT_SENT},
        "-1022": {TroubleKind.FATAL},
        "-2014": {TroubleKind.FATAL},
        "-2015": {TroubleKind.FATAL},
        "-1013": {TroubleKind.REFUSED},
    },
    "bybit": {
        "10000": {UNKNOWN},
        "10016": {UNKNOWN},
        "10002": {TroubleKind.NOT_SENT},
        "10003": {TroubleKind.FATAL},
        "10004": {TroubleKind.FATAL},
        "10005": {TroubleKind.FATAL},
        "10006": {TroubleKind.THROTTLED},
        "10010": {TroubleKind.FATAL},
        "33004": {TroubleKind.FATAL},
        "110007": {TroubleKind.REFUSED},
        "110094": {TroubleKind.REFUSED},
    },
}
"""A documented error in the place of an answer, before anything is done -> what it says."""


def codes_of(venue: str) -> dict[str, set[TroubleKind]]:
    """Return the documented errors of a venue."""
    return CODES["bybit" if venue == "bybit" else "binance"]


async def agrees(at: Scene, asked: Order, trouble: Trouble | None, arrived: int = 1) -> None:
    """Hold what was said of an order against the exchange's own books."""
    lives = at.lives(asked.order)

    assert at.arrivals(asked.order) <= arrived, "sent twice"
    if trouble is None:
        assert lives, "said to be there, and is not"
    elif trouble.kind is not UNKNOWN:
        assert not lives, f"{trouble.kind}: said not to be there, and lives"
    at.exchange.control.calm()
    if trouble is not None and trouble.kind is not UNKNOWN:
        return
    found = await at.venue.lookup(asked)
    for _ in range(3):  # what is visible late is visible then
        if isinstance(found, Absence):
            found = await at.venue.lookup(asked)

    assert isinstance(found, VenueOrder if lives else Absence)
    if isinstance(found, VenueOrder):
        assert found.order == asked.order
        assert found.side is asked.side


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_submit_says_no_more_than_what_is_proven(venue: str, fault: str) -> None:
    """Whatever goes wrong: nothing that lives is said to be refused, nothing is sent twice, and
    what is in doubt is found afterwards if and only if it is there."""
    kind, more, expected = FAULTS[fault]
    hangs = "hanging" in fault or "too late" in fault
    async with scene(venue, timeout_ms=HANGS_MS if hangs else TIMEOUT_MS) as at:
        asked = order()
        at.fault(kind, call="create", **more)

        trouble = await at.venue.submit(asked)

        assert (None if trouble is None else trouble.kind) in expected
        await agrees(at, asked, trouble)


@pytest.mark.parametrize(
    ("venue", "code", "after"),
    [
        (venue, code, after)
        for venue in VENUES
        for code in codes_of(venue)
        # a venue that has placed an order does not refuse it: only what proves nothing comes then
        for after in ((False, True) if UNKNOWN in codes_of(venue)[code] else (False,))
    ],
)
async def test_a_documented_error_says_what_its_documents_say(
    venue: str, code: str, after: bool
) -> None:
    """Each code is judged by the list of its venue; those that prove nothing prove nothing also
    when the order was placed."""
    async with scene(venue) as at:
        asked = order()
        at.fault(Kind.ERROR_AFTER if after else Kind.REFUSED, call="create", code=code)

        trouble = await at.venue.submit(asked)

        assert trouble is not None
        assert trouble.kind in codes_of(venue)[code]
        await agrees(at, asked, trouble)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_stop_in_doubt_is_found_by_the_calls_of_stops(venue: str) -> None:
    """An order with a trigger whose answer was lost is found as one, with its trigger."""
    async with scene(venue) as at:
        if venue == "binance":
            assert await at.venue.submit(order(order_type=OrderType.MARKET)) is None
        leg = order(
            Side.SELL, "0.005", OrderType.STOP_LIMIT, Purpose.ENTRY, price=39_000, trigger=39_500
        )
        at.fault(Kind.REPLY_LOST, call="create", how="reset")

        trouble = await at.venue.submit(leg)
        found = await at.venue.lookup(leg)

        assert trouble is not None
        assert trouble.kind is UNKNOWN
        assert isinstance(found, VenueOrder)
        assert (found.order_type, found.trigger) == (OrderType.STOP_LIMIT, leg.trigger)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("how", ["hang", "reset", "close"])
async def test_a_cancel_whose_answer_is_lost_proves_nothing(venue: str, how: str) -> None:
    """The cancel may have worked: it is unknown, and the look-up shows that it did."""
    async with scene(venue, timeout_ms=HANGS_MS if how == "hang" else TIMEOUT_MS) as at:
        asked = order()
        assert await at.venue.submit(asked) is None
        at.fault(Kind.REPLY_LOST, call="cancel", how=how)

        trouble = await at.venue.cancel(asked)
        found = await at.venue.lookup(asked)

        assert trouble is not None
        assert trouble.kind is UNKNOWN
        assert isinstance(found, VenueOrder)
        assert found.event is OrderEvent.CANCELLED


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("status", [200, 502])
async def test_a_page_in_answer_to_a_cancel_proves_nothing(venue: str, status: int) -> None:
    """A page of HTML is no yes, whatever its status."""
    async with scene(venue) as at:
        asked = order()
        assert await at.venue.submit(asked) is None
        at.fault(Kind.PAGE_BEFORE, call="cancel", status=status)

        trouble = await at.venue.cancel(asked)

        assert trouble is not None
        assert trouble.kind is UNKNOWN
        assert at.truth(asked.order)[0].status.open


@pytest.mark.parametrize("venue", VENUES)
async def test_a_cancel_of_what_is_filled_is_no_refusal(venue: str) -> None:
    """An order that is not there any more may be filled: the cancel is unknown, and the look-up
    shows the fill."""
    async with scene(venue) as at:
        asked = order(order_type=OrderType.MARKET)
        assert await at.venue.submit(asked) is None

        trouble = await at.venue.cancel(asked)
        found = await at.venue.lookup(asked)

        assert trouble is not None
        assert trouble.kind is UNKNOWN
        assert isinstance(found, VenueOrder)
        assert found.event is OrderEvent.FILL
        assert sum(fill.quantity or 0 for fill in found.fills) == asked.quantity


async def test_an_exit_does_not_wait_for_a_purse_that_hangs() -> None:
    """What is free is asked for before an exit of a wallet; no answer is no reason to stay."""
    async with scene("binance", timeout_ms=60_000) as at:
        assert await at.venue.submit(order(quantity="0.02", order_type=OrderType.MARKET)) is None
        at.fault(Kind.REQUEST_LOST, call="balance", how="hang", times=9)
        exit_ = order(Side.SELL, "0.01", OrderType.MARKET, Purpose.EXIT)

        async with asyncio.timeout(WAIT_S):
            assert await at.venue.submit(exit_) is None

        assert at.lives(exit_.order)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_caller_who_leaves_does_not_end_the_write(venue: str) -> None:
    """A cancelled caller leaves the order on its way: it is placed once, and told."""
    async with scene(venue) as at:
        asked = order()
        at.fault(Kind.LATENCY, call="create", delay_ms=150)
        caller = asyncio.create_task(at.venue.submit(asked))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller

        await at.until(lambda: bool(at.reports(asked.order)))

        assert [one.event for one in at.reports(asked.order)][:1] == [OrderEvent.ACCEPTED]
        assert at.arrivals(asked.order) == 1


@pytest.mark.parametrize("venue", VENUES)
async def test_a_close_waits_for_what_is_being_written(venue: str) -> None:
    """Nobody is left not knowing because the account was closed in the middle."""
    async with scene(venue) as at:
        asked = order()
        at.fault(Kind.LATENCY, call="create", delay_ms=150)
        caller = asyncio.create_task(at.venue.submit(asked))
        await asyncio.sleep(0)

        await at.venue.close()

        assert await caller is None
        assert at.lives(asked.order)


@pytest.mark.parametrize("venue", VENUES)
async def test_an_id_that_the_venue_has_already_is_a_success(venue: str) -> None:
    """The same order handed over again is found, and told as it stands: nothing new is placed."""
    async with scene(venue) as at:
        asked = order()
        assert await at.venue.submit(asked) is None

        again = await at.venue.submit(asked)

        assert again is None
        assert len(at.truth(asked.order)) == 1
        assert at.reports(asked.order)[-1].event is OrderEvent.ACCEPTED


@pytest.mark.parametrize("venue", VENUES)
async def test_a_ban_keeps_every_call_away_until_its_end(venue: str) -> None:
    """After a ban nothing at all goes to the venue: to knock on would make it longer."""
    async with scene(venue) as at:
        at.fault(Kind.BANNED, call="create", retry_after_s=3600)
        first = await at.venue.submit(order())
        seen = knocks(at)

        second, picture = await at.venue.submit(order()), await at.venue.snapshot(1)

        assert isinstance(first, Trouble)
        assert first.until_ns is not None
        for said in (second, picture):
            assert isinstance(said, Trouble)
            assert (said.kind, said.code) == (TroubleKind.THROTTLED, "ccxt_still_banned")
            assert said.banned
        assert knocks(at) == seen


@pytest.mark.parametrize("venue", VENUES)
async def test_keys_that_are_refused_take_the_link_down(venue: str) -> None:
    """A revoked key is fatal at the call, and the link goes down with its code; with new keys the
    account connects again without a restart."""
    async with scene(venue) as at:
        at.exchange.control.key(venue, revoked=True)

        trouble = await at.venue.submit(order())

        assert trouble is not None
        assert trouble.kind is TroubleKind.FATAL
        down = at.of(LinkChanged)[-1]
        assert (down.up, trouble.code in down.reason) == (False, True)
        key = at.exchange.control.rotate(venue)
        at.keys.append(type(at.keys[0])(api_key=key.key, secret=key.secret))
        assert await at.connect() is None
        assert await at.venue.submit(order()) is None


@pytest.mark.parametrize("venue", ["binance", "binanceusdm"])
async def test_too_many_orders_hold_back_orders_alone(venue: str) -> None:
    """For as long as the venue counts them, ten seconds; cancels, look-ups and pictures go on, and
    nothing says that the venue wants to be left alone."""
    async with scene(venue) as at:
        resting = order()
        assert await at.venue.submit(resting) is None
        at.fault(Kind.REFUSED, call="create", code="-1015")

        refused, next_one = await at.venue.submit(order()), await at.venue.submit(order())

        for said in (refused, next_one):
            assert said is not None
            assert said.kind is TroubleKind.THROTTLED
            assert said.orders_only
            assert 0 < (said.until_ns or 0) - time.time_ns() <= 10_000_000_000
            assert pause_of(said, time.time_ns()) == ""
        assert await at.venue.cancel(resting) is None
        assert isinstance(await at.venue.lookup(resting), VenueOrder)
        assert isinstance(await at.venue.snapshot(1), VenueSnapshot)


@pytest.mark.parametrize("venue", ["binance", "binanceusdm"])
async def test_a_cancel_that_is_too_many_is_not_knocked_with(venue: str) -> None:
    """A venue that counts cancels, too, gets none until it says, and no order; it lives on, and
    look-ups and pictures go on."""
    async with scene(venue) as at:
        resting, other = order(), order()
        assert await at.venue.submit(resting) is None
        assert await at.venue.submit(other) is None
        at.fault(Kind.REFUSED, call="cancel", code="-1015")

        refused = await at.venue.cancel(resting)
        sent = len(at.exchange.control.requests(at.name, "cancel"))
        held = [await at.venue.cancel(resting), await at.venue.cancel(other)]
        held.append(await at.venue.submit(order()))

        for said in (refused, *held):
            assert said is not None
            assert (said.kind, said.orders_only) == (TroubleKind.THROTTLED, True)
            assert 0 < (said.until_ns or 0) - time.time_ns() <= 10_000_000_000
            assert pause_of(said, time.time_ns()) == ""
        assert (1, sent) == (sent, len(at.exchange.control.requests(at.name, "cancel")))
        found = await at.venue.lookup(resting)
        assert isinstance(found, VenueOrder)
        assert found.event is OrderEvent.ACCEPTED
        assert isinstance(await at.venue.snapshot(1), VenueSnapshot)


def knocks(at: Scene) -> int:
    """Count the requests of orders and pictures; others may have been on their way."""
    control = at.exchange.control
    return sum(len(control.requests(at.name, call)) for call in ("create", "open", "trades"))
