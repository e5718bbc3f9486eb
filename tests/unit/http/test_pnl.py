"""Profit and loss: the page, the API, the file and the journal tell the same, to the last digit."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.cli import offline
from bridge.cli.earning import COLUMNS, as_text, export, write_csv, year_rows
from bridge.cli.screen import Screen
from bridge.earnings import Earnings, Sums, lines_of
from bridge.http.pnl_rows import line_row
from core.codec import VERSION, encode
from core.money import ZERO, round_to
from core.statement import CENT, Kind, Line
from core.store import chain
from core.store.memory import MemoryStore
from core.store.port import Append
from tests.unit.core.stage import Stage
from tests.unit.http.room import Room

D = Decimal
YEAR = datetime.now(UTC).year
"""Tests that run over midnight of New Year's Eve fail once a year."""


async def traded(house: Room) -> None:
    """Let some orders be filled."""
    for fields in (
        {"quantity": "0.02"},
        {"quantity": "0.013"},
        {"action": "sell", "effect": "close", "quantity": "0.01"},
        {"action": "exit", "effect": "auto", "quantity": None},
        {"action": "sell", "quantity": "0.04"},
    ):
        await house.filled(await house.send(**fields))


def column(table: list[dict[str, str]], *kinds: str) -> Decimal:
    """Sum the amounts of some kinds of lines of a file."""
    return sum((D(row["amount"]) for row in table if row["kind"] in kinds), ZERO)


async def test_page_file_and_journal_agree(house: Room, tmp_path: Path) -> None:
    """Realized and fees of the API are those of the CSV and of the positions in the state."""
    await traded(house)
    async with house.client(house.operator) as client:
        told = (await client.get("/api/pnl")).json()
        of_year = (await client.get(f"/api/pnl?year={YEAR}")).json()
    positions = await house.runtime.writer.read(lambda state: list(state.positions.values()))
    out = tmp_path / "year.csv"
    export(Screen(out=io.StringIO()), house.starter.config, year=YEAR, form="csv", out=out)
    with out.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    (account,) = told["accounts"]
    realized = sum((round_to(one.realized, CENT) for one in positions), ZERO)

    assert told["complete"] and of_year["accounts"] == told["accounts"]
    assert realized == D(account["realized"]) == column(table, "fill", "bust", "correction")
    assert -sum(one.fees for one in positions) == D(account["fees"]) == column(table, "fee")
    assert D(account["net"]) == column(table, "fill", "fee") != 0
    assert (5, 5) == (account["fills"], sum(row["kind"] == "fill" for row in table))
    assert [] == year_rows(house.config, YEAR - 1)


async def test_command_and_api_give_the_same_rows(house: Room) -> None:
    """Read from the journal without the bridge, and asked of the bridge."""
    await traded(house)
    async with house.client(house.operator) as client:
        told = (await client.get("/api/pnl")).json()
    alone = offline.pnl(house.config, None)

    assert json.loads(json.dumps(alone)) == told
    (row,) = told["quality"]
    assert ("demo", "paper", 5, "pending") == (
        row["strategy"], row["venue"], row["orders"], "pending",
    )  # fmt: skip


async def test_it_counts_what_left_the_state_long_ago(house: Room) -> None:
    """A day later the state has no fill any more, and the sums have them all."""
    await traded(house)
    async with house.client(house.operator) as client:
        before = (await client.get("/api/pnl")).json()
        await house.forget()
        after = (await client.get("/api/pnl")).json()

    assert before["accounts"] == after["accounts"]


async def test_the_page_shows_it(house: Room) -> None:
    """Sums, quality, days and lines; of one year, if that is asked for."""
    await traded(house)
    async with house.logged_in() as client:
        page = (await client.get("/pnl")).text
        filtered = (await client.get(f"/pnl?year={YEAR - 1}")).text
        wrong = await client.get("/api/pnl?year=26")

    for text in ("Profit and loss", "What orders cost", "bascule pnl", "By day", "not said"):
        assert text in page
    assert "Nothing was filled or booked" in filtered
    assert "ask_invalid" == wrong.json()["code"]


# --- the file -------------------------------------------------------------------------------------


def journal(stage: Stage) -> list[Append]:
    """Seal the records of a stage, seven to an append."""
    head, appends = chain.START, list[Append]()
    for at in range(0, len(stage.records), 7):
        records = stage.records[at : at + 7]
        payload = encode(records)
        appends.append(
            chain.seal(head, epoch=1, at_ns=1, version=VERSION, count=len(records), payload=payload)
        )
        head = chain.head_of(appends[-1])
    return appends


def written(lines: list[Line]) -> list[dict[str, str]]:
    """Write lines as CSV, and read them as a spreadsheet does."""
    file = io.StringIO()
    write_csv(file, [line_row(line) for line in lines])
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def test_an_unknown_fee_is_pending_and_never_zero() -> None:
    """In the file, in the row, and in the count beside the sum."""
    stage = Stage()
    order = stage.entry("1")
    stage.fill(order, "1", fee=None)
    fee = written(lines_of(journal(stage), 2023))[1]
    earnings = Earnings()
    for append in journal(stage):
        earnings.take(append)
    (sums,) = earnings.of(None).values()

    assert ("fee", "pending", "pending", "USDT", "1") == (
        fee["kind"], fee["amount"], fee["status"], fee["currency"], fee["rate"],
    )  # fmt: skip
    assert (1, 0) == (sums.pending, sums.fees)


def test_a_fee_told_later_is_in_the_sum_of_its_own_day() -> None:
    """The day of the fill, not that of the news."""
    stage = Stage()
    order = stage.entry("1")
    stage.fill(order, "1", exec_id="x", fee=None)
    stage.wait(20 * 3600)
    stage.fill(order, "1", exec_id="x", fee="0.5")
    earnings = Earnings()
    for append in journal(stage):
        earnings.take(append)

    assert {("2023-11-14", D("-0.5"), 0)} == {
        (place[0], sums.fees, sums.pending) for place, sums in earnings.sums.items()
    }


def test_the_year_and_the_day_are_those_of_the_accounts_zone() -> None:
    """Half past eleven in New York is the next day in UTC; both times stand in the row."""
    stage = Stage()
    stage.position("1")
    lines = lines_of(journal(stage), 2023)
    at_ns = int(datetime(2024, 1, 1, 4, 30, tzinfo=UTC).timestamp()) * 10**9
    line = type(lines[0])(
        number=1, at_ns=at_ns, kind=Kind.FILL, account="one", currency="USD", amount=ZERO,
        zone="America/New_York",
    )  # fmt: skip
    row = line_row(line)

    assert ("2024-01-01T04:30:00.000000Z", "2023-12-31T23:30:00-05:00") == (
        row["utc"], row["local"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("\t=1", "'\\t=1"),
        ("\r\n=1", "'\\r\\n=1"),
        ("sell \u202eyub", "sell \\u202eyub"),
        ('plain, with "quotes"', 'plain, with "quotes"'),
    ],
)
def test_words_of_others_are_no_formula(text: str, expected: str) -> None:
    """Whatever an alert, a venue or a person wrote stands in a cell as text."""
    line = Line(
        number=1, at_ns=1, kind=Kind.TRANSFER, account="one", currency="USD", amount=D("-12.5"),
        by=text, text=text, strategy=text,
    )  # fmt: skip
    (row,) = written([line])

    assert expected == as_text(text) == row["by"] == row["text"] == row["strategy"]
    assert "-12.5" == row["amount"]


def test_the_columns_are_those_of_a_row() -> None:
    """Nothing of a line is left out of the file."""
    line = Line(number=1, at_ns=1, kind=Kind.FEE, account="one", currency="USD", amount=None)

    assert COLUMNS == tuple(line_row(line))


def test_another_journal_is_read_anew() -> None:
    """Sums of one history never meet those of another."""
    first, second = Stage(), Stage()
    first.position("1")
    second.position("3")
    second.position("4")
    earnings = Earnings()
    for stage in (first, second):
        store = MemoryStore()
        store.lease("test")
        for append in journal(stage):
            store.append(append)
        while earnings.step(store):
            pass
    (sums,) = earnings.of(None).values()

    assert 2 == sums.fills


def test_sums_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound older days become their year, and nothing is lost."""
    monkeypatch.setattr("bridge.earnings.SUMS_MAX", 4)
    stage = Stage()
    for _ in range(8):
        stage.position("1")
        stage.wait(24 * 3600)
        stage.recover("one")
    earnings = Earnings()
    for append in journal(stage):
        earnings.take(append)
    total = Sums()
    for sums in earnings.of(2023).values():
        total.join(sums)

    assert len(earnings.sums) <= 5
    assert (8, D("-0.8")) == (total.fills, total.fees)
    assert "2023" in {place[0] for place in earnings.sums}
