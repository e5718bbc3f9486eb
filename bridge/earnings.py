"""Earnings: the statement's lines, and their sums by day, account, strategy and instrument.

Rules of this file
1. Every sum is one of lines of ``core.statement``, as they are in a file of ``bascule export``: so
   page, file and journal agree to the last digit.
2. The day and the year of a line are those of its account's own zone.
3. A fee that is pending is counted as pending and adds nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.codec import decode
from core.money import ZERO
from core.statement import Change, Kind, Line, Statement
from core.store.port import GENESIS_HASH, Append, Store

APPENDS_PER_STEP: Final = 512
"""Appends read in one step: some tens of milliseconds of one thread."""

SUMS_MAX: Final = 20_000
"""Sums kept: five years of ten strategies, 10 MB. Beyond it the older days become their year."""

LAST_MAX: Final = 100
"""Newest lines kept for the page."""

_SECOND_NS: Final = 1_000_000_000
_YEAR: Final = len("2026")

Place = tuple[str, str, str, str, str]
"""Day (``2026-11-22``, or a year), account, currency, strategy and instrument of a sum."""


@dataclass(slots=True)
class Sums:
    """What lines add up to. ``fees`` are negative when paid; ``pending`` ones are not in it."""

    fills: int = 0
    pending: int = 0
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    strangers: Decimal = ZERO
    transfers: Decimal = ZERO
    adjustments: Decimal = ZERO
    unexplained: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Return profit and loss: all but what is neither."""
        return self.realized + self.fees + self.funding + self.strangers

    def count(self, line: Line, sign: int = 1) -> None:
        """Add a line, or take it away again."""
        if line.kind is Kind.FILL:
            self.fills += sign
        if line.amount is None:
            self.pending += sign
            return
        name = SUM_OF[line.kind]
        setattr(self, name, getattr(self, name) + sign * line.amount)

    def join(self, other: Sums) -> Sums:
        """Add other sums."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


SUM_OF: Final = {
    Kind.FILL: "realized",
    Kind.BUST: "realized",
    Kind.CORRECTION: "realized",
    Kind.FEE: "fees",
    Kind.FUNDING: "funding",
    Kind.STRANGERS: "strangers",
    Kind.TRANSFER: "transfers",
    Kind.ADJUSTMENT: "adjustments",
    Kind.UNEXPLAINED: "unexplained",
}
"""In which sum a kind of line is."""


def local_of(at_ns: int, zone: str) -> datetime:
    """Return a time in a zone; in UTC where the machine does not know the zone."""
    when = datetime.fromtimestamp(at_ns // _SECOND_NS, tz=UTC)
    try:
        return when.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return when


def changes_of(statement: Statement, append: Append) -> Iterator[Change]:
    """Read an append, and yield what it changes in the lines."""
    for record in decode(append.payload, append.version):
        yield from statement.take(record)


def lines_of(appends: Iterable[Append], year: int) -> list[Line]:
    """Return the lines of a year, in the order of the journal, as they stand at its end."""
    statement, found = Statement(), dict[tuple[int, bool], Line]()
    for append in appends:
        for change in changes_of(statement, append):
            if change.new is not None:
                if local_of(change.new.at_ns, change.new.zone).year == year:
                    found[change.new.place] = change.new
            elif change.old is not None:
                found.pop(change.old.place, None)
    return list(found.values())


@dataclass(slots=True)
class Earnings:
    """The sums of a journal, as far as it was read."""

    statement: Statement = field(default_factory=Statement)
    sums: dict[Place, Sums] = field(default_factory=dict[Place, Sums])
    last: deque[Line] = field(default_factory=lambda: deque[Line](maxlen=LAST_MAX))
    _hash: bytes = GENESIS_HASH

    @property
    def number(self) -> int:
        """Return the last record that was read."""
        return self.statement.number

    def step(self, store: Store) -> bool:
        """Read on by some appends; say whether more may be there."""
        appends = list(islice(store.read(self.number), APPENDS_PER_STEP))
        if not appends:
            return False
        if appends[0].first != self.number + 1 or appends[0].previous != self._hash:
            self.statement, self._hash = Statement(), GENESIS_HASH  # another history: anew
            self.sums.clear()
            self.last.clear()
            return True
        for append in appends:
            self.take(append)
        return len(appends) == APPENDS_PER_STEP

    def take(self, append: Append) -> None:
        """Read the next append."""
        for change in changes_of(self.statement, append):
            old, new = change.old, change.new
            if old is not None:
                self._at(old).count(old, -1)
                _exchange(self.last, old, new)
            if new is not None:
                self._at(new).count(new)
                if old is None:
                    self.last.append(new)
        self._hash = append.hash

    def of(self, year: int | None) -> dict[Place, Sums]:
        """Return the sums of a year, or all of them."""
        ahead = "" if year is None else f"{year:04d}"
        return {place: sums for place, sums in self.sums.items() if place[0].startswith(ahead)}

    def _at(self, line: Line) -> Sums:
        day = local_of(line.at_ns, line.zone).strftime("%Y-%m-%d")
        rest = (line.account, line.currency, line.strategy, line.instrument)
        found = self.sums.get((day, *rest))
        if found is not None:
            return found
        if len(self.sums) >= SUMS_MAX:
            self._shorten()
        return self.sums.setdefault((day, *rest), Sums())

    def _shorten(self) -> None:
        """Join the older half of the days to their years."""
        days = sorted(place for place in self.sums if len(place[0]) > _YEAR)
        for place in days[: len(days) // 2]:
            year = self.sums.setdefault((place[0][:_YEAR], *place[1:]), Sums())
            year.join(self.sums.pop(place))


def _exchange(last: deque[Line], old: Line, new: Line | None) -> None:
    """Put a line in the place of another one, if that is still there."""
    if old in last:
        at = last.index(old)
        if new is None:
            del last[at]
        else:
            last[at] = new
