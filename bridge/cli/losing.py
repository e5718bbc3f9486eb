"""``bascule loss show|release``, ``bascule baseline set`` and ``bascule transfer note``.

Rules of this file
1. What is lost stands beside what may be, and the figure at which it stops.
2. A number is sent as it was typed; the bridge reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.cli import offline
from bridge.cli.acting import act
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.watching import answered, not_running


def show(screen: Screen, path: Path) -> None:
    """Show the losses of every account, as the bridge or its journal has them."""
    config = configuration(path)
    row = answered(config, "/losses", {}, lambda: offline.losses(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    for account in row["accounts"]:
        tell(screen, account)


def release(screen: Screen, path: Path, account: str, reason: str) -> None:
    """Let go what an account reached and reaches no more; say what stays."""
    done = act(configuration(path), "/losses/release", {"account": account, "reason": reason})
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"Let go in {account}: {done['released']}.", "good")
    for row in done["accounts"]:
        for rule in row["rules"]:
            if row["account"] == account and rule["tripped"]:
                screen.line(f"Still reached: {rule['rule']}.", "warn")


def set_baseline(screen: Screen, path: Path, body: Mapping[str, Any]) -> None:
    """Count losses from another number."""
    done = act(configuration(path), "/baselines", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"The {body['what']} of {body['account']} is {body['value']} now.", "good")


def arm(screen: Screen, path: Path, body: Mapping[str, Any]) -> None:
    """Let an account open positions with real money."""
    done = act(configuration(path), "/arm", body)
    if screen.as_json:
        screen.give(done)
        return
    until = f" until {done['armed_until']}" if done["armed_until"] else ""
    screen.line(f"{body['account']} is armed{until}: it trades real money.", "warn")


def disarm(screen: Screen, path: Path, account: str, reason: str) -> None:
    """Let an account with real money open nothing any more."""
    done = act(configuration(path), "/disarm", {"account": account, "reason": reason})
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"{account} opens nothing any more; exits and legs still pass.", "good")


def note_transfer(screen: Screen, path: Path, body: Mapping[str, Any]) -> None:
    """Say what moved a balance, or will."""
    done = act(configuration(path), "/transfers", body)
    if screen.as_json:
        screen.give(done)
        return
    if done["named"]:
        screen.line(f"The booking {done['named']} is a {body['kind']} now.", "good")
    else:
        screen.line("It is booked when the venue shows it.", "good")


def tell(screen: Screen, row: Mapping[str, Any]) -> None:
    """Write the losses of one account."""
    figure = row["figure"] or "no figure yet"
    screen.line(f"{row['account']}: {figure} {row['currency']}, at a limit: {row['on_breach']}")
    cells = [
        (
            rule["rule"],
            rule["loss"] or "unknown",
            rule["max"] or "unknown",
            rule["floor"] or "unknown",
            "REACHED" if rule["tripped"] else "",
        )
        for rule in row["rules"]
    ]
    if cells:
        screen.table(("RULE", "LOST", "OF", "STOPS AT", ""), cells)
    else:
        screen.line("No loss limit is set: entries are refused.", "warn")
    known = [f"{what} {value}" for what, value in row["baselines"].items() if value]
    screen.line(f"counted from: {', '.join(known) or 'not noted yet'}", "quiet")
    for one in row["cooldowns"]:
        whose = one["strategy"] or "the whole account"
        line = f"{whose} cools down until {one['until']}: {one['losses']} lost in a row"
        screen.line(line, "warn")
    for one in row["announced"]:
        screen.line(f"announced: {one['kind']} {one['amount']} ({one['reason']})", "quiet")
    for one in row["unnamed"]:
        screen.line(f"changed by {one['amount']} at {one['at']}, and nobody said why:", "warn")
        name = f"bascule transfer note {row['account']} KIND --entry {one['entry']} --reason ..."
        screen.line(f"  {name}", "quiet")
