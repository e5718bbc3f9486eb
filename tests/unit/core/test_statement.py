"""The statement: what a fill, a fee and a booking of cash did to the money of an account."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import records as r
from core.cash_rows import CashKind
from core.money import ZERO, round_to
from core.statement import CENT, Kind, Line, Statement
from tests.unit.core.setups import NOW
from tests.unit.core.stage import Stage
from tests.unit.core.test_spot import spot_setup

D = Decimal


def lines_of(records: list[r.Record]) -> list[Line]:
    """Return the lines of a journal as they stand at its end."""
    statement, lines = Statement(), list[Line]()
    for record in records:
        for change in statement.take(record):
            if change.old is not None:
                at = lines.index(change.old)
                lines[at : at + 1] = [] if change.new is None else [change.new]
            elif change.new is not None:
                lines.append(change.new)
    return lines


def told(lines: list[Line]) -> list[tuple[str, Decimal | None]]:
    """Return kind and amount of each line."""
    return [(str(line.kind), line.amount) for line in lines]


def test_a_fill_and_its_fee_are_two_lines() -> None:
    """Opening realizes nothing, closing does; each costs its own fee."""
    stage = Stage()
    stage.position("2")
    order = stage.order(stage.say("exit").orders[0])
    stage.fill(order, "2", "50010.5", fee="0.25")
    lines = lines_of(stage.records)

    assert [("fill", 0), ("fee", D("-0.1")), ("fill", 21), ("fee", D("-0.25"))] == told(lines)
    last = lines[-2]
    assert ("one", "trend", "BTCUSDT", "sell", D(2), D("50010.5"), "USDT", D(1), order.order) == (
        last.account, last.strategy, last.instrument, last.side, last.quantity, last.price,
        last.currency, last.rate, last.order,
    )  # fmt: skip


def test_a_fee_that_nobody_told_is_pending_and_then_takes_its_place() -> None:
    """Never zero; told later it stands where its fill is, not at the time it was told."""
    stage = Stage()
    order = stage.entry("1")
    stage.fill(order, "1", exec_id="x", fee=None)
    before = lines_of(stage.records)
    stage.wait(60)
    stage.position("1")
    stage.fill(order, "1", exec_id="x", fee="0.7")
    after = lines_of(stage.records)

    assert [("fill", 0), ("fee", None)] == told(before)
    assert D("-0.7") == after[1].amount
    assert (before[1].at_ns, before[1].number) == (after[1].at_ns, after[1].number)


def test_a_trade_that_is_taken_back_is_a_line() -> None:
    """A line of its own opens it again at that price, what it realized stays; its fee is gone."""
    stage = Stage()
    stage.position("1")
    order = stage.order(stage.say("exit").orders[0])
    stage.fill(order, "1", "50100", exec_id="x")
    stage.report(order, "bust", exec_id="x")
    lines = lines_of(stage.records)

    assert [("fill", 0), ("fee", D("-0.1")), ("fill", 100), ("bust", 0)] == told(lines)
    assert ("was 1 at 50100", D(1)) == (lines[-1].text, lines[-1].quantity)


def test_a_correction_is_a_line_of_its_own() -> None:
    """What it changes in money is told where it became known, and the new fee replaces the old."""
    stage = Stage()
    stage.position("1")
    order = stage.order(stage.say("exit").orders[0])
    stage.fill(order, "1", "50100", exec_id="x")
    stage.report(order, "corrected", exec_id="x", quantity="1", price="50060", fee="0.3")

    assert [("fill", 100), ("fee", D("-0.3")), ("correction", -40)] == told(
        lines_of(stage.records)
    )[2:]


def booked(kind: CashKind, amount: str, entry: str = "c1") -> r.CashBooked:
    """Make a booking."""
    return r.CashBooked(
        at_ns=NOW, account="one", entry=entry, kind=kind, amount=D(amount), currency="USDT",
        balance=D(100000), by="anna", reason="=1+1",
    )  # fmt: skip


@pytest.mark.parametrize("kind", CashKind)
def test_every_kind_of_cash_is_a_line(kind: CashKind) -> None:
    """Whatever moved the cash is told with its amount and who said so."""
    stage = Stage()
    line = lines_of([*stage.records, booked(kind, "-12.5")])[-1]

    assert (str(kind), D("-12.5"), "USDT", "anna", "=1+1") == (
        str(line.kind), line.amount, line.currency, line.by, line.text,
    )  # fmt: skip


def test_what_a_person_names_later_is_that_from_the_beginning() -> None:
    """Unexplained until then; the same line after it."""
    stage = Stage()
    named = r.CashNamed(
        at_ns=NOW, account="one", entry="c1", kind=CashKind.FUNDING, amount=D(-3), currency="USDT",
        booked_ns=NOW, by="anna", reason="swap",
    )  # fmt: skip
    lines = lines_of([*stage.records, booked(CashKind.UNEXPLAINED, "-3"), named])

    assert [("funding", D(-3))] == told(lines)


TRADES = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["1", "2", "3", "0.7"]),
        st.sampled_from(["49000", "50000.01", "51000.5", "50003"]),
        st.sampled_from([None, "0.1", "-0.02", "3"]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(trades=TRADES, busted=st.sets(st.integers(0, 11)))
def test_the_lines_add_up_to_what_the_positions_realized(
    trades: list[tuple[str, str, str, str | None]], busted: set[int]
) -> None:
    """Whatever was filled, taken back or left without a fee: realized and fees agree."""
    stage = Stage()
    for number, (side, quantity, price, fee) in enumerate(trades):
        answer = stage.say(side, quantity=quantity)
        for name in answer.orders:
            filled = str(stage.order(name).quantity)
            stage.fill(name, filled, price, exec_id=f"x{number}", fee=fee)
            if number in busted:
                stage.report(name, "bust", exec_id=f"x{number}")
    lines = lines_of(stage.records)
    positions = stage.state.positions.values()
    gained = sum((line.amount or ZERO for line in lines if line.kind is not Kind.FEE), ZERO)
    paid = sum((line.amount or ZERO for line in lines if line.kind is Kind.FEE), ZERO)
    pending = sum(fill.fee is None for fill in stage.state.fills.values())

    assert sum((round_to(one.realized, CENT) for one in positions), ZERO) == gained
    assert -sum((one.fees for one in positions), ZERO) == paid
    assert pending == sum(line.amount is None for line in lines)


@pytest.mark.parametrize("late", [False, True])
def test_a_fee_in_the_coin_has_a_rate(late: bool) -> None:
    """It is worth the price of its fill, also when it is told later; sums and positions agree."""
    stage = Stage(spot_setup())
    order = stage.entry("1")
    stage.report(order, "accepted")
    told = {"exec_id": "x", "fee": "0.001", "fee_currency": "BTC"}
    if late:
        stage.fill(order, "1", **(told | {"fee": None, "fee_currency": ""}))
        stage.position("1", price="52000")
    stage.fill(order, "1", **told)
    lines = lines_of(stage.records)
    fee = next(line for line in lines if line.kind is Kind.FEE)
    gained = sum((line.amount or ZERO for line in lines if line.kind is not Kind.FEE), ZERO)
    (position,) = stage.state.positions.values()

    assert (D(-50), D(50000), "0.001 in the coin itself") == (fee.amount, fee.rate, fee.text)
    assert round_to(position.realized, CENT) == gained
