"""The reference pages made from tables: cards, codes, controls, records, orders, simulator.

``python -m tests.tidy.reference`` writes them.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from pathlib import Path

import msgspec

from adapters.ccxt.codes import CODES as CCXT
from adapters.ccxt.findings import CODES as CCXT_FINDINGS
from adapters.paper.codes import CODES as PAPER
from adapters.simulated.codes import CODES as SIMULATED
from adapters.tradingview.codes import CODES as TRADINGVIEW
from bridge.calendars.codes import CODES as CALENDAR
from bridge.cli.codes import CODES as COMMAND
from bridge.codes import BRIDGE, CODES
from bridge.config.codes import CODES as CONFIG
from bridge.doctor.codes import CODES as DOCTOR
from bridge.http.codes import CODES as PRIVATE
from core import records
from core.codes import Code
from core.orders import ALIVE, OrderEvent, OrderState, Purpose
from core.risk.codes import CODES as RISK
from core.risk.controls import EFFECTS, Control, Mode
from core.store.codes import CODES as STORE
from core.transitions import AFTER_A_PERSON, TRANSITIONS, Rule, Step
from tests.simulation.reference import simulator_page
from tests.tidy.cards import cards_page
from tests.tidy.controls import controls_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
UNSERVED = (CONFIG, CALENDAR, COMMAND, DOCTOR)
"""Tables whose codes end a command and never travel over HTTP."""

MADE = """\
This page is made from the code: `python -m tests.tidy.reference` writes it, and a test holds it up
to date.
"""

CODES_HEAD = f"""\
# Codes

Every answer, refusal and alarm of Bascule carries one of these codes. A code is stable: it is never
renamed and never used for something else. `{{value}}`, `{{limit}}` and `{{where}}` stand for the
facts of the case. *Critical*: an alarm of an open position that nobody guards or reaches. *Again*:
the same message, sent again later, may pass. *HTTP*: the status of the
hook or the API when the whole message ends so (200: it was read and judged, and the verdict says
how).

{MADE}"""

JOURNAL_HEAD = f"""\
# The journal

The journal is the truth: state, pages, metrics and this bridge's memory of itself are folds over
it. It is a sequence of *appends*; each holds the records that were committed together, one JSON
object a line, and is chained to the one before by a sha256 over the former hash, its numbers and
its payload. `bascule journal verify` follows the chain and names the first records that were
changed, dropped or inserted; `bascule journal export` prints the records. Segments are sealed with
their last hash; cold ones move to files in `data/segments`.

Numbers count from 1 without gaps. Times (`*_ns`) are UTC nanoseconds, decimals are text, a field
with its default value is left out. The kind of a record stands in `t`.

{MADE}"""

ALIVE_NAMES = ", ".join(f"`{state}`" for state in OrderState if state in ALIVE)

ORDERS_HEAD = f"""\
# Orders and controls

{MADE}
## The states of an order

An order is *alive* ({ALIVE_NAMES})
while what is not filled counts as exposure at full size. The other states are *done*; a late report
can still change them, because the table follows the venue. `unknown` is left by evidence or by a
person, never by time.

Each cell says where an event leads; *quantity* means: read off the fills. A cell with a mark raises
that alarm. An empty cell cannot happen to an honest order; it is recorded as `report_impossible`
and changes nothing. Two flags stand beside the states: `pending_cancel` and `pending_replace`; how
an order is changed, and what follows one that fills only in part, is in [replace.md](replace.md).
"""

PERSON_HEAD = """\
While the state of an order rests on [a person's word](unknown.md), these cells hold instead: the
venue's own word wins, whenever it comes.
"""

PERSON_STATES = tuple(dict.fromkeys(state for state, _ in AFTER_A_PERSON))

CONTROLS_HEAD = """\
## What each control may do to what

A control that is tripped passes, holds or refuses, by the kind of act and the trading state of the
account: active, reducing, halted, recovering. The law: an exit, a protective leg, a cancel and a
flatten are never refused by a control, but for a duplicate of a message that was served.
"""


def codes_page() -> str:
    """Write every code with its sentence and fix."""
    areas: list[tuple[str, dict[str, Code]]] = [
        ("Verdicts, operator's acts, alarms", RISK),
        ("Reading an alert", TRADINGVIEW),
        ("The bridge", BRIDGE),
        ("Pages and API", PRIVATE),
        ("The configuration", CONFIG),
        ("Calendar files", CALENDAR),
        ("The command", COMMAND),
        ("The doctor", DOCTOR),
        ("The store", STORE),
        ("The paper venue", PAPER),
        ("Crypto venues", CCXT),
        ("Crypto venues: what is looked at", CCXT_FINDINGS),
        ("The simulated venue", SIMULATED),
    ]
    named = {code for _, table in areas for code in table}
    assert named == CODES.keys(), "bridge.codes and this page know the same areas"
    lines = [CODES_HEAD]
    for title, table in areas:
        lines += [f"## {title}", ""]
        for code in sorted(table):
            row = table[code]
            marks = [] if table in UNSERVED else [f"HTTP {row.status}"]
            marks += ["critical"] if row.critical else []
            marks += ["again"] if row.retryable else []
            lines += [
                f"### `{code}`",
                "",
                f"{row.sentence}",
                "",
                f"**Do:** {row.fix}" + (f" ({', '.join(marks)})" if marks else ""),
                "",
            ]
    return "\n".join(lines)


def journal_page() -> str:
    """Write every kind of record with its fields."""
    lines = [JOURNAL_HEAD]
    for kind in typing.get_args(records.Record):
        config = kind.__struct_config__
        lines += [f"## `{config.tag}`", "", inspect.getdoc(kind) or "", ""]
        lines += ["| field | type |", "|---|---|"]
        for field in msgspec.structs.fields(kind):
            lines.append(f"| `{field.encode_name}` | {_type(field.type)} |")
        lines.append("")
    return "\n".join(lines)


def _type(kind: object) -> str:
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return " or ".join(_type(part) for part in typing.get_args(kind))
    if typing.get_origin(kind) is tuple:
        return f"list of {_type(typing.get_args(kind)[0])}"
    if kind is type(None):
        return "nothing"
    names = {
        "str": "text",
        "int": "whole number",
        "bool": "true or false",
        "Decimal": "decimal",
        "Raw": "JSON",
    }
    name = getattr(kind, "__name__", str(kind))
    return names.get(name, f"{name}")


def orders_page() -> str:
    """Draw the table of orders and the table of controls."""
    lines = [
        ORDERS_HEAD,
        "| event | " + " | ".join(f"`{state}`" for state in OrderState) + " |",
        "|---|" + "---|" * len(OrderState),
    ]
    for event in OrderEvent:
        cells = [_cell(state, event) for state in OrderState]
        lines.append(f"| `{event}` | " + " | ".join(cells) + " |")
    lines += ["", PERSON_HEAD, "| event | " + " | ".join(f"`{s}`" for s in PERSON_STATES) + " |"]
    lines.append("|---|" + "---|" * len(PERSON_STATES))
    for event in dict.fromkeys(event for _, event in AFTER_A_PERSON):
        cells = [_cell(state, event, AFTER_A_PERSON) for state in PERSON_STATES]
        lines.append(f"| `{event}` | " + " | ".join(cells) + " |")
    lines += [
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> intended",
        "    [*] --> held",
    ]
    edges: dict[tuple[str, str], list[str]] = {}
    for (state, event), step in TRANSITIONS.items():
        if isinstance(step.to, OrderState) and step.to is not state and not step.alarm:
            edges.setdefault((state, step.to), []).append(event)
        if step.to is Rule.BY_QUANTITY and not step.alarm and event is OrderEvent.FILL:
            for to in (OrderState.PARTIALLY_FILLED, OrderState.FILLED):
                edges.setdefault((state, to), []).append(event)
    lines += [f"    {a} --> {b}: {', '.join(events)}" for (a, b), events in edges.items()]
    lines += [
        "```",
        "",
        CONTROLS_HEAD,
        "| control | act | " + " | ".join(str(mode) for mode in Mode) + " |",
        "|---|---|" + "---|" * len(Mode),
    ]
    for control in Control:
        for purpose in Purpose:
            row = EFFECTS[control][purpose]
            name = control.name.lower().replace("_", " ")
            lines.append(f"| {control.value} {name} | {purpose} | " + " | ".join(row) + " |")
    return "\n".join([*lines, ""])


def _cell(
    state: OrderState,
    event: OrderEvent,
    table: dict[tuple[OrderState, OrderEvent], Step] = TRANSITIONS,
) -> str:
    step = table.get((state, event))
    if step is None:
        return ""
    words = {
        Rule.SAME: "same",
        Rule.BY_QUANTITY: "quantity",
        Rule.DONE_BY_QUANTITY: "same or filled",
        Rule.ENDED_BY_QUANTITY: "ended, by quantity",
    }
    to = words[step.to] if isinstance(step.to, Rule) else f"`{step.to}`"
    to = "same" if step.to is state else to
    return f"{to} ⚠ `{step.alarm}`" if step.alarm else to


PAGES: dict[str, Callable[[], str]] = {
    "cards.md": lambda: cards_page(MADE),
    "codes.md": codes_page,
    "controls.md": lambda: controls_page(MADE),
    "journal.md": journal_page,
    "orders.md": orders_page,
    "simulator.md": simulator_page,
}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
