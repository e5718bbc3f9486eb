"""Loss rules against a count of their own: what is lost since the day began, from the start balance
and from the peak, over any walk of the equity, restarts and days."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core.setup import SECOND_NS
from tests.unit.core.losing import equity, losing, restarted
from tests.unit.core.setups import NOW
from tests.unit.core.stage import Stage, codes

D = Decimal
HOUR_NS = 3600 * SECOND_NS
MIDNIGHTS = tuple(NOW + (24 * day - 14) * HOUR_NS for day in range(8))

DAILY, STATIC, TRAILING = D(1000), D(1500), D(1200)
STEP = TRAILING / 50
"""How far a peak may be behind the equity: it is recorded in steps."""


class Count:
    """What is lost, counted from the readings alone."""

    def __init__(self) -> None:
        self.now = self.start = self.day = self.peak = D(100000)
        self.latched: set[str] = set()

    def take(self, value: Decimal) -> None:
        """Take a reading that is told three times."""
        self.now = value
        self.peak = max(self.peak, value)
        self.latched |= {rule for rule, room in self.rooms().items() if room <= 0}

    def rooms(self) -> dict[str, Decimal]:
        """Return what may still be lost."""
        return {
            "daily": DAILY - (self.day - self.now),
            "static": STATIC - (self.start - self.now),
            "trailing": TRAILING - (self.peak - self.now),
        }

    def begins(self) -> None:
        """Begin a day: it lifts what the former day reached, and nothing else."""
        self.day = self.now
        self.latched.discard("daily")


@settings(max_examples=120, deadline=None)
@given(
    walk=st.lists(
        st.one_of(st.integers(-12, 8), st.sampled_from(("day", "restart", "tick"))),
        min_size=4,
        max_size=20,
    )
)
def test_an_entry_passes_exactly_while_no_loss_is_reached(walk: list[int | str]) -> None:
    """Reached is reached: a recovery opens nothing again, a restart neither; the next day lifts the
    daily loss alone. A single wild tick latches nothing."""
    stage = losing(
        daily_loss_max=str(DAILY), daily_loss_warn="900",
        drawdown_max=str(STATIC), trailing_drawdown_max=str(TRAILING),
    )  # fmt: skip
    calendar = c.LoadCalendar(
        account="one", days_ns=MIDNIGHTS, valid_until_ns=MIDNIGHTS[-1], source_hash="h"
    )
    stage.do(calendar)
    equity(stage, "100000")
    count, days = Count(), 0
    for move in walk:
        if isinstance(move, int):
            value = count.now + 100 * move
            equity(stage, str(value))
            count.take(value)
        elif move == "restart":
            restarted(stage)
        elif move == "tick":
            stage.equity("one", "50000", str(count.now), str(count.now), balance="100000")
        elif days < len(MIDNIGHTS) - 3:
            days += 1
            stage.now = MIDNIGHTS[days]
            stage.wait(0)
            stage.tick()
            count.begins()
        near = "trailing" not in count.latched and count.rooms()["trailing"] <= STEP
        told = asked(stage)
        assert near or (told == "admitted") == (not count.latched), (told, count.latched)


def asked(stage: Stage) -> str:
    """Ask for an entry, take it back, and return what was said."""
    answer = stage.say(effect="open", quantity="0.001")
    for name in answer.orders:
        stage.report(name, "cancelled")
    return codes(answer)
