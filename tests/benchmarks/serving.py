"""Serving for measurements: processes that answer, alerts to send, waits with an end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Final

from bridge.config.values import Config

WAIT_S: Final = 20.0
"""Far above what anything here takes: what does not happen by then is a defect."""

LOOK_EVERY_S: Final = 0.01
"""How often a wait looks: it takes nothing from the process that it waits for."""


@contextlib.contextmanager
def process(
    arguments: list[str], port: int, path: str = "/"
) -> Generator[subprocess.Popen[bytes], None, None]:
    """Run a server, wait until it answers with anything below 500, and end it."""
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, path)
        yield child
    finally:
        child.terminate()
        child.wait(timeout=15)


def wait_for(port: int, path: str) -> float:
    """Wait until an address answers with anything below 500; return the seconds it took."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < WAIT_S:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1):
                return time.perf_counter() - begun
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.005)
    raise TimeoutError(f"nothing answers at port {port}")


async def until(true: Callable[[], bool], what: str, *, every_s: float = LOOK_EVERY_S) -> None:
    """Wait in this process until something holds. Errors: ``TimeoutError``."""
    for _ in range(int(WAIT_S / every_s)):
        if true():
            return
        await asyncio.sleep(every_s)
    raise TimeoutError(f"{what} within {WAIT_S:.0f} s")


def alerts(tag: str, count: int) -> list[bytes]:
    """Write alerts with their own ids and the time of now; buys and sells in turn."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        json.dumps(
            {
                "id": f"BTCUSDT-{at}-{tag}-{number}",
                "strategy": "demo",
                "symbol": "BTCUSDT",
                "action": "buy",
                "effect": "open",
                "quantity": "0.001",
                "order_type": "market",
                "price": "50000.10",
                "time": at,
            }
        ).encode()
        for number in range(count)
    ]


def hook_of(config: Config) -> str:
    """Return the path of the hook, with its token."""
    hook = config.hooks["demo"]
    return f"/hooks/{hook.route}/{hook.tokens[0]}"
