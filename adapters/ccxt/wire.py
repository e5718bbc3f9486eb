"""The way to a venue: one session of our own, that goes nowhere else and sends nothing twice.

Rules of this file
1. What is sent is sent once: no second try of aiohttp on a fresh connection, no redirect followed.
2. With a local exchange every name of the venue leads to it, and everything else raises before it
   is looked up.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Final

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.ccxt.codes import words
from adapters.ccxt.requests import Request
from adapters.ccxt.settings import Local

UNDER_WAY: ContextVar[Request | None] = ContextVar("under_way", default=None)
"""The request that ccxt makes right now in this task."""

CONNECTIONS_MAX: Final = 20
"""Connections to one venue: more than the calls that a lane of the bridge has under way, so that a
cancel never waits for one."""


class EgressBarred(Exception):
    """A call would have left for somewhere else than the local exchange. It did not."""


class Redirected(aiohttp.ClientError):
    """The venue asked to go elsewhere with this request. It was not followed."""


class _Locally(AbstractResolver):
    """Every name of the venue is the local exchange; no other name is known."""

    def __init__(self, local: Local, hosts: frozenset[str]) -> None:
        self._local, self._hosts = local, hosts

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Return the address of the local exchange."""
        if host not in self._hosts:
            raise EgressBarred(words("ccxt_egress_barred", value=host))
        return [
            ResolveResult(
                hostname=host,
                host=self._local.host,
                port=self._local.port,
                family=family,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Have nothing to let go of."""


def session(local: Local | None, hosts: Sequence[str], where: str) -> aiohttp.ClientSession:
    """Make the session of one account: for its REST calls and its streams."""
    known = frozenset(hosts)

    async def guard(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        host = request.url.host or ""
        if local is not None and host not in known:
            raise EgressBarred(words("ccxt_egress_barred", value=host, where=where))
        response = await handler(request)
        if 300 <= response.status < 400 and "Location" in response.headers:
            to = response.headers["Location"].partition("?")[0]
            response.close()
            raise Redirected(words("ccxt_redirected", value=to, where=where))
        return response

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_left)
    trace.freeze()
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=tls(local),
            limit=CONNECTIONS_MAX,
            resolver=None if local is None else _Locally(local, known),
            use_dns_cache=local is None,
        ),
        middlewares=(guard,),
        trace_configs=[trace],
    )
    # aiohttp would send a PUT or a DELETE a second time when a kept connection breaks
    setattr(made, "_retry_connection", False)  # noqa: B010
    return made


def tls(local: Local | None) -> ssl.SSLContext:
    """Return whom to trust: the world's authorities, or the local exchange's own and nobody
    else."""
    return ssl.create_default_context(cafile=certifi.where() if local is None else str(local.ca))


async def _left(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    _params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    """Note that the next thing to happen is the first byte on the wire."""
    request = UNDER_WAY.get()
    if request is not None:
        request.left = True
