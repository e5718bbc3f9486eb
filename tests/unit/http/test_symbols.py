"""Symbols by API, page and command: what each leads to, by which way, and how futures roll."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.app import run
from bridge.config import Config, load
from bridge.config.check import check
from bridge.exits import Exit
from core.setup import SECOND_NS
from core.table_ends import ENDING_NS
from tests.unit.http.room import READ, room
from tests.unit.http.test_tryout import alert

DAY_NS = 24 * 3600 * SECOND_NS
YEAR = time.gmtime().tm_year

CONTRACT = """
[instruments.{name}]
currency = "USDT"
tick = 0.25
lot_step = 1
"""
NAMES = (f"ESZ{YEAR}", f"ESH{YEAR + 1}")


def planned(text: str) -> str:
    """Add a future in whose first contract the strategy may trade, far from any roll."""
    first, second = NAMES
    return (
        text.replace('instruments = ["BTCUSDT"', 'instruments = ["ES", "BTCUSDT"')
        + "".join(CONTRACT.format(name=name) for name in NAMES)
        + f"""
[futures.ES]
exchanges = ["CME_MINI"]
contracts = [
  {{ name = "{first}", expiry = "{YEAR + 1}-12-18" }},
  {{ name = "{second}", expiry = "{YEAR + 2}-03-19", front_from = "{YEAR + 1}-12-10" }},
]
"""
    )


def written(folder: Path, *, rules: str = "") -> Path:
    """Write a bridge that trades the future, at ports where nobody listens."""
    assert run(["init", str(folder), "--port", "9"]) == Exit.OK
    path = folder / "bascule.toml"
    path.write_text(
        planned(path.read_text()) + (f"\n[symbols]\nrules = {rules}\n" if rules else "")
    )
    return path


async def test_the_api_says_what_each_symbol_leads_to(tmp_path: Path) -> None:
    """By which table, with rules and futures; one that only a rule would map names the line."""
    async with room(tmp_path / "bridge", planned) as house, house.client(READ) as client:
        every = (await client.get("/api/symbols")).json()
        one = (await client.get("/api/symbols", params={"symbol": "CME:ESZ6"})).json()
        strange = await client.get("/api/symbols", params={"account": "nobody"})
        long = await client.get("/api/symbols", params={"symbol": "X" * 65})

    found = {row["symbol"]: row for row in every["symbols"]}
    assert (NAMES[0], "continuous contract") == (
        found["CME_MINI:ES1!"]["instrument"], found["CME_MINI:ES1!"]["way"],
    )  # fmt: skip
    assert (NAMES[1], "name of the instrument") == (
        found["ES2!"]["instrument"], found[NAMES[1]]["way"],
    )  # fmt: skip
    assert {"ES3!"}.isdisjoint(found) and 0 == every["left_out"]
    (future,) = every["futures"]
    assert (NAMES[0], NAMES[1], False) == (future["front"], future["next"], future["rolling"])
    assert f"{YEAR + 1}-12-10T00:00:00.000000Z" == future["roll"]
    assert ["front", ""] == [row["state"] for row in future["contracts"]]
    assert not any(row["confirmed"] for row in every["rules"])
    (row,) = one["symbols"]
    wanted = ("symbol_unknown", None) if YEAR % 10 != 6 else ("symbol_needs_rule", None)
    assert wanted == (row["code"], row["instrument"])
    assert (404, 422) == (strange.status_code, long.status_code)


async def test_a_tried_alert_shows_what_its_symbol_leads_to(tmp_path: Path) -> None:
    """In the API and on the page, with the way; a refused one with its line to add."""
    async with room(tmp_path / "bridge", planned) as house:
        async with house.client(READ) as client:
            body = {"message": alert(symbol="CME_MINI:ES1!", quantity="1")}
            good = (await client.post("/api/read", json=body)).json()["signals"][0]
            body = {"message": alert(symbol="OKX:BTCUSDT")}
            bad = (await client.post("/api/read", json=body)).json()["signals"][0]
        async with house.logged_in() as person:
            csrf = re.search(r'name="csrf" value="([^"]+)"', (await person.get("/read")).text)
            assert csrf is not None
            sent = {"message": alert(symbol="CME_MINI:ES1!"), "csrf": csrf[1], "route": "demo"}
            page = (await person.post("/read", data=sent)).text

    assert [("paper", NAMES[0], "continuous contract", "")] == [
        (one["account"], one["instrument"], one["way"], one["code"]) for one in good["instruments"]
    ]
    (row,) = bad["instruments"]
    assert ("symbol_needs_rule", "BTCUSDT") == (row["code"], row["would"])
    assert "symbol_needs_rule" == bad["code"]
    assert NAMES[0] in page and "continuous contract" in page


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Run a command with ``--json``; return its exit code and what it said."""
    capsys.readouterr()
    code = run([*words, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out or err)


@pytest.mark.enable_socket
def test_the_command_reads_the_file_when_no_bridge_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All symbols, one by rules, and one that leads nowhere, which is exit 2."""
    path = str(written(tmp_path / "b", rules='["strip_exchange"]'))
    code, row = said(capsys, "symbols", "-c", path)
    assert (Exit.OK, False) == (code, row["running"])
    assert "ES1!" in {one["symbol"] for one in row["symbols"]}
    code, row = said(capsys, "symbols", f"CME:{NAMES[1]}", "-c", path)
    (one,) = row["symbols"]
    assert (Exit.OK, NAMES[1], ["strip_exchange"]) == (code, one["instrument"], one["rules"])
    code, row = said(capsys, "symbols", "nothing", "-c", path)
    assert (Exit.USAGE, "symbol_unknown") == (code, row["symbols"][0]["code"])
    code, row = said(capsys, "symbols", "--account", "nobody", "-c", path)
    assert (Exit.USAGE, "account_not_configured") == (code, row["code"])
    capsys.readouterr()
    assert Exit.OK == run(["symbols", "-c", path])
    told = capsys.readouterr().out
    assert "Rules confirmed: strip_exchange; not: perpetual_suffix" in told
    assert f"Future ES: {NAMES[0]}; {NAMES[1]} from {YEAR + 1}-12-10" in told


def test_reading_an_alert_says_what_each_account_would_trade(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what was read, from the file alone."""
    path = str(written(tmp_path / "b"))

    def type_in(symbol: str) -> None:
        text = alert(symbol=symbol).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    type_in("ES2!")
    code, row = said(capsys, "signal", "read", "-c", path)
    (one,) = row["signals"][0]["instruments"]
    assert (Exit.OK, "paper", NAMES[1]) == (code, one["account"], one["instrument"])
    type_in("ES1!")
    run(["signal", "read", "-c", path])
    assert f"{NAMES[0]} (continuous contract)" in capsys.readouterr().out
    type_in("XX1!")
    run(["signal", "read", "-c", path])
    assert "No instrument of paper is called XX1!" in capsys.readouterr().out


def test_the_check_warns_of_what_ends_and_of_what_nothing_rolls(tmp_path: Path) -> None:
    """A continuous symbol nailed to one contract; a contract that ends soon; a table that ends."""
    path = written(tmp_path / "b")
    text = path.read_text().replace(
        f"[instruments.{NAMES[1]}]", f'[instruments.{NAMES[1]}]\naliases = ["NQ1!"]'
    )
    path.write_text(text)
    config = load(path, {})
    assert isinstance(config, Config)
    (future,) = config.setup.futures.values()
    first, last = future.contracts

    def told(now: int) -> list[tuple[str, str]]:
        rows = check(config, now=now)
        return [(one.name, one.value) for one in rows if one.name.startswith(("fut", "cont"))]

    nailed = ("continuous symbol", "NQ1!")
    assert [nailed] == told(0) == told(first.expiry_ns - ENDING_NS - 1)
    assert [nailed, ("future", first.name)] == told(first.expiry_ns - 9 * DAY_NS)
    assert [nailed, ("future", last.name), ("future", last.name)] == told(last.expiry_ns - DAY_NS)


async def test_the_status_names_a_table_that_ends_until_it_is_mended(tmp_path: Path) -> None:
    """In the API and on the page of now; not once the file has the next contract."""

    def ending(text: str) -> str:
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 9 * 24 * 3600))
        cut, _ = planned(text).split("contracts = [")
        return f'{cut}contracts = [{{ name = "{NAMES[0]}", expiry = "{day}" }}]\n'

    async with room(tmp_path / "bridge", ending) as house:
        async with house.client(READ) as client:
            (end,) = (await client.get("/api/status")).json()["futures_ending"]
        async with house.logged_in() as person:
            page = (await person.get("/")).text

    assert ("contracts_ending", "ES", NAMES[0], "ending") == (
        end["code"], end["future"], end["contract"], end["stage"],
    )  # fmt: skip
    assert f"The table of the future ES ends with {NAMES[0]}" in page
    assert "<code>contracts_ending</code>" in page
    async with room(tmp_path / "mended", planned) as house, house.client(READ) as client:
        assert [] == (await client.get("/api/status")).json()["futures_ending"]
