"""The sender of a rehearsal: writes native alerts, and hears what it is answered.

Rules of this file
1. An alert is bytes and takes the way of a real one, with every check. It is a native one, whatever
   the dialect of the route: what is rehearsed is what comes after the reading.
2. An answer is read from what the hook would have sent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from adapters.tradingview import native
from bridge.config.values import Config
from bridge.http.answers import reply
from bridge.http.reading import Reader
from bridge.rehearsal.casting import Part
from core.answers import Answer
from core.commands import ReceiveSignal
from core.levels import LevelsMode
from core.money import plain

_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What the sender of an alert was answered; ``verdict`` is empty when nothing came."""

    verdict: str
    code: str
    sentence: str
    fix: str
    orders: tuple[str, ...]


SILENCE: Final = Heard("", "", "No answer came.", "", ())

FAR_PERCENT: Final = "50"
"""A stop so far away that no scene moves the market there: half of the price."""

_SHARED: Final = ("", None, "all_or_none")
"""Codes that say nothing about the account itself."""


class Sender:
    """Whoever sends the alerts of a part."""

    def __init__(self, config: Config, part: Part) -> None:
        self._part, self._count = part, 0
        self._reader = Reader(config)
        self._route = part.route.name

    def write(self, now_ns: int, action: str, fields: Mapping[str, str | Decimal]) -> bytes:
        """Write an alert; an entry of the part unless told otherwise."""
        part = self._part
        self._count += 1
        message: dict[str, str] = {
            "id": f"rehearsal-{self._count}",
            "strategy": part.strategy.name,
            "symbol": part.symbol,
            "action": action or str(part.side),
            "time": str(now_ns // _MS),
        }
        if action != "exit":
            message |= {"effect": "open", "quantity": plain(part.quantity), "order_type": part.kind}
            message |= _asked_by(part)
        for name, value in fields.items():
            message[name] = plain(value) if isinstance(value, Decimal) else value
        return msgspec.json.encode(message)

    def read(self, body: bytes, now_ns: int) -> ReceiveSignal:
        """Read a message as the door does. It is written in the native words, whatever those of the
        route's own alerts are."""
        command = self._reader.command(self._route, body, native.read(body), now_ns)
        assert isinstance(command, ReceiveSignal), "an alert of ours is one signal"
        return command

    def hear(self, answer: Answer) -> Heard:
        """Read what the hook answers, for the account that is looked at."""
        _, body = reply(answer)
        said: dict[str, Any] = msgspec.json.decode(body)
        accounts: list[dict[str, Any]] = said["accounts"]
        own = [one for one in accounts if one["account"] == self._part.account.name]
        row = own[0] if own and said["verdict"] != "duplicate" else said
        if row.get("code") == "all_or_none":  # the reason is the other account's
            row = next((one for one in accounts if one.get("code") not in _SHARED), row)
        return Heard(
            verdict=row["verdict"],
            code=row.get("code", ""),
            sentence=row.get("sentence", ""),
            fix=row.get("fix", ""),
            orders=tuple(row["orders"]),
        )


def _asked_by(part: Part) -> dict[str, str]:
    """Return what the route wants of every entry: a far stop, the sender's own price."""
    route = part.route
    asked: dict[str, str] = {}
    if route.require_stop:
        asked |= {"stop": FAR_PERCENT, "stop_unit": "percent"}
    if route.levels is not LevelsMode.ABSOLUTE or route.basis_max_percent is not None:
        asked["signal_price"] = plain(part.price)
    return asked
