"""How a stream signs in, where ccxt does it by this machine's clock: by the venue's instead.

Rules of this file
1. Only what is signed changes. When and how it is sent stays ccxt's; bound to the version in
   ``profile``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

LASTS_MS: Final = 10_000
"""How long a sign-in of Bybit's may be on its way: as long as ccxt lets it."""


class BybitSignIn:
    """Bybit judges a sign-in by its end: a machine whose clock is ten seconds late never got in."""

    async def authenticate(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """Sign in until a time of the venue's clock: ``nonce`` has the difference in it."""
        venue: Any = self
        expires = str(int(venue.nonce()) + LASTS_MS)
        secret = venue.encode(venue.secret)
        words = venue.encode(f"GET/realtime{expires}")
        signature = venue.hmac(words, secret, hashlib.sha256, "hex")
        said = {"args": [venue.apiKey, expires, signature], **(params or {})}
        return await super().authenticate(url, said)  # type: ignore[misc]


SIGN_INS: Final[Mapping[str, type]] = {"bybit": BybitSignIn}
"""By venue; the others sign their streams with the time of their requests, or with a key."""
