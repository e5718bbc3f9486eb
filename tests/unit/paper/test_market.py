"""The market: walks, recordings, and the time between quotes."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.paper.market import LAG_MAX_NS, Market
from adapters.paper.recording import Recording, RecordingRefused
from adapters.paper.settings import PaperSettings, SettingInvalid
from adapters.paper.walk import Walk, WalkSettings
from core.reports import Quote
from tests.unit.paper.parts import DAX, EURUSD, INSTRUMENTS, MS, NOW, quote

D = Decimal
CSV = """time,instrument,bid,ask,last
2026-01-05T14:30:00Z,EURUSD,1.1000,1.1002,1.1001
2026-01-05T14:30:00.250Z,UNHEARD,5,6,5
2026-01-05T15:30:01+01:00,EURUSD,1.1003,1.1005,
"""


def recorded(tmp_path: Path, text: str, name: str = "q.csv", **terms: object) -> Recording:
    """Write a recording and open it."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return Recording(path, INSTRUMENTS, **terms)  # type: ignore[arg-type]


@given(
    seed=st.integers(0, 2**64),
    start=st.integers(1, 100_000),
    volatility=st.integers(0, 1000),
    spread=st.integers(0, 50),
)
def test_a_walk_is_the_same_walk_again(seed: int, start: int, volatility: int, spread: int) -> None:
    """One seed gives one walk: positive prices on the tick, the spread as asked, even steps."""
    settings = WalkSettings(
        price_start=D(start) * EURUSD.tick,
        volatility_percent=D(volatility),
        spread_ticks=spread,
        interval_ms=250,
        seed=seed,
    )
    ticks = list(islice(Walk(EURUSD, settings).ticks(), 50))

    assert ticks == list(islice(Walk(EURUSD, settings).ticks(), 50))
    assert {spread * EURUSD.tick} == {tick.ask - tick.bid for tick in ticks}
    assert all(EURUSD.is_price(price) for tick in ticks for price in tick[2:])
    assert {250 * MS} == {b.after_ns - a.after_ns for a, b in pairwise(ticks)}


def test_a_walk_moves_as_much_as_its_volatility_says() -> None:
    """The deviation of many steps is the yearly one, scaled by the root of time."""
    settings = WalkSettings(price_start=D(100_000), volatility_percent=D(100), interval_ms=1000)
    ticks = list(islice(Walk(DAX, settings).ticks(), 4001))
    steps = [float(b.last / a.last) - 1 for a, b in pairwise(ticks)]
    deviation = (sum(step * step for step in steps) / len(steps)) ** 0.5
    wanted = (1 / (365 * 86_400)) ** 0.5

    assert 0.9 < deviation / wanted < 1.1


def test_a_recording_plays_its_distances(tmp_path: Path) -> None:
    """The first row plays at once, others after their distance; a missing last is the middle."""
    ticks = list(recorded(tmp_path, CSV, speed=D(2)).ticks())

    assert [0, 500 * MS] == [tick.after_ns for tick in ticks]
    assert [D("1.1001"), D("1.1004")] == [tick.last for tick in ticks]


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    """JSONL rows, with numbers bare or quoted and nanoseconds or ISO time, are the same quotes."""
    rows = (
        '{"time":"2026-01-05T14:30:00Z","instrument":"EURUSD","bid":1.1000,"ask":"1.1002",'
        '"last":1.1001}\n'
        '{"time":1767623401000000000,"instrument":"EURUSD","bid":"1.1003","ask":1.1005}\n'
    )
    one, two = recorded(tmp_path, CSV), recorded(tmp_path, rows, "q.jsonl")

    assert list(one.ticks()) == list(two.ticks())
    assert str(next(two.ticks()).bid) == "1.1000"


def test_a_recording_repeats_when_asked(tmp_path: Path) -> None:
    """At its end it begins again, a second later."""
    ticks = list(islice(recorded(tmp_path, CSV, repeat=True).ticks(), 4))

    assert [0, 1000 * MS, 2000 * MS, 3000 * MS] == [tick.after_ns for tick in ticks]


HEAD = "time,instrument,bid,ask\n"
ROW = "2026-01-05T14:30:00Z,EURUSD,1.1000,1.1002\n"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("time,symbol,bid,ask\n", "market_file_header", "instrument"),
        (HEAD, "market_file_empty", "EURUSD"),
        (HEAD + ROW.replace("EURUSD", "OTHER"), "market_file_empty", "EURUSD"),
        (HEAD + ROW + "2026-01-05T14:29:59Z,EURUSD,1.1,1.2\n", "market_file_row", "q.csv:3"),
        (HEAD + ROW.replace("1.1000", "1,1000"), "market_file_row", "5 cells"),
        (HEAD + ROW.replace("1.1000", "NaN"), "market_file_row", "'NaN' is no number"),
        (HEAD + ROW.replace("1.1000", "1.10001"), "market_file_row", "not on the tick"),
        (HEAD + ROW.replace("1.1000", "1.2000"), "market_file_row", "above ask"),
        (HEAD + ROW.replace("1.1000", "-1"), "market_file_row", "steps of 0.0001 above 0"),
        (HEAD + ROW.replace("00Z", "00"), "market_file_row", "no zone"),
        (HEAD + ROW.replace("2026-01-05T", "yesterday "), "market_file_row", "cannot be read"),
        (HEAD + "x" * 5000, "market_file_row", "too long"),
    ],
)
def test_a_bad_recording_says_where_and_what(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    """A bad file is refused before its first quote, with line and cause."""
    with pytest.raises(RecordingRefused) as refused:
        recorded(tmp_path, text)

    assert code == refused.value.code
    assert said in refused.value.text


@pytest.mark.parametrize("text", ["{]", '["a"]', '{"time": 1}', '{"instrument": {"a": 1}}'])
def test_bad_json_rows_are_refused(tmp_path: Path, text: str) -> None:
    """A row that is no flat object with the fields is named by its line."""
    with pytest.raises(RecordingRefused) as refused:
        recorded(tmp_path, text + "\n", "q.jsonl")

    assert refused.value.code in {"market_file_row", "market_file_empty"}


def test_a_missing_recording_is_refused(tmp_path: Path) -> None:
    """No file: the path is in the sentence."""
    with pytest.raises(RecordingRefused) as refused:
        Recording(tmp_path / "none.csv", INSTRUMENTS)

    assert "market_file_missing" == refused.value.code
    assert "none.csv" in refused.value.text


def heard_by(market: Market) -> list[Quote]:
    """Listen without an event loop."""
    heard: list[Quote] = []
    market._listeners.append(heard.append)
    return heard


def test_a_market_gives_out_what_is_due(tmp_path: Path) -> None:
    """Sources are merged by time, stamped with the present, and never early."""
    walk = Walk(DAX, WalkSettings(price_start=D(20_000), interval_ms=400))
    market = Market([recorded(tmp_path, CSV), walk])
    heard = heard_by(market)

    assert NOW + 400 * MS == market.advance(NOW)
    assert NOW + 1200 * MS == market.advance(NOW + 1000 * MS)
    times = [(one.instrument, (one.at_ns - NOW) // MS) for one in heard]
    assert [("EURUSD", 0), ("DAX", 0), ("DAX", 400), ("DAX", 800), ("EURUSD", 1000)] == times
    assert market.last("EURUSD") == heard[-1]
    assert {"EURUSD", "DAX"} == market.names


def test_a_market_that_slept_goes_on_where_it_stood() -> None:
    """After hours of sleep the next quote is one quote, stamped now."""
    market = Market([Walk(EURUSD, WalkSettings(price_start=D(1), interval_ms=500))])
    heard = heard_by(market)
    market.advance(NOW)
    later = NOW + 3600 * 1000 * MS
    due = market.advance(later)

    assert [NOW, later] == [one.at_ns for one in heard]
    assert later + 500 * MS == due
    assert LAG_MAX_NS < 3600 * 1000 * MS


def test_a_walk_resumes_where_it_was_traded() -> None:
    """A price of a former life is where the walk starts, until it has started."""
    market = Market([Walk(EURUSD, WalkSettings(price_start=D(1), spread_ticks=0))])
    market.resume("EURUSD", D("1.2345"))
    market.resume("DAX", D(5))
    heard = heard_by(market)
    market.advance(NOW)
    market.resume("EURUSD", D(9))

    assert D("1.2345") == heard[0].bid


def test_a_recording_that_was_changed_ends_the_market(tmp_path: Path) -> None:
    """Rows that turn bad after the check end the stream with a reason, not with a guess."""
    market = Market([recorded(tmp_path, CSV, repeat=True)])
    market.advance(NOW)
    (tmp_path / "q.csv").write_text(HEAD + "bad\n", encoding="utf-8")
    market.advance(NOW + 1000 * MS)
    market.advance(NOW + 2500 * MS)

    assert "q.csv:2" in market.trouble


def test_settings_outside_their_range_are_refused_by_name() -> None:
    """A setting that cannot be is an error that names its field."""
    with pytest.raises(SettingInvalid) as one:
        PaperSettings(reject_probability=D("1.5"))
    with pytest.raises(SettingInvalid) as two:
        PaperSettings(latency_ms_min=9, latency_ms_max=3)
    with pytest.raises(SettingInvalid) as three:
        WalkSettings(price_start=D("NaN"))

    assert "reject_probability" == one.value.field
    assert "latency_ms_max = 3: expected 9 to 60000" == str(two.value)
    assert "price_start" == three.value.field


def test_a_market_by_hand_tells_its_listeners() -> None:
    """Without sources a market says what it is given."""
    market = Market()
    heard = heard_by(market)
    market.put(quote("1.1000", "1.1002"))

    assert [quote("1.1000", "1.1002")] == heard
    assert market.advance(NOW) is None


def test_a_clock_that_was_set_back_does_not_stop_the_market() -> None:
    """The next quote comes one interval later on the new clock."""
    market = Market([Walk(EURUSD, WalkSettings(price_start=D(1), interval_ms=500))])
    heard = heard_by(market)
    market.advance(NOW)
    earlier = NOW - 3600 * 1000 * MS

    assert earlier + 500 * MS == market.advance(earlier)
    market.advance(earlier + 500 * MS)
    assert [NOW, earlier + 500 * MS] == [one.at_ns for one in heard]
