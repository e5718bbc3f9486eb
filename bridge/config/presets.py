"""Presets of loss rules: how the common kinds of prop-firm accounts count, with the user's own
numbers.

Rules of this file
1. A preset says how losses are counted, never how much may be lost: firms change their numbers, and
   every account has its own.
2. What the file says itself goes before what the preset says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SHARE: Final = 80
"""Percent of the firm's own rule at which a preset stops: what is closed at the rule itself is
closed too late, for the way out costs as well."""


@dataclass(frozen=True, slots=True)
class Preset:
    """``rules``: keys of the table ``loss``. ``numbers``: limits of the account that the user has
    to give, one of each group."""

    meaning: str
    rules: Mapping[str, Any]
    numbers: tuple[tuple[str, ...], ...]
    start: bool = field(default=True)
    """The start balance has to be given: the firm counts from it."""


_DAILY: Final = ("daily_loss_max", "daily_loss_percent_max")
_STATIC: Final = ("drawdown_max", "drawdown_percent_max")
_TRAILING: Final = ("trailing_drawdown_max", "trailing_drawdown_percent_max")

PRESETS: Final[Mapping[str, Preset]] = {
    "static": Preset(
        "Daily loss from the higher of balance and equity at the day's start, open profit "
        "included; drawdown from the start balance that never moves.",
        {"day_from": "higher", "on_breach": "flatten", "share_percent": SHARE},
        (_DAILY, _STATIC),
    ),
    "static_balance": Preset(
        "As `static`, with the daily loss counted from the balance at the day's start.",
        {"day_from": "balance", "on_breach": "flatten", "share_percent": SHARE},
        (_DAILY, _STATIC),
    ),
    "trailing_end_of_day": Preset(
        "Drawdown below the highest equity with which a day ended, up to the start balance; with a "
        "daily loss.",
        {
            "day_from": "equity",
            "peak": "end_of_day",
            "trailing_lock": 0,
            "on_breach": "flatten",
            "share_percent": SHARE,
        },
        (_DAILY, _TRAILING),
    ),
    "trailing_intraday": Preset(
        "Drawdown below the highest equity at any moment, open profit included, up to the start "
        "balance; with a daily loss.",
        {
            "day_from": "equity",
            "peak": "intraday",
            "trailing_lock": 0,
            "on_breach": "flatten",
            "share_percent": SHARE,
        },
        (_DAILY, _TRAILING),
    ),
}
