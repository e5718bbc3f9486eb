"""The money: what an account is worth, and what its venue moved beside trades.

Rules of this file
1. A wallet is worth its money and its coins at the middle of the market; a coin without a price is
   no worth of zero: then there is no mark at all.
2. What the venue booked is told by the venue's own id; the core books each id once.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from adapters.ccxt.account import Account
from adapters.ccxt.findings import unproven
from adapters.ccxt.rows import Purse
from adapters.ccxt.traffic import Failed, reading
from adapters.port import Booked
from core.money import ZERO, floor_to, product
from core.reports import AccountMark

FIRST_BACK_NS: Final = 7 * 24 * 3600 * 1_000_000_000
"""How far back the venue's bookings are read at the first connect."""

ATOM: Final = Decimal("1e-8")
"""Where the worth of a coin is cut: below the smallest unit of every money that accounts are kept
in."""

OVERLAP_NS: Final = 600 * 1_000_000_000
"""How far they are read back later: a venue dates a booking at its cause, and shows it later."""

FALL: Final = Decimal("0.002")
"""By which share of the equity two marks that follow each other fall before the bookings are read
between them: far below any loss limit, and more than most markets move in the seconds between."""


def has_fallen(before: AccountMark | None, mark: AccountMark) -> bool:
    """Say whether money left an account as a withdrawal does: much, at once."""
    return before is not None and before.equity - mark.equity > product(before.equity, FALL)


def mark_of(account: Account, purse: Purse, middles: Mapping[str, Decimal]) -> AccountMark:
    """Make the account's mark. Errors: ``Failed`` when a coin has no price."""
    at_ns = account.now()
    if not account.spot:
        return AccountMark(
            account=account.name,
            balance=purse.balance,
            equity=purse.balance + purse.open_profit,
            at_ns=at_ns,
            free_margin=purse.free_margin,
        )
    worth = purse.balance
    for market in account.ours:
        amount = purse.total(market.base)
        if amount:
            middle = middles.get(market.symbol)
            if middle is None:
                raise Failed(unproven("ccxt_no_price", value=market.symbol))
            worth += floor_to(product(amount, middle), ATOM)
    return AccountMark(
        account=account.name,
        balance=worth,
        equity=worth,
        at_ns=at_ns,
        free_margin=purse.free_margin,
        cash=purse.balance,
    )


async def marked(account: Account) -> AccountMark:
    """Read the account's mark. Errors: ``Failed``."""
    with reading():
        purse = await account.read_purse()
        coins = account.ours if account.spot else []
        owned = [market for market in coins if purse.total(market.base)]
        return mark_of(account, purse, await account.middles(owned) if owned else {})


class Bookings:
    """Tells what the venue booked, since the last time that it told."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._since_ns = account.now() - FIRST_BACK_NS

    async def tell(self) -> None:
        """Tell what is new. Errors: ``Failed``."""
        account = self._account
        with reading():
            rows = await account.books.moves(self._since_ns)
        for row in sorted(rows, key=lambda row: (row.at_ns, row.id)):
            if row.amount != ZERO:
                account.tell(
                    Booked(
                        account=account.name,
                        id=row.id,
                        kind=row.kind,
                        amount=row.amount,
                        currency=row.currency,
                        at_ns=row.at_ns,
                        note=row.note,
                    )
                )
        self._since_ns = max(self._since_ns, account.venue_now() - OVERLAP_NS)
