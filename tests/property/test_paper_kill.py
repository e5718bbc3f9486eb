"""A paper account whose process is killed at random moments: what it told is what it knows."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.paper.desk import Desk
from adapters.paper.ledger import Ledger
from adapters.paper.market import Market
from adapters.paper.settings import PaperSettings
from adapters.paper.venue import PaperVenue
from adapters.port import VenueEvent
from core.instruments import Instrument
from core.orders import Order, OrderEvent, OrderType, Purpose, Side, Terms
from core.reports import Quote, Report

D = Decimal
ROOT = Path(__file__).parents[2]
KILLS = 5
X = Instrument(name="X", currency="USD", tick=D("0.01"), lot_step=D("0.1"), quantity_min=D("0.1"))
SETTINGS = PaperSettings(
    latency_ms_max=2,
    partial_fill_probability=D("0.5"),
    reject_probability=D("0.05"),
    commission_percent=D("0.02"),
    seed=3,
)


def told_line(report: Report) -> str:
    """Write what the parent compares."""
    row = [report.order, report.event, report.exec_id, str(report.quantity), str(report.price)]
    row.append(str(report.at_ns))
    return json.dumps(row)


def random_order(chance: random.Random, name: str) -> Order:
    """Draw an order near the market."""
    kind = chance.choice((OrderType.MARKET, OrderType.MARKET, OrderType.LIMIT, OrderType.STOP))
    near = D(chance.randint(9_980, 10_020)) / 100
    return Order(
        order=name,
        origin="s",
        account="a",
        instrument="X",
        strategy="t",
        purpose=chance.choice((Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT)),
        side=chance.choice(list(Side)),
        quantity=D(chance.randint(1, 30)) / 10,
        order_type=kind,
        intended_ns=1,
        expires_ns=2,
        price=near if kind is OrderType.LIMIT else None,
        trigger=near if kind is OrderType.STOP else None,
    )


async def storm(folder: Path, life: int) -> None:
    """Trade until killed, and write each report on a line of its own."""
    chance = random.Random(life)

    def sink(event: VenueEvent) -> None:
        if isinstance(event, Report):
            os.write(1, (told_line(event) + "\n").encode())

    market = Market()
    venue = PaperVenue(
        account="a",
        instruments={"X": X},
        settings=SETTINGS,
        market=market,
        ledger_path=folder / "a.db",
    )
    assert await venue.connect(sink) is None
    made: list[Order] = []
    while True:
        bid = D(chance.randint(9_985, 10_015)) / 100
        market.put(Quote(instrument="X", bid=bid, ask=bid + D("0.02"), last=bid, at_ns=1))
        for _ in range(chance.randint(0, 6)):
            made.append(random_order(chance, f"{life}-{len(made)}"))
            await venue.submit(made[-1])
        if made and chance.random() < 0.5:
            await venue.cancel(chance.choice(made))
            await venue.submit(chance.choice(made))
        if made and chance.random() < 0.7:
            old = chance.choice(made[-20:])
            near = D(chance.randint(9_980, 10_020)) / 100
            terms = Terms(
                quantity=D(chance.randint(1, 30)) / 10,
                price=near if old.price is not None else None,
                trigger=near if old.trigger is not None else None,
            )
            await venue.replace(old, terms)
        await asyncio.sleep(0)


def lived(folder: Path, life: int, lines: int) -> list[list[str]]:
    """Let a process trade, kill it after so many lines, and return all that it told."""
    command = [sys.executable, "-m", "tests.property.test_paper_kill", str(folder), str(life)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    assert lines <= len(told)
    return [json.loads(line) for line in told if line.endswith("\n")]


def check(desk: Desk, told: list[list[str]]) -> None:
    """Hold every line against the lookup, and the money against all fills."""
    terms = {line[0]: line[3:6] for line in told if line[1] == OrderEvent.REPLACED}
    for name, event, exec_id, quantity, price, at_ns in told:
        shown = desk.lookup(name)
        if event in (OrderEvent.CANCEL_REJECTED, OrderEvent.REPLACE_REJECTED):
            continue
        assert shown is not None, f"{name} was reported {event} and is gone"
        if event == OrderEvent.FILL:
            fills = {one.exec_id: (str(one.quantity), str(one.price)) for one in shown.fills}
            assert (quantity, price) == fills[exec_id]
        elif event == OrderEvent.REPLACED:
            found = desk.ledger.find(name)
            assert found is not None
            if [quantity, price, at_ns] == terms[name] and at_ns == str(found.replaced_ns):
                assert (quantity, price) == (str(shown.quantity), str(shown.price))
            assert found.replaced_ns >= int(at_ns)
        elif event != OrderEvent.ACCEPTED:
            assert event == shown.event
    held, cash = D(0), SETTINGS.balance_start
    names = desk.ledger._all("SELECT id FROM orders")
    for (name,) in names:
        shown = desk.lookup(name)
        assert shown is not None
        for fill in shown.fills:
            quantity_, price_, fee = fill.quantity, fill.price, fill.fee
            assert quantity_ is not None
            assert price_ is not None
            assert fee is not None
            held += quantity_ * shown.side.sign
            cash -= quantity_ * price_ * shown.side.sign + fee
    holding = desk.money.holdings["X"]
    assert (held, cash) == (holding.quantity, desk.money.balance - holding.cost)


@pytest.mark.e2e
def test_what_was_told_survives_a_kill(tmp_path: Path) -> None:
    """Five lives on one ledger, each killed at a random moment: no report was premature."""
    chance = random.Random(11)
    told: list[list[str]] = []
    for life in range(KILLS):
        told += lived(tmp_path, life, chance.randint(1, 900))
        ledger = Ledger(
            tmp_path / "a.db",
            account="a",
            currency="USD",
            balance_start=SETTINGS.balance_start,
            now_ns=1,
        )
        desk = Desk(instruments={"X": X}, settings=SETTINGS, ledger=ledger, now_ns=1)
        check(desk, told)
        ledger.close()
    execs = [line[2] for line in told if line[1] == OrderEvent.FILL]

    assert len(set(execs)) > KILLS
    assert any(line[1] == OrderEvent.REPLACED for line in told)


if __name__ == "__main__":
    asyncio.run(storm(Path(sys.argv[1]), int(sys.argv[2])))
