"""How the losses of an account are counted (control 7), as its configuration says."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.money import must_be_finite


class OnBreach(StrEnum):
    """What happens besides when a loss limit is reached; new entries are refused in any case."""

    BLOCK = "block"  # nothing: what works may still fill
    REDUCE = "reduce"  # working entries are cancelled
    FLATTEN = "flatten"  # and what our strategies hold is closed at the market


class DayFrom(StrEnum):
    """From which figure of its beginning the loss of a day is counted."""

    BALANCE = "balance"
    EQUITY = "equity"
    HIGHER = "higher"


class PeakAt(StrEnum):
    """When an equity can become the peak of a trailing drawdown."""

    INTRADAY = "intraday"
    END_OF_DAY = "end_of_day"


class LossRules(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """How the losses of an account are counted (7); how much may be lost stands in its limits.

    ``open_profit``: open positions count. ``start_balance``: from where the drawdown is counted
    when the account is new here; ``None``: its first balance. ``trailing_lock``: the floor of the
    trailing drawdown rises no further than the start balance and this; ``None``: no such end.
    """

    day_from: DayFrom = DayFrom.EQUITY
    open_profit: bool = True
    start_balance: Decimal | None = None
    peak: PeakAt = PeakAt.INTRADAY
    trailing_lock: Decimal | None = None
    on_breach: OnBreach = OnBreach.BLOCK

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.start_balance, self.trailing_lock)


PLAIN_LOSS: Final = LossRules()
