"""``bascule tv template``: the address and the message to paste into TradingView for a route.

Rules of this file
1. Nothing is asked and nothing is written.
2. The secret of the route is shown only when it is asked for; else it is said where it is kept.
3. What is printed has been read as the route reads it: a message that it would refuse is told with
   the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bridge.cli.reading import tell as tell_reading
from bridge.cli.screen import Screen
from bridge.cli.sending import route_of
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.config import Config
from bridge.exits import Exit
from bridge.templates import HIDDEN, SCRIPT, Alert, Template, about, template_of, use_of, uses_of

CONDITIONS: Final[Mapping[Alert, str]] = {
    "fills": "Condition: your strategy script, and `Order fills only`.",
    "condition": "Condition: what has to happen; trigger `Once per bar close`.",
    "script": "Condition: your script, and `Any alert() function call` (of a strategy script: "
    "`alert() function calls only`).",
}
"""What to choose first in TradingView's dialog, by the kind of the alert."""

DIALOG: Final = (
    "Expiration: as late as your plan allows. Note the day: an expired alert is silent.",
    "Notifications: switch on `Webhook URL` and paste the address. Treat it like a password.",
)
"""The rest of the dialog."""

LIMITS: Final = (
    "More than 15 triggers in three minutes stop a script alert for good, and only TradingView's "
    "own log says so.",
    "An alert is a frozen copy of script, inputs and chart: after a change make it anew.",
    "Webhooks need two-factor sign-in and a paid plan.",
    "TradingView waits 3 seconds and repeats only after an answer of 500 to 599, at most 3 times.",
)
"""What bites, as TradingView's own pages say."""


def show(
    screen: Screen,
    path: Path,
    *,
    route: str | None,
    use: str | None,
    strategy: str | None,
    shows: bool,
) -> Exit:
    """Print what to paste."""
    config = configuration(path)
    name = route_of(config, route)
    hook = config.hooks[name]
    chosen = use_of(hook.dialect, use)
    if chosen is None:
        raise stopped(Exit.USAGE, "use_unknown", str(use), ", ".join(uses_of(hook.dialect)))
    known = config.setup.routes[name].strategies
    if strategy is not None and strategy not in known:
        raise stopped(Exit.USAGE, "strategy_not_of_route", strategy, ", ".join(known))
    named = strategy or hook.terms.strategy or known[0]
    made = template_of(config, name, chosen, named, shows=shows)
    row = _row(config, made, named, shows=shows)
    if screen.as_json:
        screen.give(row)
    else:
        _tell(screen, row, hook.kept)
    return Exit.OK if row["ok"] else Exit.FAILED


def _row(config: Config, made: Template, strategy: str, *, shows: bool) -> dict[str, Any]:
    kept = config.hooks[made.route].kept
    return {
        "ok": made.read is None or bool(made.read["ok"]),
        "route": made.route,
        "dialect": made.dialect,
        "strategy": strategy,
        "use": made.use,
        "about": about(made.dialect, made.use),
        "uses": list(uses_of(made.dialect)),
        "address": made.address,
        "public": made.is_public,
        "token_shown": shows,
        "token_kept": kept,
        "message": made.message,
        "file": made.file,
        "dialog": _dialog(made),
        "limits": list(LIMITS),
        "reading": made.read,
    }


def _dialog(made: Template) -> list[str]:
    if made.alert == SCRIPT:
        box = "Message: not used; the script writes it."
    else:
        box = "Message: delete what stands there and paste the message."
    return [CONDITIONS[made.alert], *DIALOG, box]


def _tell(screen: Screen, row: dict[str, Any], kept: str) -> None:
    screen.parts(
        (f"{row['use']}", "strong"), (f"  {row['about']}, for the route {row['route']}", "")
    )
    screen.line()
    screen.parts(("Address  ", "strong"), (row["address"], ""))
    if not row["token_shown"]:
        screen.line(f"  {HIDDEN} stands for the secret: {kept}, or --show-token.", "quiet")
    if not row["public"]:
        screen.line("  This is the address on this machine; TradingView cannot reach it.", "warn")
        screen.line('  Set `public_url = "https://..."` under [door] once a proxy serves it.')
    screen.line()
    if row["message"] is None:
        screen.parts(("Message  ", "strong"), (f"made by the script, with {row['file']}", ""))
        screen.line(f"  Its strategy is named: {row['strategy']}")
    else:
        screen.parts(("Message  ", "strong"), (f"({row['file']})", "quiet"))
        for line in row["message"].split("\n"):
            screen.line(line)
    for title, lines in (("In TradingView's dialog", row["dialog"]), ("Know", row["limits"])):
        screen.line()
        screen.line(title, "strong")
        for line in lines:
            screen.line(f"  {line}")
    if row["reading"] is not None:
        screen.line()
        screen.line("Filled in for an entry, the route reads it so", "strong")
        tell_reading(screen, row["reading"])
    screen.line()
    screen.line(
        f"Other uses: {', '.join(one for one in row['uses'] if one != row['use'])}", "quiet"
    )
