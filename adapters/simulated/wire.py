"""The wire between a bridge and a simulated exchange: it delays, loses, doubles and overtakes.

Rules of this file
1. What a wire does to a message is drawn from its seed; the exchange behind it stays honest.
2. A session is one connection of one process. What is under way when it ends reaches nobody, but
   a request that has left may still arrive.
3. Every mishap is counted by its name, so that a run can say what it has really tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

from adapters.port import Sink, Trouble, TroubleKind, VenueEvent
from adapters.simulated.codes import words
from adapters.simulated.exchange import Refusal

MS: Final = 1_000_000
SECOND: Final = 1000 * MS

TIMEOUT_NS: Final = 5 * SECOND
"""How long a call waits for its answer."""

CHANGES: Final = ("submit", "cancel", "replace")
"""Calls that change something; to ask twice does no harm."""


class Scheduler(Protocol):
    """Lets something happen later."""

    def after(self, delay_ns: int, act: Callable[[], object]) -> None:
        """Let something happen after a while."""
        ...


class Doorstep(Protocol):
    """Where a process takes in what comes from outside: its event loop."""

    def call_soon(self, callback: Callable[..., object], *args: object) -> object:
        """Hand something in."""
        ...


@dataclass(slots=True)
class Weather:
    """How bad the wire is now. Chances are between 0 and 1, times UTC nanoseconds.

    ``request_lost``, ``reply_lost``, ``request_late`` (it arrives after the answer was given up),
    ``request_doubled``, ``report_doubled``, ``report_overtakes``, ``server_error``,
    ``misleading``: taken, and answered with an error that looks like a refusal; ``rejected``;
    ``busy``: rejected, and would be taken a moment later. ``closed_until_ns``: maintenance,
    ``closed_said``: and says until when; ``banned_until_ns``: throttled. ``cut``: nothing can
    connect; ``silent``: the connection stands and nothing passes.
    """

    request_lost: float = 0.0
    reply_lost: float = 0.0
    request_late: float = 0.0
    request_doubled: float = 0.0
    report_doubled: float = 0.0
    report_overtakes: float = 0.0
    report_lost: float = 0.0
    server_error: float = 0.0
    misleading: float = 0.0
    rejected: float = 0.0
    busy: float = 0.0
    delay_min_ns: int = MS
    delay_max_ns: int = 5 * MS
    late_max_ns: int = 30 * SECOND
    closed_until_ns: int = 0
    closed_said: bool = False
    banned_until_ns: int = 0
    cut: bool = False
    silent: bool = False


@dataclass(eq=False, slots=True)
class Session:
    """One connection. ``up``: it stands."""

    door: Doorstep
    sink: Sink
    up: bool = True
    latest_ns: int = 0
    pending: list[Callable[[Trouble], None]] = field(
        default_factory=list[Callable[[Trouble], None]]
    )


Answered = Callable[[object], None]


class Wire:
    """The way to one exchange and back. ``clock``: the true time."""

    def __init__(self, scheduler: Scheduler, clock: Callable[[], int], random: Random) -> None:
        self.weather = Weather()
        self.mishaps: Counter[str] = Counter()
        self.sessions: list[Session] = []
        self.doubles = True
        """A request may be doubled: never where the venue does not know its ids again."""
        self._scheduler, self._random, self.now = scheduler, random, clock

    def delay(self) -> int:
        """Draw how long a message is on its way."""
        weather = self.weather
        return self._random.randint(weather.delay_min_ns, weather.delay_max_ns)

    # --- calls ------------------------------------------------------------------------------------

    def carry(
        self, kind: str, work: Callable[[], object], session: Session, answered: Answered
    ) -> None:
        """Take a request to the exchange and its answer back. ``work``: what it does there."""
        fate = self._fate(kind)
        if fate:
            self.mishaps[fate] += 1
        if fate == "request_lost":
            return
        there_ns = self.delay()
        if fate == "request_late":
            there_ns = TIMEOUT_NS + self._random.randint(1, self.weather.late_max_ns)
        self._scheduler.after(
            there_ns, lambda: self._arrive(work, kind, fate, session=session, answered=answered)
        )
        if fate == "request_doubled":
            self._scheduler.after(there_ns + self.delay(), lambda: self._barely(work))

    def _fate(self, kind: str) -> str:
        """Draw what becomes of a call; empty: it goes well."""
        weather = self.weather
        if weather.silent:
            return "request_lost"
        roll = self._random.random()
        chances = [("request_lost", weather.request_lost), ("reply_lost", weather.reply_lost)]
        if kind in CHANGES:
            chances += [
                ("request_late", weather.request_late),
                ("server_error_taken", weather.server_error / 2),
                ("misleading", weather.misleading),
            ]
            if self.doubles or kind == "cancel":
                chances.append(("request_doubled", weather.request_doubled))
        chances.append(("server_error", weather.server_error / 2))
        if kind == "submit":
            chances += [("rejected", weather.rejected), ("busy", weather.busy)]
        for fate, chance in chances:
            if roll < chance:
                return fate
            roll -= chance
        return ""

    def _barely(self, work: Callable[[], object]) -> None:
        """Let the second of two equal requests arrive; nobody waits for its answer."""
        try:
            work()
        except Refusal:
            self.mishaps["double_refused"] += 1

    def _arrive(
        self,
        work: Callable[[], object],
        kind: str,
        fate: str,
        *,
        session: Session,
        answered: Answered,
    ) -> None:
        gate = self._gate(kind)
        said: object
        if gate is not None:
            said = gate
        elif fate == "server_error":
            said = trouble(TroubleKind.UNKNOWN, "simulated_server_error", kind)
        elif fate == "rejected":
            said = trouble(TroubleKind.REFUSED, "simulated_rejected", kind)
        elif fate == "busy":
            said = trouble(TroubleKind.REFUSED, "simulated_busy", kind, transient=True)
        else:
            try:
                said = work()
            except Refusal as refusal:
                said = trouble(TroubleKind.REFUSED, refusal.code, kind)
            if fate in ("server_error_taken", "misleading"):
                said = trouble(TroubleKind.UNKNOWN, "simulated_server_error", kind)
        if fate not in ("reply_lost", "request_late") and not self.weather.silent:
            self._scheduler.after(self.delay(), lambda: self._reply(session, answered, said))

    def _gate(self, kind: str) -> Trouble | None:
        """Return what the venue's front door says, before anything reaches the books."""
        weather, now = self.weather, self.now()
        if now < weather.closed_until_ns:
            self.mishaps["maintenance_told" if weather.closed_said else "maintenance"] += 1
            until_ns = weather.closed_until_ns if weather.closed_said else None
            return trouble(TroubleKind.MAINTENANCE, "simulated_maintenance", kind, until_ns)
        if now < weather.banned_until_ns:
            self.mishaps["throttled"] += 1
            until_ns = weather.banned_until_ns
            return trouble(TroubleKind.THROTTLED, "simulated_throttled", kind, until_ns)
        return None

    def _reply(self, session: Session, answered: Answered, said: object) -> None:
        if session.up and not self.weather.silent:
            session.door.call_soon(answered, said)

    # --- connections ------------------------------------------------------------------------------

    def open(self, session: Session) -> Trouble | None:
        """Let a session begin, if the venue is there."""
        if self.weather.cut:
            self.mishaps["connect_refused"] += 1
            return trouble(TroubleKind.NOT_SENT, "simulated_not_connected")
        gate = self._gate("connect")
        if gate is None:
            self.sessions.append(session)
        else:
            session.up = False
        return gate

    def close(self, session: Session) -> None:
        """End a session: what waits for an answer learns that none will come."""
        if not session.up:
            return
        session.up = False
        if session in self.sessions:
            self.sessions.remove(session)
        pending, session.pending = session.pending, []
        for lost in pending:
            lost(trouble(TroubleKind.UNKNOWN, "simulated_reply_lost", "the call"))

    def drop(self, told: Callable[[Session], VenueEvent]) -> None:
        """Cut every connection; each process notices, and is told why."""
        for session in list(self.sessions):
            self.close(session)
            session.door.call_soon(session.sink, told(session))

    # --- reports ----------------------------------------------------------------------------------

    def tell(self, event: VenueEvent) -> None:
        """Send what the exchange says to every session."""
        for session in self.sessions:
            self.send(session, event)

    def send(self, session: Session, event: VenueEvent) -> None:
        """Send something to one session, after what was sent before it unless it overtakes."""
        weather, roll = self.weather, self._random.random()
        if weather.silent:
            self.mishaps["report_into_silence"] += 1
            return
        if roll < weather.report_lost:
            self.mishaps["report_lost"] += 1
            return
        arrives_ns = self.now() + self.delay()
        if self._random.random() < weather.report_overtakes:
            self.mishaps["report_overtakes"] += 1
            arrives_ns += self._random.randint(0, SECOND)
        else:
            arrives_ns = session.latest_ns = max(arrives_ns, session.latest_ns)
        self._scheduler.after(arrives_ns - self.now(), lambda: self._deliver(session, event))
        if self._random.random() < weather.report_doubled:
            self.mishaps["report_doubled"] += 1
            again_ns = arrives_ns - self.now() + self._random.randint(0, 2 * SECOND)
            self._scheduler.after(again_ns, lambda: self._deliver(session, event))

    def _deliver(self, session: Session, event: VenueEvent) -> None:
        if not session.up:
            self.mishaps["report_after_cut"] += 1
        elif not self.weather.silent:
            session.door.call_soon(session.sink, event)


def trouble(
    kind: TroubleKind,
    code: str,
    value: str = "",
    until_ns: int | None = None,
    *,
    transient: bool = False,
) -> Trouble:
    """Make the words of a call that did not end well."""
    return Trouble(kind, code, words(code, value=value), until_ns, transient)
