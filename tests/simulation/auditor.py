"""The auditor: reads what is durable, record by record, with eyes of its own.

Rules of this file
1. It uses none of the bridge's folds: a defect there must not blind it.
2. It reads at the very moment at which something became durable, in the journal or in the emergency
   file; what is paid into the journal later is the same and counts once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from bridge.arrears import batch_of
from bridge.rehearsal.machine import Folder
from core import records as r
from core.codec import decode
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, Purpose
from core.store.emergency import lines_in
from core.store.memory import Disk

PERSON: Final = "ann"
"""Who acts in a simulation; everybody else is the bridge."""

OF_CONTROLS: Final = frozenset(
    {
        "daily_loss_reached", "day_not_started", "drift_breaker", "drift_over_limit",
        "equity_stale", "gross_over_limit", "halt",
        "halted", "halted_before_send", "limit_missing", "open_orders_over_limit",
        "position_over_limit", "price_outside_collar", "quantity_over_limit", "rate_over_limit",
        "recovering", "reducing", "reference_stale", "signal_too_old", "unknown_outcome",
        "value_over_limit",
    }
)  # fmt: skip
"""Codes with which a control ends or refuses something. None of them may meet an exit."""

Intent = tuple[str, ...]
"""Route and id of a message (or an operator's act), account, instrument, strategy, purpose and leg:
what may become one order."""


Owner = tuple[str, str, str]
"""Account, instrument and strategy: whose share something is."""


FILLS_FIRST: Final = ("fills_first", "entry_on_its_way")
"""Why an exit is held that closes what is not heard yet."""


def _nothing(_: object) -> None:
    """Tell nobody."""


OVER: Final = (
    OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED, OrderState.FILLED,
)  # fmt: skip
"""States that prove that an order is over; one that was not placed may still turn up."""


def _over(order: Order) -> tuple[OrderState, ...]:
    """Return the states in which an order may have a successor: what closes goes on when it was
    proven never to be placed, what opens does not."""
    closes = order.purpose in (Purpose.FLATTEN, Purpose.EXIT)
    return (*OVER, OrderState.NOT_PLACED) if closes else OVER


@dataclass(slots=True)
class Known:
    """An order as the durable records tell it."""

    order: Order
    intent: Intent
    state: OrderState
    since: int = 0
    """Number of the record by which it came into being."""
    judged: int = 0
    """Number of the record by which it was judged last."""
    cleared: bool = False
    """By the durable records nothing was held against it when it was judged last."""
    doubted: bool = False
    fills: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    @property
    def owner(self) -> Owner:
        """Name whose share it changes: account, instrument and strategy."""
        return self.order.account, self.order.instrument, self.order.strategy

    @property
    def filled(self) -> Decimal:
        """Return the sum of its fills."""
        return sum(self.fills.values(), ZERO)

    @property
    def leaves(self) -> Decimal:
        """Return what may still be filled, under the terms that hold."""
        return max(ZERO, self.order.quantity - self.filled) if self.state in ALIVE else ZERO


def _waits_for_fills(known: Known) -> bool:
    return known.state is OrderState.HELD and known.order.held_for in FILLS_FIRST


class Auditor:
    """What is durable. ``bad``: told what must not be. ``over``: asked when an order is said to be
    over, with its state and the reason."""

    def __init__(
        self,
        disk: Disk,
        *,
        bad: Callable[[str, str], None],
        over: Callable[[Known, r.OrderChanged], None],
        recovered: Callable[[str], None],
        filled: Callable[[Known, r.OrderChanged], None],
        now: Callable[[], int],
    ) -> None:
        self.keys: dict[tuple[str, str], str] = {}
        """By route and key: the hash of the message that was taken in under it."""
        self.beside: set[tuple[str, str]] = set()
        """Keys of messages that a process which is no writer any more wrote down."""
        self.signals: dict[str, tuple[str, str]] = {}
        self.orders: dict[str, Known] = {}
        self.halts: dict[str, int] = {}
        self.shares: dict[Owner, Decimal] = defaultdict(Decimal)
        """By account, instrument and strategy: what it holds, by fills and by what was moved."""
        self.alive: dict[Owner, dict[str, Known]] = defaultdict(dict)
        """By owner: the orders that may still fill."""
        self.watch: Callable[[r.Record], None] = _nothing
        """Told every record, after it is read here."""
        self.moved: dict[Owner, Decimal] = defaultdict(Decimal)
        """By account, instrument and strategy: what changed its owner without a trade of ours."""
        self.alarms: deque[str] = deque(maxlen=50)
        self.codes: set[str] = set()
        """Every code of an alarm that was ever raised."""
        self.records = 0
        self.began = 0
        """Number of the record with which the newest process began."""
        self.last: deque[r.Record] = deque(maxlen=30)
        self._disk = disk
        self._bad, self._over, self._now = bad, over, now
        self._recovered, self._filled = recovered, filled
        self._appends = 0
        self._owed: dict[int, deque[bytes]] = {}
        """By machine: what its emergency file holds that counts already."""
        self._read: dict[int, int] = {}

    def went_back(self) -> None:
        """Begin to read anew: the store lost something."""
        self.keys.clear()
        self.signals.clear()
        self.orders.clear()
        self.halts.clear()
        self.moved.clear()
        self.shares.clear()
        self.alive.clear()
        self.watch = _nothing
        self._owed.clear()
        self._appends = 0
        known = (self._bad, self._over, self._recovered, self._filled)
        self._bad = lambda code, text: None
        self._over = self._filled = lambda known, record: None
        self._recovered = lambda account: None
        self.read()
        self._bad, self._over, self._recovered, self._filled = known

    def read(self) -> None:
        """Read what became durable since the last time."""
        appends = self._disk.appends
        while self._appends < len(appends):
            payload = appends[self._appends].payload
            self._appends += 1
            lines = payload.split(b"\n")[:-1]
            fresh = [line for line in lines if not self._is_paid(line)]
            if fresh:
                self._take(b"\n".join([*fresh, b""]))

    def _is_paid(self, line: bytes) -> bool:
        for owed in self._owed.values():
            if owed and owed[0] == line:
                owed.popleft()
                return True
        return False

    def read_emergency(self, machine: int, folder: Folder, *, counts: bool) -> None:
        """Read what was written down while the store is away. ``counts``: by the journal's own
        writer; what another process writes there counts when it is in the journal."""
        data, owed = folder.emergency, self._owed.setdefault(machine, deque())
        if not data and owed:
            self._bad("emergency_lost", f"{len(owed)} records were cleared and never paid")
            owed.clear()
        for line in lines_in(bytes(data[self._read.get(machine, 0) :])).lines:
            payload = batch_of(line).payload
            if not counts:
                received = [one for one in decode(payload) if isinstance(one, r.SignalReceived)]
                self.beside.update((one.route, one.key) for one in received)
                continue
            if self._disk.appends and self._disk.appends[-1].payload.endswith(payload):
                continue  # its reply was lost: it is in the journal already, as it should be
            owed.extend(payload.split(b"\n")[:-1])
            self._take(payload)
        self._read[machine] = len(data)

    def _take(self, payload: bytes) -> None:
        for record in decode(payload):
            self.records += 1
            self.last.append(record)
            match record:
                case r.OrderChanged():
                    self._changed(record)
                case r.OrderIntended():
                    self._intended(record)
                case r.SignalReceived():
                    self._received(record)
                case r.Halted():
                    self.halts.setdefault(record.scope, self._now())
                case r.BridgeStarted():
                    self.began = self.records
                case r.AccountRecovered():
                    self._recovered(record.account)
                case r.Resumed():
                    self.halts.pop(record.scope, None)
                    if record.by != PERSON:
                        self._bad("resumed_by_itself", f"{record.scope} by {record.by}")
                case r.ShareCut():
                    key = (record.account, record.instrument, record.strategy)
                    self._move(key, record.quantity)
                case r.ExternalChanged():
                    self._move((record.account, record.instrument, ""), record.quantity)
                case r.PositionMoved():
                    where = (record.account, record.instrument)
                    self._move((*where, record.source), -record.quantity)
                    self._move((*where, record.target), record.quantity)
                case r.AlarmRaised():
                    self.alarms.append(record.code)
                    self.codes.add(record.code)
                case _:
                    pass
            self.watch(record)

    def _move(self, owner: Owner, quantity: Decimal) -> None:
        self.moved[owner] += quantity
        self.shares[owner] += quantity

    def _received(self, record: r.SignalReceived) -> None:
        key = (record.route, record.key)
        if key in self.keys:
            self._bad("signal_twice", f"{record.key} of {record.route} was taken in again")
        self.keys[key] = record.body_hash
        self.signals[record.signal] = key

    def _intended(self, record: r.OrderIntended) -> None:
        order = record.order
        if order.order in self.orders:
            self._bad("intended_twice", order.order)
        route, key = self.signals.get(order.origin, ("", order.origin))
        # Each leg is made for itself: how many there are is judged by what they close together.
        word = order.order if order.purpose is Purpose.LEG else order.leg
        known = Known(
            order,
            (route, key, order.account, order.instrument, order.strategy, order.purpose, word),
            order.state,
            since=self.records,
            judged=self.records,
        )
        for other in self.orders.values():
            if other.intent == known.intent and other.state not in _over(order):
                self._bad("second_order", f"{order.order} beside {other.order.order}")
        self.orders[order.order] = known
        self.alive[known.owner][order.order] = known
        if order.purpose is Purpose.EXIT or (order.purpose is Purpose.LEG and not order.rests):
            self._judge_share(known)
        scope = self.halted(order)
        if scope and not order.reduce_only and order.state is not OrderState.HELD:
            self._bad("intended_while_halted", f"{order.order}: {scope} is halted")

    def _changed(self, record: r.OrderChanged) -> None:
        known = self.orders.get(record.order)
        if known is None:
            self._bad("changed_unknown", record.order)
            return
        filled = known.filled
        if record.event in (OrderEvent.FILL, OrderEvent.CORRECTED):
            if record.exec_id not in known.fills:  # told again for its fee, it is no news
                self._filled(known, record)
            known.fills[record.exec_id] = record.quantity or ZERO
        elif record.event is OrderEvent.BUST:
            known.fills[record.exec_id] = ZERO
        if record.event in (OrderEvent.RELEASED, OrderEvent.REPLACED):
            known.order = msgspec.structs.replace(
                known.order,
                quantity=record.quantity or known.order.quantity,
                trigger=record.trigger or known.order.trigger,
            )
            scope = self.halted(known.order)
            if record.event is OrderEvent.RELEASED:
                known.judged = self.records
                known.cleared = self.shares[known.owner] * known.order.side.sign >= ZERO
            released = record.event is OrderEvent.RELEASED and not known.order.reduce_only
            if scope and released:
                self._bad("released_while_halted", f"{record.order}: {scope} is halted")
        was, known.state = known.state, record.to
        known.doubted = known.doubted or record.to is OrderState.UNKNOWN
        self.shares[known.owner] += known.order.side.sign * (known.filled - filled)
        alive = self.alive[known.owner]
        if known.state in ALIVE:
            alive[record.order] = known
        else:
            alive.pop(record.order, None)
        if known.order.reduce_only:
            self._judge_exit(known, record)
        if record.event is OrderEvent.RELEASED and known.order.held_for in FILLS_FIRST:
            self._judge_share(known)
        if record.to not in ALIVE and was is not record.to:
            self._over(known, record)

    def _judge_share(self, asked: Known) -> None:
        """All exits of a strategy that are on their way close no more than it holds. One that waits
        for the fills of its entries is judged by what is heard of them when it goes."""
        owner, side = asked.owner, asked.order.side
        if _waits_for_fills(asked):
            return
        held, closing = self.moved[owner], ZERO
        for known in self.orders.values():
            order = known.order
            if known.owner != owner:
                continue
            held += order.side.sign * known.filled
            if (
                known.state in ALIVE
                and order.reduce_only
                and order.side is side
                and not order.rests
                and not _waits_for_fills(known)
            ):
                closing += max(ZERO, order.quantity - known.filled)
        if closing > max(ZERO, -side.sign * held):
            self._bad("exits_beyond_share", f"{asked.order.order}: {closing} of {held}")

    def _judge_exit(self, known: Known, record: r.OrderChanged) -> None:
        """No control may end an exit, nor ask for its end."""
        ended = record.to not in ALIVE or record.event is OrderEvent.CANCEL_ASKED
        if ended and record.by != PERSON and record.reason in OF_CONTROLS:
            self._bad("exit_stopped", f"{known.order.order}: {record.event} for {record.reason}")

    def halted(self, order: Order) -> str:
        """Return the durably halted scope of an order, or nothing."""
        for scope in ("global", f"account:{order.account}", f"strategy:{order.strategy}"):
            if scope in self.halts:
                return scope
        return ""
