"""``bascule copies``: who follows whom, what each should hold and what it holds."""

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
    """Show the followers as the bridge or its journal has them."""
    config = configuration(path)
    row = answered(config, "/copies", {}, lambda: offline.copies(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    tell(screen, row)


def tell(screen: Screen, row: Row) -> None:
    """Tell how followers stand, and then how they are configured."""
    if not row["routes"]:
        screen.line("No route has copies: its accounts judge each signal for themselves.")
    for route in row["routes"]:
        follows = ", ".join(_follower(one) for one in route["followers"])
        screen.line(f"Route {route['route']}: {route['leader']} leads; {follows}.")
    for group in row["groups"]:
        names = ", ".join(group["accounts"])
        screen.line(f"Group {group['group']}: no opposite positions in {names}.")
    if row["positions"]:
        heads = ("ACCOUNT", "STRATEGY", "LEADER HOLDS", "RATIO", "SHOULD HOLD", "HOLDS", "")
        screen.table(heads, (_cells(one) for one in row["positions"]))
    elif row["routes"]:
        screen.line("No leader and no follower holds anything.")


def _follower(row: Row) -> str:
    others = ", ".join(
        f"{one['factor']} {one['trades']} for one {one['instrument']}" for one in row["equivalents"]
    )
    least = ", at least one" if row["minimum"] == "one" else ""
    return f"{row['account']} x {row['ratio']}{least}{f' ({others})' if others else ''}"


def _cells(row: Row) -> tuple[str, ...]:
    since = f" since {clock(row['since'])}" if row["state"] == "differs" and row["since"] else ""
    return (
        row["account"],
        row["strategy"],
        f"{row['leader_holds']} {row['leader_instrument']} ({row['leader']})",
        row["ratio"],
        row["expected"],
        f"{row['holds']} {row['instrument']}",
        f"{row['state']}{since}",
    )
