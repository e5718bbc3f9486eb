"""No error is taken for a proof unless it is one: whatever is raised, answered or missing."""

from __future__ import annotations

import importlib
import json
from typing import Any, Final

import aiohttp
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.ccxt.library import errors as ccxt
from adapters.ccxt.outcome import Act, Exists, outcome
from adapters.ccxt.profile import Profile
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.requests import Answer, Request, Trail
from adapters.port import Trouble, TroubleKind

PROVEN: Final = frozenset(TroubleKind) - {TroubleKind.UNKNOWN}
"""What lets the bridge believe that an order is not there."""

SHUT: Final = (401, 403, 404, 410, 418, 429, 451)
"""Statuses that mean something without a code."""

WRITES: Final = st.sampled_from([Act.CREATE, Act.CANCEL, Act.REPLACE])
VENUES: Final = st.sampled_from(list(PROFILES.values()))

CLASSES: Final = [
    one
    for one in vars(importlib.import_module("ccxt.base.errors")).values()
    if isinstance(one, type) and issubclass(one, ccxt.BaseError)
]

CAUSES: Final = [
    None,
    TypeError("x"),
    TimeoutError(),
    aiohttp.ClientPayloadError("x"),
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "reset"),
    aiohttp.SocketTimeoutError("x"),
]
"""What may stand behind an error after the first byte has left."""

ERRORS: Final = st.builds(
    lambda kind, text, cause: _caused(kind(text), cause),
    st.sampled_from([*CLASSES, TypeError, KeyError, ValueError, TimeoutError, RuntimeError]),
    st.text(max_size=40),
    st.sampled_from(CAUSES),
)


def _caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


def known(profile: Profile) -> list[str]:
    """Return every entry of a venue's lists."""
    lists = (getattr(profile.codes, name) for name in profile.codes.__slots__)
    return sorted(
        {
            one
            for held in lists
            if isinstance(held, frozenset)
            for one in held
            if isinstance(one, str)
        }
    )


def trail_of(*requests: Request, answer: Answer | None = None) -> Trail:
    """Return what was on the wire for one call."""
    return Trail("create", list(requests), answer)


def request(*, writes: bool = True, left: bool = True) -> Request:
    """Return a request as the client notes it."""
    method = "POST" if writes else "GET"
    return Request("create", method, "host", "/path", writes, at_ns=0, left=left)


def body_of(profile: Profile, code: str, text: str) -> str:
    """Return an answer of a venue's own form with this code and text."""
    body: Any = {}
    for path, value in ((profile.codes.paths[0], code), *((p, text) for p in profile.codes.texts)):
        _put(body, path.split("."), value)
    return json.dumps(body)


def _put(body: Any, steps: list[str], value: str) -> None:
    name = steps[0]
    if len(steps) == 1:
        body[name] = value
        return
    if steps[1].isdigit():
        held = body.setdefault(name, [{}])
        if len(steps) == 2:
            body[name] = [value]
        else:
            _put(held[0], steps[2:], value)
        return
    _put(body.setdefault(name, {}), steps[1:], value)


@given(ERRORS, VENUES, WRITES)
def test_without_an_answer_nothing_is_proven(error: Exception, profile: Profile, act: Act) -> None:
    """Whatever was raised: a write that left and has no whole answer is unknown."""
    got = outcome(error, profile, act, now_ns=0, trail=trail_of(request()))

    assert isinstance(got, Trouble)
    assert TroubleKind.UNKNOWN is got.kind


@given(
    ERRORS,
    VENUES,
    WRITES,
    st.sampled_from([200, 400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504]),
    st.data(),
)
def test_a_proof_is_on_a_list(
    error: Exception, profile: Profile, act: Act, status: int, data: st.DataObject
) -> None:
    """A write is proven to be refused only by a whole answer below 500, with a code that is on one
    of the venue's lists, or with a code at all and a class of ccxt for refusals, or by a status
    that shuts the door."""
    entry = data.draw(st.sampled_from(known(profile)) | st.text(max_size=12))
    code, _, text = entry.partition(" ") if profile.codes.texts else (entry, "", "")
    said = body_of(profile, code, text) if data.draw(st.booleans()) else "<html>"
    write = request()
    answer = Answer(write, status, {}, said)
    got = outcome(error, profile, act, now_ns=0, trail=trail_of(write, answer=answer))
    told = said != "<html>" and bool(code)

    if isinstance(got, Exists):
        assert act is Act.CREATE
        assert told
    elif got.kind in PROVEN:
        assert status < 500
        assert status != 408
        assert told or status in SHUT
        assert entry in known(profile) or isinstance(error, ccxt.BaseError) or not told
        assert not told or code not in profile.codes.fine
    if told and status < 500 and status != 408 and entry in profile.codes.unknown:
        assert isinstance(got, Trouble)
        assert TroubleKind.UNKNOWN is got.kind


@given(ERRORS, VENUES, WRITES, st.data())
def test_another_requests_answer_proves_nothing(
    error: Exception, profile: Profile, act: Act, data: st.DataObject
) -> None:
    """What a read after the write answered does not speak for the write; nor does one answer speak
    for two writes."""
    write, after = request(), request(writes=data.draw(st.booleans()))
    entry = data.draw(st.sampled_from(known(profile)))
    code, _, text = entry.partition(" ") if profile.codes.texts else (entry, "", "")
    answer = Answer(after, 400, {}, body_of(profile, code, text))
    got = outcome(error, profile, act, now_ns=0, trail=trail_of(write, after, answer=answer))

    assert isinstance(got, Trouble)
    assert TroubleKind.UNKNOWN is got.kind


@given(ERRORS, VENUES, WRITES)
@example(ccxt.ExchangeNotAvailable("x"), PROFILES["binance"], Act.CREATE)
def test_what_did_not_leave_is_never_unknown(error: Exception, profile: Profile, act: Act) -> None:
    """A write of which no byte left is not in doubt, whatever was raised about it."""
    began = outcome(error, profile, act, now_ns=0, trail=trail_of(request(left=False)))
    never = outcome(error, profile, act, now_ns=0, trail=trail_of())
    probe = outcome(error, profile, act, now_ns=0, trail=trail_of(request(writes=False)))

    for got in (began, never, probe):
        assert isinstance(got, Trouble)
        assert got.kind is not TroubleKind.UNKNOWN
    assert isinstance(began, Trouble)
    assert TroubleKind.NOT_SENT is began.kind


@given(ERRORS, VENUES, WRITES)
def test_without_a_trail_only_the_cause_proves(
    error: Exception, profile: Profile, act: Act
) -> None:
    """Where nobody watched the wire, an error of ccxt is unknown; a connection that was never made
    is proof."""
    got = outcome(error, profile, act, now_ns=0)
    error.__cause__ = aiohttp.ConnectionTimeoutError("x")
    unsent = outcome(error, profile, act, now_ns=0)

    assert isinstance(got, Trouble)
    assert got.kind is TroubleKind.UNKNOWN
    assert isinstance(unsent, Trouble)
    assert TroubleKind.NOT_SENT is unsent.kind


def test_the_lists_of_a_venue_do_not_contradict_each_other() -> None:
    """No code of a venue stands on two of its lists: which one counts would be chance."""
    for profile in PROFILES.values():
        lists = [
            held
            for name in profile.codes.__slots__
            if isinstance(held := getattr(profile.codes, name), frozenset)
        ]
        entries = [one for held in lists for one in held]

        assert len(entries) == len(set(entries)), profile.venue


@given(VENUES)
def test_a_question_that_nobody_answered_says_to_look_at_the_network(profile: Profile) -> None:
    """No order is in doubt when a question finds no venue: the words are those of a question."""
    error = ccxt.ExchangeNotAvailable("x")
    got = outcome(error, profile, Act.READ, now_ns=0, trail=trail_of(request(left=False)))

    assert isinstance(got, Trouble)
    assert (TroubleKind.UNKNOWN, "ccxt_not_reached") == (got.kind, got.code)
