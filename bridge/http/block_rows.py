"""What stands against entries of an account, as rows: the same for API, page and command."""

from __future__ import annotations

from typing import Final

from bridge.http import rows
from bridge.http.rows import Row
from core.risk.blocks import Block

SCOPES_SHOWN: Final = 5
"""Scopes of one reason that are named; the others are counted."""


def entries_row(blocks: list[Block] | None, now: int) -> Row | None:
    """Say whether entries would pass, be held or be refused now, and each reason; ``None``: nobody
    asked."""
    if blocks is None:
        return None
    refused = any(not one.holds for one in blocks)
    word = "refused" if refused else ("held" if blocks else "pass")
    return {"outcome": word, "why": [_block_row(one, now) for one in blocks]}


def _block_row(one: Block, now: int) -> Row:
    check = one.check
    facts = rows.explained(check.code, value=check.value, limit=check.limit, where=check.scope)
    return {
        **facts,
        "control": check.control,
        "holds": one.holds,
        "scopes": list(one.scopes[:SCOPES_SHOWN]),
        "scopes_more": max(0, len(one.scopes) - SCOPES_SHOWN),
        **rows.times(until_ns=one.until_ns if one.until_ns > now else 0),
    }
