"""The law for what protects: with every control tripped, a leg is placed, moved and closes, or
waits for its account to be compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core.abilities import Abilities
from core.links import LinkEvent
from core.orders import OrderType
from tests.property.test_core_law import TRIPS, WAITS, trip
from tests.unit.core.guarded import KEPT, able, accept, asked, legs, plan
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage

D = Decimal

TRIPPED: Final = st.frozensets(st.sampled_from([one for one in TRIPS if one != "unknown"]))
"""An order in doubt is a position that is not known; the others say nothing of what is open."""


def protected(venue: Abilities, trips: frozenset[str], **fields: str) -> tuple[Stage, str]:
    """Hold 3 with a stop, and have an entry of 1 at work; then trip controls."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.do(c.DescribeVenue(account="one", abilities=venue))
    stage.position("3", protection=plan(**fields))
    accept(stage)
    name = stage.entry("1", order_type="limit", price="49999").order
    stage.report(name, "accepted")
    trip(stage, trips)
    return stage, name


def compared(stage: Stage, trips: frozenset[str]) -> None:
    """Let the account be compared, where something waits for that."""
    if "paused" in trips:
        stage.do(c.NoteLink(account="one", up=False, reason="over", event=LinkEvent.WAKE))
    if trips & WAITS:
        stage.recover("one")


def back(stage: Stage, trips: frozenset[str]) -> None:
    """Let the account be compared, and the market be seen again."""
    compared(stage, trips)
    for _ in range(2):
        stage.wait(1)
        stage.earlier |= stage.quotes
        stage.quote("BTCUSDT", "50000", "50001")


@settings(max_examples=120, deadline=None)
@given(trips=TRIPPED)
def test_a_stop_grows_whatever_is_tripped(trips: frozenset[str]) -> None:
    """What fills is covered at once, or as soon as the account is compared."""
    stage, name = protected(able(replace=False), trips)
    stage.fill(name, "1", "49999")
    if trips & WAITS:
        assert D(3) == sum(leg.ceiling for leg in legs(stage))
        compared(stage, trips)

    assert D(4) == sum(leg.ceiling for leg in legs(stage))


@settings(max_examples=120, deadline=None)
@given(trips=TRIPPED)
def test_a_kept_stop_closes_whatever_is_tripped(trips: frozenset[str]) -> None:
    """The price is there: everything that is open is sold."""
    stage, _ = protected(KEPT, trips)
    back(stage, trips)
    stage.earlier["BTCUSDT"] = stage.quotes["BTCUSDT"]
    for _ in range(2):
        stage.wait(1)
        stage.quote("BTCUSDT", "48000", "48001")
        stage.do(c.ObserveMarket(instrument="BTCUSDT"))
        stage.earlier["BTCUSDT"] = stage.quotes["BTCUSDT"]

    assert [(D(3), OrderType.MARKET)] == [(one.quantity, one.order_type) for one in legs(stage)]


@pytest.mark.parametrize("trip_", TRIPS)
def test_a_stop_is_moved_whatever_is_tripped(trip_: str) -> None:
    """Trailing goes on: it only makes a loss smaller."""
    trips = frozenset({trip_}) - {"unknown"}
    stage, _ = protected(able(), trips, trail="500")
    back(stage, trips)
    for bid in ("50300", "50600"):
        stage.wait(2)
        stage.quote("BTCUSDT", bid, str(D(bid) + 1))
        stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    (stop,) = legs(stage)

    assert D(3) == asked(stop)
    assert stop.asked is not None
    assert D(49500) < (stop.asked.trigger or D(0))
