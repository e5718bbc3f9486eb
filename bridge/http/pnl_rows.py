"""Profit and loss, and what orders cost, as rows. The same for API, page and command.

Rules of this file
1. A sum is one of the statement's lines (``bridge.earnings``); nothing is worked out besides.
2. What is not known says so: a pending fee is counted, a mean without orders is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from bridge.earnings import Earnings, Place, Sums, local_of
from bridge.http.rows import Row, iso, text_of
from core.money import ZERO, plain, round_to
from core.quality import ALARM_AT, WARM_UP, tested_of
from core.quality_rows import QualityRow
from core.setup import Setup, Strategy
from core.statement import Line

DAYS_MAX: Final = 31
"""Days of one answer: a month; a year's are in the file of ``bascule export``."""

LINES_MAX: Final = 50
"""Newest lines of one answer."""

_MEAN: Final = Decimal("1e-4")


def pnl_row(earnings: Earnings, year: int | None, head: int) -> Row:
    """Write profit and loss of a year, or of all of them. ``head``: the journal's last record."""
    sums = earnings.of(year)
    days = _joined(sums, lambda at: (at[0], at[1], at[2]))
    asked = "" if year is None else f" --year {year}"
    newest = [line for line in reversed(earnings.last) if year is None or _year(line) == year]
    return {
        "year": year,
        "number": earnings.number,
        "complete": earnings.number >= head,
        "accounts": _rows(_joined(sums, lambda at: at[1:3]), "account", "currency"),
        "strategies": _rows(
            _joined(sums, lambda at: at[1:]), "account", "currency", "strategy", "instrument"
        ),
        "days": _rows(days, "day", "account", "currency")[::-1][:DAYS_MAX],
        "lines": [line_row(line) for line in newest[:LINES_MAX]],
        "cli": f"bascule pnl{asked}",
    }


def _year(line: Line) -> int:
    return local_of(line.at_ns, line.zone).year


def _joined(
    sums: Mapping[Place, Sums], part: Callable[[Place], tuple[str, ...]]
) -> dict[tuple[str, ...], Sums]:
    joined: dict[tuple[str, ...], Sums] = {}
    for place, one in sums.items():
        joined.setdefault(part(place), Sums()).join(one)
    return joined


def _rows(sums: Mapping[tuple[str, ...], Sums], *names: str) -> list[Row]:
    return [
        {**dict(zip(names, place, strict=True)), **sums_row(sums[place])} for place in sorted(sums)
    ]


def sums_row(sums: Sums) -> Row:
    """Write sums. ``net`` is profit and loss; transfers and what nobody explained are not in it."""
    return {
        "fills": sums.fills,
        "realized": plain(sums.realized),
        "fees": plain(sums.fees),
        "pending_fees": sums.pending,
        "funding": plain(sums.funding),
        "strangers": plain(sums.strangers),
        "net": plain(sums.net),
        "transfers": plain(sums.transfers),
        "adjustments": plain(sums.adjustments),
        "unexplained": plain(sums.unexplained),
    }


def line_row(line: Line) -> Row:
    """Write a line of the statement: the columns of ``bascule export``."""
    return {
        "number": line.number,
        "kind": str(line.kind),
        "utc": iso(line.at_ns),
        "local": local_of(line.at_ns, line.zone).isoformat(),
        "zone": line.zone,
        "account": line.account,
        "strategy": line.strategy,
        "instrument": line.instrument,
        "side": line.side,
        "quantity": text_of(line.quantity),
        "price": text_of(line.price),
        "amount": text_of(line.amount),
        "currency": line.currency,
        "rate": plain(line.rate),
        "status": status_of(line),
        "order": line.order,
        "execution": line.exec_id,
        "by": line.by,
        "text": line.text,
    }


def status_of(line: Line) -> str:
    """Say how well a line is known: ``known``, ``pending`` or ``inferred``."""
    if line.amount is None:
        return "pending"
    return "inferred" if line.inferred else "known"


# --- quality --------------------------------------------------------------------------------------


def quality_rows(rows: Iterable[QualityRow], setup: Setup) -> list[Row]:
    """Write what the orders of each strategy cost at each venue, beside what was tested."""
    ordered = sorted(rows, key=lambda row: (row.strategy, row.venue))
    return [_quality_row(row, setup.strategies.get(row.strategy)) for row in ordered]


def _quality_row(row: QualityRow, strategy: Strategy | None) -> Row:
    known = strategy or Strategy(name=row.strategy)
    tested = tested_of(known)
    return {
        "strategy": row.strategy,
        "venue": row.venue,
        "orders": row.orders,
        "slippage_ticks": _mean(row.ticks, row.orders),
        "slippage_bps": _mean(row.bps, row.orders),
        "slippage_money": plain(row.money) if row.orders else None,
        "tested_slippage": None if tested is None else plain(tested[1]),
        "tested_unit": None if tested is None else str(tested[0]),
        "score": plain(row.score) if row.scored > WARM_UP and tested is not None else None,
        "alarm_at": plain(ALARM_AT),
        "warm_up": max(0, WARM_UP + 1 - row.scored) if tested is not None else None,
        "alarmed": iso(row.alarmed_ns) or None,
        "paid_orders": row.paid,
        "fees": plain(row.fee) if row.paid else None,
        "fee_bps": _mean(row.fee * 10_000, row.fee_value),
        "fee_per_unit": _mean(row.fee, row.fee_units),
        "tested_fee_bps": text_of(known.tested_fee_bps),
        "tested_fee_per_unit": text_of(known.tested_fee_per_unit),
        "since": iso(row.since_ns),
    }


def _mean(total: Decimal, by: Decimal | int) -> str | None:
    return plain(round_to(total / by, _MEAN)) if by != ZERO else None
