"""Levels as prices: on the tick, never more risk than was asked, refused when they mean nothing."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.instruments import Instrument
from core.leveling import (
    Levels,
    Unlevelled,
    admitted,
    is_reached,
    levels_at,
    nearer,
    parts,
    shares,
    trailed,
)
from core.levels import BreakEven, Level, LevelsMode, LevelUnit, Protection, Target, Trail
from core.orders import Side

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
OFFSETS = LevelsMode.OFFSET_FROM_SIGNAL_PRICE


def instrument(**changed: Any) -> Instrument:
    """Make an instrument of a quarter's tick, with pips of a whole."""
    known: dict[str, Any] = {
        "name": "ES",
        "currency": "USD",
        "tick": D("0.25"),
        "lot_step": D(1),
        "quantity_min": D(1),
        "multiplier": D(50),
        "pip": D(1),
    }
    return Instrument(**{**known, **changed})


def level(text: str) -> Level:
    """Read "10 ticks", or a price alone."""
    value, _, unit = text.partition(" ")
    return Level(value=D(value), unit=LevelUnit(unit or "price"))


def stop(text: str) -> Protection:
    """Make a protection that is a stop alone."""
    return Protection(stop=level(text))


def aims(*texts: str, stop: str = "") -> Protection:
    """Make targets, each "level" or "level : share"."""
    made: list[Target] = []
    for text in texts:
        where, _, share = text.partition(" : ")
        made.append(Target(level=level(where), share=D(share) if share else None))
    return Protection(stop=level(stop) if stop else None, targets=tuple(made))


def placed(protection: Protection, side: Side = BUY, entry: str = "100") -> Levels:
    """Work levels out that nothing is wrong with."""
    levels = levels_at(protection, instrument(), side, D(entry))
    assert isinstance(levels, Levels)
    return levels


def verdict(protection: Protection, side: Side = BUY, entry: str = "100", **more: Any) -> str:
    """Say what becomes of levels when they are admitted."""
    known: dict[str, Any] = {"instrument": instrument(), **more}
    found = admitted(protection, side=side, entry=D(entry), **known)
    return " ".join(found).strip() if isinstance(found, Unlevelled) else "admitted"


@pytest.mark.parametrize(
    ("text", "long", "short"),
    [
        ("99.1", "99.25", "99"),  # a price is a price, whatever the side
        ("2 offset", "98", "102"),
        ("2.1 offset", "98", "102"),  # cut towards the entry: never more risk
        ("1.1 percent", "99", "101"),
        ("3 ticks", "99.25", "100.75"),
        ("3 pips", "97", "103"),
    ],
)
def test_a_stop_is_on_the_tick_and_never_risks_more(text: str, long: str, short: str) -> None:
    """Each unit counts away from the entry, on the side of the loss."""
    assert D(long) == placed(stop(text), BUY).stop
    assert D(short) == placed(stop(text), SELL).stop


@pytest.mark.parametrize(
    ("text", "long", "short"),
    [
        ("2 offset", "102", "98"),
        ("2.1 offset", "102", "98"),
        ("1.1 percent", "101", "99"),
        ("3 ticks", "100.75", "99.25"),
        ("2 risk", "102", "98"),
        ("2.3 risk", "102.25", "97.75"),
    ],
)
def test_a_target_is_on_the_tick_and_never_further_than_asked(
    text: str, long: str, short: str
) -> None:
    """A risk is the distance from the entry to the stop, here one."""
    assert (D(long),) == placed(aims(text, stop="1 offset"), BUY).targets
    assert (D(short),) == placed(aims(text, stop="1 offset"), SELL).targets


def test_distances_follow_the_price_of_the_entry_and_prices_do_not() -> None:
    """What the fills cost in the end moves the stop of "two below", not the stop at 98."""
    assert D("99.5") == placed(stop("2 offset"), entry="101.375").stop
    assert D("98") == placed(stop("98"), entry="101.375").stop


def test_a_stop_that_trails_from_the_entry_is_its_stop_and_the_nearer_of_two_counts() -> None:
    """Without a fixed stop the trailing one is what is risked; with both, the one hit first."""
    trail = Trail(distance=level("1 offset"))

    assert D(99) == placed(Protection(trail=trail)).stop
    assert D(99) == placed(Protection(trail=trail, stop=level("95"))).stop
    assert D("99.5") == placed(Protection(trail=trail, stop=level("99.5"))).stop
    later = Trail(distance=level("1 offset"), after=level("2 risk"))
    levels = placed(Protection(trail=later, stop=level("98")))
    assert (D(98), D(1), D(104)) == (levels.stop, levels.trail, levels.trail_after)


def test_a_trailing_stop_is_on_the_tick_towards_the_best_price() -> None:
    """It keeps its distance or less, never more."""
    assert D("101.25") == trailed(D(1), BUY, D("102.1"), instrument())
    assert D("102.75") == trailed(D(1), SELL, D("101.9"), instrument())


def test_break_even_never_leaves_a_loss() -> None:
    """An entry between two ticks is rounded to the side of the profit."""
    even = BreakEven(after=level("2 offset"))
    assert D("100.25") == placed(Protection(break_even=even), BUY, "100.1").break_even_to
    assert D("100") == placed(Protection(break_even=even), SELL, "100.1").break_even_to
    more = BreakEven(after=level("1 risk"), offset=level("2 ticks"))
    levels = placed(Protection(stop=level("99"), break_even=more))
    assert (D(101), D("100.5")) == (levels.break_even_after, levels.break_even_to)


def test_with_offsets_the_distance_from_the_signals_price_counts() -> None:
    """An alert of one chart trades another instrument: its levels keep their distances."""
    said = Protection(
        stop=level("19900"),
        targets=(Target(level=level("20150")), Target(level=level("3 risk"))),
        trail=Trail(distance=level("10 ticks"), after=level("20100")),
        break_even=BreakEven(after=level("20050")),
    )
    kept = admitted(
        said,
        instrument=instrument(),
        side=BUY,
        entry=D("19950"),
        mode=OFFSETS,
        signal_price=D(20000),
    )
    assert isinstance(kept, Protection)
    levels = placed(kept, BUY, "19951")

    assert (D(19851), (D(20101), D(20251))) == (levels.stop, levels.targets)
    assert (D(20051), D(20001)) == (levels.trail_after, levels.break_even_after)


@pytest.mark.parametrize(
    ("protection", "said"),
    [
        (stop("101"), "stop_wrong_side 101 100"),
        (stop("100"), "stop_wrong_side 100 100"),
        (stop("0.1 offset"), "stop_wrong_side 100 100"),
        (stop("0"), "level_not_positive 0 price"),
        (stop("-1 ticks"), "level_not_positive -1 ticks"),
        (stop("100 percent"), "level_not_positive 0 stop"),
        (stop("2 risk"), "level_unit risk stop"),
        (aims("99"), "target_wrong_side 99 100"),
        (aims("100"), "target_wrong_side 100 100"),
        (aims("2 risk"), "risk_needs_stop risk"),
        (aims("101 : 60", "102 : 41"), "target_shares 101 100"),
        (aims("101 : 100", "102"), "target_shares 100 100"),
        (aims("101 : -1", "102"), "target_shares -1 100"),
        (aims(*["101"] * 9), "targets_too_many 9 8"),
        (aims("101 : 60", "102 : 40"), "admitted"),
        (Protection(trail=Trail(distance=level("99"))), "level_unit price trail"),
        (
            Protection(trail=Trail(distance=level("1 ticks"), after=level("99"))),
            "target_wrong_side 99 100",
        ),
        (
            Protection(break_even=BreakEven(after=level("1 offset"), offset=level("2 offset"))),
            "break_even_beyond 102 101",
        ),
        (
            Protection(break_even=BreakEven(after=level("1 offset"), offset=level("101"))),
            "level_unit price break_even_offset",
        ),
    ],
)
def test_levels_that_mean_nothing_are_refused(protection: Protection, said: str) -> None:
    """On the wrong side, zero, more than everything, a unit that a level cannot have."""
    assert said == verdict(protection)


def test_what_depends_on_the_instrument_or_on_the_signal_is_refused_without_it() -> None:
    """Pips that nobody defined, distances from a price that the signal does not say."""
    no_pip = instrument(pip=None)
    assert "pip_missing pips ES" == verdict(stop("3 pips"), instrument=no_pip)
    assert "pip_missing pips ES" == verdict(aims("1 risk", stop="3 pips"), instrument=no_pip)
    said = verdict(stop("99"), mode=OFFSETS)
    assert "signal_price_missing 0 offset_from_signal_price" == said
    assert "admitted" == verdict(stop("3 ticks"), mode=OFFSETS)
    wrong = verdict(stop("20001"), mode=OFFSETS, signal_price=D(20000))
    assert "stop_wrong_side 101 100" == wrong
    assert "level_not_positive 0 stop" == verdict(
        stop("19900"), mode=OFFSETS, signal_price=D(20000)
    )


def test_targets_share_what_the_others_leave() -> None:
    """Named shares stand; the rest is divided evenly."""
    assert (D(50), D(25), D(25)) == shares(aims("101 : 50", "102", "103"))
    assert (D(30),) == shares(aims("101 : 30"))
    assert (D(1), D(1), D(1)) == parts(D(3), shares(aims("101", "102", "103")), instrument())
    assert (D(0), D(1)) == parts(D(1), (D(50), D(50)), instrument())
    assert (D(1),) == parts(D(3), (D(50),), instrument())


entries = st.decimals("50", "20000", places=3)
sides = st.sampled_from([BUY, SELL])
distances = st.builds(
    Level,
    value=st.decimals("0.5", "40", places=3),
    unit=st.sampled_from([LevelUnit.OFFSET, LevelUnit.PERCENT, LevelUnit.TICKS, LevelUnit.PIPS]),
)
protections = st.builds(
    Protection,
    stop=distances,
    targets=st.lists(st.builds(Target, level=distances), max_size=4).map(tuple),
    trail=st.none() | st.builds(Trail, distance=distances, after=st.none() | distances),
    break_even=st.none() | st.builds(BreakEven, after=distances),
)


@given(protections, sides, entries)
def test_whatever_is_admitted_is_on_the_tick_and_on_its_side(
    protection: Protection, side: Side, entry: Decimal
) -> None:
    """The stop risks no more than asked, and everything is where a person would look for it."""
    known = instrument()
    found = admitted(protection, instrument=known, side=side, entry=entry)
    if isinstance(found, Unlevelled):
        return
    levels = levels_at(found, known, side, entry)
    assert isinstance(levels, Levels) and levels.stop is not None
    gains = (*levels.targets, levels.trail_after, levels.break_even_after)

    assert all(known.is_price(price) for price in (*gains, levels.stop) if price is not None)
    assert is_reached(levels.stop, side, levels.stop)
    assert not is_reached(levels.stop, side, entry)
    assert all(side.sign * (price - entry) > 0 for price in gains if price is not None)
    fixed = placed(Protection(stop=protection.stop), side, str(entry)).stop
    assert levels.stop == nearer(levels.stop, fixed, side)


@given(
    st.integers(1, 10_000),
    st.lists(st.none() | st.decimals("0.1", "40", places=1), min_size=1, max_size=8),
)
def test_parts_are_never_more_than_the_whole(quantity: int, percents: list[Decimal | None]) -> None:
    """Whatever the shares are, targets close together at most the position, in whole steps."""
    aimed = tuple(Target(level=level("1 ticks"), share=percent) for percent in percents)
    given_ = shares(Protection(targets=aimed))
    if sum((share for share in percents if share is not None), D(0)) > 100:
        return
    closed = parts(D(quantity), given_, instrument())

    assert sum(closed) <= quantity
    assert all(part == int(part) and part >= 0 for part in closed)
    if None in percents:
        assert sum(closed) == quantity
    cumulative = [D(0)]
    for share, part in zip(given_, closed, strict=True):
        assert cumulative[-1] + part <= quantity
        cumulative.append(cumulative[-1] + part)
        assert share >= 0
    assert all(b >= a for a, b in pairwise(cumulative))
