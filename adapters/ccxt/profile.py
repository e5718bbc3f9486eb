"""What is known of one venue: the facts that decide how an order is sent, found and ended there.

Rules of this file
1. A profile is data, bound to one version of ccxt. Nothing elsewhere asks for a venue by its name.
2. Texts in braces are filled in when a call is made: ``{symbol}``, ``{id}`` (the venue's form of
   our id), ``{venue_order}``, ``{market}`` (the market's own id), ``{currency}``.
3. Nothing here imports ccxt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from core.orders import OrderType

CCXT_VERSION: Final = "4.5.90"
"""The ccxt that every profile was checked with: what it puts on the wire changes between
versions."""


class IdForm(StrEnum):
    """How our id is written at a venue."""

    PLAIN = "plain"  # as it is, behind the prefix
    HEX = "hex"  # 32 hexadecimal digits: our 26 and 6 that prove that it is ours


class IdReuse(StrEnum):
    """When a venue takes an id a second time, as far as its documents say. Nobody has proved it."""

    AFTER_FILL = "after_fill"  # unique among open orders only
    AFTER_HOURS = "after_hours"
    NEVER = "never"  # claimed
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientId:
    """The venue's field for our own id: what fits into it, and when it may be used again."""

    pattern: str
    reuse: IdReuse
    form: IdForm = IdForm.PLAIN
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of ccxt. ``many``: it answers with a list, in which ours is looked for.
    ``closed``: it shows orders that are over, too."""

    method: str
    args: tuple[object, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    many: bool = False
    closed: bool = False

    def bound(self, **facts: str) -> tuple[tuple[object, ...], dict[str, object]]:
        """Return the arguments and the parameters with these facts put in."""
        args = tuple(_filled(one, facts) for one in self.args)
        return args, {key: _filled(one, facts) for key, one in self.params.items()}

    def needs(self, fact: str) -> bool:
        """Say whether a fact is put in anywhere."""
        text = f"{{{fact}}}"
        return text in repr(self.args) or text in repr(dict(self.params))


def _filled(value: object, facts: Mapping[str, str]) -> object:
    if isinstance(value, str):
        for name, fact in facts.items():
            value = value.replace(f"{{{name}}}", fact)
        return value
    if isinstance(value, tuple):
        return [_filled(one, facts) for one in value]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one family of orders goes: the plain ones, or those that wait for a trigger.

    ``id_param``: under which parameter of ``create_order`` our id goes. ``types``: our order type
    -> ccxt's word. ``params``: what else is sent, with ``{trigger}``, ``{direction}``.
    ``find``: the calls that look for one order by our id, the best first. ``fetch``: the call that
    reads one order by the venue's own id. ``working``: lists those that are open.
    """

    types: Mapping[OrderType, str]
    find: tuple[Call, ...]
    fetch: Call
    cancel: Call
    working: Call
    id_param: str = "clientOrderId"
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    rising: str = ""
    """The word of ``{direction}`` for a trigger above the market."""
    falling: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """A venue's own words for what happened: a code alone, or a code, a space and the beginning of
    the text, where one code means several things.

    ``paths``: where the code stands in the answer, the first that is there counts; ``texts``:
    likewise the words. ``fine``: codes that mean success. ``refused``: proven not to be placed.
    ``unknown``: says nothing about the order, whatever class ccxt makes of it.
    """

    paths: tuple[str, ...]
    texts: tuple[str, ...]
    fine: frozenset[str] = frozenset()
    duplicate: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()
    """Refused for a reason that is known to pass: the market is closed, too many open orders."""
    throttled: frozenset[str] = frozenset()
    crowded: frozenset[str] = frozenset()
    """Too many orders within ``Limits.orders_window_s``: cancels and questions are not meant."""
    banned: frozenset[str] = frozenset()
    nonce: frozenset[str] = frozenset()
    fatal: frozenset[str] = frozenset()
    maintenance: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    """The order asked for is not there, or not any more."""
    changed: frozenset[str] = frozenset()
    """The call itself is not known there any more."""
    unknown: frozenset[str] = frozenset()
    ban_statuses: frozenset[int] = frozenset()
    """HTTP statuses by which the venue shuts the door, without a code of its own."""


class Clock(StrEnum):
    """How the venue's clock is minded."""

    WINDOW = "window"  # time stamps are judged: the difference is measured and put in
    NONCE = "nonce"  # a number that must rise: one key, one process
    NONE = "none"  # nobody asks for the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a venue grants. ``window_s``, ``weight``: of the budget; ``calls``: weight of a method
    of ccxt, 1 where not named. ``used``, ``left``: headers that tell what is used or left."""

    window_s: int
    weight: int
    calls: Mapping[str, int] = field(default_factory=dict[str, int])
    used: str = ""
    left: str = ""
    retry_after: str = "Retry-After"
    """Header with the seconds to wait."""
    reset_ms: str = ""
    """Header with the moment (in Unix milliseconds) from which calls are taken again."""
    reset_in_ms: str = ""
    """Header with the milliseconds until then."""
    orders: int = 0
    """Orders within ``orders_window_s``, counted apart; 0: not."""
    orders_window_s: int = 0
    ban_s: int = 120
    """How long a venue that shut its door without a word about the time is left alone: at first,
    Binance's shortest ban."""
    orders_used: str = ""
    """Header that tells how many of them are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffect:
    """Something that ccxt does beside the order. ``off``: the option that switches it off, empty
    when nothing does; then it is shown. ``approve``: the word by which it is agreed to."""

    code: str
    text: str
    off: str = ""
    approve: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One venue as its facts were read and tried with ``version`` of ccxt.

    ``venue``: ccxt's id. ``kind``: "spot" or "swap". ``proven``: tried over real sockets, with
    streams; else only what goes onto the wire is known, and its news come from polls.
    ``hosts``: every host name that ccxt calls. ``reads``: paths that are called by POST and place
    nothing. ``options``: put into ccxt's own. ``sandbox``: our word -> ccxt's switch.
    ``lag_s``: how long an accepted order may stay invisible, as far as anybody says.
    """

    venue: str
    name: str
    kind: str
    client_id: ClientId
    plain: Way
    codes: Codes
    hosts: tuple[str, ...]
    clock: Clock
    limits: Limits
    version: str = CCXT_VERSION
    proven: bool = False
    stop: Way | None = None
    """How an order with a trigger goes; ``None``: this venue has no stops of its own."""
    reads: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    has: Mapping[str, object] = field(default_factory=dict[str, object])
    """Put into ccxt's ``has``."""
    keep_alive_ms: int = 15_000
    reduce_only: str = ""
    """The parameter that makes an order reduce-only; empty: there is none."""
    post_only: str = "postOnly"
    market_by_limit: str = ""
    """The time in force by which a limit order at its worst price does for a market order, where
    the venue has none; empty: it has."""
    time_in_force: tuple[str, ...] = ("GTC", "IOC", "FOK")
    replace: bool = False
    sandbox: Mapping[str, str] = field(default_factory=dict[str, str])
    silenced: tuple[str, ...] = ()
    """Methods of ccxt that do what nobody asked for: they do nothing."""
    tags: tuple[str, ...] = ()
    """Headers by which ccxt names itself or a partner: they do not go out."""
    snapshot_at_subscribe: bool = False
    """Its stream begins with the orders that are open."""
    status: str = ""
    """The call that tells of maintenance; empty: none."""
    position_mode: Call | None = None
    """Reads whether opposite positions stand side by side."""
    margin_mode: Call | None = None
    probes: tuple[Call, ...] = ()
    """What ccxt asks by itself before the first order: asked at connect, and so never there."""
    side_effects: tuple[SideEffect, ...] = ()
    lag_s: int = 10
    refused: str = ""
    """Why no account may use this venue, whatever is waived; empty: it may."""

    @property
    def order_types(self) -> frozenset[str]:
        """Return the types of order that it takes."""
        stops = self.stop.types if self.stop is not None else {}
        return frozenset(str(one) for one in (*self.plain.types, *stops))

    def way(self, order_type: OrderType) -> Way | None:
        """Return how an order of this type goes, ``None`` when the venue has no such type."""
        for way in (self.plain, self.stop):
            if way is not None and order_type in way.types:
                return way
        return None
