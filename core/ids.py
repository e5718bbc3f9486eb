"""Names that two processes would give to the same thing: made from what it is, never from chance.

Rules of this file
1. 26 characters of [0-9a-z]: the beginning of a sha256, so that two things never share a name by
   accident.
2. The same intent always has the same id; a second id for one intent does not exist.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

LENGTH: Final = 26
"""104 bits in hex: the longest form that the client-order-id fields of the common venues carry, and
far more than two things could ever share."""

_OURS: Final = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


def name_of(*parts: str) -> str:
    """Make the id of what these parts say, separated by a byte that is in none of them."""
    text = "\x1f".join(parts)
    assert text.count("\x1f") == len(parts) - 1, "the separator is kept for us"
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def body_hash(body: bytes) -> str:
    """Return the sha256 of the exact bytes of a message, in hex."""
    return hashlib.sha256(body).hexdigest()


def signal_id(route: str, key: str, number: int) -> str:
    """Name a signal: from its duplicate key and the journal number of its first admission."""
    return name_of("signal", route, key.replace("\x1f", "?"), str(number))


def order_id(account: str, origin: str, leg: str = "entry", revision: int = 0) -> str:
    """Name an order: from account, origin (signal or operator's act), leg and revision."""
    return name_of("order", account, origin, leg, str(revision))


def attached_id(entry: str) -> str:
    """Name the stop that a venue keeps for what an entry filled: from the entry's own id."""
    return name_of("attached", entry)


def is_ours(order: str) -> bool:
    """Say whether a name has the form of our order ids. Nobody else has any reason to use it."""
    return _OURS.fullmatch(order) is not None
