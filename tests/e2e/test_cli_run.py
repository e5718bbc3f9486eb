"""`bascule run` as a process: how it starts, how it ends, and that only one of two trades."""

from __future__ import annotations

import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.exits import Exit
from tests.e2e.commands import ROOT, Place, environment, fresh, place, running
from tests.servers import start_valkey

pytestmark = pytest.mark.e2e

ENDS_WITHIN_S = 20
"""Far above what it takes; an end that never comes fails here and not after minutes."""


def test_it_stops_in_order_with_a_page_open(tmp_path: Path) -> None:
    """Asked to end while a live page hangs on it, it ends with 0, and the journal says so."""
    where = place(tmp_path / "b")
    with running(where) as child:
        api = where.config.api
        page = http.client.HTTPConnection(api.host, api.port, timeout=ENDS_WITHIN_S)
        page.request("GET", "/live", headers={"authorization": f"Bearer {api.tokens[0].secret}"})
        stream = page.getresponse()
        assert 200 == stream.status and stream.readline().startswith(b"retry:")

        code = child.stop()
        page.close()

    exported = where.run("journal", "export").out.splitlines()
    assert Exit.OK == code
    assert "bridge_stopped" == json.loads(exported[-1])["t"]


def test_what_it_prints_names_the_addresses_and_no_token(tmp_path: Path) -> None:
    """The first words of the process say where hooks and pages are, and that money is simulated."""
    where = place(tmp_path / "b")
    with running(where):
        pass
    said = (where.file.parent / "bridge.log").read_text(encoding="utf-8")

    assert f"http://127.0.0.1:{where.config.door.port}/hooks/" in said
    assert f"http://127.0.0.1:{where.config.api.port}/" in said
    assert "paper" in said
    assert not any(secret in said for secret in where.secrets)


def test_with_json_it_says_one_object_and_serves(tmp_path: Path) -> None:
    """A program that starts it reads one line, and knows where everything is."""
    where = place(tmp_path / "b")
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge.cli", "run", "-c", where.file, "--json"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
    rest, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert (where.made["api"], where.made["ready"]) == (said["api"], said["ready"])
    assert ("paper", ["demo"], []) == (said["mode"], said["routes"], said["halts"])
    assert (0, b"") == (process.returncode, rest)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    """A second start on the same ports ends with 7, names the address, and harms nobody."""
    where = place(tmp_path / "b")
    with running(where):
        second = where.run("run", "--json")
        alive = where.run("signal", "send", *fresh(), "--json")

    assert (Exit.PORT, "port_taken") == (second.code, second.json["code"])
    assert str(where.config.door.port) in second.json["sentence"]
    assert "admitted" == alive.json["verdict"]


def test_what_was_raised_is_raised_after_a_restart(tmp_path: Path) -> None:
    """A halt survives the process; status shows it without a bridge, and `run` says it again."""
    where = place(tmp_path / "b")
    with running(where):
        where.run("halt", "--reason", "over night")
    asleep = where.run("status", "--json")
    with running(where):
        awake = where.run("status", "--json")

    assert (0, False, True) == (asleep.code, asleep.json["running"], asleep.json["halted"])
    assert (True, True) == (awake.json["running"], awake.json["halted"])
    assert "over night" in (where.file.parent / "bridge.log").read_text(encoding="utf-8")


def test_lists_and_traces_are_the_same_without_the_bridge(tmp_path: Path) -> None:
    """After the end, signals, orders and the trace are read from the journal, and that is said."""
    where = place(tmp_path / "b")
    with running(where):
        signal = where.run("signal", "send", *fresh(), "--json").json["signal"]
        _until_filled(where)
        kept = {what: where.run(what, "list", "--json").json for what in ("signal", "order")}
        trace = where.run("signal", "explain", signal, "--json").json

    for what, plural in (("signal", "signals"), ("order", "orders")):
        asleep = where.run(what, "list", "--json").json
        assert (False, kept[what][plural]) == (asleep["running"], asleep[plural])
    told = where.run("signal", "explain", signal)
    assert "NOT running" in told.out
    asleep = where.run("signal", "explain", signal, "--json").json
    assert [hop["title"] for hop in trace["hops"]] == [hop["title"] for hop in asleep["hops"]]
    assert "NOT running" in where.run("status").out


def test_verify_names_the_record_that_was_changed(tmp_path: Path) -> None:
    """One letter changed in the file: verify ends with 1, names the commit; export stops there."""
    where = place(tmp_path / "b")
    with running(where):
        where.run("signal", "send", *fresh(), "--json")
        _until_filled(where)
    with sqlite3.connect(where.config.data / "journal.db") as file:
        rows = file.execute("SELECT first, payload FROM appends").fetchall()
        first, payload = next(row for row in rows if b"signal_received" in row[1])
        changed = payload.replace(b'"buy"', b'"bux"')
        file.execute("UPDATE appends SET payload = ? WHERE first = ?", (changed, first))
    file.close()

    done = where.run("journal", "verify", "--json")
    shown = where.run("journal", "verify")
    exported = where.run("journal", "export", "--json")

    assert changed != payload
    assert (Exit.FAILED, False, first) == (done.code, done.json["ok"], done.json["first_bad"])
    assert "journal_changed" == done.json["code"]
    assert str(first) in shown.err
    assert Exit.FAILED == exported.code


@pytest.mark.redis
def test_a_second_bridge_on_the_same_journal_fences_the_first(tmp_path: Path) -> None:
    """The one that started last trades; the first ends with 5 as soon as it would write."""
    server = start_valkey(tmp_path / "valkey")
    try:
        first = place(tmp_path / "one", store=server.url)
        second = place(tmp_path / "two", store=server.url)
        text = second.file.read_text(encoding="utf-8")
        ours, theirs = first.config.store.journal, second.config.store.journal
        second.file.write_text(text.replace(theirs, ours), encoding="utf-8")
        with running(first) as one, running(second):
            first.run("signal", "send", *fresh(), "--json")
            deadline = time.monotonic() + ENDS_WITHIN_S
            while one.ended() is None and time.monotonic() < deadline:
                first.run("signal", "send", *fresh(), "--json")

            assert Exit.FENCED == one.ended()
            assert "admitted" == second.run("signal", "send", *fresh(), "--json").json["verdict"]
    finally:
        server.stop()


def test_a_broken_configuration_does_not_start(tmp_path: Path) -> None:
    """`run` tells the same problems as `check`, and ends with 3."""
    where = place(tmp_path / "b")
    where.file.write_text("[door]\nport = 'x'\n", encoding="utf-8")
    where.file.chmod(0o600)

    assert where.run("check").err == where.run("run").err
    assert Exit.CONFIG == where.run("run").code


def _until_filled(where: Place) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < deadline:
        orders = where.run("order", "list", "--json").json["orders"]
        if orders and all(order["state"] == "filled" for order in orders):
            return
    pytest.fail("the order was not filled")
