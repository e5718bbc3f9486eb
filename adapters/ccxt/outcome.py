"""What a call that did not end well proves: the table by which ccxt's errors are judged.

Rules of this file
1. The raw cause and the venue's own code come first, the class of ccxt's exception last. It proves
   nothing by itself: the same class is raised for orders that live and for orders that do not.
2. The default is ``UNKNOWN``. Whatever says "not placed" stands on a list of proven refusals, or is
   proven not to have left.
3. What kind is right depends on what was asked: a cancel is asked for again, an order never.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import aiohttp

from adapters.ccxt.codes import words
from adapters.ccxt.library import errors
from adapters.ccxt.profile import Codes, Profile
from adapters.ccxt.requests import Trail
from adapters.ccxt.said import Said, matched, said, wait_until
from adapters.ccxt.wire import EgressBarred, Redirected
from adapters.port import Trouble, TroubleKind


class Act(StrEnum):
    """What was asked of the venue."""

    CREATE = "create"
    CANCEL = "cancel"
    REPLACE = "replace"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Exists:
    """The venue has an order of this id already: it is to be fetched, and nothing else is known."""

    code: str
    text: str


ABSENT: Final = "ccxt_order_absent"
CLOCK: Final = "ccxt_clock_differs"
CROWDED: Final = "ccxt_orders_throttled"

UNSENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    EgressBarred,
)
"""Causes that come before the first byte: no connection, no name, no certificate that is
trusted."""

LOCAL: Final = (
    errors.ArgumentsRequired,
    errors.BadRequest,
    errors.InvalidOrder,
    errors.NotSupported,
    errors.OperationRejected,
)
"""What ccxt raises about an order that it does not even send."""

BY_CLASS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (errors.AuthenticationError, "fatal"),
    (errors.RestrictedLocation, "fatal"),
    (errors.ManualInteractionNeeded, "fatal"),
    (errors.DuplicateOrderId, "duplicate"),
    (errors.OrderNotFound, "absent"),
    (errors.InvalidNonce, "nonce"),
    (errors.RateLimitExceeded, "throttled"),
    (errors.DDoSProtection, "throttled"),
    (errors.OnMaintenance, "maintenance"),
    (errors.MarketClosed, "passing"),
    (errors.InsufficientFunds, "refused"),
    (errors.InvalidOrder, "refused"),
    (errors.BadRequest, "refused"),
    (errors.OperationRejected, "refused"),
)
"""What a class means, in this order, once the venue is proven to have answered with a code that is
on no list. ``NotSupported``, plain ``ExchangeError`` and the rest mean nothing."""

_DOUBTFUL: Final = re.compile(
    r"time[d\s]*out|processing|pending|later|again|internal|unknown|system|busy|unavailable"
    r"|network|unable|uncertain",
    re.IGNORECASE,
)
"""Words that a true refusal has no use for: venues have refusals like "order creation timeout" and
"submitted to the system for processing", and ccxt calls them InvalidOrder."""

_LISTS: Final = (
    "duplicate",
    "refused",
    "passing",
    "throttled",
    "crowded",
    "banned",
    "nonce",
    "fatal",
    "maintenance",
    "absent",
    "changed",
    "unknown",
)

JSON_BEGINS: Final = tuple('{["-0123456789tfn \t\r\n')
"""With what JSON can begin. A page begins with ``<``; what is read to its end is judged there."""

_KINDS: Final = {
    "refused": (TroubleKind.REFUSED, "ccxt_refused"),
    "passing": (TroubleKind.REFUSED, "ccxt_refused_for_now"),
    "throttled": (TroubleKind.THROTTLED, "ccxt_throttled"),
    "crowded": (TroubleKind.THROTTLED, CROWDED),
    "banned": (TroubleKind.THROTTLED, "ccxt_banned"),
    "nonce": (TroubleKind.NOT_SENT, CLOCK),
    "fatal": (TroubleKind.FATAL, "ccxt_keys_refused"),
    "maintenance": (TroubleKind.MAINTENANCE, "ccxt_maintenance"),
    "absent": (TroubleKind.UNKNOWN, ABSENT),
    "changed": (TroubleKind.INTERFACE_CHANGED, "ccxt_interface_changed"),
    "unknown": (TroubleKind.UNKNOWN, "ccxt_answer_unclear"),
    "silent": (TroubleKind.UNKNOWN, "ccxt_no_answer"),
    "unheard": (TroubleKind.UNKNOWN, "ccxt_not_reached"),
}


def outcome(
    error: BaseException,
    profile: Profile,
    act: Act,
    *,
    now_ns: int,
    trail: Trail | None = None,
    redact: Callable[[str], str] = str,
) -> Trouble | Exists:
    """Judge a failed call. ``trail``: the requests that ccxt made for it; without it only the error
    itself can prove anything."""
    sent = trail is None or trail.wrote
    answer = (
        None if trail is None else trail.verdict if sent and act is not Act.READ else trail.answer
    )
    heard = said(answer, _text(error, trail), profile.codes)
    judge = _Judge(profile, heard, now_ns, redact(_words(error, heard)))
    if act is Act.READ:
        return judge.trouble(_read(error, heard, profile.codes))
    if trail is not None and not sent:
        return _unsent(error, trail, judge)
    if trail is None and _caused(error, UNSENT):
        return judge.made(TroubleKind.NOT_SENT, "ccxt_not_sent")
    verdict = _written(error, heard, profile.codes)
    if verdict == "duplicate":
        if act is Act.CREATE:
            return Exists("ccxt_exists", judge.sentence("ccxt_exists"))
        verdict = "unknown"
    if verdict == "absent" and act is Act.CREATE:
        verdict = "unknown"
    return judge.trouble(verdict)


def acknowledged(
    order: object,
    profile: Profile,
    act: Act,
    *,
    now_ns: int,
    trail: Trail,
    redact: Callable[[str], str] = str,
) -> Trouble | Exists | None:
    """Judge a write that ccxt reports as done: a page of HTML with a status of 200 makes an order
    without an id there, and no error. ``None``: the venue has said yes."""
    heard = said(trail.verdict, "", profile.codes)
    agreed = heard.readable and (not heard.code or heard.code in profile.codes.fine)
    named = isinstance(order, dict) and (order.get("id") or order.get("clientOrderId"))
    if 200 <= heard.status < 300 and agreed and (named or act is not Act.CREATE):
        return None
    error = errors.BadResponse("no order is in the answer")
    return outcome(error, profile, act, now_ns=now_ns, trail=trail, redact=redact)


def unreadable(trail: Trail) -> bool:
    """Say whether the last answer of a question is no JSON at all: what ccxt made of a page, the
    calls that it leaves unread included, is nobody's answer."""
    return trail.answer is not None and trail.answer.text[:1] not in JSON_BEGINS


def _text(error: BaseException, trail: Trail | None) -> str:
    """Return where an answer is looked for when none is at hand. A trail that has none is proof
    that none came."""
    return str(error) if trail is None and isinstance(error, errors.BaseError) else ""


def _words(error: BaseException, heard: Said) -> str:
    if heard.code or heard.text:
        return f"{heard.code} {heard.text}".strip()
    cause = error.__cause__
    of = "" if cause is None else f" ({type(cause).__name__})"
    status = f", HTTP {heard.status}" if heard.status else ""
    return f"{type(error).__name__}{of}{status}"


def _unsent(error: BaseException, trail: Trail, judge: _Judge) -> Trouble:
    """Judge a write of which not a byte left."""
    if not trail.asked:
        if isinstance(error, errors.AuthenticationError):
            return judge.made(TroubleKind.FATAL, "ccxt_keys_refused")
        if isinstance(error, LOCAL) and not isinstance(error, errors.OrderNotFound):
            return judge.made(TroubleKind.REFUSED, "ccxt_not_expressible")
        return judge.made(TroubleKind.NOT_SENT, "ccxt_not_sent")
    if any(one.writes for one in trail.requests):
        return judge.made(TroubleKind.NOT_SENT, "ccxt_not_sent")
    probe = judge.trouble(_read(error, judge.heard, judge.profile.codes))
    if probe.kind in (TroubleKind.REFUSED, TroubleKind.UNKNOWN):
        return judge.made(TroubleKind.NOT_SENT, "ccxt_probe_failed")
    return probe


def _written(error: BaseException, heard: Said, codes: Codes) -> str:
    """Judge a write that may have arrived: by code, by status, by class, in this order."""
    if _caused(error, (Redirected,)):
        return "changed"
    if heard.status >= 500 or heard.status == 408:
        return "unknown"  # 5xx with whatever words: the venue does not know what became of it
    listed = _listed(heard, codes)
    if listed:
        return listed
    by_status = "" if heard.code else _by_status(heard.status, codes)
    if by_status:
        return by_status
    if not heard.code or heard.code in codes.fine:
        return "unknown" if heard.status else "silent"
    for kind, verdict in BY_CLASS:
        if isinstance(error, kind):
            doubtful = verdict in ("refused", "passing") and _DOUBTFUL.search(heard.text)
            return "unknown" if doubtful else verdict
    return "unknown"


def _read(error: BaseException, heard: Said, codes: Codes) -> str:
    """Judge a read: nothing is at stake but the question who is asked again, and when."""
    if _caused(error, (Redirected,)):
        return "changed"
    listed = _listed(heard, codes)
    if listed:
        return "unknown" if listed == "duplicate" else listed
    by_status = "" if heard.code else _by_status(heard.status, codes)
    if by_status:
        return by_status
    if heard.status == 0 and not heard.code:
        absent = isinstance(error, errors.OrderNotFound)
        return "absent" if absent else "unheard"
    if isinstance(error, errors.OrderNotFound):
        return "absent"
    if not heard.code or heard.code in codes.fine or heard.status >= 500:
        return "unknown"
    found = (verdict for kind, verdict in BY_CLASS if isinstance(error, kind))
    verdict = next(found, "unknown")
    return "unknown" if verdict == "duplicate" else verdict


def _listed(heard: Said, codes: Codes) -> str:
    """Return the list that knows this answer best, empty when none does."""
    best, found = 0, ""
    for name in _LISTS:
        length = matched(getattr(codes, name), heard.code, heard.text)
        if length > best:
            best, found = length, name
    if found == "throttled" and heard.status in codes.ban_statuses:
        return "banned"
    return found


def _by_status(status: int, codes: Codes) -> str:
    """Say what a status means that comes without a code of the venue."""
    if status in codes.ban_statuses:
        return "banned"
    if status == 429:
        return "throttled"
    if status in (401, 451):
        return "fatal"
    return "changed" if status in (404, 410) else ""


def _caused(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    """Say whether an error is one of these, or was raised from one. What was merely under way when
    it was raised proves nothing."""
    seen: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if seen is None:
            return False
        if isinstance(seen, kinds):
            return True
        seen = seen.__cause__
    return False


_CAUSES_MAX: Final = 10
"""Errors behind an error that are looked at: ccxt and aiohttp make three of one."""


@dataclass(frozen=True, slots=True)
class _Judge:
    """The facts of one case, and how it is told."""

    profile: Profile
    heard: Said
    now_ns: int
    value: str

    def trouble(self, verdict: str) -> Trouble:
        """Return the trouble that a verdict means."""
        kind, code = _KINDS[verdict]
        return self.made(kind, code)

    def made(self, kind: TroubleKind, code: str) -> Trouble:
        """Return a trouble with its sentence and the time until which it lasts."""
        until = None
        if kind in (TroubleKind.THROTTLED, TroubleKind.MAINTENANCE):
            until = wait_until(self.heard, self.profile.limits, self.now_ns)
        if until is None and kind is TroubleKind.THROTTLED:
            until = self.now_ns + self._wait_s(code) * 1_000_000_000
        passes, crowded = code == "ccxt_refused_for_now", code == CROWDED
        return Trouble(
            kind,
            code,
            self.sentence(code),
            until,
            passes,
            orders_only=crowded,
            banned=code == "ccxt_banned",
        )

    def _wait_s(self, code: str) -> int:
        """Return how long to wait where the venue did not say: as long as it counts."""
        limits = self.profile.limits
        if code == "ccxt_banned":
            return limits.ban_s
        return limits.orders_window_s if code == CROWDED else limits.window_s

    def sentence(self, code: str) -> str:
        """Say a code with the facts of the case."""
        return words(code, value=self.value, where=self.profile.name)
