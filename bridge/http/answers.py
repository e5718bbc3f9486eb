"""The hook's answers: a status, and one JSON object that says what became of the message."""

from __future__ import annotations

from typing import Final

import msgspec

from bridge.codes import CODES, explain
from core.answers import Answer, BatchAnswer, Busy, SignalAnswer
from core.state import AccountVerdict

Reply = tuple[int, bytes]

ADMITTED: Final = 202
"""Some account admitted or holds it; everything else that was read and judged is 200."""


class _Account(msgspec.Struct, gc=False, omit_defaults=True):
    account: str
    verdict: str
    orders: tuple[str, ...]
    code: str = ""
    sentence: str = ""
    fix: str = ""


class _Body(msgspec.Struct, gc=False):
    signal: str | None
    verdict: str
    code: str
    sentence: str
    fix: str
    orders: tuple[str, ...]
    accounts: list[_Account]


class _Batch(msgspec.Struct, gc=False):
    signal: None
    verdict: str
    code: str
    sentence: str
    fix: str
    orders: tuple[str, ...]
    signals: list[_Body]


_encode: Final = msgspec.json.Encoder().encode


def refusal(code: str, *, value: str = "", limit: str = "") -> Reply:
    """Answer with a code that belongs to no signal."""
    sentence, fix = explain(code, value, limit)
    return CODES[code].status, _encode(_Body(None, "refused", code, sentence, fix, (), []))


def reply(answer: Answer) -> Reply:
    """Turn the core's answer into the hook's."""
    if isinstance(answer, BatchAnswer):
        return _batch(answer)
    if not isinstance(answer, SignalAnswer):
        assert isinstance(answer, Busy), "a message is answered as a signal"
        return refusal(answer.code, value=answer.value, limit=answer.limit)
    return _status(answer), _encode(_body(answer))


def _body(answer: SignalAnswer) -> _Body:
    sentence = fix = ""
    if answer.code:
        facts = (answer.code, answer.value, answer.limit, answer.where)
        sentence, fix = explain(*facts, like=answer.like)
    accounts = [_account(verdict) for verdict in answer.accounts]
    return _Body(answer.signal, answer.verdict, answer.code, sentence, fix, answer.orders, accounts)


def _batch(batch: BatchAnswer) -> Reply:
    """Answer for a message of several signals: as for the best of them, or that it is to come
    again. What was served then is served as a duplicate."""
    served = [one for one in batch.answers if isinstance(one, SignalAnswer)]
    busy = next((one for one in batch.answers if isinstance(one, Busy)), None)
    if busy is not None:
        return refusal(busy.code, value=busy.value, limit=busy.limit)
    first = min(served, key=lambda one: _RANK.index(one.verdict))
    best = _body(first)
    orders = tuple(order for one in served for order in one.orders)
    bodies = [_body(one) for one in served]
    whole = _Batch(None, best.verdict, best.code, best.sentence, best.fix, orders, bodies)
    return _status(first), _encode(whole)


_RANK: Final = ("admitted", "held", "duplicate", "refused", "no_action")


def _status(answer: SignalAnswer) -> int:
    if answer.verdict in ("admitted", "held"):
        return ADMITTED
    row = CODES.get(answer.code)
    unread = answer.verdict == "refused" and not answer.accounts
    return row.status if row is not None and unread else 200


def _account(verdict: AccountVerdict) -> _Account:
    if not verdict.code:
        return _Account(verdict.account, verdict.verdict, verdict.orders)
    where = verdict.where or verdict.account
    sentence, fix = explain(verdict.code, verdict.value, verdict.limit, where)
    return _Account(verdict.account, verdict.verdict, verdict.orders, verdict.code, sentence, fix)
