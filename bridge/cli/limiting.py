"""``bascule limit show|set|accept``: what is in force, and the acts that change it.

Rules of this file
1. What is in force, what the file says and what waits stand side by side.
2. A number is sent as it was typed; the bridge reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bridge.cli import offline
from bridge.cli.acting import act
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.watching import answered, not_running

NONE: Final = "none"
"""What takes a limit away."""


def show(screen: Screen, path: Path) -> None:
    """Show every limit that is set."""
    config = configuration(path)
    row = answered(config, "/limits", {}, lambda: offline.limits(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    tell(screen, row)


def set_one(
    screen: Screen, path: Path, *, scope: str, name: str, value: str, reason: str, yes: bool
) -> None:
    """Set one limit, or take it away."""
    body = {
        "scope": scope,
        "name": name,
        "value": None if value == NONE else value,
        "reason": reason,
        "confirm": yes,
    }
    done = act(configuration(path), "/limits", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"{scope} {name} is {'not set' if value == NONE else value} from now on.", "good")


def accept(screen: Screen, path: Path, *, scope: str, name: str, reason: str, yes: bool) -> None:
    """Put in force what waits."""
    body = {"scope": scope, "name": name, "reason": reason, "confirm": yes}
    done = act(configuration(path), "/limits/accept", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line("In force as the file has them.", "good")
    tell(screen, done)


def tell(screen: Screen, row: Mapping[str, Any]) -> None:
    """Write limits as a table."""
    cells = [
        (
            limit["scope"],
            limit["name"],
            limit["value"] or "not set",
            limit["file"] or "not set",
            "waits" if limit["waits"] else "set by hand" if limit["by_hand"] else "",
        )
        for limit in row["limits"]
    ]
    if not cells:
        screen.line("No limit is set: every entry is refused.", "warn")
        return
    screen.table(("SCOPE", "LIMIT", "IN FORCE", "IN THE FILE", ""), cells)
    if row["waiting"]:
        line = f"{len(row['waiting'])} of the file wait: bascule limit accept --reason ... --yes"
        screen.line(line, "warn")
