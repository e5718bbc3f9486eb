"""Secrets in what ccxt and a venue say: found by their value, by the name of their field, and by
their look.

Rules of this file
1. Everything that reaches a log, a report, the journal or a page comes through ``redacted``.
2. Too much hidden is harmless, too little is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "***"

TEXT_MAX: Final = 2_048
"""Characters of one message that are kept: the venue's own words about one order are shorter."""

_NAMED: Final = re.compile(
    r"""((?:signature|sign|sig|apikey|api[-_]key|access[-_]key|[-_]key|secret|passphrase|password"""
    r"""|listenkey|token|authorization|jwt|nonce)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)"""
    r"""((?:bearer\s+)?[^"'&,\s}\\]+)""",
    re.IGNORECASE,
)
"""A field whose name ends so, and its value, in a query, in JSON, in a Python dictionary."""

_LONG: Final = re.compile(r"[A-Za-z0-9+/_=-]{60,}")
"""What looks like a listen key or a signature: no id of an order is so long."""


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text that may be stored and shown: bounded, without keys, signatures and tokens."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    # cut late, so that a secret on the border is found, but before the slower search
    text = text[: 4 * TEXT_MAX]
    text = _LONG.sub(HIDDEN, _NAMED.sub(rf"\g<1>{HIDDEN}", text))
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
