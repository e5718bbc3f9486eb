"""A desk for measuring: a configuration opened wide, a filled view, and signals by number."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bridge.config import load
from bridge.config.starter import Starter, init
from bridge.config.values import Config
from core import commands as c
from core.engine import Outcome, step
from core.market import UNSEEN, judge_quote
from core.orders import OrderEvent
from core.reports import AccountMark, Quote, Report
from core.signals import Action, Effect, Signal
from core.state import State
from core.view import ClockReading, Standing, View

START_NS = 1_790_000_000 * 10**9
PRICE = Decimal(50_000)
LOT = Decimal("0.001")


def configured(folder: Path, port: int = 8470, store: str | None = None) -> Config:
    """Write the bench profile into a folder and read it."""
    made = init(folder, port=port, store=store, profile="bench")
    assert isinstance(made, Starter), made
    config = load(made.config, os.environ)
    assert not isinstance(config, list), [problem.text for problem in config]
    return config


@dataclass(slots=True)
class Desk:
    """A state that is ready to trade, without store and venue; time stands where it is put."""

    config: Config
    state: State
    now: int
    view: View

    @classmethod
    def of(cls, config: Config) -> Desk:
        """Start a state with this configuration."""
        desk = cls(config, State(), START_NS, View())
        desk.at(START_NS)
        desk.do(
            c.StartBridge(
                journal="bench", epoch=1, software="bench", setup=config.setup, setup_hash="bench"
            )
        )
        for account in config.setup.accounts:
            money = Decimal(1_000_000)
            desk.do(c.NoteLink(account=account, up=True, reason="connected"))
            desk.do(c.NoteRecovered(account=account, balance=money, equity=money, orders_checked=0))
        return desk

    def at(self, now: int) -> None:
        """Move time on, with fresh quotes and figures."""
        self.now = now
        quotes = {
            name: Quote(instrument=name, bid=PRICE, ask=PRICE, last=PRICE, at_ns=now)
            for name in self.config.setup.instruments
        }
        money = Decimal(1_000_000)
        standings = {
            name: Standing(
                mark=AccountMark(account=name, balance=money, equity=money, at_ns=now),
                equities=(money,) * 3,
                balances=(money,) * 3,
            )
            for name in self.config.setup.accounts
        }
        markets = {
            name: judge_quote(UNSEEN, quote, self.config.setup.instruments[name])
            for name, quote in quotes.items()
        }
        clocks = {name: ClockReading(10**6, now) for name in self.config.setup.accounts}
        self.view = View(quotes=quotes, standings=standings, markets=markets, clocks=clocks)

    def do(self, *commands: c.Command) -> Outcome:
        """Step and keep."""
        outcome = step(self.state, self.view, list(commands), self.now)
        self.state.commit()
        return outcome

    def signal(self, number: int) -> c.ReceiveSignal:
        """Make signal ``number``: buys and sells in turn, so that the position stays bounded."""
        buys = number % 2 == 0
        content = Signal(
            strategy="demo",
            action=Action.BUY if buys else Action.SELL,
            effect=Effect.OPEN if buys else Effect.CLOSE,
            symbol="BTCUSDT",
            id=f"n{number}",
            quantity=LOT,
            time_ns=self.now,
        )
        raw = '{"id":"n","strategy":"demo","symbol":"BTCUSDT","action":"buy","quantity":"0.001"}'
        return c.ReceiveSignal(route="demo", body_hash=f"{number:064x}", content=content, raw=raw)


def reports(order: str, number: int, now: int) -> list[c.Command]:
    """Return what a venue says of a market order that fills at once."""
    said = {"account": "paper", "order": order, "at_ns": now, "venue_order": f"v{number}"}
    return [
        c.NoteSent(order=order, entered_ns=now),
        c.TakeReport(report=Report(event=OrderEvent.ACCEPTED, **said)),
        c.TakeReport(
            report=Report(
                event=OrderEvent.FILL,
                exec_id=f"e{number}",
                quantity=LOT,
                price=PRICE,
                fee=Decimal("0.02"),
                **said,
            )
        ),
    ]
