"""What the ccxt adapter refuses and reports, one row each."""

from __future__ import annotations

from typing import Final

from core.codes import Code, fill, table

CODES: Final = table(
    Code(
        "ccxt_missing",
        "A crypto account is configured, and the package {value} is not installed.",
        "In a checkout: `python3 dev.py install ccxt`. Elsewhere, with the Python that runs"
        " Bascule: `python -m pip install 'bascule[ccxt]'`.",
    ),
    Code(
        "ccxt_version_differs",
        "ccxt {value} is installed; the venues were checked with {limit}.",
        "Install that one. In a checkout: `python3 dev.py install ccxt`. Elsewhere, with the Python"
        " that runs Bascule: `python -m pip install 'ccxt=={limit}'`.",
    ),
    Code(
        "ccxt_sandbox_failed",
        "The venue {where} could not be switched to its {limit}: {value}.",
        "Nothing was sent. Take a mode that the venue has, or none and the keys for it.",
    ),
    Code(
        "ccxt_stream_failed",
        "The stream of the account {where} could not be subscribed: {value}.",
        "Bascule tries again. If it goes on, look at the venue's status page and at the keys.",
        retryable=True,
    ),
    Code(
        "ccxt_egress_barred",
        "A call to {value} was stopped: the account {where} may talk to its local exchange alone.",
        "Nothing is wrong with the account; tell us which call it was.",
    ),
    Code(
        "ccxt_redirected",
        "The venue {where} answered with a redirect to {value}; it was not followed.",
        "Look whether the venue moved, and wait for a version of Bascule that knows it.",
    ),
    Code(
        "ccxt_not_sent",
        "The call did not leave for {where}: {value}.",
        "It goes again by itself. Check the network and the name service if this stays.",
        retryable=True,
    ),
    Code(
        "ccxt_probe_failed",
        "ccxt asks {where} something before the first order, and that failed: {value}. The order"
        " did not leave.",
        "It goes again by itself.",
        retryable=True,
    ),
    Code(
        "ccxt_not_expressible",
        "The order was not sent to {where}: {value}.",
        "Correct what is named: type, price, quantity, or the market's name.",
    ),
    Code(
        "ccxt_refused",
        "{where} refused it: {value}.",
        "Look at the venue's own words; correct the order or the account.",
    ),
    Code(
        "ccxt_refused_for_now",
        "{where} refused it for a reason that passes: {value}.",
        "Send a new signal later, if it is still wanted.",
        retryable=True,
    ),
    Code(
        "ccxt_exists",
        "{where} has an order of this id already: {value}.",
        "Nothing to do: the order is looked up and followed.",
    ),
    Code(
        "ccxt_order_absent",
        "{where} does not show the order now: {value}.",
        "Nothing to do: it may be filled, or not visible yet, and is looked up.",
        retryable=True,
    ),
    Code(
        "ccxt_no_answer",
        "No whole answer of {where} came: {value}. What it did is not known.",
        "Nothing to do: the order is looked up.",
        retryable=True,
    ),
    Code(
        "ccxt_not_reached",
        "{where} was asked, and no answer came: {value}. Nothing was changed there.",
        "It is asked again by itself. If this stays, see whether this machine finds the venue's"
        " name (DNS) and reaches it (network, firewall), and look at the venue's own status page.",
        retryable=True,
    ),
    Code(
        "ccxt_answer_unclear",
        "The answer of {where} proves nothing: {value}.",
        "Nothing to do: the order is looked up.",
        retryable=True,
    ),
    Code(
        "ccxt_throttled",
        "{where} takes no more calls for a while: {value}.",
        "It goes again by itself. Fewer strategies or longer polls make it rarer.",
        retryable=True,
    ),
    Code(
        "ccxt_orders_throttled",
        "{where} takes no more orders of this account for a moment: {value}.",
        "They go again by themselves, exits first; cancels go on. Fewer strategies make it rarer.",
        retryable=True,
    ),
    Code(
        "ccxt_banned",
        "{where} shut the door for this address or account: {value}.",
        "Nothing is sent until it opens. Look whether other programs use the same address or keys.",
        retryable=True,
    ),
    Code(
        "ccxt_clock_differs",
        "{where} did not accept the time stamp: {value}.",
        "The clock of the venue is measured anew and the call goes again. Keep this machine's"
        " clock right.",
        retryable=True,
    ),
    Code(
        "ccxt_keys_refused",
        "{where} does not accept the keys of this account, or not for this: {value}.",
        "Check the keys, their permissions, their address list and their expiry at the venue.",
    ),
    Code(
        "ccxt_maintenance",
        "{where} is in maintenance: {value}.",
        "Nothing to do: it is asked again when it opens.",
        retryable=True,
    ),
    Code(
        "ccxt_interface_changed",
        "{where} no longer knows a call that Bascule makes: {value}.",
        "Entries stop. Update Bascule; look at the venue's notes of changes.",
    ),
)
"""Every code of the ccxt adapter."""


def words(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say a code's sentence with its facts."""
    return fill(CODES[code].sentence, value, limit, where)


def fix(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say what the reader of a code does next."""
    return fill(CODES[code].fix, value, limit, where)
