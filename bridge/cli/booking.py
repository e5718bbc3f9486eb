"""Acts on orders, positions and what differs from the venues.

Rules of this file
1. Numbers are sent as they were typed; the bridge reads them.
2. Whose word something is stands beside it: the venue's, ours, a person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bridge.cli import offline
from bridge.cli.acting import act, unconfirmed
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.tracing import clock
from bridge.cli.watching import answered, beside, not_running

Row = dict[str, Any]

NOBODY: Final = "none"
"""Stands for no owner of ours."""


def replace(
    screen: Screen, path: Path, *, order: str, terms: Mapping[str, str | None], reason: str
) -> None:
    """Ask for new terms of an order."""
    body = {**terms, "reason": reason}
    done = act(configuration(path), f"/orders/{quote(order, safe='')}/replace", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"Asked for new terms of {order}; the old ones hold until the venue answers.")
    screen.line("See: bascule order list", "quiet")


def resolve(
    screen: Screen, path: Path, *, order: str, said: Mapping[str, Any], reason: str
) -> None:
    """Say what became of an order in doubt."""
    body = {**said, "reason": reason}
    done = act(configuration(path), f"/orders/{quote(order, safe='')}/resolve", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line(f"{order} is {done['state']} by your word; the venue's own wins when it comes.")


def show_differences(screen: Screen, path: Path) -> None:
    """Show what differs, as the bridge or its journal has it."""
    config = configuration(path)
    row = answered(config, "/reconcile", {}, lambda: offline.compared(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    tell(screen, row)


def compare(screen: Screen, path: Path, account: str) -> None:
    """Compare an account with its venue now."""
    _told(screen, act(configuration(path), "/reconcile", {"account": account}))


def accept(screen: Screen, path: Path, account: str, reason: str) -> None:
    """Take the venue's side in all that differs."""
    body = {"account": account, "reason": reason}
    _told(screen, act(configuration(path), "/reconcile/accept", body))


def _told(screen: Screen, done: Row) -> None:
    if screen.as_json:
        screen.give(done)
        return
    tell(screen, done)


def show_positions(screen: Screen, path: Path) -> None:
    """List what is open."""
    config = configuration(path)
    row = answered(config, "/positions", {}, lambda: offline.positions(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    held = [one for one in row["positions"] if one["quantity"] != "0"]
    if not held:
        screen.line("Flat.")
        return
    cells = [
        (
            one["account"],
            one["instrument"],
            one["strategy"] or "(nobody of ours)",
            f"{one['quantity']}{beside(one)}",
            one["average_price"] or "",
            one["open_profit"] or "?",
        )
        for one in held
    ]
    screen.table(("ACCOUNT", "INSTRUMENT", "STRATEGY", "HOLDS", "AT", "OPEN PROFIT"), cells)


def show_plans(screen: Screen, path: Path) -> None:
    """List the protections in force, each with its legs and what it is worth without the bridge."""
    config = configuration(path)
    row = answered(config, "/plans", {}, lambda: offline.plans(config))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    if not row["plans"]:
        screen.line("No position is protected.")
    for one in row["plans"]:
        _tell_plan(screen, one)


def _tell_plan(screen: Screen, row: Row) -> None:
    held = f"{row['side']} {row['quantity'].removeprefix('-')}"
    whose = f"{row['account']}  {row['instrument']}  {row['strategy']}"
    screen.line(f"{whose}  {held}: {row['summary']}")
    for leg in row["legs"]:
        at = f"at {leg['at']}" if leg["at"] else "at the market"
        pending = f", {leg['pending']} asked" if leg["pending"] else ""
        words = f"{leg['leg']} {leg['quantity']} {at}: {leg['state']}{pending}"
        screen.line(f"  {leg['order']}  {words}")
    screen.line(f"  If the bridge dies: {row['without_bridge']}")


def move(screen: Screen, path: Path, how: str, body: Mapping[str, Any]) -> None:
    """Give a position another owner."""
    done = act(configuration(path), f"/positions/{how}", body)
    if screen.as_json:
        screen.give(done)
        return
    screen.line("Moved at its average price: nothing is realized.", "good")
    if done.get("unconfirmed"):
        unconfirmed(screen, done)


def tell(screen: Screen, row: Mapping[str, Any]) -> None:
    """Write what differs, account by account."""
    for account in row["accounts"]:
        name = account["account"]
        different = account["mismatches"]
        word = "agrees with its venue" if account["recovered"] else "is not compared now"
        if different:
            word = f"differs in {len(different)} from its venue"
        screen.line(f"{name} {word}.", "warn" if different else "good")
        if account["reducing"]:
            screen.line("  Only smaller positions pass until it agrees (control 19).", "warn")
        if different:
            cells = [_mismatch(one) for one in different]
            heads = ("SINCE", "WHAT", "WHICH", "OURS", "VENUE", "")
            screen.table(heads, cells, indent=2)
            screen.line(f"  The venue is right: bascule reconcile accept {name} --reason ...")
        for held in account["external"]:
            where = f"{held['quantity']} {held['instrument']}"
            screen.line(f"  nobody of ours owns {where} at {held['average_price']}")
        for order in account["foreign"]:
            what = f"{order['side']} {order['quantity']} {order['instrument']}"
            screen.line(f"  not our order: {order['venue_order']} {what} {order['order_type']}")


def _mismatch(one: Row) -> tuple[str, ...]:
    said = "confirmed" if one["confirmed"] else ""
    if one["accepted"]:
        said = f"accepted by {one['accepted']}"
    return (
        clock(one.get("first")),
        str(one["kind"]),
        f"{one['key']} {one['instrument']}" if one["key"] != one["instrument"] else one["key"],
        one["ours"] or "-",
        one["theirs"] or "-",
        said,
    )
