"""Questions that fail by chance: a connect asks them again by itself, and stops where the venue has
spoken."""

from __future__ import annotations

import time
from typing import Any, Final

import pytest

from adapters.exchange.faults import Chance, Fault, Kind
from adapters.exchange.wire import CALLS
from adapters.port import Absence, LinkChanged, Trouble, TroubleKind
from core.reports import VenueOrder, VenueSnapshot
from tests.unit.ccxt.accounts import VENUES, Scene, order, scene

pytestmark = pytest.mark.loopback

WRITES: Final = ("create", "cancel", "cancel_all", "amend")

CONNECTS: Final = 4

BAD: Final[tuple[dict[str, Any], ...]] = (
    {"kind": Kind.REPLY_LOST, "how": "reset"},
    {"kind": Kind.REPLY_CUT},
    {"kind": Kind.PAGE_BEFORE, "status": 503},
    {"kind": Kind.PAGE_AFTER, "status": 200},
    {"kind": Kind.REQUEST_LOST, "how": "close"},
)
"""What becomes of questions: together one of ten."""

BAD_STORM: Final = (
    *(
        Chance(fault=Fault(call=call, **one), per_mille=20)
        for call in CALLS
        if call not in WRITES
        for one in BAD
    ),
    Chance(fault=Fault(kind=Kind.STREAM_REFUSED), per_mille=100),
)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_connect_survives_the_loss_of_every_tenth_answer(venue: str) -> None:
    """It comes up at the first attempt, with a whole picture, and finds its order: a question whose
    answer was lost, cut or a page is asked again."""
    async with scene(venue) as at:
        asked = order()
        assert await at.venue.submit(asked) is None
        at.exchange.control.storm(7, BAD_STORM)
        for _ in range(CONNECTS):
            assert await at.connect() is None

            picture = await at.venue.snapshot(1)
            found = await at.venue.lookup(asked)

            assert isinstance(picture, VenueSnapshot), picture
            assert [one.order for one in picture.orders] == [asked.order]
            assert isinstance(found, VenueOrder)
        assert not [one for one in at.of(LinkChanged) if not one.up]
        assert at.arrivals(asked.order) == 1


@pytest.mark.parametrize("venue", VENUES)
async def test_refused_keys_are_not_asked_for_again(venue: str) -> None:
    """A connect whose key is refused ends with the first answer that says so."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.key(venue, revoked=True)

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.kind is TroubleKind.FATAL
        refused = [one for one in at.exchange.control.requests(venue) if one.status != 200]
        assert len(refused) <= 2, "ccxt asks for the kind of account with two questions at once"


@pytest.mark.parametrize("venue", VENUES)
async def test_a_ban_ends_a_connect_at_once(venue: str) -> None:
    """Nothing more is asked of a venue that shut its door."""
    async with scene(venue, connected=False) as at:
        at.fault(Kind.BANNED, call="balance", retry_after_s=3_600)

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.kind is TroubleKind.THROTTLED
        assert len(at.exchange.control.requests(venue, "balance")) == 1


@pytest.mark.parametrize("venue", VENUES)
async def test_a_short_pause_that_the_venue_asks_for_is_kept(venue: str) -> None:
    """The question goes again, once the time that was asked for is over."""
    async with scene(venue, connected=False) as at:
        at.fault(Kind.RATE_LIMITED, call="balance", retry_after_s=1)

        began = time.monotonic()
        trouble = await at.connect()

        assert trouble is None
        assert time.monotonic() - began >= 0.9
        assert at.exchange.faults.happened[Kind.RATE_LIMITED] == 1


@pytest.mark.parametrize("venue", VENUES)
async def test_what_the_venue_does_not_show_is_not_asked_for_again(venue: str) -> None:
    """That an order is not there is an answer; each call of the search is made once."""
    async with scene(venue) as at:
        never = order()
        before = len(at.exchange.control.requests(venue, "find"))

        found = await at.venue.lookup(never)

        assert isinstance(found, Absence)
        assert len(set(found.calls)) == len(found.calls)
        assert len(at.exchange.control.requests(venue, "find")) - before <= 2


@pytest.mark.parametrize("venue", VENUES)
async def test_a_venue_that_answers_nothing_ends_the_tries(venue: str) -> None:
    """They are bounded: the bridge is told, and begins anew in its own time."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.storm(
            1, (Chance(fault=Fault(kind=Kind.PAGE_BEFORE, call="balance"), per_mille=1000),)
        )

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.kind is TroubleKind.UNKNOWN
        assert 2 <= len(at.exchange.control.requests(venue, "balance")) <= 6


async def test_an_order_is_never_sent_twice_by_patience() -> None:
    """What writes goes once, however its answer is lost."""
    async with scene("binance") as at:
        asked = order()
        at.fault(Kind.REPLY_LOST, call="create", how="reset", times=3)

        trouble = await at.venue.submit(asked)

        assert isinstance(trouble, Trouble)
        assert trouble.kind is TroubleKind.UNKNOWN
        assert _creates(at) == 1


def _creates(at: Scene) -> int:
    return len(at.exchange.control.requests(at.name, "create"))
