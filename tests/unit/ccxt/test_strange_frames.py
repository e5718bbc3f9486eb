"""Frames that no venue documents: whatever comes is a report, a gap, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.frames.reading import Reading
from adapters.ccxt.streams import STREAMS
from core.orders import OrderEvent
from tests.unit.ccxt import samples
from tests.unit.ccxt.samples import OURS, anything

_EV = OrderEvent


def read(venue: str, frame: object) -> Reading:
    """Read one frame of a venue."""
    return STREAMS[venue].read(frame, samples.eyes())


SAMPLES = {
    "binance": [samples.spot(), samples.spot_trade(1, "0.1", "0.1")],
    "binanceusdm": [samples.usdm(), samples.algo(), samples.usdm(x="TRADE", l="1", L="1", t=1)],
    "bybit": [samples.bybit_order(), samples.bybit_execution()],
}


@pytest.mark.parametrize("venue", STREAMS)
@given(frame=anything)
def test_any_frame_is_read(venue: str, frame: object) -> None:
    """Whatever a venue sends gives reports, a gap, or nothing; never an exception."""
    assert isinstance(read(venue, frame), Reading)


@pytest.mark.parametrize("venue", STREAMS)
@given(data=st.data())
def test_a_broken_field_is_a_gap_or_harmless(venue: str, data: st.DataObject) -> None:
    """With any one field of a documented frame replaced by anything, a report that still comes out
    is whole: it has its order, its time, and a fill its quantity, price and id."""
    frame = data.draw(st.sampled_from(SAMPLES[venue]))
    inner = next(
        part
        for part in (frame.get("event"), frame.get("o"), (frame.get("data") or [None])[0], frame)
        if isinstance(part, dict)
    )
    before = dict(inner)
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(anything)
    reading = read(venue, frame)
    inner.clear()
    inner.update(before)

    for told in reading.told:
        said = told.report
        assert said is None or (said.order == OURS and said.at_ns > 0 and said.venue_order)
        if said is not None and said.event is _EV.FILL:
            assert said.exec_id
            assert said.quantity is not None
            assert said.quantity > 0
            assert said.price is not None


@pytest.mark.parametrize("venue", STREAMS)
def test_nothing_is_read_through_a_float(venue: str) -> None:
    """A quantity that came as a binary float is not believed."""
    frames: dict[str, dict[str, Any]] = {
        "binance": samples.spot_trade(1, "0.1", "0.1", l=0.1),
        "binanceusdm": samples.usdm(x="TRADE", l=0.1, L="1", t=1),
        "bybit": samples.bybit_execution(execQty=0.1),
    }
    reading = read(venue, frames[venue])

    assert () == reading.told
    assert reading.gap
