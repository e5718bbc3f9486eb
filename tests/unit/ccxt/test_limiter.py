"""The limiter, by a clock of our own: it never lets more through than the venue grants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt import limiter as limiter_module
from adapters.ccxt.limiter import RESERVE, SHARE, Budget, Limiter

SECOND: int = 1_000_000_000
BUDGET = Budget("weight", 1_000, 60 * SECOND)
MOST = 1_000 * SHARE // 100
ORDINARY = MOST - MOST * RESERVE // 100

CALLS = st.lists(
    st.tuples(
        st.integers(0, 20 * SECOND),  # time since the call before
        st.integers(1, 400),  # weight
        st.booleans(),  # urgent
    ),
    max_size=60,
)


def worked(made: list[tuple[int, int, bool]], limiter: Limiter) -> list[tuple[int, int, bool]]:
    """Let calls go, each as soon as it may; return when they went."""
    gone: list[tuple[int, int, bool]] = []
    now = 0
    for wait_ns, weight, urgent in made:
        now += wait_ns
        now = limiter.free_at({"weight": weight}, now, urgent=urgent)
        limiter.take({"weight": weight}, now)
        gone.append((now, weight, urgent))
    return gone


@given(CALLS)
def test_no_window_ever_holds_more_than_the_budget(made: list[tuple[int, int, bool]]) -> None:
    """Whatever is asked and when, no sixty seconds hold more than what may be used."""
    gone = worked(made, Limiter((BUDGET,), 0))

    for at_ns, _, _ in gone:
        window = [w for then, w, _ in gone if at_ns - BUDGET.window_ns < then <= at_ns]
        assert sum(window) <= MOST


@given(CALLS)
def test_what_is_not_urgent_never_takes_the_reserve(made: list[tuple[int, int, bool]]) -> None:
    """After an ordinary call the reserve of the cancels and exits is still there."""
    limiter = Limiter((BUDGET,), 0)
    now = 0
    for wait_ns, weight, _ in made:
        now = limiter.free_at({"weight": weight}, now + wait_ns)
        limiter.take({"weight": weight}, now)

        assert limiter.used("weight", now) <= ORDINARY
        assert limiter.free_at({"weight": MOST - ORDINARY}, now, urgent=True) == now


@given(CALLS, st.integers(1, 400), st.booleans())
def test_the_time_that_it_names_is_the_first_that_is_right(
    made: list[tuple[int, int, bool]], weight: int, urgent: bool
) -> None:
    """When it says "then", then the call may go, and a moment earlier it may not."""
    limiter = Limiter((BUDGET,), 0)
    now = (worked(made, limiter) or [(0, 0, False)])[-1][0]
    at_ns = limiter.free_at({"weight": weight}, now, urgent=urgent)

    if at_ns > now:  # the earlier moment first: time does not run backwards
        assert limiter.free_at({"weight": weight}, at_ns - 1, urgent=urgent) == at_ns
    assert limiter.free_at({"weight": weight}, at_ns, urgent=urgent) == at_ns


def test_it_starts_empty_and_fills_evenly() -> None:
    """What another process may have used before the start is given back over the window."""
    limiter = Limiter((BUDGET,), 0)

    assert limiter.used("weight", 0) >= ORDINARY * 98 // 100
    assert limiter.used("weight", 30 * SECOND) <= ORDINARY * 51 // 100
    assert limiter.used("weight", 60 * SECOND) == 0
    assert limiter.free_at({"weight": MOST - ORDINARY}, 0, urgent=True) == 0


def test_it_believes_what_the_venue_counts() -> None:
    """A counter that the venue told replaces what was assumed, and is never below our own."""
    limiter = Limiter((BUDGET,), 0)
    limiter.told("weight", 100, SECOND)
    assert limiter.used("weight", SECOND) == 100
    limiter.take({"weight": 300}, 2 * SECOND)
    limiter.told("weight", 50, 3 * SECOND)

    assert limiter.used("weight", 3 * SECOND) == 400


@given(CALLS)
def test_what_is_remembered_is_bounded_and_never_counts_less(
    made: list[tuple[int, int, bool]],
) -> None:
    """Grants that are merged to save memory count for longer, never for less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter_module, "ROWS_MAX", 3)
        gone = worked(made, Limiter((BUDGET,), 0))

    for at_ns, _, _ in gone:
        window = [w for then, w, _ in gone if at_ns - BUDGET.window_ns < then <= at_ns]
        assert sum(window) <= MOST


def test_a_pause_lets_nothing_go_and_is_not_shortened() -> None:
    """While the venue wants nothing at all, nothing goes: not even what is urgent or weighs
    nothing."""
    limiter = Limiter((BUDGET,), 0)
    limiter.pause(500 * SECOND)
    limiter.pause(100 * SECOND)

    assert limiter.free_at({}, 200 * SECOND, urgent=True) == 500 * SECOND
    assert limiter.free_at({"weight": 1}, 500 * SECOND) == 500 * SECOND


def test_what_weighs_nothing_waits_for_nothing() -> None:
    """A cancel is not kept by a budget of orders that is used up."""
    limiter = Limiter((BUDGET,), 0)
    limiter.told("weight", 100_000, 0)

    assert limiter.free_at({"weight": 0}, 1) == 1


def test_a_call_heavier_than_the_whole_budget_goes_when_nothing_else_counts() -> None:
    """A weight that was read wrongly must not hang an account for ever."""
    limiter = Limiter((BUDGET,), 0)

    at_ns = limiter.free_at({"weight": 10_000}, 0)

    assert at_ns <= 60 * SECOND


def test_what_counts_as_an_order_waits_alone_after_too_many() -> None:
    """A hold of one budget keeps what weighs on it; the rest goes, and a shorter hold ends none."""
    limiter = Limiter((BUDGET, Budget("orders", 100, SECOND)), -60 * SECOND)
    limiter.hold("orders", 5 * SECOND)
    limiter.hold("orders", 2 * SECOND)

    assert limiter.free_at({"weight": 1, "orders": 1}, 0) == 5 * SECOND
    assert limiter.free_at({"weight": 1, "orders": 0}, 0) == 0
