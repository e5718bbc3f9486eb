"""Oversold: what a strategy sold on a spot account and did not own after all.

Rules of this file
1. A buy can be taken back when its coins are sold already. The coins that left were then somebody
   else's: nobody owes coins on a spot account, and no leg or exit stands for what is not there.
2. It is settled by a picture that agrees in the net position: before that, the buy that explains a
   share below nothing may only not be told yet.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.answers import Effect
from core.differences import Comparison
from core.mismatches import Kind
from core.money import ZERO, plain
from core.ownership import follow, shares_of
from core.spot import is_spot
from core.state import FLAT, State

Steps = Generator[r.Record | Effect, None, None]


def settle_oversold(state: State, account: str, found: Comparison, now: int) -> Steps:
    """Let the other owners bear what one of them sold of theirs, the external row first."""
    if not is_spot(state, account):
        return
    differs = {one.instrument for one in found.differences if one.kind is Kind.POSITION}
    mine = sorted(instrument for owner, instrument in state.strategies_at if owner == account)
    for instrument in mine:
        if instrument not in differs and found.judged(Kind.POSITION, instrument):
            yield from _settle(state, account, instrument, now)


def _settle(state: State, account: str, instrument: str, now: int) -> Steps:
    theirs = state.exposures.get((account, instrument), FLAT).net
    below = [share for share in shares_of(state, account, instrument) if share.quantity < ZERO]
    if not below or theirs < ZERO:  # a venue that shows a debt has its reasons
        return
    for share in below:
        yield r.ShareCut(
            at_ns=now,
            account=account,
            instrument=instrument,
            strategy=share.strategy,
            quantity=-share.quantity,
            price=share.average_price,
        )
    yield from follow(state, account, instrument, theirs=theirs, price=ZERO, now=now, quiet=True)
    value = plain(sum((-share.quantity for share in below), ZERO))
    names = ", ".join(share.strategy for share in below)
    where = f"{instrument} in account:{account}"
    yield r.AlarmRaised(at_ns=now, code="oversold", value=value, limit=names, where=where)
