"""What is critical now: an open position that nobody guards, or that the bridge cannot reach.

Rules of this file
1. Read off the state, so it is told for as long as it lasts, and no longer: an alarm of its
   beginning may be pages ago.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from core.links import REFUSED, LinkState
from core.money import plain
from core.state import State
from core.unsure_stops import CODE, in_doubt

NAMED_MAX: Final = 5
"""Instruments of an account that are named; the others are counted."""


class Critical(NamedTuple):
    """One of them: the code of its alarm with its facts, and since when it is so."""

    code: str
    value: str
    limit: str
    where: str
    since_ns: int


def criticals(state: State) -> list[Critical]:
    """Name what is critical, accounts first."""
    found: list[Critical] = []
    for name, row in sorted(state.accounts.items()):
        open_ = open_in(state, name)
        if row.link_code == REFUSED and row.link is not LinkState.READY and open_:
            where = f"account:{name}"
            found.append(
                Critical("account_refused_exposed", row.link_reason, open_, where, row.link_ns)
            )
    for name, doubt in sorted(state.doubts.items()):
        facts = in_doubt(state, name)
        if facts is not None:
            value, where = facts
            found.append(Critical(CODE, value, name, where, doubt.since_ns))
    return found


def open_in(state: State, account: str) -> str:
    """Say what is open in an account, and what may become so without us; nothing when it is flat
    and idle. What is held has not left."""
    working: dict[str, int] = {}
    for name in state.alive:
        order = state.orders[name]
        if order.account == account and name not in state.held:
            working[order.instrument] = working.get(order.instrument, 0) + 1
    nets = {name: state.exposures[account, name].net for name in state.exposed.get(account, ())}
    open_ = sorted(name for name, net in nets.items() if net or name in working)
    said = [_words(name, nets[name], working.get(name, 0)) for name in open_[:NAMED_MAX]]
    if len(open_) > NAMED_MAX:
        said.append(f"{len(open_) - NAMED_MAX} more")
    return ", ".join(said)


def _words(instrument: str, net: Decimal, working: int) -> str:
    orders = f" and {working} order{'s' * (working > 1)}" if working else ""
    return f"{plain(net)} {instrument}{orders}"
