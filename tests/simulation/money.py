"""Whether losses are counted as they are, and copies made as large as they may be.

Rules of this file
1. What an account really lost is read off its venue: its equity, and what was paid in and out.
   What its balance did while others seemed to trade is theirs, and counts: nobody can tell it from
   what was paid meanwhile. A trade that its venue took back without a word is such an act.
2. Copies are judged while their history is plain: since both were flat, each order of the leader
   had one of the follower, and nothing else happened to either.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from core import records as r
from core.cash_rows import CashKind
from core.money import ZERO
from core.orders import OrderEvent, Purpose
from core.positions import EXTERNAL
from core.setup import SECOND_NS
from tests.simulation.auditor import Owner
from tests.simulation.features import DRAWDOWN_MAX
from tests.simulation.plan import INSTRUMENTS

if TYPE_CHECKING:
    from tests.simulation.world import World

LATELY: Final = 120
"""Seconds for which an equity counts as the present one: marks are told late, and several clean
ones are asked for."""

NEARLY: Final = Decimal("0.8")
"""Share of a limit that has to be lost before it may count as reached: what the bridge does not
know yet of fees and of trades that were taken back is less than the rest."""


class Losses:
    """What each account really lost."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.paid: dict[str, Decimal] = defaultdict(Decimal)
        """By account: what was paid in, less what was paid out."""
        self._lately: dict[str, deque[Decimal]] = {}
        self._top: dict[str, Decimal] = {}
        self._peaks: dict[str, Decimal] = {}
        """By account: its highest equity that is durable, less what was booked as no profit."""
        self._booked: dict[str, Decimal] = defaultdict(Decimal)
        self._strange: set[str] = set()
        """Accounts in which others traded since their balance was explained."""
        self._theirs: dict[str, Decimal] = defaultdict(Decimal)
        """By account: what others are taken to have earned."""

    def look(self) -> None:
        """Look at what each account has now."""
        for name, account in self._world.accounts.items():
            worth = account.exchange.equity() - self.paid[name]
            self._lately.setdefault(name, deque(maxlen=LATELY)).append(worth)
            self._top[name] = max(worth, self._top.get(name, worth))

    def read(self, record: r.Record) -> None:
        """Read a record that became durable."""
        match record:
            case r.EquityPeaked():
                self._world.coverage["equity_peaked"] += 1
                before = self._peaks.get(record.account)
                peak = record.equity - self._booked[record.account]
                if before is not None and peak < before:
                    self._world.violate("peak_fell", f"{record.account}: {peak} after {before}")
                self._peaks[record.account] = peak
            case r.CashBooked(kind=CashKind.UNEXPLAINED):
                self._booked[record.account] += record.amount
            case r.CashBooked(kind=CashKind.STRANGERS):
                self._theirs[record.account] += record.amount
                self._strange.discard(record.account)
            case r.ShareCut() | r.ExternalChanged():
                self._strange.add(record.account)
            case r.PositionMoved() if EXTERNAL in (record.source, record.target):
                self._strange.add(record.account)
            case r.CashAgreed():
                self._strange.discard(record.account)
            case r.DayStarted():
                zone = self._world.plan.setup.accounts[record.account].zone
                begins = datetime.fromtimestamp(record.day_ns // SECOND_NS, tz=ZoneInfo(zone))
                if begins.hour or begins.minute:
                    self._world.violate("day_begins_elsewhere", f"{record.account}: {begins}")
            case r.BaselineSet():
                self._peaks.pop(record.account, None)
            case r.LossTripped():
                self._world.coverage["loss_tripped"] += 1
                self._judge(record)
            case _:
                pass

    def _judge(self, record: r.LossTripped) -> None:
        name = record.account
        owners = [owner for owner, share in self._world.auditor.shares.items() if share]
        if any(owner[0] == name and not owner[2] for owner in owners):
            return  # where others trade, what is left over is theirs, and counts
        if name in self._strange:
            return
        lost = self._top[name] - min(self._lately[name]) + max(ZERO, -self._theirs[name])
        if lost < DRAWDOWN_MAX * NEARLY and "losses" in self._world.plan.features:
            self._world.violate("loss_invented", f"{name}: {lost} of {DRAWDOWN_MAX} were lost")


@dataclass(slots=True)
class Pair:
    """What leader and follower were asked to open since both were flat. ``plain``: and nothing else
    happened to either."""

    leads: Decimal = ZERO
    follows: Decimal = ZERO
    origin: str = ""
    plain: bool = True


class Copies:
    """What the follower of a route is asked to open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pairs: dict[tuple[str, str], Pair] = defaultdict(Pair)
        route = world.plan.setup.routes["pair"]
        self._ratio = route.copies["two"].ratio if route.copies else None

    def read(self, record: r.Record) -> None:
        """Read a record that became durable."""
        if self._ratio is None:
            return
        match record:
            case r.OrderIntended():
                self._intended(record, self._ratio)
            case r.OrderChanged():
                known = self._world.auditor.orders.get(record.order)
                filled = record.event in (OrderEvent.FILL, OrderEvent.ACCEPTED, OrderEvent.SENT)
                if known is not None and not filled:
                    self._pairs[known.owner[1:]].plain = False
            case r.ShareCut() | r.PositionMoved():
                self._pairs.clear()
                for instrument in INSTRUMENTS:
                    for strategy in self._world.plan.setup.strategies:
                        self._pairs[instrument, strategy].plain = False
            case _:
                pass

    def _is_flat(self, instrument: str, strategy: str) -> bool:
        owners: list[Owner] = [(name, instrument, strategy) for name in ("one", "two")]
        auditor = self._world.auditor
        return not any(auditor.shares[owner] for owner in owners)

    def _intended(self, record: r.OrderIntended, ratio: Decimal) -> None:
        order, key = record.order, (record.order.instrument, record.order.strategy)
        alive = [
            other
            for name in ("one", "two")
            for other in self._world.auditor.alive[name, *key]
            if other != order.order
        ]
        if not alive and self._is_flat(*key):
            self._pairs[key] = Pair()
        pair = self._pairs[key]
        if order.purpose is not Purpose.ENTRY or order.revision:
            pair.plain = False
        elif order.account == "one":
            pair.plain &= not pair.origin
            pair.leads, pair.origin = pair.leads + order.quantity, order.origin
        elif pair.origin != order.origin:
            pair.plain = False
        else:
            pair.follows, pair.origin = pair.follows + order.quantity, ""
            step = INSTRUMENTS[order.instrument].lot_step
            most = pair.leads * ratio // step * step
            if pair.plain:
                self._world.coverage["copied"] += 1
            if pair.plain and pair.follows > most:
                told = f"{order.order} of {key}: {pair.follows} of {most}"
                self._world.violate("follower_over", told)


def withdraw(world: World, name: str, amount: Decimal) -> None:
    """Pay money in or out at the venue: nobody tells the bridge."""
    exchange = world.accounts[name].exchange
    exchange.balance += amount
    world.losses.paid[name] += amount
    world.coverage["transfer"] += 1
