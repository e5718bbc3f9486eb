"""API keys: who signs, what they may do, how long, and from where.

Rules of this file
1. Secrets are throw-away ones of a play exchange. They are still never logged.
2. Several keys may open one account, as after a rotation.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

READ: Final = "read"
TRADE: Final = "trade"
WITHDRAW: Final = "withdraw"


@dataclass(slots=True)
class Key:
    """One key. ``expires_ns`` ``None``: never; ``ips`` empty: from everywhere.

    The control API changes ``permissions``, ``expires_ns``, ``ips`` and ``revoked``.
    """

    key: str
    secret: str
    account: str
    permissions: set[str] = field(default_factory=lambda: {READ, TRADE})
    expires_ns: int | None = None
    ips: tuple[str, ...] = ()
    revoked: bool = False
    created_ns: int = 0

    def signs(self, text: str, signature: str) -> bool:
        """Say whether a signature is this key's HMAC-SHA256 of a text, in hex."""
        made = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, signature)


class Keys:
    """The keys of one venue."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {one.key: one for one in keys}

    def __iter__(self) -> Iterator[Key]:
        """Yield every key."""
        return iter(self._keys.values())

    def find(self, key: str) -> Key | None:
        """Return a key that exists and is not revoked."""
        one = self._keys.get(key)
        return None if one is None or one.revoked else one

    def add(self, key: Key) -> Key:
        """Let one more key in."""
        self._keys[key.key] = key
        return key

    def issue(self, account: str, now_ns: int) -> Key:
        """Make a new random key for an account."""
        made = Key(secrets.token_hex(9), secrets.token_hex(18), account, created_ns=now_ns)
        return self.add(made)
