"""The play exchange of the demo: a process of its own, and a configuration that points at it.

Rules of this file
1. Its ports are free ones of loopback that it finds by itself; it says where it is in one line.
2. It ends with us, however we end.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from bridge.cli.child import MODULE, STOP_WITHIN_S, environment
from bridge.cli.exchanging import account_lines
from bridge.cli.stopped import stopped
from bridge.config.starter_text import PAPER_ACCOUNT, PAPER_MARKET
from bridge.exits import Exit

VENUE: Final = "binanceusdm"
"""The venue that the demo trades at: an order, its stop and its targets can all be seen there."""

READY_WITHIN_S: Final = 30.0
"""From start to its first line: two seconds here, and a slow machine's imports take several."""

TAIL_CHARS: Final = 2_000
"""Of what it said when it did not come up."""

_ETH: Final = 'aliases = ["BINANCE:ETHUSDT"'
ETH_STEP: Final = (f"lot_step = 0.001\n{_ETH}", f"lot_step = 0.01\n{_ETH}")
"""The smallest step of that market at the venue is another one than at the paper venue."""


@contextlib.contextmanager
def exchange_for(config: Path) -> Generator[None]:
    """Serve a play exchange, and point the fresh configuration at it. Errors: ``Stopped``."""
    folder = config.parent / "exchange"
    words = ["exchange", str(folder), "--port", "0", "--control-port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        start_new_session=os.name == "posix",
    )
    try:
        point_at(config, _first_words(process))
        yield
    finally:
        _end(process)


def point_at(config: Path, said: dict[str, Any]) -> None:
    """Let the account of a fresh configuration trade at the play exchange."""
    table = "\n".join(account_lines(VENUE, said)).replace("NAME", "paper")
    account = f'[accounts.paper]\nvenue = "ccxt"\ncurrency = "USDT"\n\n{table}\n'
    text = config.read_text(encoding="utf-8")
    for old, new in ((PAPER_ACCOUNT, account), (PAPER_MARKET, ""), ETH_STEP):
        assert old in text, "the configuration is the fresh one"
        text = text.replace(old, new, 1)
    config.write_text(text, encoding="utf-8")


def _first_words(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Read where it is. One that says nothing in time is ended, and then its output ends."""
    assert process.stdout is not None
    assert process.stderr is not None
    timer = threading.Timer(READY_WITHIN_S, process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
    if not line:
        _end(process)
        words = process.stderr.read().decode("utf-8", "replace").strip()[-TAIL_CHARS:]
        raise stopped(Exit.FAILED, "demo_exchange", words or "it said nothing")
    return json.loads(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_WITHIN_S)
