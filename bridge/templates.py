"""Templates: what a user pastes into TradingView for one route, in the words of its dialect.

Rules of this file
1. A template is a file of ``tradingview/``: those of ``alerts`` are native, those of
   ``dialects/NAME`` the documented messages of another product.
2. Only what the route says goes into it: strategy, token, account, exchange. TradingView's own
   placeholders stay as they are.
3. A template is tried before it is shown: filled in as TradingView fills it in, and read as the
   route would read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from adapters.tradingview import Terms, redact
from adapters.tradingview.mapped import Mapping as Mapped
from adapters.tradingview.mapping import found_in
from adapters.tradingview.reading import REDACTED
from bridge.addresses import hook_base
from bridge.config.values import Config, Hook
from bridge.http.reading import understood_at

Alert = Literal["fills", "condition", "script"]

HIDDEN: Final = "TOKEN"
"""Stands for a secret that is not shown."""

SCRIPT: Final = "script"
"""The use of a script that writes its messages itself, by the Pine library."""

_SHIPPED: Final = Path(__file__).with_name("share") / "tradingview"
_SOURCE: Final = Path(__file__).parents[1] / "tradingview"

SAMPLE: Final[Mapping[str, str]] = {
    "ticker": "BTCUSDT",
    "exchange": "BINANCE",
    "interval": "60",
    "open": "27400",
    "high": "27500",
    "low": "27390.5",
    "close": "27455.31",
    "volume": "12.5",
    "time": "2026-01-20T14:00:00Z",
    "timenow": "2026-01-20T14:30:00Z",
    "plot_0": "27300",
    "plot_1": "27600",
    "plot_2": "27700.5",
    "plot_3": "27800",
    "strategy.order.action": "buy",
    "strategy.order.contracts": "1",
    "strategy.order.price": "27455.3",
    "strategy.order.id": "Long",
    "strategy.market_position": "long",
    "strategy.market_position_size": "1",
    "strategy.position_size": "1",
    "strategy.prev_market_position": "flat",
    "strategy.prev_market_position_size": "0",
}
"""TradingView's values for an entry, with which a template is tried."""

ABOUT: Final[Mapping[str, str]] = {
    "strategy": "every order of a strategy script",
    "strategy-route-quantity": "every order of a strategy script, in the quantity of the route",
    "strategy-stop": "every order of a strategy script, with a stop that it plots",
    "strategy-protected": "the same with a stop and two targets that it plots",
    "strategy-targets": "the same with a stop and three targets that it plots",
    "strategy-target": "the position that a strategy script wants after each order",
    "target": "the position that a strategy script wants after each order",
    "indicator-buy": "a condition that opens a long position",
    "indicator-sell": "a condition that opens a short position",
    "indicator-buy-limit": "a condition that buys with a limit that the script plots",
    "indicator-sell-limit": "a condition that sells with a limit that the script plots",
    "indicator-buy-stop": "a condition that buys when a price that the script plots is reached",
    "indicator-buy-by-risk": "a condition that buys by risk, with a stop that the script plots",
    "indicator-close-long": "a condition that closes a long position",
    "indicator-close-short": "a condition that closes a short position",
    "indicator-exit": "a condition that closes whatever is open",
    "indicator-cancel": "a condition that cancels the working orders",
    "indicator-target-long": "a condition that wants a long position of 1",
    "indicator-target-short": "a condition that wants a short position of 1",
    "indicator-target-flat": "a condition that wants no position",
    "indicator-heartbeat": "a condition that says that the alerts are alive",
    "entry": "a condition that opens a long position",
    "entry-short": "a condition that opens a short position",
    "exit": "a condition that closes whatever is open",
    "exit-short": "a condition that closes the short position",
    SCRIPT: "a script that writes its messages with the Pine library",
    "sample": "an alert as the mapping has it for its sample",
}
"""What each use is for."""

MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    "target": ("strategy-target",),
    "stop": ("strategy-stop",),
    "targets": ("strategy-targets",),
    "indicator": ("indicator-buy", "entry"),
    "entry": ("indicator-buy",),
    "buy": ("indicator-buy", "entry"),
    "entry-short": ("indicator-sell",),
    "sell": ("indicator-sell", "entry-short"),
    "exit": ("indicator-exit",),
    "limit": ("indicator-buy-limit",),
    "risk": ("indicator-buy-by-risk",),
    "cancel": ("indicator-cancel",),
    "long": ("indicator-target-long", "entry"),
    "short": ("indicator-target-short", "entry-short"),
    "flat": ("indicator-target-flat", "exit"),
    "heartbeat": ("indicator-heartbeat",),
}
"""Short words for uses, where a dialect has no use of that very name."""


@dataclass(frozen=True, slots=True)
class Template:
    """What to paste for one use. ``message``: ``None`` where the script writes it. ``file``: where
    it comes from. ``read``: how the route understands it, filled in."""

    route: str
    dialect: str
    use: str
    alert: Alert
    address: str
    is_public: bool
    message: str | None
    file: str
    read: Mapping[str, Any] | None


def uses_of(dialect: str) -> tuple[str, ...]:
    """Name what a dialect has a message for; the first is what most want."""
    if dialect == "mapping":
        return ("sample",)
    found = sorted(path.stem for path in _folder_of(dialect).iterdir())
    first = [use for use in ("strategy", "entry") if use in found]
    rest = [use for use in found if use not in first]
    return (*first, *rest, *((SCRIPT,) if dialect == "native" else ()))


def use_of(dialect: str, asked: str | None) -> str | None:
    """Choose a use by its name or a short word for it; ``None``: the dialect has no such use."""
    uses = uses_of(dialect)
    if asked is None:
        return uses[0]
    return next((use for use in (asked, *MEANT.get(asked, ())) if use in uses), None)


def about(dialect: str, use: str) -> str:
    """Say what a use is for."""
    if (dialect, use) == ("traderspost", "strategy"):
        return "every order of a strategy script that takes no part of its position away"
    both = use == "exit" and "exit-short" in uses_of(dialect)
    return "a condition that closes the long position" if both else ABOUT[use]


def template_of(config: Config, route: str, use: str, strategy: str, *, shows: bool) -> Template:
    """Make what to paste. ``strategy``: whose alerts they are. ``shows``: with the secret."""
    hook = config.hooks[route]
    text, file = _text_of(hook, use)
    token = hook.tokens[0]
    read = None
    if text is not None:
        body = filled(_made(text, hook, strategy, token, file=file), _sample(hook.terms))
        read = understood_at(config, route, body.encode())
    shown = token if shows else HIDDEN
    public = config.door.public_url
    return Template(
        route=route,
        dialect=hook.dialect,
        use=use,
        alert=_alert_of(text),
        address=f"{public or hook_base(config.door)}/hooks/{route}/{shown}",
        is_public=public.startswith("https://"),
        message=None if text is None else _made(text, hook, strategy, shown, file=file),
        file=file,
        read=read,
    )


def filled(message: str, values: Mapping[str, str]) -> str:
    """Replace TradingView's placeholders as it does: blindly."""
    for name, value in values.items():
        message = message.replace(f"{{{{{name}}}}}", value)
    return message


def _sample(terms: Terms) -> Mapping[str, str]:
    return {**SAMPLE, "exchange": terms.exchange or SAMPLE["exchange"]}


def _text_of(hook: Hook, use: str) -> tuple[str | None, str]:
    """Return the text of a use, and where it comes from."""
    if use == SCRIPT:
        return None, "tradingview/pine/bascule.pine"
    if hook.dialect == "mapping":
        mapping = hook.terms.mapping
        assert mapping is not None, "the configuration was judged"
        return _sample_of(mapping), f"mappings.{mapping.name}.sample"
    folder = _folder_of(hook.dialect)
    (path,) = folder.glob(f"{use}.*")
    root = _SHIPPED if _SHIPPED.is_dir() else _SOURCE
    return path.read_text("utf-8").rstrip("\n"), f"tradingview/{path.relative_to(root).as_posix()}"


def _sample_of(mapping: Mapped) -> str:
    """Return the sample of a mapping with the token's mark for its secret."""
    text = redact(mapping.sample.encode())
    source = dict(mapping.fields).get("token")
    if source is None:
        return text
    secret = found_in(mapping, mapping.sample).get(source.path)
    if isinstance(secret, str) and secret and secret in text:  # another one may be hidden
        return text.replace(secret, "My token")
    return text.replace(REDACTED, "My token") if text.count(REDACTED) == 1 else text


def _folder_of(dialect: str) -> Path:
    root = _SHIPPED if _SHIPPED.is_dir() else _SOURCE
    return root / "alerts" if dialect == "native" else root / "dialects" / dialect


def _alert_of(text: str | None) -> Alert:
    if text is None:
        return "script"
    return "fills" if "{{strategy." in text else "condition"


def _made(text: str, hook: Hook, strategy: str, token: str, *, file: str) -> str:
    """Put in what the route says. What it does not say stays, for the user to write."""
    marks = {
        "My strategy": strategy,
        "My indicator": strategy,
        "My token": token,
        "My account": hook.terms.account,
        "My exchange": hook.terms.exchange,
    }
    for mark, value in marks.items():
        if value:
            quoted = json.dumps(value)[1:-1] if file.endswith(".json") else value
            text = text.replace(mark, quoted)
    return text
