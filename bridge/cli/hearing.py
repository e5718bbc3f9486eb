"""``bascule routes``: what came over each route, what is missing, what was turned away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bridge.cli import offline
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.tracing import clock
from bridge.cli.watching import answered, not_running

Row = dict[str, Any]


def show(screen: Screen, path: Path) -> None:
    """Show the routes as the bridge or its journal has them."""
    config = configuration(path)
    row = answered(config, "/routes", {}, lambda: offline.routes(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    tell(screen, row)


def tell(screen: Screen, row: Row) -> None:
    """Tell what came and what did not, route by route."""
    for route in row["routes"]:
        last = clock(route["heard"]) or f"none since {clock(route['since'])}"
        screen.parts(
            (f"Route {route['route']} ({route['dialect']}): last alert {last}", ""),
            (", SILENT" if route["silent"] else "", "bad"),
        )
        screen.line(f"  {counted(route)}")
        for text in rules(route):
            screen.line(f"  {text}")
        heads = ("STRATEGY", "SYMBOL", "STREAM", "LAST", "SEQUENCE", "MISSING", "IN 3 MIN")
        if route["scripts"]:
            screen.table(heads, (_script(one) for one in route["scripts"]), indent=2)
    if row["door"] is not None:
        counts = row["door"]["not_placed"]
        said = ", ".join(f"{count} by {kind}" for kind, count in counts.items())
        screen.line(f"Turned away at the door since the start: {said or 'nothing'}.")


def counted(route: Row) -> str:
    """Say in one line how many alerts came, and how many of which kind."""
    text = f"{route['received']} alerts ({route['heartbeats']} heartbeats)"
    text += f", {route['repeated']} delivered again, {route['unread']} not readable"
    text += f"; sequence: {route['missed']} missing, {route['again']} twice"
    return f"{text}, {route['restarts']} restarts."


def rules(route: Row) -> list[str]:
    """Say what a route asks for and what it expects."""
    listed: list[str] = []
    if route["silent_after_s"]:
        due = f", at {clock(route['silent_at'])}" if route["silent_at"] else ""
        listed.append(f"Alarm after {route['silent_after_s']} s without an alert{due}.")
    if route["expected_by"]:
        days = f" on {', '.join(route['expected_days'])}" if route["expected_days"] else ""
        by = ", ".join(route["expected_by"])
        listed.append(f"Expected by {by} {route['expected_zone']}{days}.")
    if route["sources"]:
        listed.append(f"Taken from {', '.join(route['sources'])} only.")
    if route["certificate"]:
        listed.append("Asks for the client certificate.")
    if route["tokens"] > 1:
        listed.append("Two tokens are valid: take the old one out once the alerts are changed.")
    return listed


def _script(row: Row) -> tuple[str, ...]:
    missing = ", ".join(
        str(first) if first == last else f"{first}-{last}" for first, last in row["missing"]
    )
    recent = f"{row['recent']}{' (TradingView stops at 15)' if row['crowded'] else ''}"
    number = "" if row["sequence"] is None else str(row["sequence"])
    where = (row["strategy"], row["symbol"], row["stream"] or "")
    return *where, clock(row["heard"]), number, missing, recent
