"""What each test may rely on: shut sockets, a loop for `async def`, this machine on request."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

# A blocked call also warns, and a warning is an error here: either way the test that tried it ends.
BLOCKED = (SocketBlockedError, SocketConnectBlockedError, UserWarning)

ELSEWHERE = ("192.0.2.1", 9)
"""An address that is kept for examples: nothing is there, ever."""


@pytest.mark.skipif(os.name == "nt", reason="a Windows event loop is made of two sockets")
def test_no_socket_without_a_marker() -> None:
    """A test that says nothing about sockets has none."""
    with pytest.raises(BLOCKED):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


@pytest.mark.loopback
def test_this_machine_with_a_marker() -> None:
    """A marked test reaches this machine and nothing beyond it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as near:
            assert near.getpeername() == server.getsockname()
        with socket.socket() as far, pytest.raises(BLOCKED):
            far.connect(ELSEWHERE)


async def test_async_tests_run_by_themselves() -> None:
    """An `async def` test needs no marker and runs on asyncio."""
    assert "asyncio" == type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.skipif(os.name == "nt", reason="a Windows event loop connects below the guard")
async def test_an_async_test_has_no_socket_either() -> None:
    """The loop's own pair of sockets opens no door to the network."""
    with pytest.raises(BLOCKED):
        await asyncio.open_connection(*ELSEWHERE)
