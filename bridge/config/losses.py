"""How the losses of an account are counted, in the file: its table ``loss``.

Rules of this file
1. How much may be lost stands in the limits of the account; this table says from where it counts.
2. A preset fills in what the table leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from bridge.config.fields import Amount, Percent, Positive, Section, optional
from bridge.config.limits import AccountLimits, LossLimits
from bridge.config.presets import PRESETS
from core.loss_setup import DayFrom, LossRules, OnBreach, PeakAt

DayFromName = Literal["balance", "equity", "higher"]
PeakName = Literal["intraday", "end_of_day"]
BreachName = Literal["block", "reduce", "flatten"]
PresetName = Literal["static", "static_balance", "trailing_end_of_day", "trailing_intraday"]


class LossSection(Section):
    """How the losses of the account are counted; how much may be lost stands in its limits."""

    preset: PresetName | None = optional(
        None,
        "The rules of a kind of prop-firm account: `static`, `static_balance`, "
        "`trailing_end_of_day` or `trailing_intraday`. It asks for your own numbers, and what you "
        "write beside it goes before it.",
    )
    day_from: DayFromName = optional(
        "equity",
        "From what the loss of a day counts: the `balance` or the `equity` with which it began, or "
        "the `higher` of both.",
    )
    open_profit: bool = optional(True, "Open positions count; else the balance alone is looked at.")
    start_balance: Positive | None = optional(
        None,
        "From where the drawdown counts when the account is new here; later only `bascule baseline "
        "set` changes it.",
        unit="account's currency",
        shown="its first balance",
    )
    peak: PeakName = optional(
        "intraday",
        "What can be the peak of the trailing drawdown: the equity at any moment, or that at the "
        "`end_of_day`.",
    )
    trailing_lock: Amount | None = optional(
        None,
        "The floor of the trailing drawdown rises no further than the start balance and this.",
        unit="account's currency",
        shown="it rises on",
    )
    on_breach: BreachName = optional(
        "block",
        "What a reached limit does besides refusing entries: nothing (`block`), cancel working "
        "entries (`reduce`), or close what our strategies hold at the market (`flatten`).",
    )
    share_percent: Percent = optional(
        Decimal(100),
        "The loss limits stop at this share of the numbers in the file, so that a firm's own rule "
        "is not reached first. A preset takes 80.",
        unit="percent",
    )

    def chosen(self) -> dict[str, Any]:
        """Return the keys as they are with the preset."""
        rules = {} if self.preset is None else dict(PRESETS[self.preset].rules)
        own = {name: getattr(self, name) for name in self.model_fields_set}
        whole = {name: getattr(self, name) for name in type(self).model_fields}
        return whole | rules | own

    def rules(self) -> LossRules:
        """Make the rules for the core."""
        chosen = self.chosen()
        lock = chosen["trailing_lock"]
        return LossRules(
            day_from=DayFrom(chosen["day_from"]),
            open_profit=chosen["open_profit"],
            start_balance=chosen["start_balance"],
            peak=PeakAt(chosen["peak"]),
            trailing_lock=None if lock is None else Decimal(lock),
            on_breach=OnBreach(chosen["on_breach"]),
        )

    def stops_at(self, amount: Decimal) -> Decimal:
        """Return where a limit of the file stops."""
        return amount * Decimal(self.chosen()["share_percent"]) / 100


def lacking(loss: LossSection, limits: AccountLimits | None) -> Iterator[tuple[str, str]]:
    """Yield the numbers that a preset asks for and the file does not give: table and key."""
    if loss.preset is None:
        return
    preset = PRESETS[loss.preset]
    if preset.start and loss.start_balance is None:
        yield "loss", "start_balance"
    for group in preset.numbers:
        if limits is None or all(getattr(limits, name) is None for name in group):
            yield "limits", group[0]


def stopping(limits: AccountLimits) -> Iterator[str]:
    """Name the limits that are stops of a loss, and are set."""
    for name in LossLimits.model_fields:
        if name.endswith("_max") and getattr(limits, name) is not None:
            yield name
