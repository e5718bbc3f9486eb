"""What goes wrong, when: a queue of faults that is asked at every request and every event.

Rules of this file
1. Every fault works for every dialect; only the form of an answer is the dialect's.
2. One request meets at most one fault of each slot, in the order in which they were put in; one
   that is turned away at the door uses up none of the way back.
3. A storm draws from its own seed, once for each of its chances at each request: the same requests
   in the same order meet the same faults.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

EVERY: Final = "*"
"""Any venue, or any call."""

QUEUE_MAX: Final = 10_000
"""Faults that wait; the oldest fall out. A test puts in some, a script perhaps a thousand."""


class Kind(StrEnum):
    """What goes wrong. ``KINDS`` says what each does."""

    REQUEST_LOST = "request_lost"
    REPLY_LOST = "reply_lost"
    REPLY_CUT = "reply_cut"
    REPLY_LATE = "reply_late"
    LATENCY = "latency"
    REFUSED = "refused"
    ERROR_AFTER = "error_after"
    PAGE_BEFORE = "page_before"
    PAGE_AFTER = "page_after"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    WALL = "wall"
    MAINTENANCE = "maintenance"
    HIDDEN = "hidden"
    REJECTED_LATER = "rejected_later"
    STREAM_REFUSED = "stream_refused"
    STREAM_DROPPED = "stream_dropped"
    EVENT_MISSED = "event_missed"
    EVENT_DUPLICATED = "event_duplicated"
    EVENT_REORDERED = "event_reordered"


class Slot(StrEnum):
    """Where on a request's way a fault sits."""

    ROAD = "road"
    DOOR = "door"
    STATE = "state"
    WAY_BACK = "way_back"
    DIAL = "dial"
    EVENT = "event"


KINDS: Final[dict[Kind, tuple[Slot, str]]] = {
    Kind.REQUEST_LOST: (
        Slot.DOOR,
        "The request never reaches the exchange; the line hangs, resets or closes (`how`).",
    ),
    Kind.REPLY_LOST: (
        Slot.WAY_BACK,
        "The request is done, its answer never comes; the line hangs, resets or closes (`how`).",
    ),
    Kind.REPLY_CUT: (Slot.WAY_BACK, "The request is done, its answer ends in the middle."),
    Kind.REPLY_LATE: (Slot.WAY_BACK, "The request is done, its answer waits `delay_ms`."),
    Kind.LATENCY: (
        Slot.ROAD,
        "The request waits `delay_ms` on its way: it may be done long after its client gave up, "
        "if its time stamp is still good.",
    ),
    Kind.REFUSED: (Slot.DOOR, "Nothing is done; the answer is the venue's documented `code`."),
    Kind.ERROR_AFTER: (
        Slot.WAY_BACK,
        "The request is done, and the answer is the documented `code` all the same.",
    ),
    Kind.PAGE_BEFORE: (Slot.DOOR, "Nothing is done; the answer is an HTML page with `status`."),
    Kind.PAGE_AFTER: (
        Slot.WAY_BACK,
        "The request is done; the answer is an HTML page with `status`, 200 too.",
    ),
    Kind.RATE_LIMITED: (
        Slot.DOOR,
        "Nothing is done; the venue says to come again in `retry_after_s`.",
    ),
    Kind.BANNED: (Slot.DOOR, "Nothing is done, and nothing will be for `retry_after_s`."),
    Kind.WALL: (Slot.DOOR, "Nothing is done; the firewall's page with 403."),
    Kind.MAINTENANCE: (
        Slot.DOOR,
        "Nothing is done; the venue is down. `outage` does it for good, with the streams.",
    ),
    Kind.HIDDEN: (Slot.STATE, "The order is taken, but the next `reads` queries do not see it."),
    Kind.REJECTED_LATER: (
        Slot.STATE,
        "The order is acknowledged; stream and queries then say that it was rejected.",
    ),
    Kind.STREAM_REFUSED: (Slot.DIAL, "A WebSocket is refused with `status` before it opens."),
    Kind.STREAM_DROPPED: (Slot.EVENT, "The WebSocket is reset right after an event."),
    Kind.EVENT_MISSED: (Slot.EVENT, "An event is not sent."),
    Kind.EVENT_DUPLICATED: (Slot.EVENT, "An event is sent twice."),
    Kind.EVENT_REORDERED: (Slot.EVENT, "An event is sent after the next one."),
}
"""Where each sits, and what it does: the table of docs/exchange.md."""


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong ``times`` times, at a venue and for a kind of call."""

    kind: Kind
    venue: str = EVERY
    call: str = EVERY
    times: Annotated[int, Meta(ge=1)] = 1
    how: Literal["hang", "reset", "close"] = "hang"
    code: str = ""
    status: Annotated[int, Meta(ge=100, le=599)] = 503
    delay_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    retry_after_s: Annotated[int, Meta(ge=0, le=86_400)] = 1
    reads: Annotated[int, Meta(ge=1)] = 3

    @property
    def slot(self) -> Slot:
        """Return where it sits."""
        return KINDS[self.kind][0]

    def meets(self, venue: str, call: str) -> bool:
        """Say whether it is for a venue and a call."""
        return self.venue in {EVERY, venue} and self.call in {EVERY, call}


class Chance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault of a storm, and in how many of a thousand requests or events it comes."""

    fault: Fault
    per_mille: Annotated[int, Meta(ge=0, le=1000)]


class Storm:
    """Faults by chance, from a seed."""

    def __init__(self, seed: int, chances: tuple[Chance, ...]) -> None:
        self.chances = chances
        self._chance = random.Random(seed)

    def draw(self, venue: str, call: str, slots: frozenset[Slot]) -> list[Fault]:
        """Draw each chance that is for a venue, a call and some slots."""
        return [
            one.fault
            for one in self.chances
            if one.fault.slot in slots and one.fault.meets(venue, call)
            if self._chance.randrange(1000) < one.per_mille
        ]


ON_THE_WAY: Final = frozenset({Slot.ROAD, Slot.DOOR, Slot.STATE, Slot.WAY_BACK})


class Faults:
    """The faults that wait, the storm that blows, and what has happened."""

    def __init__(self) -> None:
        self.storm: Storm | None = None
        self.happened: Counter[str] = Counter()
        self._waiting: deque[tuple[Fault, int]] = deque(maxlen=QUEUE_MAX)

    @property
    def waiting(self) -> list[Fault]:
        """Return the faults that have not happened yet."""
        return [fault for fault, _ in self._waiting]

    def add(self, fault: Fault) -> None:
        """Put a fault behind the others."""
        self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._waiting.clear()
        self.storm = None

    def remove(self, venue: str, kinds: Collection[Kind]) -> None:
        """Take back what waits for one venue, of some kinds."""
        for one in tuple(self._waiting):
            if one[0].venue == venue and one[0].kind in kinds:
                self._waiting.remove(one)

    def take_request(self, venue: str, call: str) -> dict[Slot, Fault]:
        """Take the faults that a request meets, at most one of a slot."""
        return self._take(venue, call, ON_THE_WAY)

    def take_dial(self, venue: str) -> Fault | None:
        """Take the fault that a new WebSocket meets."""
        return self._take(venue, "stream", frozenset({Slot.DIAL})).get(Slot.DIAL)

    def take_event(self, venue: str) -> list[Fault]:
        """Take the fault that an event on its way to a customer meets."""
        return list(self._take(venue, EVERY, frozenset({Slot.EVENT})).values())

    def _take(self, venue: str, call: str, slots: frozenset[Slot]) -> dict[Slot, Fault]:
        found: dict[Slot, Fault] = {}
        for fault, _ in self._waiting:
            if fault.slot in slots and fault.meets(venue, call):
                found.setdefault(fault.slot, fault)
        if self.storm is not None:
            for fault in self.storm.draw(venue, call, slots):
                found.setdefault(fault.slot, fault)
        if Slot.DOOR in found:
            found.pop(Slot.WAY_BACK, None)
            found.pop(Slot.STATE, None)
        for fault in found.values():
            self.happened[fault.kind] += 1
            self._use(fault)
        return found

    def _use(self, used: Fault) -> None:
        for place, (fault, left) in enumerate(self._waiting):
            if fault is used:
                del self._waiting[place]
                if left > 1:
                    self._waiting.insert(place, (fault, left - 1))
                return
