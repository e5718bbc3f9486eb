"""Limits as rows: what is in force, what the file says, what waits. The same for API, page and
command."""

from __future__ import annotations

from bridge.http.rows import Row, text_of
from core.inforce import MEASURED, LimitChange, is_configured, kind_of, value
from core.limit_acts import waiting_now
from core.state import Facts


def limit_rows(facts: Facts) -> list[Row]:
    """Write every limit that is set somewhere, in force or in the file."""
    force, file = facts.setup.limits, facts.file_limits
    waiting = set(facts.limits_waiting)
    scopes = [scope for scope in {**force, **file} if is_configured(facts.setup, scope)]
    rows: list[Row] = []
    for scope in sorted(scopes):
        for name in MEASURED[kind_of(scope)]:
            at, theirs = value(force, scope, name), value(file, scope, name)
            if at is None and theirs is None:
                continue
            waits = (scope, name) in waiting
            rows.append(
                {
                    "scope": scope,
                    "name": name,
                    "value": text_of(at),
                    "file": text_of(theirs),
                    "waits": waits,
                    "by_hand": at != theirs and not waits,
                }
            )
    return rows


def waiting_rows(facts: Facts) -> list[Row]:
    """Write what of the file waits for a person."""
    return [change_row(change) for change in waiting_now(facts)]


def change_row(change: LimitChange) -> Row:
    """Write a limit before and after."""
    return {
        "scope": change.scope,
        "name": change.name,
        "was": text_of(change.was),
        "to": text_of(change.to),
    }
