"""What a venue tells us, in the words of the domain: reports about orders, quotes, account marks,
its snapshot.

Rules of this file
1. Adapters make these; the core reads them. A report is a fact about the venue, not yet about us.
2. ``raw`` is the venue's own message, with secrets removed, so that the journal can show what was
   really said.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.money import must_be_finite
from core.orders import OrderEvent, OrderType, Side


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One thing that a venue says happened to one order. Times are UTC nanoseconds.

    ``event`` is one of: accepted, fill, cancelled, cancel_rejected, replaced, replace_rejected,
    rejected, expired, done_for_day, bust, corrected. A fill carries ``exec_id`` (unique in the
    account, the key by which fills are summed), ``quantity`` and ``price`` of this fill alone; a
    bust or a correction names the ``exec_id`` it takes back or changes. ``fee`` is in
    ``fee_currency``, positive when paid; ``None``: not known yet. A replaced order carries all its
    new terms, a rejected replace the refused ones where the venue tells. ``transient``: a reject
    whose reason is known to pass; the same may be asked again. ``position``: the venue's name of
    the position that a fill opened or closed, on a hedging account.
    """

    account: str
    order: str
    event: OrderEvent
    at_ns: int
    venue_order: str = ""
    exec_id: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    fee: Decimal | None = None
    fee_currency: str = ""
    reason: str = ""
    raw: str = ""
    transient: bool = False
    position: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.quantity, self.price, self.trigger, self.fee)


class Quote(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The market of one instrument at one moment: best bid, best ask, last trade; UTC
    nanoseconds."""

    instrument: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    at_ns: int

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.bid, self.ask, self.last)

    @property
    def mid(self) -> Decimal:
        """Return the middle of bid and ask."""
        return (self.bid + self.ask) / 2


class AccountMark(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The venue's own figures of one account, in the account's currency.

    ``balance``: cash with all realized profit, loss and fees; ``equity``: balance plus open profit
    and loss. ``free_margin``: what new positions may still need, where the venue tells. ``cash``:
    of a wallet that holds what it buys, the money alone; ``balance`` and ``equity`` are then the
    money and the coins at the market's middle.
    """

    account: str
    balance: Decimal
    equity: Decimal
    at_ns: int
    free_margin: Decimal | None = None
    cash: Decimal | None = None

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.balance, self.equity, self.free_margin, self.cash)


class VenueOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order as the venue shows it, with all its fills. ``order`` is our id, empty when the venue
    shows none.

    ``event`` says what the venue proves of it now: ``accepted`` (working), ``cancelled``,
    ``rejected``, ``expired`` or ``fill`` (nothing is left).
    """

    order: str
    venue_order: str
    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    filled: Decimal
    event: OrderEvent
    at_ns: int
    price: Decimal | None = None
    trigger: Decimal | None = None
    fills: tuple[Report, ...] = ()
    reason: str = ""


class VenuePosition(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A position as the venue shows it; ``quantity`` is negative when short. ``ticket``: its name,
    on a hedging account; elsewhere it is the net of an instrument."""

    instrument: str
    quantity: Decimal
    average_price: Decimal
    ticket: str = ""


class VenueSnapshot(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a venue shows of one account at one moment: working orders, positions, money.

    ``fills``: of our orders, none missing since ``fills_since_ns``; 0 when the venue lists no
    fills. They are also the canary of the positions: a picture that lacks a fill which we know is
    an old one.
    """

    account: str
    orders: tuple[VenueOrder, ...]
    positions: tuple[VenuePosition, ...]
    mark: AccountMark
    at_ns: int
    fills: tuple[Report, ...] = ()
    fills_since_ns: int = 0
