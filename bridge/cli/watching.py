"""``bascule status``, ``signal list|explain``, ``order list``: from the bridge, else its journal.

Rules of this file
1. A running bridge is asked. Without one, the journal is read as it stands, and that is said first.
2. Both give the same rows; ``running`` tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bridge.cli import offline
from bridge.cli.acting import carried_out
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.cli.tracing import asked_for, clock, priced_at, tell_trace
from bridge.client import Client, NotThere, Unreachable
from bridge.config import Config
from bridge.exits import Exit

Row = dict[str, Any]


def amount(count: int, noun: str) -> str:
    """Return how many, in words that fit one as well."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


STATES: Final = (
    "alive", "intended", "held", "sent", "accepted", "partially_filled", "filled", "cancelled",
    "rejected", "expired", "unknown", "not_placed",
)  # fmt: skip
"""What ``--state`` takes: the states of an order, and all in which it is alive; a test holds it."""


def status(screen: Screen, path: Path) -> None:
    """Say how the bridge is."""
    config = configuration(path)
    row = answered(config, "/status", {}, lambda: offline.status(config))
    if row["running"]:
        held = answered(config, "/positions", {}, lambda: {"positions": []})
        row["positions"] = rows_of(held, "positions")
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    _headline(screen, row)
    for one in row["critical"]:
        screen.line(f"  {one['sentence']} [{one['code']}]", "bad")
        screen.line(f"    {one['fix']}", "bad")
    for halt in row["halts"]:
        since = clock(halt.get("at"))
        screen.line(
            f"  RAISED {halt['scope']} since {since} by {halt['by']}: {halt['reason']}", "bad"
        )
        screen.line(f"         bascule resume --scope {halt['scope']} --reason ...")
    if row.get("waiting"):
        screen.line(f"  being compared with the venue: {', '.join(row['waiting'])}", "warn")
    store = row["store"]
    if row["running"] and not store["available"]:
        screen.line(
            "  the journal cannot be written: nothing that adds exposure is accepted", "bad"
        )
        screen.line("  halts, cancels and exits still act; the alarms below say why", "bad")
    screen.line(f"  journal {store['journal']}, record {store['number']}, in {store['address']}")
    if not store.get("durable", True):
        screen.line(f"  the store promises less than it should: {store.get('why', '')}", "warn")
    counts = row["counts"]
    screen.line(
        f"  last day: {amount(counts['signals'], 'signal')}, {amount(counts['orders'], 'order')}"
        f" ({counts['working']} working, {counts['held']} held, {counts['unknown']} unknown),"
        f" {amount(counts['fills'], 'fill')}"
    )
    _accounts(screen, row["accounts"])
    for account in row["accounts"]:
        tell_entries(screen, account)
    _positions(screen, row["positions"])
    _to_decide(screen, row)
    for alarm in row["alarms"]:
        tone = "bad" if alarm["critical"] else "warn"
        screen.line(f"  ALARM {clock(alarm.get('at'))} {alarm['code']}: {alarm['sentence']}", tone)


def signals(screen: Screen, path: Path, limit: int) -> None:
    """List the last signals."""
    config = configuration(path)
    query = {"limit": limit}
    row = answered(config, "/signals", query, lambda: offline.signals(config, limit))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    listed = rows_of(row, "signals")
    if not listed:
        screen.line("No signal came in the last day.")
        return
    heads = ("TIME", "SIGNAL", "STRATEGY", "ASKED FOR", "VERDICT", "WHY")
    screen.table(heads, (_signal_cells(signal) for signal in listed))


def orders(screen: Screen, path: Path, limit: int, state: str | None) -> None:
    """List the last orders."""
    if state is not None and state not in STATES:
        raise stopped(Exit.USAGE, "state_unknown", state, ", ".join(STATES))
    config = configuration(path)
    query: dict[str, str | int] = {"limit": limit, **({"state": state} if state else {})}
    row = answered(config, "/orders", query, lambda: offline.orders(config, limit, state))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    listed = rows_of(row, "orders")
    if not listed:
        screen.line("There is no such order in the last day.")
        return
    heads = ("TIME", "ORDER", "ACCOUNT", "ORDERED", "FILLED", "AT", "STATE", "")
    screen.table(heads, (_order_cells(order) for order in listed))


def explain(screen: Screen, path: Path, signal: str) -> None:
    """Tell the whole way of one signal."""
    config = configuration(path)
    address = f"/signals/{quote(signal, safe='')}"
    row = answered(config, address, {}, lambda: offline.signal(config, signal))
    if screen.as_json:
        screen.give(row)
        return
    not_running(screen, row)
    tell_trace(screen, row)


def answered(
    config: Config, address: str, query: Mapping[str, str | int], instead: Callable[[], Row]
) -> Row:
    """Ask the bridge, or do something else when it is not there."""
    try:
        with Client(config) as client:
            return {"running": True, **carried_out(client.get(address, query))}
    except Unreachable as why:
        if not isinstance(why, NotThere) or config.store.kind == "memory":
            raise stopped(Exit.UNREACHABLE, "bridge_unreachable", str(why)) from None
    return {"running": False, **instead()}


def not_running(screen: Screen, row: Mapping[str, Any]) -> None:
    """Say that what follows is old."""
    if not row["running"]:
        screen.line("The bridge is NOT running: this is what its journal says.", "bad")


def rows_of(body: Any, name: str) -> list[Row]:
    """Return the rows of a list."""
    return list(body if isinstance(body, list) else body[name])


def _headline(screen: Screen, row: Row) -> None:
    if row["halted"]:
        word, tone = "RAISED", "bad"
    elif row.get("open"):
        word, tone = "OPEN", "good"
    else:
        word, tone = ("NOT READY" if row["running"] else "NOT RUNNING"), "warn"
    money = "LIVE: real money" if row["money"] == "live" else "paper"
    screen.parts((f"Bascule {row['name']} {row['version']} ({money}): ", "strong"), (word, tone))


def _accounts(screen: Screen, accounts: list[Row]) -> None:
    heads = ("ACCOUNT", "VENUE", "LINK", "STATE", "EQUITY", "DAY'S LOSS")
    cells = [
        (
            account["account"],
            _venue(account),
            account["link_state"],
            account["state"],
            f"{account['equity'] or '?'} {account['currency']}",
            _loss(account),
        )
        for account in accounts
    ]
    screen.table(heads, cells, indent=2)
    for account in accounts:
        if account["link_reason"] and account["link_state"] != "ready":
            screen.line(f"  {_link(account)}", "warn")


def _link(account: Row) -> str:
    """Say why the link of an account is not ready, and until when it waits."""
    code, until = account["link_code"], account["link_until"]
    said = f"{account['account']} {account['link_state']}"
    said += f", {code}" if code else ""
    said += f" until {until[:19]}Z" if until else ""
    return f"{said}: {account['link_reason']}"


def tell_entries(screen: Screen, account: Row) -> None:
    """Say why an entry would not pass now, one line a reason."""
    entries = account.get("entries")
    if not entries or not entries["why"]:
        return
    tone = "bad" if entries["outcome"] == "refused" else "warn"
    screen.line(f"  Entries of {account['account']} are {entries['outcome']} now:", tone)
    for one in entries["why"]:
        until = f" (until {clock(one['until'])})" if one.get("until") else ""
        held = "" if entries["outcome"] == "held" or not one["holds"] else "held: "
        more = f" and in {_count(one)} more" if _count(one) else ""
        screen.line(f"    {held}{one['sentence']}{more}{until} [{one['code']}]", tone)


def _count(why: Row) -> int:
    return len(why["scopes"]) - 1 + int(why["scopes_more"])


def _venue(account: Row) -> str:
    """Say where an account trades, and whether that is real money that may be risked."""
    venue = account["exchange"] or account["venue"]
    if not account["live"]:
        return venue
    return f"{venue} LIVE" if account["armed"] else f"{venue} LIVE, not armed"


def beside(position: Row) -> str:
    """Say what is to know of a position beside its size."""
    if position.get("dust"):
        return " (dust)"
    doubt = position.get("in_doubt", "0")
    return "" if doubt == "0" else f" ({doubt} in doubt)"


def _positions(screen: Screen, positions: list[Row]) -> None:
    heads = ("ACCOUNT", "STRATEGY", "HOLDS", "AT", "OPEN PROFIT")
    cells = [
        (
            position["account"],
            position["strategy"] or "(nobody of ours)",
            f"{position['quantity']} {position['instrument']}{beside(position)}",
            str(position["average_price"]),
            str(position.get("open_profit") or "?"),
        )
        for position in positions
    ]
    if cells:
        screen.table(heads, cells, indent=2)


def _to_decide(screen: Screen, row: Row) -> None:
    """Name what goes on by itself, and what waits for a person."""
    for flatten in row["flattens"]:
        left = "; ".join(flatten["rest"]) or "waiting to be compared"
        screen.line(f"  FLATTENING {flatten['scope']} by {flatten['by']}: {left}", "bad")
    differing = len(row["mismatches"])
    if differing:
        line = f"  {differing} differences from the venues: bascule reconcile show"
        screen.line(line, "warn")
    for end in row["futures_ending"]:
        screen.line(f"  {end['sentence']} [{end['code']}]", "warn")
        screen.line(f"    {end['fix']}")
    waiting = row["limits_waiting"]
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        line = f"  {amount(len(waiting), 'limit')} of the file {verb}: bascule limit show"
        screen.line(line, "warn")


def _loss(account: Row) -> str:
    loss, most = account.get("day_loss"), account.get("day_loss_max")
    if loss is None:
        return "?"
    return f"{loss} of {most}" if most else str(loss)


def _signal_cells(row: Row) -> tuple[str, ...]:
    asked = asked_for(row) if row.get("action") else "(could not be read)"
    why = row.get("sentence") or ""
    if row.get("repeats"):
        why = f"{why} (came {row['repeats']} times more)".strip()
    return (
        clock(row.get("at")),
        row["signal"],
        str(row.get("strategy") or ""),
        asked,
        row["verdict"],
        why,
    )


def _order_cells(row: Row) -> tuple[str, ...]:
    terms = f"{row['order_type']}{priced_at(row)}"
    ordered = f"{row['side']} {row['quantity']} {row['instrument']} {terms}"
    if row.get("leg") and row["leg"] != row["order_type"]:
        ordered += f" ({row['leg']})"
    return (
        clock(row.get("intended")),
        row["order"],
        row["account"],
        ordered,
        row["filled"],
        row["average_price"] or "",
        row["state"],
        row.get("reason") or row.get("held_for") or "",
    )
