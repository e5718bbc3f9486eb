"""What is said to stand against entries is what refuses them, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from core import commands as c
from core.risk.blocks import PAIRS_MAX, Block, blocks_of
from core.risk.controls import Control
from core.setup import SECOND_NS
from tests.unit.core.rolls import Pit, rolling
from tests.unit.core.setups import BTC, DAY_NS, NOW, WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes
from tests.unit.core.tripped import TRIPPED, enters

D = Decimal

OF_THE_ENTRY: Final = frozenset(
    {
        Control.QUANTITY, Control.VALUE, Control.COLLAR, Control.POSITION, Control.GROSS,
        Control.MARGIN, Control.RATE, Control.DUPLICATE, Control.AGE, Control.SELF_MATCH,
        Control.ALLOW_LIST,
    }
)  # fmt: skip
"""Controls that judge the size, the price, the kind or the message of the entry that comes."""


def blocks(stage: Stage, account: str = "one") -> list[Block]:
    """Return what stands against the entries of an account."""
    return blocks_of(stage.state, stage.view, stage.setup.accounts[account], stage.now)


def said(stage: Stage) -> list[tuple[str, bool]]:
    """Return the codes, and whether an entry waits for it."""
    return [(one.check.code, one.holds) for one in blocks(stage)]


@pytest.mark.parametrize("control", sorted(set(TRIPPED) - OF_THE_ENTRY))
def test_whatever_stops_the_next_entry_is_told_first(control: Control) -> None:
    """The code that the sender would get is among those that are told, with its effect."""
    stage, causes = TRIPPED[control].begin()
    if causes:
        stage.do(*causes)
    told = said(stage)
    answer = codes(stage.do(enters(stage)).answers[-1])
    verdict, code = answer.split()

    assert answer == TRIPPED[control].told
    assert (code, verdict == "held") in told


@pytest.mark.parametrize("control", sorted(OF_THE_ENTRY - {Control.RATE}))
def test_what_is_of_the_entry_itself_is_not_told(control: Control) -> None:
    """A smaller, a nearer or a later one passes."""
    stage, causes = TRIPPED[control].begin()
    if causes:
        stage.do(*causes)

    assert [] == said(stage)


def test_nothing_is_told_where_an_entry_passes() -> None:
    """And looking changes nothing."""
    stage = Stage()
    before = stage.state.number

    assert [] == blocks(stage)
    assert before == stage.state.number
    assert "admitted" == codes(stage.do(enters(stage)).answers[-1])


def test_a_contract_that_rolled_and_closed_is_no_reason() -> None:
    """It would stand there for as long as it is in the file; that the last contract of a table is
    closed is one: nothing follows it."""
    told: list[list[str]] = []
    setups = (None, None, None, None, rolling(ends_ns=NOW + 190 * DAY_NS))
    for days, setup in zip((9, 21, 111, 200, 200), setups, strict=True):
        pit = Pit(setup)
        pit.days(days)
        told.append([one for block in blocks(pit) for one in block.scopes])

    assert [[], [], [], *[["instrument:ESM2027"]] * 2] == told


def test_a_false_alarm_of_the_daily_loss_is_seen_at_once() -> None:
    """The figures are good again, the state is active, and still every entry is refused until the
    account's next day: that is what is said, with its time."""
    stage = Stage()
    days = tuple(stage.now + at * 3600 * SECOND_NS for at in (-3, 21, 45))
    stage.do(
        c.LoadCalendar(
            account="one", days_ns=days, valid_until_ns=days[-1], source_hash="h",
            maintenance_ns=(),
        )
    )  # fmt: skip
    stage.equity("one", "98000", "98000", "98000")
    stage.equity("one", "100000", "100000", "100000")
    (one,) = blocks(stage)

    assert ("daily_loss_reached", False, days[1]) == (one.check.code, one.holds, one.until_ns)
    assert ("1000", "account:one") == (one.check.limit, one.check.scope)


def test_a_link_that_is_down_is_told_once() -> None:
    """Not with everything else that cannot be known while it is down."""
    stage = Stage()
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.wait(60, fresh=False)

    assert [("link_down", True)] == [one for one in said(stage) if one[1]]


def test_a_halt_is_told_beside_a_link_that_is_down() -> None:
    """Each of them has to be mended."""
    stage = Stage()
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.do(c.Halt(scope="global", by="anna", reason="storm"))

    assert [("halted", False), ("link_down", False)] == said(stage)[:2]
    assert 1 == [code for code, _ in said(stage)].count("halted")


def test_one_reason_of_several_is_one_line() -> None:
    """Unknown orders in two instruments: one line, with both of them."""
    stage = Stage(limited("account:one", unknown_orders_max=10))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        order = stage.entry("1", symbol=symbol)
        stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    (one,) = blocks(stage)

    assert "unknown_outcome" == one.check.code
    assert ["account:one/instrument:BTCUSDT", "account:one/instrument:ETHUSDT"] == list(one.scopes)


def test_a_pause_says_until_when() -> None:
    """Too many rejects: of this strategy, for a minute; the other one trades."""
    stage, causes = TRIPPED[Control.REJECTS].begin()
    stage.do(*causes)
    (one,) = blocks(stage)

    assert ("strategy:trend",) == one.scopes
    assert stage.now + 60 * SECOND_NS == one.until_ns


def test_a_store_that_takes_nothing_is_a_reason() -> None:
    """The door refuses entries before any check."""
    stage = Stage()
    stage.durable = False

    assert [("store_unavailable", False)] == said(stage)


def test_what_an_account_waits_for_by_choice_is_told_as_that() -> None:
    """It holds entries for the opening instead of refusing them."""
    stage, causes = TRIPPED[Control.CALENDAR].begin()
    account = replaced(stage.setup.accounts["one"], hold=("session_closed",))
    stage.load(replaced(stage.setup, accounts={"one": account}))
    stage.do(*causes)
    stage.recover("one")

    assert ("session_closed", True) in said(stage)


def test_a_pause_of_one_strategy_is_told_beside_another_in_the_same_instrument() -> None:
    """What depends on both is asked for both: the fills of the second one ran away."""
    stage, causes = TRIPPED[Control.DRIFT].begin()
    stage.do(*causes)
    setup = stage.setup
    trend = setup.strategies["trend"]
    door = replaced(setup.routes["door"], strategies=("aa", "trend"))
    both = {"aa": replaced(trend, name="aa"), "trend": trend}
    stage.load(replaced(setup, strategies=both, routes={"door": door}))
    stage.recover("one")

    assert [("drift_breaker", ("strategy:trend",))] == [
        (one.check.code, one.scopes) for one in blocks(stage) if "drift" in one.check.code
    ]


def test_a_large_configuration_is_asked_for_within_bounds() -> None:
    """Thousands of instruments must not stop the loop; the account's own reasons come first."""
    setup = setup_of(limits={"account:one": WIDE})
    many = {f"X{at}": replaced(BTC, name=f"X{at}", aliases=()) for at in range(3 * PAIRS_MAX)}
    trend = replaced(setup.strategies["trend"], instruments=tuple(many))
    stage = Stage(setup)
    stage.do(c.Halt(scope="global", by="anna", reason="storm"))
    stage.load(
        replaced(
            setup,
            instruments=setup.instruments | many,
            strategies=setup.strategies | {"trend": trend},
        )
    )
    found = {one.check.code: one for one in blocks(stage)}

    assert "halted" in found
    assert PAIRS_MAX >= len(found["reference_stale"].scopes)
