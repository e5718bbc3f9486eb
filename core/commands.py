"""Commands: everything that can be asked of the core. Each is judged once, in the order in which
they came.

Rules of this file
1. A command carries what happened outside; it never carries a decision.
2. Authentication happened before: whoever makes a command vouches for its sender.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.links import LinkEvent
from core.reports import Report, VenueOrder
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


class ReceiveSignal(_Command, frozen=True):
    """An authenticated message of a route. ``door_ns``: when its last byte was there."""

    route: str
    body_hash: str
    content: Signal | Misread
    raw: str = ""
    extra: tuple[str, ...] = ()
    door_ns: int = 0


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


class TakeLookup(_Command, frozen=True):
    """What the venue shows of an order that was asked for. ``found`` is ``None``: it shows none.

    ``conclusive``: the venue's own books, closed orders included; its ``None`` proves absence.
    """

    order: str
    found: VenueOrder | None
    conclusive: bool
    may_resend: bool = False
    """The venue keeps our ids unique for ever: while it is young, the same order may go once
    more."""


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


class CancelAll(_Command, frozen=True):
    """Ask for the end of all working entries of a scope (the scopes of a halt), without halting."""

    scope: str
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


class Tick(_Command, frozen=True):
    """Time passed: do what is due."""


Command = (
    StartBridge
    | StopBridge
    | LoadCalendar
    | ReceiveSignal
    | TakeReport
    | NoteSent
    | NoteTrouble
    | TakeLookup
    | NoteLink
    | NoteRecovered
    | ObserveAccount
    | Halt
    | Resume
    | CancelOrder
    | CancelAll
    | RaiseAlarm
    | NoteDowntime
    | Tick
)
