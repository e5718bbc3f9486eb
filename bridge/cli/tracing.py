"""A signal's trace in words: the answer to "why?" first, then each hop, check and order.

Rules of this file
1. Everything comes from the trace of the API; nothing is worked out here.
2. What stopped it stands at the top with its fix, not at the end of a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.cli.screen import Screen
from bridge.cli.ways import tell_way

Row = Mapping[str, Any]

CLOCK_CHARS: Final = len("2026-11-22T12:34:56.789")
"""A time is shown to the millisecond."""


def clock(text: object) -> str:
    """Write a time of the API for people."""
    return str(text)[:CLOCK_CHARS].replace("T", " ") + "Z" if text else ""


def asked_for(row: Row) -> str:
    """Say in a few words what a signal asks for."""
    unit = {
        "units": "",
        "quote": " worth",
        "equity_percent": " % of equity of",
        "risk_quote": " of risk in",
        "risk_percent": " % of equity as risk in",
        "position_percent": " % of the position in",
    }
    quantity = row.get("quantity") or row.get("target_position")
    amount = f" {quantity}{unit.get(str(row.get('quantity_unit')), '')}" if quantity else ""
    symbol = f" {row['symbol']}" if row.get("symbol") else ""
    kind = "" if row.get("order_type") in (None, "market") else f" ({row['order_type']})"
    return f"{row['action']}{amount}{symbol}{kind}"


def priced_at(order: Row) -> str:
    """Write the prices of an order: `` at 100`` of a limit or a stop, `` at 100, limit 99`` of
    both."""
    price, trigger = order.get("price"), order.get("trigger")
    if trigger:
        return f" at {trigger}" + (f", limit {price}" if price else "")
    return f" at {price}" if price else ""


def tell_trace(screen: Screen, trace: Row) -> None:
    """Tell the whole way of a signal."""
    _headline(screen, trace)
    screen.line()
    _hops(screen, trace)
    for account in trace["accounts"]:
        screen.line()
        _account(screen, account)
    for order in trace["orders"]:
        screen.line()
        _order(screen, order)
    _stages(screen, trace)
    for trade in trace.get("trades") or ():
        screen.line()
        _trade(screen, trade)
    if trace.get("raw"):
        screen.line()
        screen.parts(("Message ", "strong"), (str(trace["raw"]), "quiet"))
    if trace.get("extra"):
        screen.line(f"Fields that mean nothing here: {', '.join(map(str, trace['extra']))}", "warn")
    if trace.get("repaired"):
        screen.line(f"Repaired before it was read: {', '.join(trace['repaired'])}", "warn")
    if not trace.get("complete", True):
        screen.line("Some records are still being looked up; ask again in a moment.", "warn")


def _headline(screen: Screen, trace: Row) -> None:
    verdict = str(trace["verdict"])
    tone = {"admitted": "good", "held": "warn", "refused": "bad"}.get(verdict, "")
    screen.parts((f"Signal {trace['signal']}: ", "strong"), (verdict, tone))
    asked = trace.get("asked")
    if asked:
        screen.line(f"  {asked['strategy']} on route {trace['route']} asked: {asked_for(asked)}")
    if trace.get("sentence"):
        screen.line(f"  {trace['sentence']}", tone)
        screen.line(f"  {trace['fix']}")
    repeats = int(trace.get("repeats") or 0)
    if repeats:
        times = "once" if repeats == 1 else f"{repeats} times"
        screen.line(f"  The same message came {times} more; nothing was done again.")


def _hops(screen: Screen, trace: Row) -> None:
    cells = [
        (
            clock(hop.get("at")),
            f"+{hop['since_ms']} ms" if hop.get("since_ms") is not None else "",
            str(hop["title"]) + (f" ({hop['detail']})" if hop.get("detail") else ""),
        )
        for hop in trace["hops"]
    ]
    screen.table(("TIME (UTC)", "AFTER", "WHAT HAPPENED"), cells, indent=2)


def _account(screen: Screen, account: Row) -> None:
    screen.parts((f"Account {account['account']}: ", "strong"), (str(account["verdict"]), ""))
    if account.get("sentence"):
        screen.line(f"  {account['sentence']}", "bad")
        screen.line(f"  {account['fix']}")
    if account.get("mapping"):
        tell_way(screen, account["mapping"], indent=2)
    if account.get("sizing"):
        screen.line(f"  size: {account['sizing']}")
    cells = [
        (
            str(check["result"]),
            f"{check['control']:>2}" if check.get("control") is not None else "",
            str(check["title"]),
            str(check["value"]),
            str(check["limit"]),
            str(check["scope"]),
        )
        for check in account.get("checks") or ()
    ]
    if cells:
        heads = ("RESULT", "NO", "CHECK", "VALUE", "LIMIT", "SET FOR")
        screen.table(heads, cells, indent=2)
    for check in account.get("checks") or ():
        if check.get("code") and not check.get("decided"):
            screen.line(f"  also: {check['sentence']}", "warn")


def _order(screen: Screen, order: Row) -> None:
    terms = f"{order['order_type']}{priced_at(order)}"
    what = f"{order['side']} {order['quantity']} {order['instrument']} {terms}"
    if order.get("leg"):
        what = f"{order['leg']}, {what}"
    state = str(order["state"])
    tone = "good" if state == "filled" else ""
    screen.parts((f"Order {order['order']}: ", "strong"), (f"{what}, ", ""), (state, tone))
    if order.get("average_price"):
        fee = order["fee"] or "pending"
        filled = f"  filled {order['filled']} at {order['average_price']}, fee {fee}"
        if order.get("slippage") is not None:
            waited = order.get("leg") and order["order_type"] != "market"
            meant = "its level" if waited else "the middle of the market"
            filled += f"; {order['slippage']} worse than {meant}"
        screen.line(filled)
        _split(screen, order.get("slippage_stages"))
    if order.get("venue_order"):
        screen.line(f"  the venue calls it {order['venue_order']}")
    if order.get("reason"):
        screen.line(f"  {order['reason']}")


def _stages(screen: Screen, trace: Row) -> None:
    stages = [f"{stage['what']} {stage['ms']} ms" for stage in trace.get("stages") or ()]
    if stages:
        screen.line()
        screen.parts(("Where the time went: ", "strong"), ("; ".join(stages), ""))


def _split(screen: Screen, stages: Mapping[str, Row] | None) -> None:
    """Say where the price was lost, in ticks and in money."""
    if not stages:
        return
    ticks, money = stages["ticks"], stages["money"]
    names = ("alert", "bridge", "wire", "venue")
    parts = [f"{name} {ticks[name] if ticks[name] is not None else 'unknown'}" for name in names]
    if ticks["unsplit"] != "0":
        parts.append(f"unsplit {ticks['unsplit']}")
    total = f"{ticks['total']} ticks, {money['total']} in money"
    screen.line(f"  slippage in ticks: {', '.join(parts)}; in all {total}", "quiet")


def _trade(screen: Screen, trade: Row) -> None:
    """Tell the life of a trade."""
    what = f"{trade['side']} {trade['peak']} {trade['instrument']} of {trade['strategy']}"
    state = "open" if trade["open"] else "flat"
    screen.parts((f"Trade {trade['trade']}: ", "strong"), (f"{what}, {state}", ""))
    pending = f" ({trade['pending_fees']} pending)" if trade["pending_fees"] else ""
    screen.line(
        f"  realized {trade['realized']}, fees {trade['fees']}{pending}, result {trade['result']}"
    )
    if trade.get("moved"):
        screen.line("  Others changed part of it: the result is of the rest.", "warn")
    plan = trade.get("plan")
    if plan:
        targets = ", ".join(f"{one['price']} ({one['share']} %)" for one in plan["targets"])
        screen.line(f"  stop {plan['stop'] or 'none'}; targets {targets or 'none'}")
    cells = [
        (
            clock(hop.get("at")),
            str(hop.get("role") or ""),
            str(hop["title"]) + (f" ({hop['detail']})" if hop.get("detail") else ""),
        )
        for hop in trade["hops"]
    ]
    if cells:
        screen.table(("TIME (UTC)", "ORDER", "WHAT HAPPENED"), cells, indent=2)
    cost = trade["slippage"]
    names = ("alert", "bridge", "wire", "venue", "unsplit")
    split = ", ".join(f"{name} {cost[name]}" for name in names)
    screen.line(f"  slippage in money: {split}; in all {cost['total']}", "quiet")
