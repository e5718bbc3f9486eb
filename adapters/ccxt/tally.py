"""The tally: what the stream told of each order against what the venue says that it told.

Rules of this file
1. It decides nothing about orders. It notices that a frame is missing, and waits a moment before it
   says so: frames overtake each other.
2. The end of an order is not passed on before the fills that belong to it, unless they do not come.
3. Bounded: the orders that were spoken of longest ago are forgotten first. What is forgotten is
   begun anew from what the venue says next.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from msgspec.structs import replace

from adapters.ccxt.frames.reading import ENDS, Told
from core.money import ZERO
from core.orders import OrderEvent, Terms
from core.reports import Report

GRACE_NS: Final = 1_000_000_000
"""How long a fill may come after a frame that counts it: topics of one connection overtake each
other by milliseconds, and the core waits longer than this before it follows an end."""

BEGUN_NS: Final = 5_000_000_000
"""How long a triggered order may take to become one in the book: some stay for ever on their way
(seen at Binance's test exchange), and then protect nothing."""

ORDERS_MAX: Final = 2_000
"""Orders remembered: more than any of the venues lets be open at once, and some hours of an active
account."""

EXECUTIONS_MAX: Final = 20_000
"""Executions remembered, to count each once: at ten fills an order as many as there are orders."""

SKEW_NS: Final = 2_000_000_000
"""How far the venue's clock may be from ours when it is asked whether an order is older than the
subscription: an account whose clock is further off does not trade."""

V = TypeVar("V")


@dataclass(slots=True)
class _Row:
    """One order. ``base``: filled before we listened, ``None`` while not known. ``held``: its end,
    which waits for fills."""

    base: Decimal | None = None
    told: Decimal = ZERO
    claimed: Decimal | None = None
    held: Report | None = None
    terms: Terms | None = None
    terms_ns: int = 0

    @property
    def short(self) -> bool:
        return (
            self.claimed is not None
            and self.base is not None
            and self.base + self.told < self.claimed
        )


class Tally:
    """Counts one subscription. ``since_ns``: when it began, by our clock."""

    def __init__(self, *, since_ns: int, grace_ns: int = GRACE_NS) -> None:
        self._since_ns, self._grace_ns = since_ns, grace_ns
        self._rows: OrderedDict[str, _Row] = OrderedDict()
        self._executions: OrderedDict[str, None] = OrderedDict()
        self._orders: OrderedDict[str, None] = OrderedDict()
        self._due: OrderedDict[str, int] = OrderedDict()
        """Orders of which less was told than is claimed, and those that were triggered: until
        when that may be so."""

    def heard(self, exec_id: str) -> bool:
        """Say whether the stream told this execution."""
        return exec_id in self._executions

    def heard_of(self, order: str) -> bool:
        """Say whether the stream told anything of this order of ours."""
        return order in self._orders

    def hear(self, told: Told, now_ns: int) -> list[Report]:
        """Count what is told; return what may be passed on now, in its order."""
        row, report = self._row(told), told.report
        out: list[Report] = []
        if report is not None:
            _remember(self._orders, report.order, None, ORDERS_MAX)
            out.append(report)
            if report.event is OrderEvent.FILL:
                self._count(row, report)
            out += _retermed(row, told.terms, report)
        self._claim(row, told)
        if row.short:
            self._due.setdefault(told.key, now_ns + self._grace_ns)
            if report is not None and report.event in ENDS:
                row.held = row.held or report
                return []
            return out
        self._due.pop(told.key, None)
        if row.held is not None:
            out.append(row.held)
            row.held = None
        return out

    def begin(self, key: str, now_ns: int) -> None:
        """Expect something to go on within seconds."""
        _remember(self._due, key, now_ns + BEGUN_NS, ORDERS_MAX)

    def done(self, key: str) -> None:
        """Note that it did."""
        if key not in self._rows or not self._rows[key].short:
            self._due.pop(key, None)

    @property
    def due_ns(self) -> int:
        """Return when something will be missing that is not missing yet; 0: nothing."""
        return min(self._due.values(), default=0)

    def overdue(self, now_ns: int) -> tuple[list[Report], str]:
        """Return the ends that wait no longer, and why a new picture is needed; empty: it is
        not."""
        out: list[Report] = []
        why = ""
        for key in [key for key, due_ns in self._due.items() if due_ns <= now_ns]:
            del self._due[key]
            row = self._rows.get(key)
            if row is None or not row.short:
                why = why or f"{key} was triggered, and nothing came of it"
                continue
            why = why or f"{key}: not all of its fills were told"
            row.base = (row.claimed or ZERO) - row.told  # the picture tells what is missing
            if row.held is not None:
                out.append(row.held)
                row.held = None
        return out, why

    # --- rows -----------------------------------------------------------------------------------

    def _row(self, told: Told) -> _Row:
        row = self._rows.get(told.key)
        if row is None:
            row = self._rows[told.key] = _Row()
        self._rows.move_to_end(told.key)
        while len(self._rows) > ORDERS_MAX:
            self._rows.popitem(last=False)
        return row

    def _count(self, row: _Row, report: Report) -> None:
        if report.exec_id not in self._executions:
            row.told += report.quantity or ZERO
            _remember(self._executions, report.exec_id, None, EXECUTIONS_MAX)

    def _claim(self, row: _Row, told: Told) -> None:
        if told.filled is None:
            return
        if row.base is None:
            # What is older than the subscription was filled in part before: the picture has that.
            born_here = told.born_ns >= self._since_ns + SKEW_NS
            row.base = ZERO if born_here else max(ZERO, told.filled - row.told)
        if row.claimed is None or told.filled > row.claimed:  # a late frame claims less
            row.claimed = told.filled


def _retermed(row: _Row, terms: Terms | None, report: Report) -> list[Report]:
    """Say that an order has other terms than it was shown with before."""
    if terms is None or report.at_ns < row.terms_ns:
        return []  # overtaken by a later frame
    before, row.terms, row.terms_ns = row.terms, terms, report.at_ns
    if before is None or before == terms:
        return []
    return [
        replace(
            report,
            event=OrderEvent.REPLACED,
            quantity=terms.quantity,
            price=terms.price,
            trigger=terms.trigger,
        )
    ]


def _remember(known: OrderedDict[str, V], key: str, value: V, most: int) -> None:
    known.pop(key, None)
    known[key] = value
    while len(known) > most:
        known.popitem(last=False)
