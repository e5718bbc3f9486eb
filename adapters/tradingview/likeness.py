"""Likeness: whose alert a message plainly is, for the words of a refusal.

Rules of this file
1. It never decides how a message is read. It is asked only after the route's own dialect has
   refused it, and says which dialect the route may have meant.
2. Plain means: names or words that no other dialect has. What could be two is none.
3. Bounded before it is looked at; every pattern runs in linear time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

LOOK_BYTES_MAX: Final = 16 * 1024
"""Bytes of a message that is looked at: the longest alert of any dialect has a quarter of it."""

OPENINGS_MAX: Final = 64
"""Braces and brackets of one: deeper or wider is no alert of anybody."""

Message = Mapping[str, Any]

_SIDES: Final = frozenset({"buy", "sell", "exit", "cancel", "add"})


def _has(*names: str) -> Callable[[Message], bool]:
    return lambda message: all(name in message for name in names)


def _any(message: Message, *names: str) -> bool:
    return any(name in message for name in names)


def _is_order_action(message: Message) -> bool:
    inner = message.get("strategy")
    return isinstance(inner, dict) and "order_action" in inner


def _is_traderspost(message: Message) -> bool:
    plain = str(message.get("action", "")).lower() in _SIDES
    return plain and "ticker" in message and not _any(message, "strategy", "symbol", "id")


def _is_wundertrading(message: Message) -> bool:
    code = str(message.get("code", ""))
    return code.startswith(("ENTER-", "EXIT-")) or (bool(code) and "amountPerTrade" in message)


def _is_okx(message: Message) -> bool:
    return "signalToken" in message or _has("marketPosition", "instrument", "action")(message)


def _is_metaapi(message: Message) -> bool:
    return str(message.get("type", "")).startswith(("POSITION_TYPE_", "ORDER_TYPE_"))


def _is_junta(message: Message) -> bool:
    sized = _any(message, "size", "sizeUsd", "sizeByLeverage")
    return sized and _has("market", "order", "strategy")(message)


def _is_openalgo(message: Message) -> bool:
    own = "pricetype" in message or _has("apikey", "exchange")(message)
    return own and _has("symbol", "action")(message)


def _is_native(message: Message) -> bool:
    foreign = _any(message, "apikey", "bot_uuid", "ticker", "signalToken", "pricetype")
    own = _any(message, "version", "time", "effect", "quantity_unit")
    named = isinstance(message.get("strategy"), str) and _has("symbol", "action")(message)
    return named and own and not foreign


_OBJECTS: Final[dict[str, Callable[[Message], bool]]] = {
    "order_action": _is_order_action,
    "3commas": _has("bot_uuid"),
    "okx": _is_okx,
    "wundertrading_json": _is_wundertrading,
    "metaapi": _is_metaapi,
    "junta": _is_junta,
    "openalgo": _is_openalgo,
    "traderspost": _is_traderspost,
    "native": _is_native,
}

_COMMANDS: Final = (
    r"(?:buy|sell|buystop|buylimit|sellstop|selllimit|close(?:long|short|all)[a-z+]{0,20}"
    r"|cancellong|cancelshort|newsltplong|newsltpshort|eaon|eaoff|long|short|bull|bear|bullish"
    r"|bearish)"
)

_TEXTS: Final[dict[str, re.Pattern[str]]] = {
    "pineconnector": re.compile(rf"\d{{8,20}}\s?,\s?{_COMMANDS}\s?,", re.IGNORECASE),
    "tradesgnl": re.compile(
        rf"\d{{8,20}}\s?,\s?(?!{_COMMANDS}\s?,)[\w.!:/-]{{2,32}}\s?,\s?[a-z]{{3,20}}\b",
        re.IGNORECASE,
    ),
    "tradewzrd": re.compile(
        r"(?:buy|sell|close)\s?,\s?[\w.!:/-]{2,32}\s?(?:,\s?[a-z]{2,20}\s?=|$)", re.IGNORECASE
    ),
    "wundertrading_text": re.compile(r"(?:ENTER-LONG|ENTER-SHORT|EXIT-LONG|EXIT-SHORT|EXIT-ALL)_"),
}
"""How a text begins."""

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "crosstrade": ("command", "account"),
    "octobot": ("exchange", "symbol", "signal"),
    "native_text": ("strategy", "action"),
    "autoview": ("s", "b", "e"),
}
"""Names before ``=`` that a text has."""

_NAME: Final = re.compile(r"(?:^|[\s;,]|\\n)([A-Za-z_]{1,20})\s?=")


def likeness(body: bytes) -> str:
    """Return the dialect that a message plainly is of; nothing where it is none or could be two."""
    if len(body) > LOOK_BYTES_MAX:
        return ""
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if text[:1] in ("{", "["):
        message = _object(text)
        found = [name for name, fits in _OBJECTS.items() if message and fits(message)]
    else:
        found = [name for name, form in _TEXTS.items() if form.match(text)]
        if not found:
            names = {name.lower() for name in _NAME.findall(text)}
            found = [dialect for dialect, some in _NAMES.items() if names.issuperset(some)]
    return found[0] if len(found) == 1 else ""


def _object(text: str) -> Message | None:
    if text.count("{") + text.count("[") > OPENINGS_MAX:
        return None
    try:
        value: Any = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        return None
    if isinstance(value, list):
        value = cast("list[Any]", value)[0] if value else None
    return cast("Message", value) if isinstance(value, dict) else None
