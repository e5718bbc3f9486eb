"""Copies, whatever is traded in whatever steps: never more than the ratio, never the other side."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from core.copies import least, rounded
from core.copy_setup import Copy, Minimum
from core.following import differs, is_busy, pairs_of
from core.money import ZERO, product
from core.orders import Side
from tests.unit.core.copying import MICROS, NQ, Group, copied_setup
from tests.unit.core.setups import replaced
from tests.unit.core.stage import Stage

D = Decimal
RATIOS = st.decimals("0.01", "3", places=2)
STEPS = st.sampled_from(["1", "2", "3", "5", "7", "10"])


class Move(NamedTuple):
    """One signal: how, how much, and which part of a follower's order fills, in fifths."""

    way: str
    quantity: str
    fifths: int


MOVES = st.lists(
    st.builds(
        Move,
        st.sampled_from(["open", "open", "close", "auto", "against", "exit"]),
        STEPS,
        st.integers(0, 5),
    ),
    max_size=8,
)


def play(group: Group, move: Move, side: Side, *, whole: bool) -> None:
    """Send one signal; fill the leader, and of a follower's entry some of it."""
    against = move.way in ("close", "against")
    action = "exit" if move.way == "exit" else str(side.opposite if against else side)
    effect = {"open": "open", "close": "close"}.get(move.way, "auto")
    quantity = None if action == "exit" else move.quantity
    group.say(action, symbol="NQ", quantity=quantity, effect=effect)
    orders = [group.order(name) for name in group.state.alive]
    for order in [] if whole else sorted(orders, key=lambda one: not one.reduce_only):
        if order.account == "lead" or order.reduce_only:
            group.fill(order, str(order.leaves), "20000")
        elif not group.order(order).held_for:  # the second half of a turn goes when it is flat
            part = order.quantity * move.fifths // 5
            if part:
                group.fill(order, str(part), "20000")
            if part < order.quantity:
                group.report(order, "cancelled")
    group.settle()


@given(
    exact=st.decimals("0", "1000", places=6),
    more=st.decimals("0", "1000", places=6),
    step=st.sampled_from(["1", "0.1", "0.25"]),
    units=st.integers(1, 4),
    minimum=st.sampled_from(Minimum),
)
def test_a_position_is_never_rounded_up(
    exact: Decimal, more: Decimal, step: str, units: int, minimum: Minimum
) -> None:
    """It is a whole number of steps, at most what is exact (but for the one that was wished for),
    less than one order away from it, and more of the leader is never less here."""
    instrument = replaced(NQ, lot_step=D(step), quantity_min=D(step) * units)
    held = rounded(exact, instrument, minimum)
    one = minimum is Minimum.ONE and ZERO < exact < least(instrument)

    assert held == least(instrument) if one else ZERO <= held <= exact < held + least(instrument)
    assert held % D(step) == ZERO
    assert held <= rounded(exact + more, instrument, minimum)


@settings(max_examples=40)
@given(
    ratios=st.tuples(RATIOS, RATIOS),
    minimum=st.sampled_from(Minimum),
    side=st.sampled_from(Side),
    moves=MOVES,
)
def test_followers_that_miss_nothing_hold_their_ratio_rounded_down(
    ratios: tuple[Decimal, Decimal], minimum: Minimum, side: Side, moves: list[Move]
) -> None:
    """After each signal, in and out, each holds exactly what its ratio of the leader's position
    comes to; a larger ratio never holds less; one exit closes everything."""
    low, high = sorted(ratios)
    copies = {
        "low": Copy(ratio=low, minimum=minimum),
        "high": Copy(ratio=high, minimum=minimum),
        "micro": Copy(ratio=low, minimum=minimum, equivalents=MICROS),
    }
    group = Group(copies)
    for move in moves:
        play(group, move, side, whole=True)
        leads = group.share("lead", "NQ")
        sign = -1 if leads < ZERO else 1
        held = {"low": group.share("low", "NQ"), "high": group.share("high", "NQ")}
        for name, ratio in (("low", low), ("high", high)):
            exact = product(abs(leads), ratio)
            assert held[name] == sign * rounded(exact, NQ, minimum)
        micro = rounded(product(abs(leads), low, D(10)), NQ, minimum)
        assert group.share("micro", "MNQ") == sign * micro
        assert abs(held["low"]) <= abs(held["high"])
        assert {} == group.state.apart
    group.trade("exit")

    assert ["0", "0", "0"] == group.held("lead", "low", "high")
    assert ["0"] == group.held("micro", instrument="MNQ")


@settings(max_examples=40)
@given(ratio=RATIOS, minimum=st.sampled_from(Minimum), side=st.sampled_from(Side), moves=MOVES)
def test_a_follower_that_misses_entries_never_ends_on_the_other_side(
    ratio: Decimal, minimum: Minimum, side: Side, moves: list[Move]
) -> None:
    """Whatever part of its entries is filled: it holds its leader's side or nothing, one exit
    closes all of it, and it is known to differ exactly while it does."""
    group = Group({"half": Copy(ratio=ratio, minimum=minimum)})
    for move in moves:
        play(group, move, side, whole=False)
        leads, held = group.share("lead", "NQ"), group.share("half", "NQ")
        assert held * leads > ZERO or not held or not leads
        assert known(group) == group.state.apart.keys()
    group.trade("exit")

    assert ["0", "0"] == group.held("lead", "half")
    assert {} == group.state.apart


def known(stage: Stage) -> set[tuple[str, str, str]]:
    """Work out anew which followers differ while nothing of theirs works."""
    state = stage.state
    pairs = {pair.follower: pair for key in state.positions for pair in pairs_of(state, key)}
    return {
        key
        for key, pair in pairs.items()
        if differs(state, pair) and not is_busy(state, pair.leader) and not is_busy(state, key)
    }


@settings(max_examples=25)
@given(ratio=RATIOS, quantity=STEPS, minimum=st.sampled_from(Minimum))
def test_ratios_of_one_setup_are_judged_as_one_signal(
    ratio: Decimal, quantity: str, minimum: Minimum
) -> None:
    """A follower's first entry is at most its ratio of what was asked for, or the one."""
    stage = Stage(copied_setup({"half": Copy(ratio=ratio, minimum=minimum)}))
    stage.quote("NQ", "20000", "20000.25")
    answer = stage.say("buy", symbol="NQ", quantity=quantity, effect="open")
    asked = [stage.order(name).quantity for name in answer.orders]
    exact = product(D(quantity), ratio)

    assert D(quantity) == asked[0]
    assert all(one <= exact or (minimum is Minimum.ONE and one == 1) for one in asked[1:])
