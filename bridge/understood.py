"""How an alert is understood, in the words of the domain: for the command, the API and the page.

Rules of this file
1. It says what was read and adds nothing: what the message did not say is ``null``.
2. A refusal is one code with the field, the sentence and the fix; nothing of it is half read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from bridge.codes import explain
from core.levels import Level
from core.money import plain
from core.signals import Action, Effect, Hint, Misread, QuantityUnit, Signal

Row = dict[str, Any]

_PLAIN: Final = {
    Action.EXIT: "exit",
    Action.CANCEL: "cancel",
    Action.TARGET: "target",
    Action.HEARTBEAT: "heartbeat",
}


def understood(contents: Iterable[Signal | Misread], **beside: Iterable[str]) -> Row:
    """Say how a message is understood: ``ok`` with its signals, or why it is refused. ``beside``:
    what stands with every signal, names of ignored fields say."""
    listed = list(contents)
    misread = next((one for one in listed if isinstance(one, Misread)), None)
    if misread is not None:
        return refused(misread)
    signals = [one for one in listed if isinstance(one, Signal)]
    told = {name: list(value) for name, value in beside.items()}
    return {"ok": True, "signals": [{**signal_row(one), **told} for one in signals]}


def refused(misread: Misread) -> Row:
    """Say why a message is refused."""
    facts = (misread.code, misread.value, misread.limit, misread.field)
    sentence, fix = explain(*facts, like=misread.like)
    return {
        "ok": False,
        "code": misread.code,
        "field": misread.field,
        "sentence": sentence,
        "fix": fix,
    }


def intent_of(signal: Signal) -> str:
    """Say what a signal means to do: ``entry``, ``exit``, ``flip``, ``target``, ``cancel``,
    ``heartbeat``; or
    ``auto``: its message does not say, and the position that is held then decides."""
    if signal.action in _PLAIN:
        return _PLAIN[signal.action]
    if signal.effect is not Effect.AUTO:
        return "entry" if signal.effect is Effect.OPEN else "exit"
    before, after = signal.prev_position, signal.position
    if after is Hint.FLAT:
        return "exit"
    if before is Hint.FLAT:
        return "entry"
    if before is None or after is None:
        return "auto"
    if before is not after:
        return "flip"
    return "entry" if (after is Hint.LONG) == (signal.action is Action.BUY) else "exit"


def signal_row(signal: Signal) -> Row:
    """Write one signal. Numbers are texts, so that no digit is lost."""
    intent = intent_of(signal)
    levels = signal.protection
    stop = levels.stop if levels is not None else None
    sized = signal.quantity is not None or signal.target_position is not None
    return {
        "symbol": signal.symbol or None,
        "strategy": signal.strategy,
        "intent": intent,
        "side": str(signal.action) if signal.action in (Action.BUY, Action.SELL) else None,
        "quantity": _text(signal.quantity),
        "quantity_unit": str(signal.quantity_unit or QuantityUnit.UNITS) if sized else None,
        "order_type": str(signal.order_type),
        "price": _text(signal.price),
        "trigger": _text(signal.trigger),
        "stop": None if stop is None else plain(stop.value),
        "stop_unit": None if stop is None else str(stop.unit),
        "targets": [
            {**_level(one.level), "share": _text(one.share)}
            for one in (levels.targets if levels is not None else ())
        ],
        "trail": _trail(signal),
        "break_even": _break_even(signal),
        "target_position": _text(signal.target_position),
        "reduce_only": intent == "exit",
        "time": _time(signal.time_ns),
        "max_age_s": _seconds(signal.max_age_ns),
        "id": signal.id,
        "action": str(signal.action),
        "effect": str(signal.effect),
        "position": _word(signal.position),
        "prev_position": _word(signal.prev_position),
        "position_size": _text(signal.position_size),
        "prev_position_size": _text(signal.prev_position_size),
        "signal_price": _text(signal.signal_price),
        "comment": signal.comment,
        "sequence": signal.sequence,
        "stream": signal.stream or None,
    }


def said(value: Any) -> str:
    """Write a value of a row for people."""
    if isinstance(value, list):
        return "; ".join(said(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(one)}" for name, one in value.items() if one is not None)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _seconds(span_ns: int | None) -> str | None:
    return None if span_ns is None else plain(Decimal(span_ns) / 1_000_000_000)


def _word(hint: Hint | None) -> str | None:
    return None if hint is None else str(hint)


def _level(level: Level) -> Row:
    return {"value": plain(level.value), "unit": str(level.unit)}


def _trail(signal: Signal) -> Row | None:
    trail = signal.protection.trail if signal.protection is not None else None
    if trail is None:
        return None
    after = None if trail.after is None else _level(trail.after)
    return {"distance": _level(trail.distance), "after": after}


def _break_even(signal: Signal) -> Row | None:
    even = signal.protection.break_even if signal.protection is not None else None
    if even is None:
        return None
    offset = None if even.offset is None else _level(even.offset)
    return {"after": _level(even.after), "offset": offset}


def _time(time_ns: int | None) -> str | None:
    """Write a time to its last digit, in UTC."""
    if time_ns is None:
        return None
    seconds, rest = divmod(time_ns, 1_000_000_000)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{stamp}{fraction}Z"
