"""Every dialect over HTTP, before one bridge: from its alert to a fill and the right position.

Rules of this file
1. Each dialect has a route, a strategy and a paper account of its own: no row leans on another.
2. What is expected is written by hand in ``dialects.toml``; nothing of it comes from our reading.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pytest

from adapters.tradingview import DIALECTS
from bridge.cli.child import Child
from bridge.client import Client, Reply
from bridge.config import Config, load
from tests.e2e.commands import Place, place, running
from tests.e2e.dialect_desks import DESKS, configuration

pytestmark = pytest.mark.e2e

FILLED_WITHIN_S: Final = 20.0
"""A perfect broker fills in milliseconds; a turn fills twice."""


@dataclass(frozen=True)
class Desk:
    """A running bridge with a desk for each dialect."""

    client: Client
    child: Child

    def send(self, dialect: str, body: str) -> Reply:
        """Deliver an alert at the dialect's route, with the time of now."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.client.alert(dialect, body.replace("$now", at).encode())

    def held(self, account: str) -> dict[str, Decimal]:
        """Return the positions of an account, by strategy and instrument."""
        rows = self.client.get("/positions").body["positions"]
        return {
            f"{row['strategy']} {row['instrument']}": Decimal(row["quantity"])
            for row in rows
            if row["account"] == account and Decimal(row["quantity"])
        }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Generator[Desk]:
    """Run one bridge for all rows."""
    made = place(tmp_path_factory.mktemp("dialects") / "b", profile="bench")
    text = configuration(made.file.read_text(encoding="utf-8"))
    made.file.write_text(text, encoding="utf-8")
    config = load(made.file, {})
    assert isinstance(config, Config), [problem.text for problem in config]
    with Client(config) as client, running(Place(made.file, config, made.made)) as child:
        yield Desk(client, child)


def test_every_dialect_has_a_row() -> None:
    """None is left out, and each shows a fill and a refusal."""
    assert set(DIALECTS) == set(DESKS)
    for name, desk in DESKS.items():
        assert any("position" in step for step in desk["steps"]), name
        assert any("refused" in step for step in desk["steps"]), name


@pytest.mark.parametrize("dialect", sorted(DESKS))
def test_an_alert_becomes_the_position_that_it_means(desk: Desk, dialect: str) -> None:
    """Each alert fills at the paper account up to the position of the table; what is to be refused
    changes nothing."""
    expected: dict[str, Decimal] = {}
    for step in DESKS[dialect]["steps"]:
        reply = desk.send(dialect, step["body"])
        if "refused" in step:
            assert (step["refused"], True) == (reply.body["code"], 400 <= reply.status < 500)
            assert (reply.body["orders"], desk.held(dialect)) == ([], expected), step["body"]
            continue
        position = Decimal(step["position"])
        expected = {f"{dialect} BTCUSDT": position} if position else {}
        assert reply.status == 202, (step["body"], reply.body)
        desk.child.wait_for(
            lambda expected=expected: desk.held(dialect) == expected,
            f"hold {expected or 'nothing'} after {step['body']}; it holds {desk.held(dialect)}",
            FILLED_WITHIN_S,
        )
