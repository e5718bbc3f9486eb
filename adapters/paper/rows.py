"""The tables of a ledger, and how a ticket becomes a row of them.

Rules of this file
1. A number is kept as the text in which it came, so that it comes back with the same digits.
2. A change of a table is a new ``FORMAT``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from zlib import crc32

import msgspec

from adapters.paper.ticket import Execution, Ticket
from core.orders import OrderEvent, OrderType, Side

FORMAT: Final = "3"
"""Version of the tables below."""

UPGRADES: Final = {
    "1": """
        ALTER TABLE orders ADD COLUMN replaced_ns INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE orders ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
        UPDATE meta SET value = '2' WHERE key = 'format';
    """,
    "2": """
        ALTER TABLE orders ADD COLUMN legs TEXT NOT NULL DEFAULT '';
        ALTER TABLE orders ADD COLUMN attached TEXT;
        UPDATE meta SET value = '3' WHERE key = 'format';
    """,
}
"""What makes a file of an older format one of the next."""

TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE orders (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, key INTEGER NOT NULL,
    instrument TEXT NOT NULL,
    side TEXT NOT NULL, type TEXT NOT NULL, quantity TEXT NOT NULL, price TEXT, trigger TEXT,
    reduce_only INTEGER NOT NULL, received_ns INTEGER NOT NULL, due_ns INTEGER NOT NULL, chunk TEXT,
    filled TEXT NOT NULL, executions TEXT NOT NULL, triggered INTEGER NOT NULL,
    rested INTEGER NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL,
    accepted_ns INTEGER NOT NULL, done_ns INTEGER NOT NULL,
    replaced_ns INTEGER NOT NULL, place INTEGER NOT NULL,
    legs TEXT NOT NULL, attached TEXT
);
CREATE INDEX keys ON orders (key);
CREATE INDEX working ON orders (number) WHERE event = 'accepted';
CREATE INDEX done ON orders (done_ns);
CREATE TABLE holdings (
    name TEXT PRIMARY KEY, quantity TEXT NOT NULL, cost TEXT NOT NULL, price TEXT NOT NULL
) WITHOUT ROWID;
"""
"""An order with its executions is one row: a turn then touches few pages."""

INSERT: Final = (
    "INSERT INTO orders (number, id, key, instrument, side, type, reduce_only, received_ns, due_ns,"
    " chunk, legs, attached, quantity, price, trigger, filled, executions, triggered, rested,"
    " event, reason, accepted_ns, done_ns, replaced_ns, place)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
UPDATE: Final = (
    "UPDATE orders SET quantity=?, price=?, trigger=?, filled=?, executions=?, triggered=?,"
    " rested=?, event=?, reason=?, accepted_ns=?, done_ns=?, replaced_ns=?, place=? WHERE number=?"
)


_encode: Final = msgspec.json.Encoder().encode
_executions: Final = msgspec.json.Decoder(list[Execution]).decode


def key_of(order: str) -> int:
    """Return the number under which an id is indexed; several ids may share it.

    A third of the size of the ids themselves: with a million orders the index stays in memory,
    and an order costs what it cost in an empty ledger.
    """
    return crc32(order.encode())


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def fixed(ticket: Ticket) -> tuple[Any, ...]:
    """Return the columns that never change, in the order of ``INSERT``."""
    return (
        ticket.number,
        ticket.order,
        key_of(ticket.order),
        ticket.instrument,
        str(ticket.side),
        str(ticket.order_type),
        int(ticket.reduce_only),
        ticket.received_ns,
        ticket.due_ns,
        _text(ticket.chunk),
        ticket.group,
        _text(ticket.attached),
    )


def moving(ticket: Ticket) -> tuple[Any, ...]:
    """Return the columns that change while it works, in the order of ``UPDATE``."""
    return (
        str(ticket.quantity),
        _text(ticket.price if ticket.worst is None else ticket.worst),
        _text(ticket.trigger),
        str(ticket.filled),
        _encode(ticket.executions).decode(),
        int(ticket.triggered),
        int(ticket.rested),
        str(ticket.event),
        ticket.reason,
        ticket.accepted_ns,
        ticket.done_ns,
        ticket.replaced_ns,
        ticket.place,
    )


def ticket_of_row(row: tuple[Any, ...]) -> Ticket:
    """Read a whole row. The price of a market order is the worst at which it may be filled."""
    market = row[5] == OrderType.MARKET
    return Ticket(
        row[0],
        row[1],
        row[3],
        Side(row[4]),
        OrderType(row[5]),
        Decimal(row[6]),
        None if market else _number(row[7]),
        _number(row[8]),
        bool(row[9]),
        row[10],
        row[11],
        _number(row[12]),
        Decimal(row[13]),
        _executions(row[14]),
        bool(row[15]),
        bool(row[16]),
        OrderEvent(row[17]),
        row[18],
        row[19],
        row[20],
        stored=True,
        worst=_number(row[7]) if market else None,
        replaced_ns=row[21],
        place=row[22],
        group=row[23],
        attached=_number(row[24]),
    )
