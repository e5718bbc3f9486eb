"""What the simulated venue refuses and reports, one row each."""

from __future__ import annotations

from typing import Final

from core.codes import Code, fill, table

CODES: Final = table(
    Code(
        "simulated_reply_lost",
        "No answer came for {value}: it may be there or not.",
        "This is a rehearsed fault: the order is asked for until the venue has shown it.",
        retryable=True,
    ),
    Code(
        "simulated_server_error",
        "The venue answered {value} with an error that proves nothing.",
        "This is a rehearsed fault: the order is asked for until the venue has shown it.",
        retryable=True,
    ),
    Code(
        "simulated_not_connected",
        "The account {where} is not connected.",
        "The bridge connects again by itself.",
        retryable=True,
    ),
    Code(
        "simulated_maintenance",
        "The venue is closed for maintenance.",
        "The bridge waits until it opens again.",
        retryable=True,
    ),
    Code(
        "simulated_throttled",
        "The venue takes no more messages for a while.",
        "The bridge waits as long as the venue says.",
        retryable=True,
    ),
    Code(
        "simulated_rejected",
        "The venue does not take {value}.",
        "This is a rehearsed fault: nothing was placed.",
    ),
    Code(
        "simulated_busy",
        "The venue is too busy to take {value}.",
        "This is a rehearsed fault: nothing was placed, and a moment later it would be taken.",
        retryable=True,
    ),
    Code(
        "simulated_id_taken",
        "The venue has an order with the id {value} already.",
        "Look at the order under that id.",
    ),
    Code(
        "simulated_order_gone",
        "The venue has no working order {value}.",
        "It has ended, or has not arrived yet; it is asked for.",
    ),
    Code(
        "simulated_no_funds",
        "The account does not own {value} that is not on offer already.",
        "A spot account sells what it owns: look at its position at the venue.",
    ),
    Code(
        "simulated_position_gone",
        "The position that {value} closes is not there.",
        "Somebody closed it; the next picture of the account tells.",
    ),
    Code(
        "simulated_no_market",
        "The venue has no price for {value}.",
        "Wait for the first quote.",
    ),
)
"""Every code that the simulated venue can give."""


def words(code: str, value: str = "", where: str = "") -> str:
    """Return the sentence for one case."""
    return fill(CODES[code].sentence, value, "", where)
