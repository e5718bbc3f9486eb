"""What somebody else did, against every course of events that there may have been."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Final, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from core.orders import Side
from core.ownership import parts
from core.unheard import NOTHING, Share, Unheard, by_others, is_explained, lost, of_order, together

D = Decimal


class Doubt(NamedTuple):
    """An order of an owner that may have been filled, whole, in part or not at all."""

    owner: int
    sign: int
    quantity: int
    closing: bool


OWNERS: Final = 3
"""The last one is nobody of ours: the external row."""

DOUBTS: Final = st.lists(
    st.builds(
        Doubt,
        owner=st.integers(0, OWNERS - 1),
        sign=st.sampled_from([-1, 1]),
        quantity=st.integers(1, 3),
        closing=st.booleans(),
    ),
    max_size=3,
)
HELD: Final = st.tuples(*[st.integers(-3, 4)] * OWNERS)
SHOWN: Final = st.integers(-9, 9)


def unheard(doubts: list[Doubt], owner: int | None = None) -> Unheard:
    """Add up the orders in doubt, of one owner or of all."""
    return together(
        of_order(Side.BUY if one.sign > 0 else Side.SELL, D(one.quantity), closing=one.closing)
        for one in doubts
        if owner in (None, one.owner)
    )


def outcomes(held: tuple[int, ...], doubts: list[Doubt]) -> Iterator[list[int]]:
    """Play everything that the orders may have done to what each owner holds."""
    for filled in product(*(range(one.quantity + 1) for one in doubts)):
        after = list(held)
        for one, quantity in zip(doubts, filled, strict=True):
            after[one.owner] += one.sign * quantity
        yield after


def reached(ours: int, doubts: list[Doubt]) -> set[int]:
    """Play the orders unit by unit, in every sequence, where what may only close does so; return
    the nets that they can make without anybody else."""
    start = (ours, tuple(one.quantity for one in doubts))
    seen, todo = {start}, [start]
    while todo:
        net, left = todo.pop()
        for at, one in enumerate(doubts):
            if not left[at] or (one.closing and net * one.sign >= 0):
                continue
            after = (net + one.sign, (*left[:at], left[at] - 1, *left[at + 1 :]))
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return {net for net, _ in seen}


def losses(shares: list[int], shown: int) -> list[Fraction]:
    """Say what each share has lost when nothing is in doubt: as strangers take, side by side."""
    total = sum(shares)
    there = max(0, shown) if total > 0 else min(0, shown)
    surplus = max(0, abs(total) - abs(there))
    side = sum(abs(one) for one in shares if one * total > 0)
    return [
        Fraction(surplus * abs(one), side) if one * total > 0 else Fraction(0) for one in shares
    ]


@given(ours=st.integers(-4, 4), shown=SHOWN, doubts=DOUBTS)
def test_a_position_is_explained_where_orders_alone_can_have_made_it(
    ours: int, shown: int, doubts: list[Doubt]
) -> None:
    """Exactly there: what may only close takes it to flat and not through it, in any sequence."""
    assert (shown in reached(ours, doubts)) is is_explained(D(ours), D(shown), unheard(doubts))


@given(held=HELD, shown=SHOWN, doubts=DOUBTS)
def test_what_others_did_is_the_least_of_every_outcome(
    held: tuple[int, ...], shown: int, doubts: list[Doubt]
) -> None:
    """Nothing is said of others that some outcome needs not; and it is on one side in all of them,
    or it is nothing."""
    said = by_others(D(sum(held)), D(shown), unheard(doubts))
    needed = [shown - sum(after) for after in outcomes(held, doubts)]

    assert said == min(needed, key=abs)
    assert not said or all(one * said > 0 for one in needed)


@given(held=HELD, shown=SHOWN, doubts=DOUBTS)
def test_no_share_loses_what_some_outcome_leaves_it(
    held: tuple[int, ...], shown: int, doubts: list[Doubt]
) -> None:
    """All shares together lose the least of every outcome, and each of them no more than in any."""
    loss = lost([Share(D(held[at]), unheard(doubts, at)) for at in range(OWNERS - 1)], D(shown))
    every = [losses(after[:-1], shown) for after in outcomes(held, doubts)]

    assert loss.quantity == min(map(sum, every))
    for at, quantity in enumerate(loss.held):
        part = Fraction(loss.quantity) * Fraction(quantity) / Fraction(sum(loss.held))
        assert part <= min(one[at] for one in every)


@given(held=HELD, shown=SHOWN, doubts=DOUBTS)
def test_what_waits_is_explained_and_ends_where_it_would_have(
    held: tuple[int, ...], shown: int, doubts: list[Doubt]
) -> None:
    """After what is certain was followed the doubts explain the rest; and once they are over, the
    shares together are what they would be if everything had waited."""
    now = followed(list(held), shown, doubts)
    rest = [one._replace(closing=False) for one in doubts]
    assert is_explained(D(sum(now)), D(shown), unheard(rest))

    for after, straight in zip(outcomes(tuple(now), doubts), outcomes(held, doubts), strict=True):
        assert shown == sum(followed(after, shown, []))
        if sum(straight[:-1]) * sum(held[:-1]) > 0 and is_one_sided([*held[:-1], *straight[:-1]]):
            early, late = followed(after, shown, []), followed(straight, shown, [])
            assert sum(early[:-1]) == sum(late[:-1])


def is_one_sided(shares: list[int]) -> bool:
    """Say whether no share stands against another one."""
    return min(shares) >= 0 or max(shares) <= 0


def followed(held: list[int], shown: int, doubts: list[Doubt]) -> list[int]:
    """Let the shares and the external row follow a picture, as the books do."""
    shares = held[:-1]
    loss = lost([Share(D(one), unheard(doubts, at)) for at, one in enumerate(shares)], D(shown))
    target = sum(held) + by_others(D(sum(held)), D(shown), unheard(doubts))
    if loss.quantity:
        taken = parts(loss.quantity, loss.held, D(1))
        shares = [
            one - int(part) if one > 0 else one + int(part)
            for one, part in zip(shares, taken, strict=True)
        ]
    return [*shares, int(target) - sum(shares)]


def test_nothing_in_doubt_explains_nothing() -> None:
    """The ordinary case: what differs is somebody else's doing, all of it."""
    assert is_explained(D(2), D(2), NOTHING)
    assert (False, D(-3)) == (is_explained(D(2), D(-1), NOTHING), by_others(D(2), D(-1), NOTHING))
