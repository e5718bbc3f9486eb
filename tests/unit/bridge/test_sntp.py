"""Time servers: a small client against a server on the loopback, and what follows from it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge import sntp
from core.store.memory import Disk
from core.view import NETWORK
from tests.unit.bridge.parts import Switch, bridge, until
from tests.unit.bridge.test_clock import HOUR_NS, SECOND_NS, START_NS, judged

pytestmark = pytest.mark.enable_socket


class Server(asyncio.DatagramProtocol):
    """A time server on the loopback, whose clock is ``ahead_ns`` before ours."""

    def __init__(self, ahead_ns: int = 0, **broken: Any) -> None:
        self.ahead_ns, self.broken = ahead_ns, broken
        self.asked = 0

    def connection_made(self, transport: Any) -> None:
        """Keep what answers go out by."""
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer."""
        self.asked += 1
        self.transport.sendto(answer(data, START_NS + self.ahead_ns, **self.broken), addr)


def answer(
    question: bytes, now_ns: int, *, first: int = 0x24, stratum: int = 2, nonce: bytes = b""
) -> bytes:
    """Make what a server says."""
    seconds, part = divmod(now_ns, SECOND_NS)
    stamp = ((seconds + sntp.EPOCH_S) % sntp.ERA_S).to_bytes(4, "big")
    stamp += ((part << 32) // SECOND_NS).to_bytes(4, "big")
    return bytes([first, stratum]) + bytes(22) + (nonce or question[40:48]) + stamp + stamp


async def asked(server: Server) -> sntp.TimeAnswer | None:
    """Ask a server on the loopback at a time that stands still."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
    try:
        return await sntp.ask(f"127.0.0.1:{server.port}", lambda: START_NS)
    finally:
        transport.close()


@pytest.mark.parametrize("ahead_ns", [0, HOUR_NS, -HOUR_NS, SECOND_NS // 2])
async def test_a_time_server_says_how_far_off_we_are(ahead_ns: int) -> None:
    """Ours is behind by what the server's is ahead, to a microsecond."""
    found = await asked(Server(ahead_ns))
    assert found is not None

    assert abs(found.ahead_ns + ahead_ns) < 1000
    assert 0 == found.delay_ns


@pytest.mark.parametrize(
    "broken",
    [{"first": 0xE4}, {"first": 0x23}, {"stratum": 0}, {"stratum": 16}, {"nonce": b"somebody"}],
)
async def test_what_cannot_be_relied_on_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    """A server that is not sure, another question's answer, a client: nothing is concluded."""
    monkeypatch.setattr(sntp, "ANSWER_WITHIN_S", 0.05)

    assert None is await asked(Server(**broken))


async def test_a_server_that_is_not_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a closed port nor an unknown name raises anything."""
    monkeypatch.setattr(sntp, "ANSWER_WITHIN_S", 0.05)

    assert None is await sntp.ask("127.0.0.1:1", lambda: START_NS)
    assert None is await sntp.ask("no..name", lambda: START_NS)


def test_their_time_begins_anew_in_2036() -> None:
    """An answer of the year 2040 is read as such by a machine of that year."""
    later_ns = 2_208_988_800 * SECOND_NS  # 2040
    packet = answer(bytes(40) + b"12345678", later_ns + SECOND_NS)
    found = sntp.read_answer(packet, b"12345678", later_ns, later_ns)

    assert found is not None
    assert -SECOND_NS == found.ahead_ns
    assert None is sntp.read_answer(packet[:47], b"12345678", later_ns, later_ns)


async def test_time_servers_of_the_file_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their answer refuses entries while it says that our clock is off, and no others are asked."""
    monkeypatch.setattr("bridge.timekeeper.ASK_EVERY_S", 0.05)
    loop = asyncio.get_running_loop()
    server = Server(HOUR_NS)
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))

    def edit(text: str) -> str:
        return f'{text}\n[clock]\nservers = ["127.0.0.1:{server.port}"]\n'

    try:
        async with bridge(tmp_path, store=Switch(Disk()), edit=edit) as running:
            await until(lambda: NETWORK in running.runtime.outlook.clocks)
            verdict = await judged(running)
            server.ahead_ns = running.runtime.clock.now() - START_NS
            count = server.asked
            await until(lambda: server.asked > count + 1)
            server.ahead_ns = running.runtime.clock.now() - START_NS
            await until(lambda: abs(running.runtime.outlook.clocks[NETWORK].ahead_ns) < SECOND_NS)

            assert ("refused", "clock_off") == verdict
            assert ("admitted", "") == await judged(running)
    finally:
        transport.close()
