"""The public address: where TradingView finds the hooks, as the front door is known outside.

Rules of this file
1. What TradingView refuses or loses is refused here: another port, IPv6, a private address, http.
2. Loopback is allowed with http and any port, to try things on one machine.
3. The address never holds a secret; a route's token is added by who shows it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bridge.config.problems import Finding, PathKey, shown
from bridge.config.store_url import is_loopback

PUBLIC_URL_PATH: Final[PathKey] = ("door", "public_url")
"""The key of the address."""

HTTPS_PORT: Final = 443
"""TradingView refuses an address with another port than 80 and 443; 80 has no TLS."""

_FORM: Final = "`https://HOST`, perhaps with a path that the proxy takes away"
_HOST: Final = re.compile(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9_.~-]{1,64}){0,4}/?")


def public_url_of(text: str | None) -> str | Finding:
    """Judge the address, and return it without a slash at its end; empty when there is none."""
    if text is None:
        return ""
    wrong = _wrong(text)
    if wrong:
        return Finding(PUBLIC_URL_PATH, "config_public_url", wrong, _FORM)
    scheme, _, rest = text.rstrip("/").partition("://")
    return f"{scheme.lower()}://{rest}"


def _wrong(text: str) -> str:
    """Say what is wrong with an address; empty when it is good."""
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        return "it cannot be read"
    if "@" in url.netloc:
        return "it has a user or a password"
    if url.scheme not in ("https", "http"):
        return "it does not begin with https://"
    if "?" in text or "#" in text or any(sign.isspace() for sign in text):
        return "it has a `?`, a `#` or white space"
    return _wrong_host(url, host, port) or _wrong_path(url.path)


def _wrong_host(url: SplitResult, host: str, port: int | None) -> str:
    if "[" in url.netloc:
        return "TradingView has no IPv6"
    if _HOST.fullmatch(host) is None:
        return f"{shown(host)} is no host" if host else "it has no host"
    if is_loopback(host):
        return ""
    if url.scheme == "http":
        return "http shows the token of a route to everybody on the way"
    if port not in (None, HTTPS_PORT):
        return f"TradingView refuses the port {port}"
    return _wrong_name(host)


def _wrong_name(host: str) -> str:
    import ipaddress  # most files have no such address

    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        if "." not in host:
            return f"{host} is a name of your own network"
        return f"{host} is no host" if host.rpartition(".")[2].isdigit() else ""
    return "" if address.is_global else f"{host} is a private address"


def _wrong_path(path: str) -> str:
    parts = path.split("/")
    if _PREFIX.fullmatch(path) is None or "." in parts or ".." in parts:
        return "its path cannot be used"
    if "hooks" in parts:
        return "the path of the hooks is added to it"
    return ""
