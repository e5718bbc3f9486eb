"""The accounts of a rehearsal: books at a simulated exchange, and the way to them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Final

from adapters.simulated.exchange import Exchange
from adapters.simulated.rows import Ids, Rules, Search
from adapters.simulated.wire import Wire
from bridge.config.values import Config
from bridge.rehearsal.machine import Machine
from core.money import ZERO
from core.reports import Report

BEATS_EVERY_MS: Final = 1000
"""The venue's sign of life."""

BALANCE_LEAST: Final = Decimal(1_000_000)
"""Money of an account at least, so that no rehearsal fails for want of it."""

PAPER: Final = Rules(
    ids=Ids.FOR_EVER,
    search=Search.BOOKS,
    chunks_max=1,
    heartbeat_ms=BEATS_EVERY_MS,
    fee_percent=ZERO,
)
"""What the paper venue can do: it knows ids for ever, and its books prove what is not there."""

CAREFUL: Final = Rules(
    ids=Ids.OPEN,
    search=Search.CLOSED,
    lag_ns=500_000_000,
    chunks_max=1,
    heartbeat_ms=BEATS_EVERY_MS,
    fee_percent=ZERO,
)
"""What any other venue can do at least: its lists are a moment late, and ids come again."""


class Certain(Random):
    """Chance without any: what can be filled is filled at once."""

    def random(self) -> float:
        """Draw the least."""
        return 0.0


@dataclass(slots=True)
class Side:
    """One account at its venue."""

    exchange: Exchange
    wire: Wire


def side_of(config: Config, name: str, machine: Machine, seed: str) -> Side:
    """Open the books of an account, with the manners of the venue that it names."""
    account, paper = config.setup.accounts[name], config.paper.get(name)
    like = PAPER if account.venue == "paper" else CAREFUL
    balance = max(paper.balance_start if paper is not None else ZERO, BALANCE_LEAST)
    wire = Wire(machine.timeline, machine.utc_ns, Random(f"{seed}:wire:{name}"))
    exchange = Exchange(
        name,
        config.setup.instruments,
        dataclasses.replace(like, currency=account.currency, balance=balance),
        clock=machine.utc_ns,
        random=Certain(0),
    )

    def tell(report: Report) -> None:
        wire.tell(report)

    exchange.tell = tell
    return Side(exchange, wire)
