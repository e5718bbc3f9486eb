"""Commands: everything that can be asked of the core. Each is judged once, in the order in which
they came.

Rules of this file
1. A command carries what happened outside; it never carries a decision.
2. Authentication happened before: whoever makes a command vouches for its sender.

Length: one class a kind of command; it is read by searching.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from core.abilities import Abilities
from core.cash_rows import CashKind
from core.links import LinkEvent
from core.money import must_be_finite
from core.orders import Terms
from core.reports import Report, VenueOrder, VenueSnapshot
from core.setup import Setup
from core.signals import Misread, Signal


class _Command(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    pass


class StartBridge(_Command, frozen=True):
    """A process became the writer with this configuration. ``journal`` is used when the journal is
    new."""

    journal: str
    epoch: int
    software: str
    setup: Setup
    setup_hash: str
    halt_code: str = ""
    """Not empty: start with the bridge raised, for this reason (a store that went back in time)."""
    halt_value: str = ""
    alive_ns: int = 0
    """When the process before was last able to take alerts; 0: nobody knows."""


class StopBridge(_Command, frozen=True):
    """The writer ends in an orderly way."""

    epoch: int


class LoadCalendar(_Command, frozen=True):
    """The starts of an account's next days, and its scheduled maintenance."""

    account: str
    days_ns: tuple[int, ...]
    valid_until_ns: int
    source_hash: str
    maintenance_ns: tuple[tuple[int, int], ...] = ()


class LoadSchedule(_Command, frozen=True):
    """When an instrument trades: the fields of ``records.ScheduleLoaded``."""

    instrument: str
    sessions_ns: tuple[tuple[int, int], ...] = ()
    weekends_ns: tuple[int, ...] = ()
    news_ns: tuple[tuple[int, int], ...] = ()
    valid_until_ns: int = 0
    source_hash: str = ""
    fault: str = ""
    where: str = ""


class LoadExpected(_Command, frozen=True):
    """When alerts of a route are expected: the fields of ``records.ExpectedLoaded``."""

    route: str
    expected_ns: tuple[tuple[int, int], ...] = ()
    valid_until_ns: int = 0
    source_hash: str = ""


class ReceiveSignal(_Command, frozen=True):
    """An authenticated message of a route. ``door_ns``: when its last byte was there. ``repaired``:
    what was repaired in it before it was read."""

    route: str
    body_hash: str
    content: Signal | Misread
    raw: str = ""
    extra: tuple[str, ...] = ()
    door_ns: int = 0
    repaired: tuple[str, ...] = ()


class ReceiveBatch(_Command, frozen=True):
    """The signals of one message: judged one after the other, each as if it had come alone, and
    committed together."""

    signals: tuple[ReceiveSignal, ...]


class TakeReport(_Command, frozen=True):
    """A venue said something about an order."""

    report: Report


class NoteSent(_Command, frozen=True):
    """The venue's ``submit`` took the order over; ``entered_ns`` is when it was called."""

    order: str
    entered_ns: int


class NoteTrouble(_Command, frozen=True):
    """A call did not end well. ``proven``: the order is not at the venue, and never will be by this
    call."""

    order: str
    proven: bool
    code: str
    text: str
    fatal: bool = False
    expired: bool = False
    """Proven not sent, and its time to live is over."""
    transient: bool = False
    """Refused for a reason that is known to pass."""
    terms: Terms | None = None
    """The call asked for these terms; ``None``: it handed the order over."""


class TakeLookup(_Command, frozen=True):
    """What the venue shows of an order that was asked for. ``found`` is ``None``: it shows none.

    ``conclusive``: the venue's own books, closed orders included; its ``None`` proves absence.
    ``calls``: what was asked, in the venue's words. ``covers_closed``: they would have shown an
    order that is over. ``canary``: the recent order of ours that they did show.
    """

    order: str
    found: VenueOrder | None
    conclusive: bool
    may_resend: bool = False
    """The venue keeps our ids unique for ever: while it is young, the same order may go once
    more."""
    calls: tuple[str, ...] = ()
    covers_closed: bool = False
    canary: str = ""
    asked_ns: int = 0
    """When the venue was asked; 0: not known."""


class NoteLink(_Command, frozen=True):
    """Something happened to an account's connection; without an ``event`` it came up or fell.

    ``code``: the kind of a pause, or why the link fell. ``until_ns``: the end of a pause as the
    venue named it, 0 when it named none.
    """

    account: str
    up: bool
    reason: str
    event: LinkEvent | None = None
    code: str = ""
    until_ns: int = 0


class NoteRecovered(_Command, frozen=True):
    """An account was compared with its venue; nothing is left to ask."""

    account: str
    balance: Decimal
    equity: Decimal
    orders_checked: int


class TakeSnapshot(_Command, frozen=True):
    """A venue's picture of an account, asked for at ``asked_ns``: what differs is told, and settled
    where it is certain. ``cause``: boot, reconnect, timer, demand or gap."""

    snapshot: VenueSnapshot
    asked_ns: int
    cause: str


class AcceptReconciliation(_Command, frozen=True):
    """A person says that the venue is right in everything that differs now. A halt stays."""

    account: str
    by: str
    reason: str


class AdoptPosition(_Command, frozen=True):
    """Give a strategy some of what the venue holds and nobody owns.

    ``quantity``: how much of it, without a sign; ``None``: all.
    """

    account: str
    instrument: str
    strategy: str
    by: str
    reason: str
    quantity: Decimal | None = None


class AssignPosition(_Command, frozen=True):
    """Move some of one strategy's position to another one, or out of our hands (an empty
    ``target``). ``quantity``: how much of it, without a sign; ``None``: all."""

    account: str
    instrument: str
    source: str
    target: str
    by: str
    reason: str
    quantity: Decimal | None = None


class ObserveAccount(_Command, frozen=True):
    """The account's own figures changed: judge its losses, and note the mark when it is due."""

    account: str


class Halt(_Command, frozen=True):
    """Raise the bridge for a scope."""

    scope: str
    by: str
    reason: str


class Resume(_Command, frozen=True):
    """Lower the bridge for a scope."""

    scope: str
    by: str
    reason: str


class CancelOrder(_Command, frozen=True):
    """Ask for the end of one order."""

    order: str
    by: str
    reason: str


class ReplaceOrder(_Command, frozen=True):
    """Ask for new terms of one order; ``None``: as it is. ``offered``: its venue can replace."""

    order: str
    by: str
    reason: str
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    offered: bool = True

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.quantity, self.price, self.trigger)


class Resolution(StrEnum):
    """What a person saw of an order of which the bridge does not know what became."""

    NOT_PLACED = "not_placed"
    WORKING = "working"
    CANCELLED = "cancelled"
    FILLED = "filled"


class ResolveOrder(_Command, frozen=True):
    """Say what became of an order in doubt.

    ``quantity``: what the venue shows as filled of it in all; ``None``: all of it when ``filled``,
    else what is known. ``price``: of what was filled and is not known yet.
    """

    order: str
    outcome: Resolution
    by: str
    reason: str
    quantity: Decimal | None = None
    price: Decimal | None = None

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.quantity, self.price)


class NoteCancelRefused(_Command, frozen=True):
    """A venue provably refused to cancel an order; ``changed``: it knows no such call any more, so
    that nothing may be opened there which could not be ended."""

    order: str
    code: str
    text: str
    changed: bool = False


class CancelAll(_Command, frozen=True):
    """Ask for the end of all working entries of a scope (the scopes of a halt), without halting."""

    scope: str
    by: str
    reason: str


class Flatten(_Command, frozen=True):
    """Close everything in a scope at the market: ``global``, ``account:NAME``,
    ``account:NAME/instrument:NAME`` or ``strategy:NAME``. ``whose``: ``ours`` or ``all``."""

    scope: str
    whose: str
    by: str
    reason: str
    confirmed: bool = True


class SetLimit(_Command, frozen=True):
    """Set one limit of one scope; ``None`` takes it away. ``confirmed``: whoever asks knows that it
    may allow more than before."""

    scope: str
    name: str
    value: Decimal | None
    by: str
    reason: str
    confirmed: bool = True


class AcceptLimits(_Command, frozen=True):
    """Put the looser limits of the file in force: all, those of one scope, or one by name."""

    by: str
    reason: str
    scope: str = ""
    name: str = ""
    confirmed: bool = True


class NoteTransfer(_Command, frozen=True):
    """Say what moved an account's balance: the booking ``entry``, one of this ``amount``, or one
    that will come (negative: out of the account). ``kind``: a word of ``cash_rows.CashKind``."""

    account: str
    kind: str
    by: str
    reason: str
    amount: Decimal | None = None
    entry: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.amount)


class TakeBooking(_Command, frozen=True):
    """A venue told of money that it moved beside fills. ``id``: its own, by which it is booked
    once; ``venue_ns``: when it moved, by the venue's clock."""

    account: str
    id: str
    kind: CashKind
    amount: Decimal
    currency: str
    venue_ns: int
    note: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.amount)


class SetBaseline(_Command, frozen=True):
    """Count an account's losses from another number: ``start`` (the drawdown), ``day`` or ``peak``.
    ``confirmed``: whoever asks knows that it may allow more."""

    account: str
    what: str
    value: Decimal
    by: str
    reason: str
    confirmed: bool = True

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.value)


class ReleaseLoss(_Command, frozen=True):
    """Let go what an account reached and reaches no more."""

    account: str
    by: str
    reason: str


class Arm(_Command, frozen=True):
    """Let an account open positions with real money. ``until_ns``: no longer than until then; 0: no
    end. ``durable``: what the store keeps survives power loss, or that was waived.
    ``confirmed``: whoever asks knows what it means."""

    account: str
    by: str
    reason: str
    until_ns: int = 0
    durable: bool = True
    confirmed: bool = False


class Disarm(_Command, frozen=True):
    """Let an account with real money open nothing any more."""

    account: str
    by: str
    reason: str


class RaiseAlarm(_Command, frozen=True):
    """The bridge saw something that a person should know."""

    code: str
    value: str = ""
    limit: str = ""
    where: str = ""


class NoteDowntime(_Command, frozen=True):
    """Alerts can be taken again; they could not since ``since_ns``. ``cause``: for people."""

    since_ns: int
    cause: str


class DescribeVenue(_Command, frozen=True):
    """Say what the venue of an account can do."""

    account: str
    abilities: Abilities


class ObserveMarket(_Command, frozen=True):
    """The newest quote of an instrument concerns a level that the bridge keeps or moves."""

    instrument: str


class Tick(_Command, frozen=True):
    """Time passed: do what is due."""


Command = (
    StartBridge
    | StopBridge
    | LoadCalendar
    | LoadSchedule
    | LoadExpected
    | ReceiveSignal
    | TakeReport
    | NoteSent
    | NoteTrouble
    | TakeLookup
    | NoteLink
    | NoteRecovered
    | TakeSnapshot
    | AcceptReconciliation
    | AdoptPosition
    | AssignPosition
    | ObserveAccount
    | Halt
    | Resume
    | CancelOrder
    | ReplaceOrder
    | ResolveOrder
    | NoteCancelRefused
    | CancelAll
    | Flatten
    | SetLimit
    | AcceptLimits
    | NoteTransfer
    | TakeBooking
    | Arm
    | Disarm
    | SetBaseline
    | ReleaseLoss
    | RaiseAlarm
    | NoteDowntime
    | DescribeVenue
    | ObserveMarket
    | Tick
)

Work = Command | ReceiveBatch
"""What a step takes: commands, and batches of them."""
