"""A time server, asked once: a small client of SNTP (RFC 4330) over a datagram.

Rules of this file
1. Only a server that the configuration names is ever asked.
2. What was not asked for, or is not sure of its own time, is no answer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PORT: Final = 123
"""Where time servers listen."""

ANSWER_WITHIN_S: Final = 2.0
"""How long an answer may take: what comes later is too inexact to judge a second by."""

SIZE: Final = 48
"""Bytes of a message without extensions; a longer answer begins with them."""

ASK: Final = 0x23
"""Version 4, from a client."""

SERVER: Final = 4
"""The mode of an answer."""

UNSURE: Final = 3
"""The leap indicator of a server that has no time itself."""

STRATUM_MAX: Final = 15
"""Steps from a reference clock; 16 means that it has none (RFC 4330, section 4)."""

EPOCH_S: Final = 2_208_988_800
"""Seconds from 1900, where their time begins, to 1970, where ours does."""

ERA_S: Final = 1 << 32
"""Seconds after which their time begins anew, for the first time in 2036."""


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """How far our clock is ahead of the server's, and how long the way there and back took."""

    ahead_ns: int
    delay_ns: int


def read_answer(packet: bytes, nonce: bytes, sent_ns: int, come_ns: int) -> TimeAnswer | None:
    """Read an answer; ``None`` when it is none to our question, or none to rely on."""
    if len(packet) < SIZE or packet[24:32] != nonce:
        return None
    leap, mode, stratum = packet[0] >> 6, packet[0] & 7, packet[1]
    if mode != SERVER or leap == UNSURE or not 1 <= stratum <= STRATUM_MAX:
        return None
    taken_ns, told_ns = (_unix_ns(packet[at : at + 8], come_ns) for at in (32, 40))
    delay_ns = (come_ns - sent_ns) - (told_ns - taken_ns)
    ahead_ns = ((sent_ns - taken_ns) + (come_ns - told_ns)) // 2
    return TimeAnswer(ahead_ns, max(delay_ns, 0))


def _unix_ns(stamp: bytes, near_ns: int) -> int:
    """Turn their time into ours, in the era that is nearest."""
    seconds = int.from_bytes(stamp[:4], "big") - EPOCH_S
    part_ns = int.from_bytes(stamp[4:], "big") * 1_000_000_000 >> 32
    eras = round((near_ns // 1_000_000_000 - seconds) / ERA_S)
    return (seconds + eras * ERA_S) * 1_000_000_000 + part_ns


class _Question(asyncio.DatagramProtocol):
    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._nonce = secrets.token_bytes(8)
        self._sent_ns = 0
        self.answer: asyncio.Future[TimeAnswer] = asyncio.get_running_loop().create_future()

    def ask(self, transport: asyncio.DatagramTransport) -> None:
        self._sent_ns = self._now()
        transport.sendto(bytes([ASK]) + bytes(39) + self._nonce)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - its form
        found = read_answer(data, self._nonce, self._sent_ns, self._now())
        if found is not None and not self.answer.done():
            self.answer.set_result(found)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def ask(server: str, now: Callable[[], int]) -> TimeAnswer | None:
    """Ask one server, ``HOST`` or ``HOST:PORT``; ``None`` when no answer came in time."""
    host, _, port = server.partition(":")
    loop = asyncio.get_running_loop()
    try:
        transport, question = await loop.create_datagram_endpoint(
            lambda: _Question(now), remote_addr=(host, int(port or PORT))
        )
    except (OSError, UnicodeError):  # its name is none or not known, or there is no network
        return None
    question.ask(transport)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await question.answer
    except (TimeoutError, OSError):
        return None
    finally:
        transport.close()
