"""What the ccxt adapter refuses and reports, one row each."""

from __future__ import annotations

from typing import Final

from core.codes import Code, fill, table

CODES: Final = table(
    Code(
        "ccxt_missing",
        "A crypto account is configured, and the package {value} is not installed.",
        "Install Bascule with its crypto venues: `pip install 'bascule[ccxt]'`.",
    ),
    Code(
        "ccxt_version_differs",
        "ccxt {value} is installed; the venues were checked with {limit}.",
        "Install that one: `pip install 'ccxt=={limit}'`, or `pip install 'bascule[ccxt]'`.",
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
)
"""Every code of the ccxt adapter."""


def words(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say a code's sentence with its facts."""
    return fill(CODES[code].sentence, value, limit, where)


def fix(code: str, *, value: str = "", limit: str = "", where: str = "") -> str:
    """Say what the reader of a code does next."""
    return fill(CODES[code].fix, value, limit, where)
