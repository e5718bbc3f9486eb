"""Words: how values look on a page.

Rules of this file
1. What nobody sees is made visible: a sign that turns the writing round could make a sale read as a
   purchase.
2. Nothing here makes markup; the templates do, and they escape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

SENTENCE_MAX: Final = 2_000
"""Characters of one value on a page. A raw message is bounded by the door, and shown in a box of
its own."""

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

_STATES: Final = {
    "active": "active",
    "reducing": "reducing only",
    "halted": "halted",
    "recovering": "recovering",
}


def visible(value: Any) -> Any:
    """Make signs visible that control how a text looks: applied to everything that a template
    writes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _HIDDEN.sub(_shown, value)
    return value


def _shown(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def clock(at: str | None) -> str:
    """Write the time of day of an ISO text, to the millisecond."""
    return at[11:23] if at else "–"


def day(at: str | None) -> str:
    """Write an ISO text as day and time to the second."""
    return f"{at[:10]} {at[11:19]} UTC" if at else "–"


def ago(at_ns: int | None, now_ns: int) -> str:
    """Say how long ago something was."""
    if not at_ns:
        return "never"
    return span(max(0, now_ns - at_ns) // 1_000_000)


def span(ms: int | None) -> str:
    """Write milliseconds as people say them."""
    if ms is None:
        return "–"
    if ms < 1_000:
        return f"{ms} ms"
    seconds = ms // 1_000
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def money(text: str | None) -> str:
    """Write an amount with two places and spaces between the thousands."""
    if text is None:
        return "–"
    return f"{Decimal(text):,.2f}".replace(",", " ")


def number(text: str | None) -> str:
    """Write a price or a quantity with at most eight places."""
    if text is None:
        return "–"
    value = Decimal(text)
    out = format(value.quantize(Decimal("1e-8")) if value.adjusted() > -8 else value, "f")
    return out.rstrip("0").rstrip(".") if "." in out else out


def signed(text: str | None) -> str:
    """Write an amount with its sign, so that no colour is needed to read it."""
    if text is None:
        return "–"
    value = Decimal(text)
    return f"{value:+,.2f}".replace(",", " ").replace("-", "−")


def tone(text: str | None) -> str:
    """Name the tone of an amount: ``up``, ``down`` or ``even``."""
    value = Decimal(text or 0)
    return "up" if value > 0 else "down" if value < 0 else "even"


def plainly(text: str) -> str:
    """Write a code word with spaces."""
    return _STATES.get(text, text.replace("_", " "))


def short(name: str) -> str:
    """Write an id by its first signs."""
    return name[:8]


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "ago": ago,
    "clock": clock,
    "day": day,
    "money": money,
    "number": number,
    "plainly": plainly,
    "short": short,
    "signed": signed,
    "span": span,
    "tone": tone,
}
"""What templates may call."""
