"""Terms: what the route says about its alerts, and the alerts do not say themselves.

Rules of this file
1. A term that is not set is unknown, and never a default: a dialect that needs it refuses.
2. A term says what the sender's words mean. It never adds to an order what the message has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from adapters.tradingview.mapped import Mapping
from adapters.tradingview.reading import Fault
from core.levels import LevelUnit
from core.signals import QuantityUnit

REPAIRS: Final = ("trailing_comma", "smart_quotes", "bom")
"""What may be repaired before reading, each by name: none of them can change the meaning."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one route says of its alerts.

    ``strategy``: whose alerts they are, where the message names none. ``quantity_unit``: what a
    bare size counts. ``risk_unit``: what the number in ``risk=`` counts. ``target_unit``: what
    bare stops and targets count; ``pending_unit``: what the price of a pending order counts.
    ``sides``: ``both``, ``long`` or ``short``, the side that the sender trades. ``account``,
    ``exchange``: the one that its alerts name; an alert with another one is for somebody else.
    ``repair``: names of ``REPAIRS``. ``mapping``: the user's own words for the native fields.
    """

    strategy: str = ""
    quantity_unit: QuantityUnit | None = None
    risk_unit: QuantityUnit | None = None
    target_unit: LevelUnit | None = None
    pending_unit: LevelUnit | None = None
    sides: str = ""
    account: str = ""
    exchange: str = ""
    repair: frozenset[str] = frozenset()
    mapping: Mapping | None = None


PLAIN: Final = Terms()
"""A route that says nothing."""


def needed(terms: Terms, name: str, example: str) -> Any:
    """Return a term that must be there. ``example``: its line in the configuration."""
    value = getattr(terms, name)
    if not value:
        raise Fault("dialect_setting_missing", name, limit=example)
    return value


def unsupported(name: str, value: str, why: str) -> Fault:
    """Refuse an option that changes what is traded and is not done here: ``why`` follows a
    colon."""
    return Fault("option_unsupported", name, value, why)
