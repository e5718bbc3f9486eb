"""What starts and people do to the limits in force.

Rules of this file
1. A start never loosens a limit; only a person does, with a reason that is kept.
2. Whatever is still waiting is said at every start, until somebody decides.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import Denied, Done
from core.commands import AcceptLimits, SetLimit, StartBridge
from core.inforce import (
    MEASURED,
    Adopted,
    LimitChange,
    adopt,
    is_configured,
    is_possible,
    kind_of,
    value,
    waiting_changes,
)
from core.money import plain
from core.setup import Setup
from core.state import Facts, State

Decision = Generator[r.Record, None, Done | Denied]

_BURSTS: Final = {"signals_per_minute": "signals_burst", "messages_per_minute": "messages_burst"}
"""A rate without a burst lets nothing pass; the burst is then as large as the rate."""


def load_setup(state: State, command: StartBridge, now: int) -> Generator[r.Record, None, None]:
    """Take a new configuration over, as far as it does not loosen what is in force."""
    if command.setup_hash != state.facts.setup_hash:
        file = command.setup.limits
        limits, waiting = _adopted(state.facts, command.setup)
        yield r.SetupLoaded(
            at_ns=now,
            setup=msgspec.structs.replace(command.setup, limits=limits),
            setup_hash=command.setup_hash,
            limits_file=None if limits == file else file,
            limits_waiting=waiting,
        )
    if state.facts.limits_waiting:
        changes = waiting_now(state.facts)
        names = ", ".join(str(change) for change in changes)
        yield r.AlarmRaised(at_ns=now, code="limits_wait", value=names, limit=str(len(changes)))


def _adopted(facts: Facts, file: Setup) -> Adopted:
    if not facts.setup_hash:  # the first file of a journal is in force as it stands
        return Adopted(file.limits, ())
    last, waiting = facts.file_limits, facts.limits_waiting
    return adopt(file, force=facts.setup.limits, last=last, waiting=waiting)


def would_wait(facts: Facts, file: Setup, setup_hash: str) -> list[LimitChange]:
    """Say what of a file would wait for a person if the bridge started with it."""
    if setup_hash == facts.setup_hash:
        return waiting_now(facts)
    adopted = _adopted(facts, file)
    return waiting_changes(adopted.limits, file.limits, adopted.waiting)


def waiting_now(facts: Facts) -> list[LimitChange]:
    """Say what of the file waits for a person."""
    return waiting_changes(facts.setup.limits, facts.file_limits, facts.limits_waiting)


def set_limit(state: State, command: SetLimit, now: int) -> Decision:
    """Set one limit, or take it away."""
    scope, name, to, setup = command.scope, command.name, command.value, state.facts.setup
    measured = MEASURED.get(kind_of(scope), ())
    if not measured or not is_configured(setup, scope):
        return Denied(code="limit_scope_unknown", value=scope)
    if name not in measured:
        return Denied(code="limit_unknown", value=name, limit=", ".join(measured), where=scope)
    if to is not None and not is_possible(name, to):
        return Denied(code="limit_invalid", value=plain(to), limit=name)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"{scope} {name}")
    change = LimitChange(scope=scope, name=name, was=value(setup.limits, scope, name), to=to)
    waits = (scope, name) in state.facts.limits_waiting
    if change.was == change.to and not waits:
        return Denied(code="limit_same", value=str(change))
    if change.loosens and not command.confirmed:
        return Denied(code="confirm_missing", value=str(change))
    changes = (change,)
    burst = _BURSTS.get(name, "")
    if burst and to is not None and value(setup.limits, scope, burst) is None:
        changes = (change, LimitChange(scope=scope, name=burst, to=to))
    yield r.LimitsChanged(at_ns=now, by=command.by, reason=command.reason, changes=changes)
    return Done()


def accept_limits(state: State, command: AcceptLimits, now: int) -> Decision:
    """Put what waits in force: all of it, that of one scope, or one limit."""
    chosen = tuple(
        change
        for change in waiting_now(state.facts)
        if command.scope in ("", change.scope) and command.name in ("", change.name)
    )
    if not chosen:
        return Denied(
            code="limits_not_waiting", value=f"{command.scope} {command.name}".strip() or "anywhere"
        )
    if not command.reason.strip():
        return Denied(code="reason_missing", value=str(chosen[0]))
    if not command.confirmed:
        return Denied(code="confirm_missing", value=", ".join(str(change) for change in chosen))
    yield r.LimitsChanged(at_ns=now, by=command.by, reason=command.reason, changes=chosen)
    return Done()
