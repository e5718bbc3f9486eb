"""The demo, as a newcomer runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import redis

from tests.e2e.commands import ROOT, bascule, environment
from tests.servers import start_valkey

pytestmark = pytest.mark.e2e

PROMISED = {
    "deliveries": 5,
    "signals": 1,
    "orders": 1,
    "fills": 1,
    "restarts": 1,
    "position": "0.01",
    "journal_ok": True,
}


def test_once_keeps_its_promises(tmp_path: Path) -> None:
    """Five deliveries and a crash between them: one signal, order and fill, a whole journal."""
    done = bascule("demo", "--once", "--json", env={"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)})
    last = json.loads(done.out.splitlines()[-1])

    assert 0 == done.code, done.err
    assert PROMISED == {name: last[name] for name in PROMISED}
    assert "sqlite" == last["store"]
    assert "Received at the door" in done.err, "the trace is told"
    assert [] == [left for left in tmp_path.iterdir() if left.name.startswith("bascule")]


@pytest.mark.ccxt
def test_once_at_a_play_exchange(tmp_path: Path) -> None:
    """The same through ccxt, over TLS: one order at the exchange, and its stop beside it."""
    env = {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    done = bascule("demo", "--once", "--exchange", "--json", env=env)
    assert 0 == done.code, done.err
    last = json.loads(done.out.splitlines()[-1])

    assert {**PROMISED, "orders": 2} == {name: last[name] for name in PROMISED}
    assert "Handed to the venue" in done.err
    assert "Protection in force" in done.err
    assert [] == [left for left in tmp_path.iterdir() if left.name.startswith("bascule")]


@pytest.mark.redis
def test_once_on_a_server_leaves_nothing_behind(tmp_path: Path) -> None:
    """The same on Redis; at the end its journal is gone from the server."""
    server = start_valkey(tmp_path / "valkey")
    try:
        done = bascule("demo", "--once", "--json", "--store", server.url)
        last = json.loads(done.out.splitlines()[-1])
        with redis.Redis.from_url(server.url) as client:
            left = list(client.scan_iter())

        assert 0 == done.code, done.err
        assert {**PROMISED, "store": "redis"} == {name: last[name] for name in (*PROMISED, "store")}
        assert [] == left
    finally:
        server.stop()


def test_a_folder_that_is_named_is_kept(tmp_path: Path) -> None:
    """With --dir everything stays, and the commands work on it afterwards."""
    place = tmp_path / "demo"
    done = bascule("demo", "--once", "--dir", place)
    proof = bascule("journal", "verify", "-c", place / "bascule.toml", "--json")

    assert 0 == done.code, done.err
    assert proof.json["ok"] and proof.json["records"] > 5


def test_a_folder_with_a_configuration_is_left_alone(tmp_path: Path) -> None:
    """The demo never writes over somebody's bridge."""
    (tmp_path / "bascule.toml").write_text("mine", encoding="utf-8")
    done = bascule("demo", "--once", "--dir", tmp_path, "--json")

    assert (3, "config_exists") == (done.code, done.json["code"])
    assert "mine" == (tmp_path / "bascule.toml").read_text(encoding="utf-8")


def test_a_store_that_does_not_answer_is_one_sentence() -> None:
    """Without a server at that address the demo ends, and the bridge's last words are shown."""
    done = bascule("demo", "--once", "--store", "redis://127.0.0.1:1/0")

    assert 1 == done.code
    assert "demo ended by itself" in done.err and "127.0.0.1:1" in done.err


def test_the_page_stays_open_until_it_is_interrupted(tmp_path: Path) -> None:
    """The pages answer at the printed address while the demo waits; an interrupt ends all of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", "demo", "--json"],
        cwd=ROOT,
        env=environment(TMPDIR=str(tmp_path), TEMP=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        ready = told["pages"] + "readyz"
        assert 200 == httpx.get(ready).status_code
        process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        _, words = process.communicate(timeout=60)

        assert 0 == process.returncode, words
        assert b"Log in there with this token" in words
        with pytest.raises(httpx.ConnectError):
            httpx.get(ready)
        assert [] == [left for left in tmp_path.iterdir() if left.name.startswith("bascule")]
    finally:
        process.kill()
        process.communicate()
