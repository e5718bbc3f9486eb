"""The front door, visited as TradingView does, and as somebody who should find nothing there.

Rules of this file
1. No secret leaves: the token that is sent is made up for the visit, and is wrong.
2. Only what serves is asked for, and nothing that would act if it were let through.
3. The first thing that keeps an alert out ends the visit: what follows from it is not told as well.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from bridge.config.check import CheckRow, Status
from bridge.config.store_url import is_loopback
from bridge.doctor.codes import CODES
from bridge.doctor.knock import Heard, Knocker, Missed, Place
from core.codes import fill

GIVEN_UP_S: Final = 3.0
"""After this TradingView cancels a request, and does not send it again."""

QUICK_S: Final = 1.0
"""What a knock may take: a third of what TradingView grants."""

ENDS_SOON_NS: Final = 14 * 24 * 3600 * 10**9
"""Certificates of 90 days are renewed 30 days before their end: at 14 something is wrong."""

ADDRESSES_MAX: Final = 4
"""Addresses of one name that are visited: fronts have one or two, large networks four."""

OUTSIDE: Final = (
    *("/", "/api/status", "/api/signals", "/login", "/live", "/readyz", "/healthz"),
    *("/docs", "/openapi.json", "/metrics", "/static/bascule.css", "/hooks", "/hooks/"),
    *("/hooks/../api/status", "/hooks/%2e%2e/api/status", "/hooks/..%2fapi/status"),
    *("//api/status", "/hooks/../../login"),
)
"""What must not be there, with the detours that lead past a careless rule."""

_NOTHING: Final = (404, 429)
"""What nothing looks like: our 404, or 429 to whoever asks too often."""

_UNTIDY: Final = (400, *_NOTHING)
"""A detour may also be refused for what it is."""

_AWAY: Final = (502, 503, 504)
_OURS: Final = ("not_found", "sender_busy")


@dataclass(frozen=True, slots=True)
class Means:
    """What a visit needs of the world. ``plain_port``: where http would be."""

    resolve: Callable[[str], list[str]] = field(default_factory=lambda: resolve)
    knocker: Knocker = field(default_factory=Knocker)
    now_ns: Callable[[], int] = time.time_ns
    plain_port: int = 80


def resolve(name: str) -> list[str]:
    """Look a name up: its addresses of both families. Errors: ``OSError``, ``UnicodeError``."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def row(
    status: Status, code: str, where: str, value: str = "", *, limit: str = "", name: str = "front"
) -> CheckRow:
    """Make a row out of a code."""
    told = CODES[code]
    sentence, fix = (fill(text, value, limit, where) for text in (told.sentence, told.fix))
    return CheckRow(name, status, value or where, sentence, fix, code)


def visit(url: str, route: str, means: Means | None = None) -> list[CheckRow]:
    """Visit the public address. ``route``: the name of a route whose hook is knocked at."""
    if not url:
        return [row("warn", "front_unset", "door.public_url")]
    return list(_Visit(url, route, means or Means()).rows())


class _Visit:
    """One visit, from the name to the last of what must not be there."""

    def __init__(self, url: str, route: str, means: Means) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = parts.scheme == "https"
        self._port = parts.port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        self._shown = url
        self._hook = f"{self._prefix}/hooks/{route}/wrong-{secrets.token_hex(12)}"
        self._means = means

    def rows(self) -> Iterator[CheckRow]:
        """Look at one thing after the other; stop where an alert would."""
        home = is_loopback(self._host)
        if home:
            yield row("warn", "front_loopback", self._shown)
        elif self._port not in (80, 443):
            yield row("fail", "front_port", self._shown, str(self._port))
            return
        addresses = self._addresses(home=home)
        if isinstance(addresses, CheckRow):
            yield addresses
            return
        good = True
        for address in addresses:
            for found in self._knocked(self._place(address)):
                good = good and found.status != "fail"
                yield found
        if good:
            yield from self._outside(self._place(addresses[0]))
            yield from self._unsecured(addresses[0], home=home)

    def _place(self, address: str) -> Place:
        return Place(self._host, address, self._port, self._tls)

    def _addresses(self, *, home: bool) -> list[str] | CheckRow:
        try:
            found = self._means.resolve(self._host)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            return row("fail", "front_name_unknown", self._host, why)
        four = [one for one in found if ":" not in one]
        if not four:
            return row("fail", "front_name_ipv6", self._host, ", ".join(found[:2]))
        inside = [one for one in four if not ipaddress.IPv4Address(one).is_global]
        if inside and not home:
            return row("fail", "front_address_private", self._host, inside[0])
        return four[:ADDRESSES_MAX]

    def _knocked(self, place: Place) -> Iterator[CheckRow]:
        """Deliver an alert with a wrong token, as TradingView delivers one."""
        where = f"{self._shown}/hooks/ ({place.address})"
        heard = self._means.knocker.knock(place, "POST", self._hook, b'{"doctor": true}')
        if isinstance(heard, Missed):
            limit = f"{GIVEN_UP_S:g} s"
            yield row("fail", heard.code, where, heard.value, limit=limit)
            return
        yield from self._certificate(heard)
        yield from self._answer(heard, where)

    def _certificate(self, heard: Heard) -> Iterator[CheckRow]:
        if not heard.ends_ns:
            return
        left_ns = heard.ends_ns - self._means.now_ns()
        days = f"{left_ns // (24 * 3600 * 10**9)} days"
        if left_ns < ENDS_SOON_NS:
            yield row("warn", "front_certificate_ends", self._host, days, limit="30 days")
        else:
            sentence = f"The certificate is good and ends in {days}."
            yield CheckRow("certificate", "ok", self._host, sentence)

    def _answer(self, heard: Heard, where: str) -> Iterator[CheckRow]:
        took = f"{heard.seconds:.2f} s"
        if 300 <= heard.status < 400:
            said = f"{heard.status} to {_host_of(heard.headers.get('location', ''))}"
            yield row("fail", "front_redirects", where, said)
        elif heard.status in _AWAY and _code_of(heard.body) is None:
            yield row("fail", "front_bridge_away", where, str(heard.status))
        elif heard.status not in _NOTHING or _code_of(heard.body) not in _OURS:
            said = f"it answers {heard.status} to a hook with a wrong token"
            yield row("fail", "front_stranger", where, said)
        elif heard.seconds > GIVEN_UP_S:
            yield row("fail", "front_late", where, took, limit=f"{GIVEN_UP_S:g} s")
        elif heard.seconds > QUICK_S:
            yield row("warn", "front_slow", where, took, limit=f"{QUICK_S:g} s")
        else:
            sentence = f"The bridge answered an alert with a wrong token within {took}."
            yield CheckRow("front", "ok", where, sentence)

    def _outside(self, place: Place) -> Iterator[CheckRow]:
        """Ask for all that must not be there, and for the hook in another way."""
        asked = [("GET", self._prefix + path) for path in OUTSIDE]
        found: list[str] = []
        for method, path in [*asked, ("GET", self._hook)]:
            heard = self._means.knocker.knock(place, method, path)
            nothing = _UNTIDY if _is_detour(path) else _NOTHING
            if isinstance(heard, Heard) and heard.status not in nothing:
                shown = path if path != self._hook else f"{self._prefix}/hooks/..."
                found.append(f"{method} {shown} is answered {heard.status}")
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            yield row("fail", "front_open", self._shown, "; ".join(found[:3]) + more)
            return
        sentence = "Nothing but the hooks answers: not the pages, not the API."
        yield CheckRow("front", "ok", f"{len(asked) + 1} addresses", sentence)

    def _unsecured(self, address: str, *, home: bool) -> Iterator[CheckRow]:
        """Deliver the alert without TLS, as one whose address says ``http://`` would come."""
        port = self._means.plain_port
        if not self._tls or (home and port == 80):
            return  # what listens at port 80 of a machine at home is not its front door
        place = Place(self._host, address, port, tls=False)
        heard = self._means.knocker.knock(place, "POST", self._hook, b'{"doctor": true}')
        if isinstance(heard, Missed):
            return
        if 300 <= heard.status < 400 or _code_of(heard.body) in _OURS:
            yield row("warn", "front_plain", f"http://{self._host}", str(heard.status))


def _is_detour(path: str) -> bool:
    return ".." in path or "%2e" in path or "//" in path


def _code_of(body: bytes) -> str | None:
    """Find the code of one of our answers, whatever is round it (a chunked one has its lengths)."""
    begin, end = body.find(b"{"), body.rfind(b"}")
    try:
        said = json.loads(body[begin : end + 1])
    except ValueError:
        return None
    return said.get("code") if isinstance(said, dict) and "verdict" in said else None


def _host_of(location: str) -> str:
    """Name where a redirect leads without its path, which may carry a token."""
    try:
        parts = urlsplit(location)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "another path"
    except ValueError:
        return "an address that cannot be read"
