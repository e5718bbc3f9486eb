"""``bascule symbols``: what each symbol leads to now, by which way, and how futures roll.

Rules of this file
1. A running bridge is asked. Without one the file is read, and it is said that nobody knows what is
   held.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import stopped
from bridge.cli.watching import answered
from bridge.cli.ways import tell_way
from bridge.exits import Exit
from bridge.http.symbol_rows import of_file, symbol_rows

Row = dict[str, Any]


def show(screen: Screen, path: Path, *, symbol: str, account: str) -> Exit:
    """Show what symbols lead to. A symbol that was named and leads nowhere is exit 2."""
    config = configuration(path)
    if account and account not in config.setup.accounts:
        known = ", ".join(config.setup.accounts)
        raise stopped(Exit.USAGE, "account_not_configured", account, known)
    asked = {name: value for name, value in (("symbol", symbol), ("account", account)) if value}

    def from_file() -> Row:
        state = of_file(config.setup)
        return symbol_rows(state, time.time_ns(), symbol=symbol, account=account)

    row = answered(config, "/symbols", asked, from_file)
    if screen.as_json:
        screen.give(row)
    else:
        if not row["running"]:
            words = "The bridge is NOT running: this is what its file says, with nothing held."
            screen.line(words, "bad")
        tell(screen, row, named=bool(symbol))
    missed = bool(symbol) and all(one["code"] for one in row["symbols"])
    return Exit.USAGE if missed else Exit.OK


def tell(screen: Screen, row: Row, *, named: bool = False) -> None:
    """Tell symbols, futures and rules."""
    good = [one for one in row["symbols"] if not one["code"]]
    if good:
        cells = [(one["symbol"], one["account"], one["instrument"], one["way"]) for one in good]
        screen.table(("SYMBOL", "ACCOUNT", "TRADES", "BY"), cells)
    for one in row["symbols"]:
        for held in one["held"]:
            words = f"{one['symbol']} of {held['strategy']} in {one['account']}"
            screen.line(f"{words}: {held['instrument']}, where it is", "warn")
        if one["code"]:
            screen.line(f"{one['symbol']} in {one['account']}: {one['sentence']}", "bad")
            if one["would"]:
                screen.line(f"  With that line it is {one['would']}.")
            screen.line(f"  {one['fix']}")
            screen.line(f"  code {one['code']}", "quiet")
        if one["code"] or named:
            tell_way(screen, one, indent=2)
    if row["left_out"]:
        screen.line(f"{row['left_out']} more are not shown; name one.", "warn")
    for one in row.get("waiting", ()):
        _waiting(screen, one)
    for one in row["futures"]:
        front = one["front"] or "no contract now"
        ahead = f"; the table is over at {_minute(one['over'])}"
        if one["next"]:
            ahead = f"; {one['next']} from {_minute(one['roll'])}"
        screen.line(f"Future {one['future']}: {front}{ahead} ({one['rule']}).")
        if one["rolling"]:
            screen.line("  It rolls about now: nothing is opened by a continuous symbol.", "warn")
        for contract in one["contracts"]:
            _contract(screen, contract)
    if named:
        return
    on = [one["rule"] for one in row["rules"] if one["confirmed"]]
    off = [one["rule"] for one in row["rules"] if not one["confirmed"]]
    screen.line(f"Rules confirmed: {', '.join(on) or 'none'}; not: {', '.join(off) or 'none'}.")


def _waiting(screen: Screen, row: Row) -> None:
    """Tell what would say what a symbol means that alerts wrote, to be pasted into the file."""
    accounts = ", ".join(row["accounts"])
    screen.line(f"{row['symbol']} waits for you in {accounts} ({row['code']}):", "warn")
    for place, line in enumerate(row["lines"]):
        screen.line(f"  {'or: ' if place else ''}{line['why']}")
        for text in line["text"].splitlines():
            screen.line(f"    {text}")


def _contract(screen: Screen, row: Row) -> None:
    days = [f"entries until {_minute(row['last_entry'])}", f"expires {_minute(row['expiry'])}"]
    if row["notice"]:
        days.append(f"first notice {_minute(row['notice'])}")
    days += [
        f"{one['quantity']} held by {one['strategy'] or 'nobody of ours'} in {one['account']}"
        for one in row["held"]
    ]
    screen.line(f"  {row['contract']:<12} {row['state']:<6} {', '.join(days)}")


def _minute(at: str | None) -> str:
    return f"{at[:10]} {at[11:16]} UTC" if at else "-"
