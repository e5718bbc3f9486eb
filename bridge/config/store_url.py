"""The address of the store: which engine, where, and with whose password.

Rules of this file
1. A server that is not on this machine needs TLS and a password; the engine checks the same again.
2. What is shown of an address never holds a user or a password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from bridge.config.problems import Finding, PathKey, meant, without_secrets

SCHEMES: Final = ("sqlite", "redis", "rediss", "unix", "memory")
"""The kinds of address."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""How this machine is usually called."""

DEFAULT_FILE: Final = "journal.db"
"""The journal's file in the data folder."""

URL_PATH: Final[PathKey] = ("store", "url")
"""The key of the address."""

SECRET_LENGTH_MIN: Final = 4
"""A shorter password is no secret to redact by: it stands in every second word."""

_FORMS: Final = (
    "`sqlite:///journal.db`, `redis://127.0.0.1:6379/0`, or `rediss://user:password@host:6379/0`"
)


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A good address. ``secrets``: what of it must not be shown."""

    url: str = field(repr=False)
    shown: str
    secrets: frozenset[str] = field(repr=False)


def read_store_url(text: str | None, data: Path) -> StoreUrl | Finding:
    """Read an address; a file's path becomes whole, beginning at the data folder."""
    if text is None:
        return _file(data / DEFAULT_FILE)
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in SCHEMES:
        kind = without_secrets(scheme[:20]) if colon else "it has no kind before a colon"
        return Finding(URL_PATH, "config_store_url", kind, _FORMS, meant(scheme, SCHEMES))
    if scheme == "memory":
        return StoreUrl("memory://", "memory://", frozenset())
    if scheme == "sqlite":
        if not rest.startswith("///") or len(rest) == 3:
            return Finding(URL_PATH, "config_store_url", "no path after `sqlite:///`", _FORMS)
        return _file(data / rest[3:])
    return _server(text)


def _file(path: Path) -> StoreUrl:
    url = f"sqlite:///{path.absolute().as_posix()}"
    return StoreUrl(url, url, frozenset())


def _server(text: str) -> StoreUrl | Finding:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return Finding(URL_PATH, "config_store_url", "its host or port is not one", _FORMS)
    if parts.scheme != "unix" and not is_loopback(parts.hostname or "localhost"):
        if parts.scheme != "rediss":
            return Finding(URL_PATH, "config_store_insecure", "no TLS")
        if not parts.password:
            return Finding(URL_PATH, "config_store_insecure", "no password")
    return StoreUrl(text, _shown(parts), _secrets(parts))


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by a name that nobody else can answer to."""
    if host in LOOPBACK:
        return True
    import ipaddress  # most addresses are the three above

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(parts: SplitResult) -> str:
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    host = parts.hostname or "localhost"
    where = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{where}{port}{parts.path}"


def _secrets(parts: SplitResult) -> frozenset[str]:
    password = parts.password or ""
    forms = {password, unquote(password)}
    return frozenset(form for form in forms if len(form) >= SECRET_LENGTH_MIN)
