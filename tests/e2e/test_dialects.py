"""Every dialect over HTTP, before one bridge: from its alert to a fill and the right position.

Rules of this file
1. Each dialect has a route, a strategy and a paper account of its own: no row leans on another.
2. What is expected is written by hand in ``dialects.toml``; nothing of it comes from our reading.
"""

from __future__ import annotations

import json
import string
import tomllib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.tradingview import DIALECTS
from bridge.cli.child import Child
from bridge.client import Client, Reply
from bridge.config import Config, load
from bridge.config.starter_text import TEXTS
from tests.e2e.commands import Place, place, running

pytestmark = pytest.mark.e2e

DESKS: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("dialects.toml").read_text(encoding="utf-8")
)

FILLED_WITHIN_S: Final = 20.0
"""A perfect broker fills in milliseconds; a turn fills twice."""

ROUTE: Final = string.Template("""
[routes.$name]
dialect = "$name"
token = "a-token-of-$name-and-long-enough"
strategies = ["$name"]
accounts = ["$name"]
quantity = 0.001
waive = $waive
rate_per_minute = 1_000_000
rate_burst = 1_000_000
reading = $reading
""")

MAPPING: Final = """
[mappings.bot]
sample = '{"s": "BTCUSDT", "do": "long", "n": 1, "at": "2026-01-20T14:30:00Z"}'
expected = { symbol = "BTCUSDT", action = "buy", quantity = 1, time = "2026-01-20T14:30:00Z" }
[mappings.bot.fields]
symbol = { path = "s" }
action = { path = "do", values = { long = "buy", short = "sell", out = "exit" } }
quantity = { path = "n", optional = true }
time = { path = "at" }
"""

ALIASES: Final = 'lot_step = 0.001\naliases = ["BTC/USDT", "BTC-USDT-SWAP", "BTC_USD"]\n'


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


def configuration(head: str) -> str:
    """Give each dialect a route, a strategy and an account with the limits of the bench profile."""
    text = TEXTS["bench"]
    limits = text[text.index("[strategies.demo]") : text.index("[instruments.BTCUSDT]")]
    parts = [head.replace("lot_step = 0.001\n", ALIASES, 1), MAPPING]
    for name, desk in DESKS.items():
        terms = ", ".join(
            f"{key} = {json.dumps(said)}" for key, said in desk.get("reading", {}).items()
        )
        waive = json.dumps(desk.get("waive", []))
        parts.append(ROUTE.substitute(name=name, waive=waive, reading=f"{{ {terms} }}"))
        own = limits.replace("strategies.demo", f"strategies.{name}")
        parts.append(own.replace("accounts.paper", f"accounts.{name}"))
    return "".join(parts)


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
