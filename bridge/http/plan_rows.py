"""Protections for people: each with its levels, its legs, and what happens if the bridge dies.

Rules of this file
1. What happens without the bridge is read off the legs that the venue has, never off what was
   wanted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from bridge.http.rows import Row, average, text_of, times
from core.instruments import Instrument
from core.legs import legs_of, share_of, stops_in, targets_in
from core.money import ZERO, plain
from core.orders import Order, OrderState
from core.plan_rows import PlanRow, target_leg
from core.smallest import tradable
from core.state import FLAT, State
from core.watching import called_of, links, uncalled

AT_VENUE: Final = frozenset({OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED})
"""What the venue has confirmed, and so what is there without us."""

WITHOUT_US: Final = {
    "venue": "All of it stays at the venue and works there.",
    "venue_moves": "What is shown stays at the venue and works there; the stop is not moved until "
    "the bridge is back.",
    "venue_stop": "The stop stays at the venue and closes all of it; targets, and moves of the "
    "stop, wait until the bridge is back.",
    "partly": "Only a part has its stop at the venue; for the rest nothing happens until the "
    "bridge is back.",
    "attached": "The distant stop that came with the entry stays at the venue; the levels here "
    "wait until the bridge is back.",
    "bridge": "Nothing closes it until the bridge is back: no stop is at the venue.",
    "dust": "It is less than the smallest order, or worth less: nothing closes it, with or without "
    "the bridge, until more is bought or its price rises.",
    "closing": "The bridge is closing it at the market; what has not left yet waits until it is "
    "back.",
}
"""What happens if the bridge dies now, by where the levels are kept."""


def plan_rows(state: State) -> list[Row]:
    """Write every protection in force, by account, instrument and strategy."""
    return [plan_row(state, state.plans[key]) for key in sorted(state.plans)]


def plan_row(state: State, row: PlanRow) -> Row:
    """Write one protection with its legs."""
    legs = legs_of(state, row.key)
    stops = [order for order in stops_in(legs) if order.state in AT_VENUE]
    covered = _covered(state, row, stops)
    share = share_of(state, row.key)
    attached = _attached(state, row)
    where = _where(state, row, covered=covered, attached=attached)
    written: Row = {
        "account": row.account,
        "instrument": row.instrument,
        "strategy": row.strategy,
        "signal": row.origin,
        "side": "long" if share > ZERO else "short",
        "quantity": plain(share),
        "entry": average(row.entry),
        "stop": text_of(row.stop),
        "stop_covered": plain(covered),
        "dust": plain(_dust(state, row, covered)),
        "targets": _targets(state, row, legs),
        "trail": text_of(row.trail),
        "trail_after": text_of(row.trail_after),
        "break_even_after": text_of(row.break_even_after),
        "break_even_to": text_of(row.break_even_to),
        "break_even_done": row.break_even_done,
        "attached_stop": text_of(attached),
        "kept": where,
        "without_bridge": WITHOUT_US[where],
        "fired": row.fired,
        "failed": row.failed,
        "legs": [_leg(order) for order in legs],
        **times(at_ns=row.at_ns, moved_ns=row.moved_ns),
    }
    return {**written, "summary": _summary(written)}


def _covered(state: State, row: PlanRow, stops: list[Order]) -> Decimal:
    """Add up what the stops at the venue would close: what it has said, not what it was asked for.

    Where others hold the other side, what is reduce-only there is cut to the net of all.
    """
    free = sum((one.quantity - one.filled for one in stops if not one.venue_reduce_only), ZERO)
    cut = sum((one.quantity - one.filled for one in stops if one.venue_reduce_only), ZERO)
    if len(state.strategies_at.get((row.account, row.instrument), ())) > 1:
        net = state.exposures.get((row.account, row.instrument), FLAT).net
        sign = 1 if share_of(state, row.key) > ZERO else -1
        cut = min(cut, max(net * sign, ZERO))
    return free + cut


def _dust(state: State, row: PlanRow, covered: Decimal) -> Decimal:
    """Return what of a share no stop closes, as no order can: it is less than the smallest one."""
    left = max(ZERO, abs(share_of(state, row.key)) - covered)
    instrument = tradable(state, row.account, row.instrument)
    return left if instrument is not None and not instrument.quantity_cut(left) else ZERO


def _leg(order: Order) -> Row:
    at = order.trigger if order.trigger is not None else order.price
    return {
        "order": order.order,
        "leg": order.leg,
        "state": str(order.state),
        "type": str(order.order_type),
        "at": text_of(at),
        "quantity": plain(order.leaves),
        "pending": "cancel" if order.pending_cancel else "replace" * order.pending_replace,
    }


def _targets(state: State, row: PlanRow, legs: list[Order]) -> list[Row]:
    instrument = tradable(state, row.account, row.instrument)
    native = {order.leg for order in targets_in(legs) if order.state in AT_VENUE}
    quantities = _quantities(state, row, instrument)
    return [
        {
            "price": plain(target.price),
            "share": plain(round(target.share, 4)),
            "quantity": text_of(quantities[index]),
            "filled": plain(target.filled),
            "kept": "venue" if target_leg(index) in native else "bridge",
        }
        for index, target in enumerate(row.targets)
    ]


def _quantities(
    state: State, row: PlanRow, instrument: Instrument | None
) -> tuple[Decimal | None, ...]:
    """Return what each target closed, is closing, and would close of what is open now: the first
    ones take it first."""
    if instrument is None:
        return tuple(None for _ in row.targets)
    left = max(ZERO, abs(share_of(state, row.key)) - called_of(row))
    found: list[Decimal] = []
    for target, more in zip(row.targets, uncalled(row, instrument), strict=True):
        part = min(more, left)
        left -= part
        found.append(max(target.called, target.filled) + part)
    return tuple(found)


def _attached(state: State, row: PlanRow) -> Decimal | None:
    """Return the price of the stop that came with an entry and stands at the venue."""
    orders = (state.orders[name] for name in state.working.get(row.key, ()))
    prices = [one.trigger for one in orders if one.attached_to and one.state in AT_VENUE]
    return prices[0] if prices else None


def _where(state: State, row: PlanRow, *, covered: Decimal, attached: Decimal | None) -> str:
    """Say where the levels are kept, in one word of ``WITHOUT_US``."""
    dust = _dust(state, row, covered)
    if dust and not covered:
        return "dust"
    if row.fired or not row.protects:
        return "closing"
    if covered and covered + dust < abs(share_of(state, row.key)):
        return "partly"
    if not covered:
        return "bridge" if attached is None else "attached"
    linked = links(state, row)
    if row.targets and not linked:
        return "venue_stop"
    even = row.break_even_after is not None and not row.break_even_done
    return "venue_moves" if even or row.trail is not None else "venue"


def protected(held: list[Row], plans: list[Row]) -> list[Row]:
    """Put beside each position the protection that is in force for it, ``None`` without one."""
    known = {(row["account"], row["instrument"], row["strategy"]): row for row in plans}
    return [
        {**row, "protection": known.get((row["account"], row["instrument"], row["strategy"]))}
        for row in held
    ]


def _summary(row: Row) -> str:
    """Say a protection in a few words."""
    said = [f"stop {row['stop']}"] if row["stop"] is not None else ["no stop"]
    said += [_target_words(one) for one in row["targets"]]
    if row["trail"] is not None:
        after = f" from {row['trail_after']}" if row["trail_after"] is not None else ""
        said.append(f"trails by {row['trail']}{after}")
    if row["break_even_after"] is not None and not row["break_even_done"]:
        said.append(f"to the entry from {row['break_even_after']}")
    elif row["break_even_done"]:
        said.append("moved to the entry")
    if row["dust"] != "0":
        said.append(f"{row['dust']} is less than any order")
    return ", ".join(said)


def _target_words(one: Row) -> str:
    """Say a target, and how much of it is filled."""
    size = one["quantity"]
    filled = "" if one["filled"] == "0" else f", {one['filled']} filled"
    return f"target {one['price']} ({size}{filled})"
