"""Where alerts of a route may come from: `sources`, and the table `[routes.NAME.certificate]`.

Rules of this file
1. A name in a certificate alone proves nothing: anyone can make one with it. So a route that asks
   for a certificate pins it, or pins who issued it.
2. A rule that nobody could ever keep is a mistake of the file.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from adapters.tradingview.origin import ADDRESSES, CERTIFICATE_EMAIL
from bridge.config.fields import Kind, Section, Text, optional
from bridge.config.problems import Finding, PathKey, shown
from bridge.config.store_url import is_loopback
from bridge.config.values import Certificates

if TYPE_CHECKING:
    from bridge.config.model import FileModel, RouteSection

SOURCES_MAX: Final = 64
"""Addresses and networks of one route: a content network publishes some twenty."""

FINGERPRINTS_MAX: Final = 8
"""Certificates of one route: the one in use, the next, and some room."""

TRADINGVIEW: Final = "tradingview"
ANY: Final = "any"

_SOURCES: Final = "`tradingview`, `any`, or a list of addresses and networks (`10.0.0.0/8`)"
_FINGERPRINTS: Final = "SHA-256 fingerprints: 64 hex digits, perhaps with colons"
_HEADER: Final = "the name of a header: letters, digits and -"


def is_network(text: str) -> bool:
    """Say whether a text is an address or a network."""
    try:
        ipaddress.ip_network(text, strict=True)
    except ValueError:
        return False
    return True


def _listed(value: Any, most: int, expected: str) -> tuple[str, ...]:
    listed: Any = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise PydanticCustomError("config_type_wrong", "type", {"expected": expected})
    texts: tuple[str, ...] = tuple(listed)
    if not 1 <= len(texts) <= most:
        raise PydanticCustomError("config_out_of_range", "range", {"expected": expected})
    return texts


def _sources(value: Any) -> tuple[str, ...]:
    texts = _listed(value, SOURCES_MAX, _SOURCES)
    fine = all(one in (TRADINGVIEW, ANY) or is_network(one) for one in texts)
    if not fine or (ANY in texts and len(texts) > 1):
        raise PydanticCustomError("config_text_invalid", "form", {"expected": _SOURCES})
    return texts


def _fingerprints(value: Any) -> tuple[str, ...]:
    texts = _listed(value, FINGERPRINTS_MAX, _FINGERPRINTS)
    plain = tuple(one.replace(":", "").lower() for one in texts)
    if not all(re.fullmatch(r"[0-9a-f]{64}", one) for one in plain):
        raise PydanticCustomError("config_text_invalid", "form", {"expected": _FINGERPRINTS})
    return plain


def _header_name(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("config_type_wrong", "type", {"expected": "text in quotes"})
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", value) is None:
        raise PydanticCustomError("config_text_invalid", "form", {"expected": _HEADER})
    return value


Sources = Annotated[
    tuple[str, ...], PlainValidator(_sources), Kind("text or list of text", _SOURCES)
]
"""Where messages may come from."""

Fingerprints = Annotated[
    tuple[str, ...], PlainValidator(_fingerprints), Kind("text or list of text", _FINGERPRINTS)
]
"""Certificates by their fingerprints."""

HeaderName = Annotated[str, PlainValidator(_header_name), Kind("text", _HEADER)]
"""The name of an HTTP header."""


class CertificateSection(Section):
    """The client certificate that a route asks for, beside its token. A TLS front that is one of
    `door.trusted_proxies` passes it on.
    """

    email: Text = optional(CERTIFICATE_EMAIL, "The e-mail name in it (subjectAltName).")
    fingerprints: Fingerprints | None = optional(
        None,
        "SHA-256 fingerprints of the certificates that are taken; the next one may stand here "
        "before it is used.",
    )
    issuer: Text | None = optional(
        None,
        "Instead: the common name of who issued it, believed when the front has checked the chain "
        "(`door.verified_header`).",
    )

    def wanted(self) -> Certificates:
        """Make what the door looks for."""
        return Certificates(self.email, frozenset(self.fingerprints or ()), self.issuer or "")


def sources_of(said: tuple[str, ...] | None, *, proxied: bool) -> tuple[str, ...]:
    """Return the networks of a route; none: it takes alerts from anywhere. ``proxied``: a proxy is
    configured whose word on the sender counts."""
    if said is None:
        return ADDRESSES if proxied else ()
    if said == (ANY,):
        return ()
    return tuple(
        network for one in said for network in (ADDRESSES if one == TRADINGVIEW else (one,))
    )


def source_findings(model: FileModel) -> Iterator[Finding]:
    """Judge where alerts may come from: that somebody can, and that a certificate proves it."""
    proxied = bool(model.door.trusted_proxies)
    for name, route in model.routes.items():
        path: PathKey = ("routes", name)
        if route.sources is not None and not proxied and is_loopback(model.door.host):
            networks = sources_of(route.sources, proxied=False)
            if networks and not any(ipaddress.ip_network(one).is_loopback for one in networks):
                yield Finding((*path, "sources"), "config_sources_unseen", shown(route.sources[0]))
        yield from _certificate((*path, "certificate"), route, model)


def _certificate(path: PathKey, route: RouteSection, model: FileModel) -> Iterator[Finding]:
    wanted = route.certificate
    if wanted is None:
        return
    if not wanted.fingerprints and wanted.issuer is None:
        yield Finding(path, "config_certificate_unpinned", wanted.email)
        return
    headers = ["certificate_header"]
    if wanted.issuer is not None and not wanted.fingerprints:
        headers.append("verified_header")
    lacking = [f"`door.{key}`" for key in headers if not getattr(model.door, key)]
    if not model.door.trusted_proxies:
        lacking.append("`door.trusted_proxies`")
    if lacking:
        yield Finding(path, "config_certificate_front", "", " and ".join(lacking))
