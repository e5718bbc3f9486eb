"""What the paper venue refuses and reports, one row each."""

from __future__ import annotations

from typing import Final

from core.codes import Code, fill, table

CODES: Final = table(
    Code(
        "paper_instrument_unknown",
        "The paper venue does not trade {value}.",
        "Add the instrument to the configuration, or correct its name.",
    ),
    Code(
        "paper_currency_unknown",
        "{value} is in {limit}, and the paper account knows no rate for that currency.",
        "Set a rate for {limit} in the paper account's settings.",
    ),
    Code(
        "paper_quantity_invalid",
        "The quantity {value} is not {limit} of {where}.",
        "Send a quantity in whole lot steps, at least the smallest order.",
    ),
    Code(
        "paper_price_invalid",
        "The {limit} price {value} is not positive or not on the tick of {where}.",
        "Send a price on the tick.",
    ),
    Code(
        "paper_price_missing",
        "A {value} order needs a {limit} price.",
        "Send the order with that price.",
    ),
    Code(
        "paper_rejected_by_chance",
        "The paper venue rejected the order because its settings ask it to reject {limit} of all.",
        "Nothing is wrong; lower reject_probability if you do not want this.",
        retryable=True,
    ),
    Code(
        "paper_nothing_to_reduce",
        "The reduce-only order was cancelled: no {where} position is left on its side to reduce.",
        "Nothing to do: the position is closed already.",
    ),
    Code(
        "paper_beyond_collar",
        "The rest of the market order was not filled: {where} would have traded at {value}, beyond"
        " its collar {limit}.",
        "Look at the market. Send a new signal if it is still wanted; widen collar_percent if this"
        " is usual.",
    ),
    Code(
        "paper_no_quote",
        "The order waited {limit} ms for a quote of {where}, and none came.",
        "Check that the market has quotes for this instrument.",
        retryable=True,
    ),
    Code(
        "paper_cancelled",
        "Cancelled as asked.",
        "Nothing to do.",
    ),
    Code(
        "paper_linked",
        "Cancelled because another order of its group closed what it was for.",
        "Nothing to do: orders of one group close one position between them.",
    ),
    Code(
        "paper_order_unknown",
        "The paper venue has no order {value} to cancel or replace.",
        "Look the order up: it was never here.",
    ),
    Code(
        "paper_order_done",
        "The order {value} is over already ({limit}); there is nothing to cancel or replace.",
        "Look the order up: its end was reported.",
    ),
    Code(
        "paper_replace_filled",
        "The order {where} cannot be replaced to {value}: {limit} of it is filled already.",
        "Ask for more than is filled, or cancel the rest.",
    ),
    Code(
        "paper_replace_triggered",
        "The stop {where} cannot be moved to {value}: it was reached at {limit} already.",
        "Change its limit price or its quantity, or cancel it.",
    ),
    Code(
        "paper_wrong_account",
        "The order is for the account {value}; this venue is the account {limit}.",
        "Send the order to the venue of its own account.",
    ),
    Code(
        "paper_not_connected",
        "The paper account {where} is not connected.",
        "Connect it; the order did not leave.",
        retryable=True,
    ),
    Code(
        "paper_too_many_orders",
        "The paper account {where} already carries {value} unfinished orders, the most it takes.",
        "Cancel some, or wait until some are filled.",
        retryable=True,
    ),
    Code(
        "paper_ledger_in_use",
        "Another process uses the paper ledger {where}.",
        "Stop the other process, or give this account a file of its own.",
        retryable=True,
    ),
    Code(
        "paper_ledger_unreadable",
        "The paper ledger {where} cannot be used: {value}.",
        "Restore the file from a backup, or move it away to start a new paper account.",
    ),
    Code(
        "paper_ledger_of_another",
        "The paper ledger {where} belongs to {value}; this is {limit}.",
        "Give each paper account a ledger file of its own.",
    ),
    Code(
        "paper_ledger_newer",
        "The paper ledger {where} has format {value}; this version reads {limit}.",
        "Update Bascule, or move the file away to start a new paper account.",
    ),
    Code(
        "paper_instrument_missing",
        "The paper ledger {where} holds orders or a position in {value}, not configured any more.",
        "Put the instrument back into the configuration until it is closed there.",
    ),
    Code(
        "paper_ledger_failed",
        "The paper ledger {where} took no write: {value}. What it reported before stays true.",
        "Make room on the disk; the account reads its ledger again when it reconnects.",
        retryable=True,
    ),
    Code(
        "paper_no_answer",
        "No answer came to the {limit} of {value}: the settings of the paper account {where} lose"
        " some on purpose.",
        "Nothing is wrong; set lose_reply_probability and lose_request_probability to 0 if you do"
        " not want this.",
        retryable=True,
    ),
    Code(
        "paper_link_dropped",
        "The link to the paper account {where} is down on purpose, as drop_link_every_s asks.",
        "Nothing is wrong; it comes back by itself. Set drop_link_every_s to 0 if you do not want"
        " this.",
        retryable=True,
    ),
    Code(
        "market_file_missing",
        "The recorded market {where} cannot be opened: {value}.",
        "Correct the path, or make the file readable.",
    ),
    Code(
        "market_file_header",
        "The recorded market {where} has the columns {value}; it needs {limit}.",
        "Write that header as the first line.",
    ),
    Code(
        "market_file_row",
        "The recorded market has a bad row at {where}: {value}; expected {limit}.",
        "Correct the row.",
    ),
    Code(
        "market_file_empty",
        "The recorded market {where} has no quote for any of {value}.",
        "Use instrument names of the configuration in the file.",
    ),
    Code(
        "fault_lost",
        "No answer came for {value} (a fault that was scripted).",
        "Look the order up.",
        retryable=True,
    ),
    Code(
        "fault_refused",
        "The venue refused {value} (a fault that was scripted).",
        "Nothing to do.",
    ),
    Code(
        "fault_throttled",
        "The venue asked to send {value} later (a fault that was scripted).",
        "Send it again after the given time.",
        retryable=True,
    ),
)
"""Every code of the paper venue and its market."""


def words(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say a code's sentence with its facts."""
    return fill(CODES[code].sentence, value, limit, where)


def reason(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say a code and its sentence, the form in which reports carry a reason."""
    return f"{code}: {words(code, value=value, limit=limit, where=where)}"


def is_transient(said: str) -> bool:
    """Say whether a reason, as ``reason`` wrote it, is known to pass."""
    return CODES[said.partition(":")[0]].retryable
