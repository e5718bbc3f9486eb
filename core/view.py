"""The view: what the outside looks like now. Handed to decisions, copied where it mattered, never
folded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from core.reports import AccountMark, Quote

READINGS_TO_TRIP: Final = 3
"""Equal verdicts of consecutive equity readings before a loss limit latches: one bad tick must not
stop a day."""


class Standing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An account's newest own figures, and the equities of its last ``READINGS_TO_TRIP`` readings,
    newest last."""

    mark: AccountMark
    equities: tuple[Decimal, ...]


class View(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Quotes by instrument and standings by account. ``durable``: the store takes appends now."""

    quotes: Mapping[str, Quote] = {}
    standings: Mapping[str, Standing] = {}
    durable: bool = True
