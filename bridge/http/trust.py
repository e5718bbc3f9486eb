"""Trust: whether a message whose token is right also comes from where its route wants it from.

Rules of this file
1. It comes after the token and never in its place: what is asked here says that it is TradingView,
   not whose alert it is.
2. A proxy's word counts only when the proxy is configured. Without its word there is no sender and
   no certificate.
3. The refusal is the one for everything unknown; a person is told, because the token was right.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from bridge.config.values import Certificates, Config, Hook
from bridge.http.certificate import certificate_in
from bridge.http.noise import Senders

SOURCE, CERTIFICATE = "source", "certificate"
"""What was missing, as it is counted among the noise."""

VERIFIED: Final = "SUCCESS"
"""What a front says of a certificate whose chain it has checked, nginx's word."""

TOLD_EVERY_NS: Final = 3600 * 10**9
"""How often one route tells of it: the first is news, the next hundred are not."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Trust:
    """Knows what each route wants beside its token."""

    def __init__(self, config: Config, senders: Senders) -> None:
        self._senders = senders
        self._sources = {name: networks(hook.sources) for name, hook in config.hooks.items()}
        self._hooks: Mapping[str, Hook] = config.hooks
        door = config.door
        self._certificate_header = door.certificate_header.lower().encode()
        self._verified_header = door.verified_header.lower().encode()
        self._told: dict[str, int] = {}

    def missing(self, route: str, scope: Mapping[str, Any]) -> str:
        """Say what a message of a route lacks: ``source``, ``certificate``, or nothing."""
        hook = self._hooks[route]
        if not hook.sources and hook.certificate is None:
            return ""
        if hook.sources and not self._comes_from(hook, self._senders.of(scope)):
            return SOURCE
        if hook.certificate is not None and not self._shows(hook.certificate, scope):
            return CERTIFICATE
        return ""

    def is_news(self, route: str, now: int) -> bool:
        """Say whether a person is to be told of it; not of each one."""
        if now - self._told.get(route, -TOLD_EVERY_NS) < TOLD_EVERY_NS:
            return False
        self._told[route] = now
        return True

    def _comes_from(self, hook: Hook, sender: str) -> bool:
        address = _address(sender)
        if address is None:
            return False
        if hook.sources_implied and address.is_loopback:
            return True  # asked for on this machine, which has the configuration anyway
        return any(address in network for network in self._sources[hook.route])

    def _shows(self, wanted: Certificates, scope: Mapping[str, Any]) -> bool:
        if not self._senders.by_proxy(scope):
            return False
        shown = certificate_in(_header(scope, self._certificate_header))
        if shown is None or wanted.email not in shown.emails:
            return False
        if wanted.fingerprints:
            return shown.fingerprint in wanted.fingerprints
        checked = _header(scope, self._verified_header) == VERIFIED
        return checked and bool(wanted.issuer) and shown.issuer == wanted.issuer


def networks(texts: tuple[str, ...]) -> tuple[_Network, ...]:
    """Read addresses and networks."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; one of IPv4 in the clothes of IPv6 is what it is."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _header(scope: Mapping[str, Any], name: bytes) -> str:
    """Return the only value of a header; several are none."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1").strip() if name and len(values) == 1 else ""
