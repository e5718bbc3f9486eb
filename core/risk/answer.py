"""One answer of a check."""

from __future__ import annotations

import msgspec


class Check(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One answer. ``code`` is empty when it passed."""

    control: int
    name: str
    code: str
    value: str
    limit: str
    scope: str
