"""The tally: what overtook, what came twice, what never came."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.frames.reading import Told
from adapters.ccxt.streams import STREAMS
from adapters.ccxt.tally import BEGUN_NS, GRACE_NS, Tally
from core.orders import OrderEvent
from core.reports import Report
from tests.unit.ccxt import samples
from tests.unit.ccxt.samples import AT_MS, AT_NS

_EV = OrderEvent
BEFORE_NS = AT_NS - 60_000_000_000


def told_by(venue: str, *frames: object) -> list[Told]:
    """Read frames of one venue."""
    read = STREAMS[venue].read
    return [told for frame in frames for told in read(frame, samples.eyes()).told]


def heard(tally: Tally, all_told: Sequence[Told], now_ns: int = AT_NS) -> list[Report]:
    """Count what was told, one after the other."""
    return [report for told in all_told for report in tally.hear(told, now_ns)]


def life() -> list[Told]:
    """Tell an order of Binance that fills twice and is then cancelled."""
    return told_by(
        "binance",
        samples.spot(),
        samples.spot_trade(1, "0.25", "0.25"),
        samples.spot_trade(2, "0.25", "0.5"),
        samples.spot(x="CANCELED", X="CANCELED", z="0.5", C=samples.OURS, c="x"),
    )


@given(order=st.permutations(range(4)), twice=st.lists(st.integers(0, 3), max_size=4))
def test_any_order_of_frames_tells_all(order: list[int], twice: list[int]) -> None:
    """However frames overtake each other or come twice, all fills are told, the end comes last,
    and nothing is taken for missing."""
    tally, whole = Tally(since_ns=BEFORE_NS), life()
    reports = heard(tally, [whole[place] for place in [*order, *twice]])
    ids = {report.exec_id for report in reports if report.event is _EV.FILL}
    events = [report.event for report in reports]
    first_end = events.index(_EV.CANCELLED)

    assert {"BTCUSDT:1", "BTCUSDT:2"} == ids
    assert {"BTCUSDT:1", "BTCUSDT:2"} <= {r.exec_id for r in reports[:first_end]}
    assert 0 == tally.due_ns


@given(order=st.permutations(range(3)), lost=st.integers(1, 2))
def test_a_lost_fill_is_missed(order: list[int], lost: int) -> None:
    """A fill that the venue counts and never tells is noticed after a moment; then the end of the
    order waits no longer."""
    whole = life()
    del whole[lost]
    tally = Tally(since_ns=BEFORE_NS)
    reports = heard(tally, [whole[place] for place in order])
    early = tally.overdue(AT_NS + GRACE_NS - 1)
    late, why = tally.overdue(AT_NS + GRACE_NS)

    assert _EV.CANCELLED not in {report.event for report in reports}
    assert ([], "") == early
    assert [_EV.CANCELLED] == [report.event for report in late]
    assert "not all of its fills were told" in why
    assert 0 == tally.due_ns


def test_a_fill_told_twice_stands_for_no_other() -> None:
    """A fill that comes twice counts once: it does not hide that another one never came."""
    accepted, first, _, ended = life()
    tally = Tally(since_ns=BEFORE_NS)
    heard(tally, [accepted, first, first, ended])

    assert AT_NS + GRACE_NS == tally.due_ns


def test_fills_before_the_subscription_are_not_missed() -> None:
    """An order that is older than the subscription may have filled before it: the first picture
    has that."""
    tally = Tally(since_ns=AT_NS + 10_000_000_000)
    reports = heard(tally, told_by("binance", samples.spot_trade(9, "0.25", "0.75")))

    assert ["BTCUSDT:9"] == [report.exec_id for report in reports]
    assert 0 == tally.due_ns


def test_bybit_end_waits_for_its_executions() -> None:
    """At Bybit orders and executions are topics of their own: the end of an order that overtook
    its executions is told after them."""
    tally = Tally(since_ns=BEFORE_NS)
    ended = samples.bybit_order(orderStatus="PartiallyFilledCanceled", cumExecQty="0.010")
    before = heard(tally, told_by("bybit", ended))
    after = heard(tally, told_by("bybit", samples.bybit_execution()))

    assert [] == before
    assert [_EV.FILL, _EV.CANCELLED] == [report.event for report in after]


def test_bybit_execution_first_then_less_than_counted() -> None:
    """An execution may come before anything else is said of its order; what is counted beyond it
    is still missed when the order is younger than the subscription."""
    tally = Tally(since_ns=BEFORE_NS)
    ended = samples.bybit_order(orderStatus="Cancelled", cumExecQty="0.020")
    reports = heard(tally, told_by("bybit", samples.bybit_execution(), ended))

    assert [_EV.FILL] == [report.event for report in reports]
    assert AT_NS + GRACE_NS == tally.due_ns


def test_bybit_amended() -> None:
    """An order that shows other terms than before was amended; an overtaken frame takes nothing
    back."""
    tally = Tally(since_ns=BEFORE_NS)
    later = str(AT_MS + 5)
    first, amended = samples.bybit_order(), samples.bybit_order(price="51000", updatedTime=later)
    reports = heard(tally, told_by("bybit", first, amended, first))
    replaced = [report for report in reports if report.event is _EV.REPLACED]

    assert [(Decimal(51000), Decimal("0.02"))] == [(r.price, r.quantity) for r in replaced]


def test_an_order_stuck_at_its_trigger_is_missed() -> None:
    """A triggered order that does not come into the book within seconds has to be looked for."""
    stuck, fine = Tally(since_ns=BEFORE_NS), Tally(since_ns=BEFORE_NS)
    for tally in (stuck, fine):
        tally.begin("BTCUSDT:algo:1", AT_NS)
    fine.done("BTCUSDT:algo:1")

    assert ([], "BTCUSDT:algo:1 was triggered, and nothing came of it") == stuck.overdue(
        AT_NS + BEGUN_NS
    )
    assert ([], "") == fine.overdue(AT_NS + BEGUN_NS)


def test_the_memory_is_bounded() -> None:
    """However many orders are told of, only so many are remembered."""
    tally = Tally(since_ns=BEFORE_NS)
    for number in range(5_000):
        heard(tally, told_by("binance", samples.spot(i=number, c=f"{number:026x}")))

    assert not tally.heard_of(f"{0:026x}")
    assert tally.heard_of(f"{4_999:026x}")
