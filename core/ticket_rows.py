"""What the state keeps of a hedging account: its tickets, each a position of its own."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class TicketRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What one owner holds of one ticket, negative when short. ``number``: of the record that
    opened it, by which the oldest is closed first."""

    account: str
    ticket: str
    strategy: str
    instrument: str
    quantity: Decimal
    number: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Return where it stands in its table."""
        return self.account, self.ticket, self.strategy
