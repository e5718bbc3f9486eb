"""What goes onto the wire for an order, its look-up and its cancel: byte by byte, each venue."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

import pytest

from adapters.ccxt.calls import creation
from adapters.ccxt.names import our_name, venue_name
from adapters.ccxt.profile import Profile, Way
from adapters.ccxt.profiles import PROFILES
from core.orders import OrderType
from tests.unit.ccxt.venue import ORDER, Venue, client_of, json_answer, venue
from tests.unit.ccxt.wire_bytes import ANSWERS, FOLDER, KINDS, lines_of, wanted

pytestmark = pytest.mark.loopback

__all__ = ["venue"]

ALL: Final = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())

OF_CCXT: Final = re.compile("ccxt|TKT5PX2F|cvBPrNm9|6b9ad766b55dBCDE|p4sve|partner", re.IGNORECASE)
"""Names by which ccxt marks orders as its own."""


@ALL
async def test_a_venue_is_sent_what_was_read_and_agreed_to(profile: Profile, venue: Venue) -> None:
    """Each call puts onto the wire what stands in the venue's file, which a person has read."""
    expected = (FOLDER / f"{profile.venue}.txt").read_text(encoding="utf-8").splitlines()

    assert expected == await lines_of(profile, venue)


@ALL
async def test_an_order_carries_our_id_and_nobodys_mark(profile: Profile, venue: Venue) -> None:
    """Whatever kind of order is placed, our id goes with it, from which we read it back; no header
    and no field names ccxt."""
    name = venue_name(profile, ORDER)
    venue.answer = json_answer(ANSWERS.get(profile.venue, {}))
    async with client_of(profile, venue.local) as client:
        for kind in KINDS.values():
            made = creation(profile, wanted(profile, **kind))
            if made is not None:
                with suppress(Exception):  # the answer has no order in it
                    await client.exchange.create_order(*made[0], made[1])
    writes = [one for one in venue.seen if one.method == "POST"]

    assert writes
    assert ORDER == our_name(profile, name)
    assert re.fullmatch(profile.client_id.pattern, name)
    for one in writes:
        headers = " ".join(f"{k}={v}" for k, v in one.headers.items() if k != "user-agent")
        assert 1 == f"{one.query} {one.body}".count(name), one
        assert not OF_CCXT.search(f"{one.query} {one.body} {headers}"), one


def _families() -> list[tuple[Profile, Way]]:
    return [
        (profile, way)
        for profile in PROFILES.values()
        for way in (profile.plain, profile.stop)
        if way is not None
    ]


@pytest.mark.parametrize(
    ("profile", "way"), _families(), ids=lambda one: getattr(one, "venue", "way")
)
def test_an_order_is_found_and_ended_by_what_we_have(profile: Profile, way: Way) -> None:
    """Each family of orders is looked for by our id, or in lists that show it; it is ended by our
    id or by the venue's; where a look-up shows what is over, the profile says so."""
    by_id = [call for call in way.find if call.needs("id")]

    assert by_id or all(call.many for call in way.find)
    assert way.cancel.needs("id") or way.cancel.needs("venue_order")
    assert way.fetch.needs("venue_order")
    assert any(call.many for call in (way.working,))


def test_stops_are_stops() -> None:
    """A venue offers stops under their own type: nothing else is sent in their place."""
    for profile in PROFILES.values():
        for order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
            way = profile.way(order_type)

            assert way is None or way is profile.stop
            assert (way is None) is (str(order_type) not in profile.order_types)
