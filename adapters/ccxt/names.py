"""The venue's form of our order ids, and the way back.

Rules of this file
1. One id of ours has one form at a venue, and the form alone says which id it is: nothing has to be
   remembered, so that a restart and a second look find the same order.
2. What is not in our form is somebody else's order. What is, and is not known to us, is passed on:
   it speaks of an old backup or of a second bridge.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from adapters.ccxt.profile import IdForm, Profile
from core.ids import LENGTH, is_ours

HEX_LENGTH: Final = 32
"""The hexadecimal digits of a 128-bit name: the form that Kraken ("short UUID") and Hyperliquid
(cloid) take."""

_HEX: Final = re.compile(rf"[0-9a-f]{{{HEX_LENGTH}}}")


def venue_name(profile: Profile, order: str) -> str:
    """Return the form of our id that the venue is given and shows again."""
    assert is_ours(order), "only our own ids go out"
    form = profile.client_id.form
    if form is IdForm.PLAIN:
        return profile.client_id.prefix + order
    return profile.client_id.prefix + order + _check(order)


def our_name(profile: Profile, told: str | None) -> str:
    """Return our id of what a venue shows, empty when it is not in our form."""
    if not told:
        return ""
    text = told.lower() if profile.client_id.form is IdForm.HEX else told
    prefix = profile.client_id.prefix
    if not text.startswith(prefix):
        return ""
    bare = text[len(prefix) :]
    if profile.client_id.form is IdForm.HEX:
        bare = bare.replace("-", "")  # a venue may show it as a UUID
        if not _HEX.fullmatch(bare) or bare[LENGTH:] != _check(bare[:LENGTH]):
            return ""
        bare = bare[:LENGTH]
    return bare if is_ours(bare) else ""


def _check(order: str) -> str:
    """Return the digits that fill our id up to 32 and prove, one to 16 million, that it is ours."""
    return hashlib.sha256(order.encode()).hexdigest()[: HEX_LENGTH - LENGTH]
