"""Noise: what came to the door and could not be placed. Counted, never kept."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog

log = structlog.get_logger("door")

NOISE_KEPT: Final = 50
"""Unauthenticated messages kept for the status page: enough to see a misconfigured alert."""

NOISE_PER_MINUTE_MAX: Final = 60
"""Messages of one address that could not be placed; beyond it the answer is 429 for the rest of the
minute."""

SENDERS_MAX: Final = 1_024
"""Addresses counted at once; when full, all counts begin anew."""

ADDRESS_CHARS_MAX: Final = 64
"""The longest form of an address, with room; a proxy passes on whatever its client wrote."""


class Noise:
    """Counts by kind, and the last few, without their content."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.last: deque[tuple[int, str, str]] = deque(maxlen=NOISE_KEPT)
        self._senders: dict[str, int] = {}
        self._minute = 0

    def note(self, kind: str, sender: str) -> bool:
        """Count one; say whether its sender has gone too far."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute or len(self._senders) >= SENDERS_MAX:
            self._minute, self._senders = minute, {}
        count = self._senders.get(sender, 0) + 1
        self._senders[sender] = count
        self.counts[kind] += 1
        self.last.append((time.time_ns(), kind, sender))
        if count == 1:
            log.info("not_placed", kind=kind, sender=sender)
        return count > NOISE_PER_MINUTE_MAX


class Senders:
    """Who sent a request: its peer, or whom a configured proxy names."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = [ipaddress.ip_network(network, strict=False) for network in trusted]

    def of(self, scope: Mapping[str, Any]) -> str:
        """Return the nearest address that is none of our proxies. Of what came before it nothing is
        believed: its sender wrote it.
        """
        client = scope.get("client")
        peer = str(client[0]) if client else ""
        if not self._trusted or not self._is_trusted(peer):
            return peer
        lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [hop.strip() for hop in b",".join(lines).decode("latin-1").split(",")]
        for hop in reversed(hops):
            if hop and not self._is_trusted(hop):
                return hop[:ADDRESS_CHARS_MAX]
        return peer

    def by_proxy(self, scope: Mapping[str, Any]) -> bool:
        """Say whether a request was handed on by a configured proxy."""
        client = scope.get("client")
        return bool(self._trusted) and client is not None and self._is_trusted(str(client[0]))

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
