"""The picture: what the whole bridge looks like now, for the status and the page of now.

Rules of this file
1. ``Look`` copies rows between two batches and does nothing else; the words are made later, off the
   hot path.
2. Committed rows come from the state, figures of this moment from the outlook, each with its age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from bridge import __version__
from bridge.http import compared_rows, rows
from bridge.http.block_rows import entries_row
from bridge.http.compared_rows import Compared
from bridge.http.limit_rows import waiting_rows
from bridge.http.loss_rows import Losses, rule_row
from bridge.http.plan_rows import plan_rows, protected
from bridge.http.rows import Row, text_of
from bridge.http.symbol_rows import table_end_rows
from bridge.runtime import Runtime
from core.critical import Critical, criticals
from core.dust import is_dust
from core.flatten_rows import FlattenRow
from core.flatten_scope import rest_of
from core.loss_rows import LossRule
from core.money import ZERO, plain
from core.orders import Order, Purpose
from core.positions import Position
from core.records import AlarmRaised
from core.reports import AccountMark
from core.risk.blocks import Block, blocks_of
from core.risk.case import mode_of
from core.risk.controls import Mode
from core.setup import Account
from core.state import AccountRow, Facts, HaltRow, SignalRow, State
from core.ticket_rows import TicketRow
from core.unsure_turns import in_doubt
from core.view import Standing

SIGNALS_SHOWN: Final = 20
"""Signals on the page of now: a screen of them."""

ALARMS_SHOWN: Final = 10
"""Alarms in the status; all of them are in the journal."""

WORKING_SEEN_MAX: Final = 500
"""Orders alive that are copied for a page; held ones and the newest are among them."""

WORKING_SHOWN: Final = 100
"""Orders alive that a page shows; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Look:
    """Rows of the committed state, copied."""

    number: int
    facts: Facts
    halts: list[HaltRow]
    accounts: dict[str, AccountRow]
    modes: dict[str, Mode]
    working: list[Order]
    positions: list[Position]
    dust: frozenset[tuple[str, str, str]]
    in_doubt: dict[tuple[str, str, str], str]
    plans: list[Row]
    tickets: list[TicketRow]
    signals: list[SignalRow]
    alarms: list[tuple[int, AlarmRaised]]
    counts: Row
    flattens: list[tuple[FlattenRow, tuple[str, ...]]]
    compared: Compared
    losses: dict[str, Losses]
    critical: list[Critical]
    blocks: dict[str, list[Block]] = field(default_factory=dict[str, list[Block]])
    """Why the entries of each account would not pass, where that was asked for."""

    @classmethod
    def of(cls, state: State) -> Look:
        """Copy what a page of now needs. Runs between two batches."""
        names = dict.fromkeys(islice(state.held, WORKING_SEEN_MAX))
        names |= dict.fromkeys(islice(reversed(state.alive), WORKING_SEEN_MAX))
        return cls(
            number=state.number,
            facts=state.facts,
            halts=list(state.halts.values()),
            accounts=dict(state.accounts),
            modes={
                name: mode_of(state, account, "", Purpose.ENTRY)
                for name, account in state.facts.setup.accounts.items()
            },
            working=[state.orders[name] for name in names],
            positions=[position for position in state.positions.values() if position.quantity],
            dust=frozenset(
                key
                for key, one in state.positions.items()
                if is_dust(state, key[0], key[1], one.quantity)
            ),
            in_doubt={key: plain(in_doubt(state, key)) for key in state.turns},
            plans=plan_rows(state),
            tickets=sorted(state.tickets.values(), key=lambda row: (row.number, row.ticket)),
            signals=list(islice(reversed(state.signals.values()), SIGNALS_SHOWN)),
            alarms=list(islice(reversed(state.alarms.items()), ALARMS_SHOWN)),
            counts=rows.counts_row(state),
            critical=criticals(state),
            compared=Compared.of(state),
            losses={one.account.name: one for one in Losses.all(state)},
            flattens=[(row, rest_of(state, row)) for row in state.flattens.values()],
        )


def looking(runtime: Runtime, now: int) -> Callable[[State], Look]:
    """Make what copies all that the status says, with what stands against entries now."""

    def look(state: State) -> Look:
        view = runtime.outlook.view(durable=runtime.writer.takes_entries)
        accounts = state.facts.setup.accounts.items()
        blocks = {name: blocks_of(state, view, one, now) for name, one in accounts}
        return replace(Look.of(state), blocks=blocks)

    return look


def status(look: Look, runtime: Runtime, now: int) -> Row:
    """Write the status."""
    config, writer = runtime.config, runtime.writer
    halted = any(halt.scope == "global" for halt in look.halts)
    accounts = account_rows(look, runtime, now)
    return {
        "name": config.name,
        "version": __version__,
        "profile": config.profile,
        "money": "live" if any(account["live"] for account in accounts) else "paper",
        "open": not halted and writer.takes_entries and runtime.ready,
        "halted": halted,
        "halts": [rows.halt_row(halt) for halt in look.halts],
        "ready": runtime.ready,
        "waiting": waiting(runtime),
        "accounts": accounts,
        "store": {
            "kind": config.store.kind,
            "address": config.store.shown,
            "journal": look.facts.journal,
            "durable": runtime.durability.safe,
            "why": runtime.durability.why,
            "available": writer.takes_entries,
            "number": look.number,
            "hash": writer.head.hash.hex(),
            "epoch": writer.head.epoch,
        },
        "counts": look.counts,
        "critical": [rows.critical_row(one) for one in look.critical],
        "alarms": [rows.alarm_row(number, alarm) for number, alarm in look.alarms],
        "flattens": [rows.flatten_row(row, rest) for row, rest in look.flattens],
        "limits_waiting": waiting_rows(look.facts),
        "futures_ending": table_end_rows(look.facts.setup, now),
        "mismatches": [compared_rows.mismatch_row(one) for one in look.compared.mismatches],
        "external": [compared_rows.external_row(one) for one in look.compared.external],
        "foreign": [compared_rows.foreign_row(one) for one in look.compared.foreign],
        "doubts": [compared_rows.doubt_row(one) for one in look.compared.doubts],
        "waivers": list(config.waivers),
        **rows.times(now_ns=now, started_ns=runtime.started_ns),
    }


def waiting(runtime: Runtime) -> list[str]:
    """Name the accounts that are not compared with their venue yet."""
    return sorted(name for name, link in runtime.links.items() if not link.recovered)


def account_rows(look: Look, runtime: Runtime, now: int) -> list[Row]:
    """Write every configured account."""
    standings = runtime.outlook.standings
    return [
        account_row(account, look, standings.get(name), now)
        for name, account in look.facts.setup.accounts.items()
    ]


def account_row(account: Account, look: Look, standing: Standing | None, now: int) -> Row:
    """Write one account: its link, its trading state, its money."""
    row = look.accounts.get(account.name) or AccountRow(account=account.name)
    mark_ns = standing.mark.at_ns if standing is not None else row.marked_ns
    equity = standing.mark.equity if standing is not None else row.equity
    balance = standing.mark.balance if standing is not None else row.balance
    fresh = standing is not None and now - mark_ns <= account.mark_age_max_ns
    return {
        "account": account.name,
        "venue": account.venue,
        "live": account.live,
        "exchange": account.exchange or None,
        **rows.armed_row(row),
        "currency": account.currency,
        "zone": account.zone,
        "link": "up" if row.link_up else "down",
        **rows.link_row(row),
        "mismatches": sum(one.account == account.name for one in look.compared.mismatches),
        "recovered": row.recovered,
        "state": str(look.modes.get(account.name, Mode.RECOVERING)),
        "entries": entries_row(look.blocks.get(account.name), now),
        "equity": text_of(equity),
        "balance": text_of(balance),
        "mark_age_ms": (now - mark_ns) // 1_000_000 if mark_ns else None,
        "mark_fresh": fresh,
        **rows.times(mark_ns=mark_ns),
        **_day(account, look, row, _mark_of(account, standing, row)),
    }


def _mark_of(account: Account, standing: Standing | None, row: AccountRow) -> AccountMark | None:
    if standing is not None:
        return standing.mark
    if row.balance is None or row.equity is None:
        return None
    return AccountMark(
        account=account.name, balance=row.balance, equity=row.equity, at_ns=row.marked_ns
    )


def _day(account: Account, look: Look, row: AccountRow, mark: AccountMark | None) -> Row:
    """Write the day's loss against its limit, as the core measures it."""
    losses = look.losses.get(account.name)
    seen = None if losses is None else losses.daily
    at, hit = (None, bool(row.tripped_ns)) if seen is None else seen
    value = None
    if mark is not None:
        value = mark.equity if account.loss.open_profit else mark.balance
    shown = rule_row(LossRule.DAILY, at, value, tripped=hit)
    change = None if at is None or value is None else value - at.loss
    if at is None and value is not None and row.day_equity is not None:
        change = value - row.day_equity
    return {
        "day_equity": text_of(row.day_equity),
        "day_change": text_of(change),
        "day_loss": text_of(None if change is None else max(-change, ZERO)),
        "day_loss_max": shown["max"],
        "day_loss_warn": shown["warn"],
        "day_loss_used_percent": shown["used_percent"],
        "day_loss_tripped": hit,
        **rows.times(day_ns=row.day_ns),
    }


def position_rows(look: Look, runtime: Runtime) -> list[Row]:
    """Write every open position with its open profit, its tickets, whether it is dust, and how much
    of it may be in our books alone."""
    quotes_at = runtime.outlook.quotes_at
    tickets: dict[tuple[str, str, str], list[Row]] = {}
    for row in look.tickets:
        key = (row.account, row.instrument, row.strategy)
        tickets.setdefault(key, []).append(rows.ticket_row(row))
    held = [
        rows.position_row(one, quotes_at(one.account).get(one.instrument))
        | {
            "dust": (one.account, one.instrument, one.strategy) in look.dust,
            "in_doubt": look.in_doubt.get((one.account, one.instrument, one.strategy), "0"),
            "tickets": tickets.get((one.account, one.instrument, one.strategy), []),
        }
        for one in look.positions
    ]
    return protected(held, look.plans)


def now_page(look: Look, runtime: Runtime, now: int) -> dict[str, Any]:
    """Write everything that the page of now shows."""
    working = rows.working_rows(look.working)[:WORKING_SHOWN]
    return {
        "status": status(look, runtime, now),
        "working": working,
        "working_more": look.counts["working"] - len(working),
        "positions": position_rows(look, runtime),
        "signals": [rows.signal_row(signal) for signal in look.signals],
    }
