"""Sequences: what the number of an alert says of those before it.

Rules of this file
1. A script counts its own alerts from 1. The number after the last is the next; a larger one means
   that those between are missing, or still on their way: the order of alerts of one moment is not
   defined.
2. A smaller one that was missing has come late. The number 1, or two smaller ones in a row that
   follow each other, mean that the script was started anew. Any other smaller one came twice.
3. The first number that is ever seen says nothing of those before it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from core.heard_rows import RANGES_MAX, Missing, StreamRow

AGAIN, LATE, RESTARTED = "again", "late", "restarted"

_replace: Final = msgspec.structs.replace


class Counted(NamedTuple):
    """A script after one more number. ``what``: ``again``, ``late``, ``restarted`` or nothing.
    ``lost``: numbers that are given up at once, because too many are waited for."""

    row: StreamRow
    what: str = ""
    lost: int = 0


def count(row: StreamRow, number: int, now: int) -> Counted:
    """Take the number of an alert that just came."""
    if row.last == 0 or number == row.last + 1:
        return Counted(_replace(row, last=number, low=0))
    if number > row.last:
        gap = Missing(row.last + 1, number - 1, now)
        if len(row.missing) >= RANGES_MAX:
            lost = gap.last - gap.first + 1
            return Counted(_replace(row, last=number, low=0), lost=lost)
        return Counted(_replace(row, last=number, low=0, missing=(*row.missing, gap)))
    left = _without(row.missing, number)
    if left is not None:
        return Counted(_replace(row, low=0, missing=left), LATE)
    if number == 1 or (row.low and number == row.low + 1):
        last = 2 if number == 1 and row.low == 2 else number  # two of one moment changed places
        return Counted(_replace(row, last=last, low=0), RESTARTED)
    return Counted(_replace(row, low=number), AGAIN)


def _without(missing: tuple[Missing, ...], number: int) -> tuple[Missing, ...] | None:
    """Take one number out of those that are missing; ``None``: it is none of them."""
    for place, one in enumerate(missing):
        if one.first <= number <= one.last:
            parts = (
                Missing(one.first, number - 1, one.at_ns),
                Missing(number + 1, one.last, one.at_ns),
            )
            kept = tuple(part for part in parts if part.first <= part.last)
            left = (*missing[:place], *kept, *missing[place + 1 :])
            return left if len(left) <= RANGES_MAX else (*left[: RANGES_MAX - 1], left[-1])
    return None
