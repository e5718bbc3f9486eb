"""Positions before and after an order: what a strategy's buy or sell does to its position.

Rules of this file
1. The positions say what was meant, and not the quantity: on a turn it closes and opens at once.
2. An order against the position that it leaves only closes, also where nothing says what was there
   before.
3. A word that says enter or exit says it itself. Where positions stand beside it, they agree with
   it, and on a turn they say how much is opened.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.tradingview.json_table import Table
from core.signals import Action, Effect, Hint

FLAGS: Final = {"long": Hint.LONG, "short": Hint.SHORT, "flat": Hint.FLAT}
"""A position as Pine writes it."""

ENTERS: Final = {
    "enter_long": (Action.BUY, Effect.OPEN),
    "exit_long": (Action.SELL, Effect.CLOSE),
    "enter_short": (Action.SELL, Effect.OPEN),
    "exit_short": (Action.BUY, Effect.CLOSE),
}
"""Words that say side and effect at once."""

_AGAINST: Final = {(Action.SELL, Hint.LONG), (Action.BUY, Hint.SHORT)}


def take_part(native: dict[str, Any]) -> None:
    """Let an order only close that is against the position afterwards: it takes a part of it."""
    if (native["action"], native.get("position")) in _AGAINST:
        native["effect"] = Effect.CLOSE


def take_action(native: dict[str, Any], said: tuple[Action, Effect], table: Table) -> None:
    """Take an action, and refuse an order of a strategy that does not say both positions."""
    native["action"], effect = said
    if effect is Effect.AUTO:
        for name in ("position", "prev_position"):
            if name not in native:
                raise table.missing(table.paths(name)[0])
        take_part(native)
        return
    native["effect"] = effect
    before, after = native.get("prev_position"), native.get("position")
    if effect is Effect.OPEN and (after, before) in _TURNS:
        native["effect"] = Effect.AUTO


_TURNS: Final = {(Hint.LONG, Hint.SHORT), (Hint.SHORT, Hint.LONG)}
"""Positions after and before an order through flat, whose quantity closes and opens."""
