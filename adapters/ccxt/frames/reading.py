"""What one frame of a stream says, and the way from a venue's fields to exact values.

Rules of this file
1. Pure: the same frame gives the same reading. Nothing here knows a socket or a clock.
2. A frame that cannot be understood is a gap, never silence and never an exception.
3. Numbers come from text, never through a float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.orders import OrderEvent, Terms
from core.reports import Report

TEXT_MAX: Final = 128
"""Characters of one field: no id, number or word of the venues is longer than 64."""

DIGITS_MAX: Final = 40
"""Digits of one number: more than the widest amount and the finest price of any venue together."""

ROWS_MAX: Final = 1_000
"""Rows of one frame: a venue batches what happened within milliseconds."""

MS_NS: Final = 1_000_000

Row = Mapping[str, Any]


class Unreadable(Exception):
    """A frame has not the fields that the venue documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a frame says of one order. ``key``: the order at the venue, unique in the account.

    ``report``: what is passed on, if anything. ``filled``: all that the venue counts as filled of
    it; ``born_ns``: since when it is there; ``terms``: under which terms it works; each where the
    frame says so.
    """

    key: str
    report: Report | None = None
    filled: Decimal | None = None
    born_ns: int = 0
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a frame says.

    ``told``: of orders of ours, in the order in which it is said. ``gap``: something was said that
    cannot be understood. ``over``: the subscription is over, and why. ``acked``: the answer to what
    was asked of the stream; ``refused``: it was refused, and why. ``others``: what somebody else,
    or the venue itself, did to the account: only a new picture tells how it stands. ``links``: an
    order that the venue made out of one of ours -> our id.
    ``owner``: the key of an order that is nobody's as far as the frame shows. ``begun``: the key of
    what has to go on within seconds; ``done``: it did. ``money``: balances or positions changed.
    ``private``: it proves that the subscription lives. ``venue_ns``: the venue's clock.
    """

    told: tuple[Told, ...] = ()
    gap: str = ""
    over: str = ""
    acked: str = ""
    refused: str = ""
    others: str = ""
    owner: str = ""
    links: tuple[tuple[str, str], ...] = ()
    begun: str = ""
    done: str = ""
    money: bool = False
    private: bool = False
    venue_ns: int = 0


NOTHING: Final = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Through which a frame is read: the account, whose order an id is (empty: somebody else's),
    in which currency a market settles, how a frame is written down without its secrets.
    ``owners``: orders that the venue made out of ours."""

    account: str
    ours: Callable[[str], str]
    clean: Callable[[object], str]
    settles: Callable[[str], str] = lambda _: ""
    owners: Mapping[str, str]

    def owner(self, key: str, *names: str) -> str:
        """Return whose order this is: ours by one of its names, or made out of one of ours."""
        for name in names:
            ours = self.ours(name) if name else ""
            if ours:
                return ours
        return self.owners.get(key, "")


Read = Callable[[object, Eyes], Reading]
"""Reads one frame of a venue's private stream. Never raises."""


def careful(read: Read) -> Read:
    """Make a reader that says of what it cannot read that it was missed."""

    def reading(frame: object, eyes: Eyes) -> Reading:
        try:
            return read(frame, eyes)
        except Unreadable as unreadable:
            return Reading(gap=f"unreadable: {unreadable}", private=True)

    return reading


def row_of(value: object, what: str) -> Row:
    """Return a row of fields."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is no object")
    return value


def rows_of(value: object, what: str) -> list[Row]:
    """Return a list of rows."""
    if not isinstance(value, list) or len(value) > ROWS_MAX:
        raise Unreadable(f"{what} is no list of at most {ROWS_MAX} rows")
    return [row_of(one, what) for one in value]


def text(row: Row, name: str) -> str:
    """Return a field as text, empty when it is not there."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable(f"{name} is no text")
    # a number of thousands of digits takes long to write, and the interpreter refuses it
    if isinstance(value, int) and value.bit_length() > 4 * DIGITS_MAX:
        raise Unreadable(f"{name} is too long")
    said = str(value)
    if len(said) > TEXT_MAX:
        raise Unreadable(f"{name} is too long")
    if not said.isprintable():  # half of a pair, which no journal can keep
        raise Unreadable(f"{name} has characters that cannot be shown")
    return said


def needed(row: Row, name: str) -> str:
    """Return a field that must be there."""
    said = text(row, name)
    if not said:
        raise Unreadable(f"{name} is missing")
    return said


def number(row: Row, name: str) -> Decimal | None:
    """Return a number exactly, ``None`` when it is not there."""
    said = text(row, name)
    if not said:
        return None
    try:
        value = Decimal(said)
    except InvalidOperation:
        raise Unreadable(f"{name} is no number") from None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) + len(value.as_tuple().digits) > DIGITS_MAX:
        raise Unreadable(f"{name} is no finite number")
    return value


def positive(row: Row, name: str) -> Decimal | None:
    """Return a number above zero; many venues write 0 where there is none."""
    value = number(row, name)
    return value if value is not None and value > 0 else None


def count(row: Row, name: str) -> Decimal:
    """Return a quantity that must be there and may be zero."""
    value = number(row, name)
    if value is None or value < 0:
        raise Unreadable(f"{name} is no quantity")
    return value


def amount(row: Row, name: str) -> Decimal:
    """Return a number that must be there and be above zero."""
    value = positive(row, name)
    if value is None:
        raise Unreadable(f"{name} is not above zero")
    return value


def moment_ns(row: Row, *names: str) -> int:
    """Return the first of these times (Unix milliseconds) that is there as nanoseconds, or 0."""
    for name in names:
        said = text(row, name)
        if said and said != "0":
            if not said.isascii() or not said.isdigit() or len(said) > len("1732300000000"):
                raise Unreadable(f"{name} is no time")
            return int(said) * MS_NS
    return 0


def time_ns(row: Row, *names: str) -> int:
    """Return a time that must be there."""
    value = moment_ns(row, *names)
    if not value:
        raise Unreadable(f"{names[0]} is missing")
    return value


ENDS: Final = frozenset({OrderEvent.CANCELLED, OrderEvent.EXPIRED, OrderEvent.REJECTED})
"""Events after which nothing of an order works."""
