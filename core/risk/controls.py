"""The table of controls: what a tripped control may do to which kind of act in which trading state.

Rules of this file
1. Everything about who is stopped by what is in ``EFFECTS``; no check decides it for itself.
2. The law: a reduce-only exit, a protective leg, a cancel and a flatten are never refused, whatever
   is tripped, but for a duplicate. They may be held while the account is not reconciled.
3. While an account is RECOVERING its figures are not to be trusted: what depends on them holds an
   entry instead of refusing it, and it is judged anew when the account is back.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

from core.orders import Purpose


class Control(IntEnum):
    """The controls, by their number in the design."""

    QUANTITY = 1
    VALUE = 2
    COLLAR = 3
    DRIFT = 4
    POSITION = 5
    GROSS = 6
    DAILY_LOSS = 7
    MARGIN = 8
    RATE = 9
    DUPLICATE = 10
    CYCLES = 11
    ORDERS_OUT = 12
    REJECTS = 13
    AGE = 14
    SELF_MATCH = 15
    KILL_SWITCH = 16
    TRADING_STATE = 17
    LINK = 18
    RECONCILIATION = 19
    MARKET_DATA = 20
    CLOCK = 21
    ARMING = 23
    ALLOW_LIST = 24
    CALENDAR = 25
    UNKNOWN_CAP = 27
    COOLDOWN = 28


class Mode(StrEnum):
    """The trading state of an account, as one strategy meets it: the strictest of all scopes."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"
    RECOVERING = "recovering"


class Effect(StrEnum):
    """What a tripped control does to an act."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    HOLD = "hold"
    REFUSE = "refuse"


_PASS, _HOLD, _REFUSE = Effect.PASS, Effect.HOLD, Effect.REFUSE

Row = tuple[Effect, Effect, Effect, Effect]
"""The effect in ACTIVE, REDUCING, HALTED, RECOVERING."""

_NEVER: Final[Row] = (_PASS, _PASS, _PASS, _PASS)
_ALWAYS: Final[Row] = (_REFUSE, _REFUSE, _REFUSE, _REFUSE)
_UNTRUSTED: Final[Row] = (_REFUSE, _REFUSE, _REFUSE, _HOLD)
_BY_STATE: Final[Row] = (_PASS, _REFUSE, _REFUSE, _HOLD)
_WAITS: Final[Row] = (_PASS, _PASS, _PASS, _HOLD)


def _entries(row: Row) -> dict[Purpose, Row]:
    return {purpose: row if purpose is Purpose.ENTRY else _NEVER for purpose in Purpose}


EFFECTS: Final[dict[Control, dict[Purpose, Row]]] = {
    Control.QUANTITY: _entries(_ALWAYS),
    Control.VALUE: _entries(_UNTRUSTED),
    Control.COLLAR: _entries(_UNTRUSTED),
    Control.DRIFT: _entries(_UNTRUSTED),
    Control.POSITION: _entries(_UNTRUSTED),
    Control.GROSS: _entries(_UNTRUSTED),
    Control.DAILY_LOSS: _entries(_UNTRUSTED),
    Control.MARGIN: _entries(_UNTRUSTED),
    Control.RATE: _entries(_ALWAYS),
    # The one refusal that an exit can meet: the same message was served before.
    Control.DUPLICATE: dict.fromkeys(Purpose, _ALWAYS),
    Control.CYCLES: _entries(_ALWAYS),
    Control.ORDERS_OUT: _entries(_ALWAYS),
    Control.REJECTS: _entries(_ALWAYS),
    Control.AGE: _entries(_ALWAYS),
    Control.SELF_MATCH: _entries(_UNTRUSTED),
    Control.KILL_SWITCH: _entries(_ALWAYS),
    Control.TRADING_STATE: {
        Purpose.ENTRY: _BY_STATE,
        Purpose.EXIT: _WAITS,
        Purpose.LEG: _WAITS,
        Purpose.CANCEL: _NEVER,
        Purpose.FLATTEN: _WAITS,
    },
    Control.RECONCILIATION: _entries(_UNTRUSTED),
    # Its row says what an order waits for; whether it waits follows from the state.
    Control.LINK: {
        Purpose.ENTRY: _UNTRUSTED,
        Purpose.EXIT: _WAITS,
        Purpose.LEG: _WAITS,
        Purpose.CANCEL: _NEVER,
        Purpose.FLATTEN: _WAITS,
    },
    Control.MARKET_DATA: _entries(_UNTRUSTED),
    Control.CLOCK: _entries(_UNTRUSTED),
    Control.ARMING: _entries(_ALWAYS),
    Control.ALLOW_LIST: _entries(_ALWAYS),
    # Where an account wants it so, an entry waits for the opening instead.
    Control.CALENDAR: _entries(_ALWAYS),
    Control.UNKNOWN_CAP: _entries(_UNTRUSTED),
    Control.COOLDOWN: _entries(_ALWAYS),
}

_COLUMN: Final = {mode: index for index, mode in enumerate(Mode)}


def effect_of(control: Control, purpose: Purpose, mode: Mode, *, waits: bool = False) -> Effect:
    """Say what a control does to an act when it is tripped. ``waits``: the account wants what it
    refuses to wait for a better time."""
    effect = EFFECTS[control][purpose][_COLUMN[mode]]
    return Effect.HOLD if waits and effect is Effect.REFUSE else effect
