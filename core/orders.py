"""An order: its side, its type, its states, and what can happen to it.

Rules of this file
1. These are values and words. What happens to which state when is in ``core.transitions``.
2. ``leaves`` is what may still be filled, and so what is at stake; a done order has none.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.levels import Protection
from core.money import ZERO


class Side(StrEnum):
    """The side of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is _BUY else -1

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return _SELL if self is _BUY else _BUY


_BUY, _SELL = Side
"""Named once: Python 3.11 takes long to look up a member of an enum."""


class OrderType(StrEnum):
    """How an order meets the market."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


PRICED: Final = (OrderType.LIMIT, OrderType.STOP_LIMIT)
"""Types that have a limit price."""

TRIGGERED: Final = (OrderType.STOP, OrderType.STOP_LIMIT)
"""Types that wait for a price."""


class Purpose(StrEnum):
    """What an order is for: the *kind* of the control table. Only an entry raises exposure."""

    ENTRY = "entry"
    EXIT = "exit"
    LEG = "leg"
    CANCEL = "cancel"
    FLATTEN = "flatten"


_ENTRY, _LEG = Purpose.ENTRY, Purpose.LEG


class OrderState(StrEnum):
    """Where an order stands. ``pending_cancel`` and ``pending_replace`` are flags beside it."""

    INTENDED = "intended"
    HELD = "held"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    NOT_PLACED = "not_placed"


POLICY: Final = "policy"
"""Who asks for the end of an order because its route says so."""

ALIVE: Final = frozenset(
    {
        OrderState.INTENDED,
        OrderState.HELD,
        OrderState.SENT,
        OrderState.ACCEPTED,
        OrderState.PARTIALLY_FILLED,
        OrderState.UNKNOWN,
    }
)
"""States in which what is not filled counts as exposure at full size."""

DONE: Final = frozenset(OrderState) - ALIVE
"""States that hold no exposure. A fill can still arrive, and is then followed."""


class OrderEvent(StrEnum):
    """What can happen to an order."""

    RELEASED = "released"
    SENT = "sent"
    TIMED_OUT = "timed_out"
    ACCEPTED = "accepted"
    FILL = "fill"
    CANCEL_ASKED = "cancel_asked"
    CANCELLED = "cancelled"
    CANCEL_REJECTED = "cancel_rejected"
    REPLACE_ASKED = "replace_asked"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE_FOR_DAY = "done_for_day"
    FOUND = "found"
    ABSENT = "absent"
    BUST = "bust"
    CORRECTED = "corrected"


class Terms(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What an order is for, whole: a replace carries all of it. ``quantity`` is absolute and counts
    what is filled already. A price that the order's type does not use is ``None``."""

    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None


class Order(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One order as the journal knows it. Times are UTC nanoseconds, quantities in units of the
    instrument.

    ``order``: our id, the same at the venue. ``origin``: the signal or the operator's act that
    asked for it. ``notional``: sum of price x quantity of its fills. ``fee``: in the account's
    currency; ``None`` while a fill's fee is not known yet. ``expires_ns``: after this an order that
    was not sent is not sent any more. ``reference``: the middle of the market when it was judged.
    ``worst_price``: the collar, beyond which a market order is not to be filled. ``number``: of the
    journal record that is the permission to send it. ``reason``: the venue's words for its end.
    ``asked``: the terms of the replace that is pending, or that was never answered before the end,
    asked for at ``asked_ns``; ``unseen``
    look-ups showed others, the first at ``unseen_ns``. ``replaced_ns``: since when it has its
    present terms, by the venue's clock.
    ``route``: whose policies hold for it. ``revision``: counts the orders of one intent; ``first``
    is the id of revision 0, empty for that one itself. ``partial_ns``: since when it is filled in
    part. ``end_by``, ``end_asked_ns``: who asked last for its end, and when. ``transient``: its
    reject is known to pass. ``end_refused``: how often its venue refused to end it.
    ``end_shown``: a look-up after its end showed the same fills as ours.
    ``followed``: the id of the next revision, or the code for why there is
    none.
    ``resolved``: the person whose word its state rests on, until the venue says something of it.
    ``closes``: the ticket that it closes, on a hedging account.
    ``clear_first``: an entry that goes only once nothing of its strategy is held or works against
    it. ``turns``: how much of an entry closes what is held on the other side, before it opens.
    ``opposed``: it closes its owner's share while another strategy holds the other side, and the
    account's net may grow or turn by it: its venue must not take it as reduce-only.
    ``group``: orders of one group close one position between them; where the venue links legs, what
    one of them fills the others lose. ``attached_stop``: on an entry, the price of the stop that
    the venue keeps for what it fills. ``attached_to``: of such a stop, the entry it came with.
    ``protection``: how what an entry opens is protected. ``leg``, ``plan``: of a leg, what it is
    (``stop``, ``target 1``), and the number of the protection that it was made for. ``leg`` of an
    exit: the word of its intent where that is not its purpose.
    ``sent_reference``, ``accepted_reference``: the middle of the market when it was handed over and
    when it was accepted; ``None``: not known.
    """

    order: str
    origin: str
    account: str
    instrument: str
    strategy: str
    purpose: Purpose
    side: Side
    quantity: Decimal
    order_type: OrderType
    intended_ns: int
    expires_ns: int
    price: Decimal | None = None
    trigger: Decimal | None = None
    reference: Decimal | None = None
    worst_price: Decimal | None = None
    state: OrderState = OrderState.INTENDED
    pending_cancel: bool = False
    pending_replace: bool = False
    filled: Decimal = ZERO
    notional: Decimal = ZERO
    fee: Decimal | None = ZERO
    held_for: str = ""
    number: int = 0
    sent_ns: int = 0
    accepted_ns: int = 0
    done_ns: int = 0
    venue_order: str = ""
    reason: str = ""
    asked: Terms | None = None
    asked_ns: int = 0
    unseen: int = 0
    unseen_ns: int = 0
    replaced_ns: int = 0
    route: str = ""
    revision: int = 0
    first: str = ""
    partial_ns: int = 0
    end_by: str = ""
    end_asked_ns: int = 0
    transient: bool = False
    end_shown: bool = False
    followed: str = ""
    resolved: str = ""
    clear_first: bool = False
    turns: Decimal = ZERO
    opposed: bool = False
    closes: str = ""
    group: str = ""
    attached_stop: Decimal | None = None
    attached_to: str = ""
    protection: Protection | None = None
    leg: str = ""
    plan: int = 0
    sent_reference: Decimal | None = None
    accepted_reference: Decimal | None = None
    end_refused: int = 0

    @property
    def closing(self) -> Decimal:
        """Return what of an entry through flat may still close what is held."""
        return min(self.leaves, max(ZERO, self.turns - self.filled))

    @property
    def word(self) -> str:
        """Return the word of its intent, which is part of its id: each ticket has its own."""
        word = self.leg or str(self.purpose)
        return f"{word} {self.closes}" if self.closes else word

    @property
    def ceiling(self) -> Decimal:
        """Return the most that it may have to fill: while a replace is pending, of both terms."""
        return self.quantity if self.asked is None else max(self.quantity, self.asked.quantity)

    @property
    def terms(self) -> Terms:
        """Return the terms under which it works."""
        return Terms(quantity=self.quantity, price=self.price, trigger=self.trigger)

    @property
    def leaves(self) -> Decimal:
        """Return what may still be filled: the exposure that is reserved for it. Zero once done."""
        if self.state not in ALIVE:
            return ZERO
        left = (self.quantity if self.asked is None else self.ceiling) - self.filled
        return max(ZERO, left)

    @property
    def average_price(self) -> Decimal | None:
        """Return the average price of its fills, ``None`` without any."""
        return self.notional / self.filled if self.filled else None

    @property
    def reduce_only(self) -> bool:
        """Say whether it may only make its owner's position smaller."""
        return self.purpose is not _ENTRY

    @property
    def venue_reduce_only(self) -> bool:
        """Say whether it may only make the account's net position smaller: what a venue enforces,
        which knows no owners."""
        return self.reduce_only and not self.opposed

    @property
    def rests(self) -> bool:
        """Say whether it is a protective leg that waits at its venue for a price."""
        return self.purpose is _LEG and self.order_type is not OrderType.MARKET
