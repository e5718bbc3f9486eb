"""What differs from the venues, who else is there, what is in doubt: as rows for API, page and
command."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.http.rows import Row, average, text_of, times
from core.mismatches import ForeignOrder, Mismatch
from core.money import plain
from core.positions import EXTERNAL, Position
from core.state import AccountRow, DoubtRow, State


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows of the committed state, copied."""

    accounts: dict[str, AccountRow]
    mismatches: list[Mismatch]
    foreign: list[ForeignOrder]
    external: list[Position]
    doubts: list[DoubtRow]

    @classmethod
    def of(cls, state: State) -> Compared:
        """Copy what the rows need. Runs between two batches."""
        return cls(
            accounts={
                name: state.accounts.get(name) or AccountRow(account=name)
                for name in state.facts.setup.accounts
            },
            mismatches=list(state.mismatches.values()),
            foreign=list(state.foreign.values()),
            external=[
                position
                for (_, _, strategy), position in state.positions.items()
                if strategy == EXTERNAL and position.quantity
            ],
            doubts=list(state.doubts.values()),
        )


def account_rows(seen: Compared) -> list[Row]:
    """Write what each account differs in, and what others have there."""
    return [
        {
            "account": name,
            "recovered": row.recovered,
            "reducing": bool(row.differs_ns),
            "mismatches": [mismatch_row(one) for one in seen.mismatches if one.account == name],
            "external": [external_row(one) for one in seen.external if one.account == name],
            "foreign": [foreign_row(one) for one in seen.foreign if one.account == name],
            **times(differs_ns=row.differs_ns, baseline_ns=row.baseline_ns),
        }
        for name, row in seen.accounts.items()
    ]


def mismatch_row(mismatch: Mismatch) -> Row:
    """Write a difference."""
    return {
        "account": mismatch.account,
        "kind": str(mismatch.kind),
        "key": mismatch.key,
        "instrument": mismatch.instrument,
        "ours": mismatch.ours,
        "theirs": mismatch.theirs,
        "confirmed": mismatch.confirmed,
        "accepted": mismatch.accepted,
        **times(first_ns=mismatch.first_ns, same_ns=mismatch.same_ns),
    }


def external_row(position: Position) -> Row:
    """Write what a venue holds and nobody of ours owns."""
    return {
        "account": position.account,
        "instrument": position.instrument,
        "quantity": plain(position.quantity),
        "average_price": average(position.average_price),
    }


def foreign_row(order: ForeignOrder) -> Row:
    """Write a working order that is not in our books."""
    return {
        "account": order.account,
        "venue_order": order.venue_order,
        "order": order.order,
        "instrument": order.instrument,
        "side": str(order.side),
        "order_type": str(order.order_type),
        "quantity": plain(order.quantity),
        "filled": plain(order.filled),
        "price": text_of(order.price),
        "trigger": text_of(order.trigger),
    }


def doubt_row(doubt: DoubtRow) -> Row:
    """Write what is known of an order in doubt."""
    return {
        "order": doubt.order,
        "asked": doubt.asked,
        "negatives": doubt.negatives,
        "calls": list(doubt.calls),
        "canary": doubt.canary,
        **times(since_ns=doubt.since_ns, first_ns=doubt.first_ns, last_ns=doubt.last_ns),
    }
