"""The journal's records: everything that ever happened, and nothing else. State is their fold.

Rules of this file
1. A record says what happened, in the past tense, with the inputs that the decision used.
2. Fields are added at the end with a default; a name or a meaning never changes. Else the codec's
   version rises. A reader refuses a field that it does not know: it loses nothing silently.
3. Parts that folding does not need (checks, raw messages) are kept as raw JSON, so that folding
   need not decode them.
4. A record carries no secret.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.links import LinkState
from core.orders import Order, OrderEvent, OrderState
from core.setup import Setup
from core.signals import Signal

NO_CHECKS: Final = msgspec.Raw(b"[]")


class _Record(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="t",
):
    at_ns: int


class JournalOpened(_Record, frozen=True, tag="journal_opened"):
    """The first record of every journal: its own name, made once."""

    journal: str
    software: str


class BridgeStarted(_Record, frozen=True, tag="bridge_started"):
    """A process became the writer. Every account is RECOVERING from here on."""

    epoch: int
    software: str
    setup_hash: str


class BridgeStopped(_Record, frozen=True, tag="bridge_stopped"):
    """The writer stopped in an orderly way; a start without it before was a crash."""

    epoch: int


class SetupLoaded(_Record, frozen=True, tag="setup_loaded"):
    """The configuration that decisions depend on, whole, with its effective limits."""

    setup: Setup
    setup_hash: str


class CalendarLoaded(_Record, frozen=True, tag="calendar_loaded"):
    """Starts of an account's next days and its scheduled maintenance (begin, end) as UTC times,
    turned from their zones. Good until ``valid_until_ns``."""

    account: str
    days_ns: tuple[int, ...]
    valid_until_ns: int
    source_hash: str
    maintenance_ns: tuple[tuple[int, int], ...] = ()


class DayStarted(_Record, frozen=True, tag="day_started"):
    """An account's day began; losses of the day are counted from this equity."""

    account: str
    day_ns: int
    equity: Decimal


class Marked(_Record, frozen=True, tag="marked"):
    """The account's own figures, at least once a minute while it is exposed."""

    account: str
    balance: Decimal
    equity: Decimal


class LossWarned(_Record, frozen=True, tag="loss_warned"):
    """The loss of the day passed its warning."""

    account: str
    loss: Decimal
    limit: Decimal


class LossTripped(_Record, frozen=True, tag="loss_tripped"):
    """The loss of the day reached its limit: entries are refused until the account's next day."""

    account: str
    loss: Decimal
    limit: Decimal


class SignalReceived(_Record, frozen=True, tag="signal_received"):
    """A signal was admitted for judgement. ``raw``: the message, redacted. ``extra``: names of its
    unknown fields."""

    signal: str
    route: str
    key: str
    by_id: bool
    body_hash: str
    content: Signal
    raw: str = ""
    extra: tuple[str, ...] = ()
    door_ns: int = 0


class SignalRepeated(_Record, frozen=True, tag="signal_repeated"):
    """The same message came again; nothing was done."""

    signal: str
    route: str


class SignalUnread(_Record, frozen=True, tag="signal_unread"):
    """An authenticated message was no signal, or its id was used before for another body."""

    signal: str
    route: str
    code: str
    value: str
    limit: str
    where: str
    raw: str = ""


class SignalRefused(_Record, frozen=True, tag="signal_refused"):
    """An account's verdict that made no order. ``verdict``: ``refused`` or ``no_action``."""

    signal: str
    account: str
    verdict: str
    code: str
    value: str = ""
    limit: str = ""
    where: str = ""
    checks: msgspec.Raw = NO_CHECKS


class SignalServed(_Record, frozen=True, tag="signal_served"):
    """An account's verdict on a cancel: these orders were asked to end."""

    signal: str
    account: str
    orders: tuple[str, ...]


class OrderIntended(_Record, frozen=True, tag="order_intended"):
    """An order was approved: verdict, reservation, and the permission to send it (unless it is
    held)."""

    order: Order
    checks: msgspec.Raw = NO_CHECKS
    sizing: str = ""


class OrderChanged(_Record, frozen=True, tag="order_changed"):
    """Something happened to an order; ``to`` is the state that it led to.

    ``at_ns`` is when the bridge knew, ``venue_ns`` when the venue says it happened
    (of ``sent``: when its ``submit`` was called). ``by``: who
    asked for it. A release carries the order's new ``quantity`` (an exit may be cut), ``reference``
    and ``worst_price``.
    """

    order: str
    event: OrderEvent
    to: OrderState
    venue_ns: int = 0
    venue_order: str = ""
    exec_id: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    fee: Decimal | None = None
    reason: str = ""
    by: str = ""
    raw: str = ""
    checks: msgspec.Raw = NO_CHECKS
    reference: Decimal | None = None
    worst_price: Decimal | None = None


class Halted(_Record, frozen=True, tag="halted"):
    """The bridge was raised for a scope: ``global``, ``account:NAME`` or ``strategy:NAME``. Only a
    person lowers it."""

    scope: str
    by: str
    reason: str


class Resumed(_Record, frozen=True, tag="resumed"):
    """A person lowered the bridge again."""

    scope: str
    by: str
    reason: str


class LinkChanged(_Record, frozen=True, tag="link_changed"):
    """An account's connection is in another state (``None``: as ``up`` says). ``until_ns``: the end
    of a pause; ``code``: its kind, or why the link fell."""

    account: str
    up: bool
    reason: str
    state: LinkState | None = None
    until_ns: int = 0
    code: str = ""


class AccountRecovered(_Record, frozen=True, tag="account_recovered"):
    """Every order of the account has been compared with its venue; new exposure may pass."""

    account: str
    balance: Decimal
    equity: Decimal
    orders_checked: int


class RejectsPaused(_Record, frozen=True, tag="rejects_paused"):
    """A venue rejected too many orders of a strategy: its entries there wait until ``until_ns``.

    ``rejected`` of the last ``orders``; ``pauses``: of this day, this one included.
    """

    account: str
    strategy: str
    until_ns: int
    rejected: int
    orders: int
    pauses: int


class AlarmRaised(_Record, frozen=True, tag="alarm_raised"):
    """Something that a person should know."""

    code: str
    value: str = ""
    limit: str = ""
    where: str = ""
    raw: str = ""


class Swept(_Record, frozen=True, tag="swept"):
    """What ended before ``before_ns`` left the state; it stays in the journal."""

    before_ns: int


Record = (
    JournalOpened
    | BridgeStarted
    | BridgeStopped
    | SetupLoaded
    | CalendarLoaded
    | DayStarted
    | Marked
    | LossWarned
    | LossTripped
    | SignalReceived
    | SignalRepeated
    | SignalUnread
    | SignalRefused
    | SignalServed
    | OrderIntended
    | OrderChanged
    | Halted
    | Resumed
    | LinkChanged
    | AccountRecovered
    | RejectsPaused
    | AlarmRaised
    | Swept
)
