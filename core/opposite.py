"""Opposite positions in a group: none of its accounts goes long where another one is short.

Rules of this file
1. It is a rule of a group, off unless asked for: firms forbid it across accounts of one owner.
2. What is held by anybody counts, and what an entry of ours may still fill; an exit cannot turn a
   position round.
3. Dust is no position: nothing that is traded can close it.
4. An instrument and what any account trades in its place are one market.
5. It refuses entries alone.
"""

from __future__ import annotations

from core.dust import is_dust
from core.money import ZERO, plain
from core.orders import Side
from core.setup import Account, Setup
from core.state import NOTHING, State

Families = dict[str, tuple[str, ...]]
"""By instrument, all that are one market with it, itself among them."""


def families_of(state: State) -> Families:
    """Return which instruments are one market, worked out once while the configuration stands."""
    made: Families | None = state.caches.get("families")
    if made is None:
        made = state.caches["families"] = _families(state.facts.setup)
    return made


def _families(setup: Setup) -> Families:
    found: dict[str, dict[str, None]] = {}
    for route in setup.routes.values():
        for copy in route.copies.values():
            for name, other in copy.equivalents.items():
                joined = {**found.get(name, {name: None})}
                joined |= found.get(other.instrument, {other.instrument: None})
                for one in joined:
                    found[one] = joined
    return {name: tuple(sorted(names)) for name, names in found.items()}


def opposite_in_group(
    state: State, account: Account, instrument: str, side: Side
) -> tuple[str, str]:
    """Return who holds, or is about to hold, the other side in a group that forbids it, and the
    group; two empty texts when nobody does."""
    for group in account.groups:
        rule = state.facts.setup.groups.get(group)
        if rule is None or not rule.no_opposite:
            continue
        found = _against(state, (account.name, instrument), _market(state, group, instrument), side)
        if found:
            return found, group
    return "", ""


def _market(state: State, group: str, instrument: str) -> tuple[tuple[str, str], ...]:
    """Return all accounts of a group with all instruments that are one market with this one, worked
    out once while the configuration stands."""
    key = ("market", group, instrument)
    made: tuple[tuple[str, str], ...] | None = state.caches.get(key)
    if made is None:
        names = families_of(state).get(instrument, (instrument,))
        accounts = state.facts.setup.accounts.values()
        members = [one.name for one in accounts if group in one.groups]
        made = state.caches[key] = tuple((member, name) for member in members for name in names)
    return made


def _against(
    state: State, own: tuple[str, str], market: tuple[tuple[str, str], ...], side: Side
) -> str:
    """Look at every account of the market but where the order is ``own``. Each of them asks this of
    all others, so little is looked at where nothing stands on the other side."""
    buys = side is Side.BUY
    exposures = state.exposures
    for key in market:
        exposure = exposures.get(key)
        if exposure is None or key == own:
            continue  # nothing is held and nothing works
        net, buying, selling = exposure.net, exposure.buy, exposure.sell
        account, name = key
        if (net < ZERO if buys else net > ZERO) and not is_dust(state, account, name, net):
            return f"{plain(net)} {name} in {account}"
        if not (selling if buys else buying):
            continue
        for strategy in sorted(state.strategies_at.get(key, ())):
            stake = state.stakes.get((account, name, strategy), NOTHING)
            entering = stake.sell_entries if buys else stake.buy_entries
            if entering > ZERO:
                return f"{side.opposite} of {plain(entering)} {name} in {account}"
    return ""
