"""The page of symbols: what alerts wrote, what waits for a person with the lines to paste, and how
futures roll."""

from __future__ import annotations

import html
import io
import re
import time
import tomllib
from pathlib import Path
from typing import Any

from bridge.cli.screen import Screen
from bridge.cli.symbols import tell
from bridge.http.heard_symbols import waiting_rows
from bridge.http.symbol_rows import led_to, of_file
from core.fold_heard import heard
from core.records import SignalReceived
from core.signals import Action, Signal
from tests.unit.core.rolls import rolling
from tests.unit.core.setups import NOW, replaced
from tests.unit.http.room import READ, Room, room
from tests.unit.http.test_mapping import ruled
from tests.unit.http.test_symbols import NAMES, YEAR, planned

HOSTILE = 'X"\n[accounts.paper]\nx="'
"""A symbol that would like to be another line of the file."""


async def asked(house: Room, **query: str) -> dict[str, Any]:
    """Ask the API."""
    async with house.client(READ) as client:
        return (await client.get("/api/symbols", params=query)).json()


async def test_what_waits_comes_with_the_lines_that_mend_it(tmp_path: Path) -> None:
    """Each line of the page, pasted in its place, makes the symbol mean what it says: the rule, the
    alias beside those that are there, and of two meanings each one."""
    async with room(tmp_path / "bridge", ruled) as house:
        for symbol in ("OKX:BTCUSDT", "BTCUSD.P", "nothing", "NYMEX:CL1!", "BTCUSDT"):
            await house.send(symbol=symbol)
        row = await asked(house)
        async with house.logged_in() as person:
            page = html.unescape((await person.get("/symbols")).text)
        setup = house.config.setup
    waiting = {one["symbol"]: one for one in row["waiting"]}
    assert {"OKX:BTCUSDT", "BTCUSD.P", "nothing", "NYMEX:CL1!"} == set(waiting)
    assert all(one["accounts"] == ["paper"] for one in waiting.values())

    meant = {}
    for symbol in ("OKX:BTCUSDT", "BTCUSD.P"):
        for line in waiting[symbol]["lines"]:
            assert line["text"] in page and line["why"] in page
            table = tomllib.loads(line["text"])
            rules = tuple(table.get("symbols", {}).get("rules", setup.symbol_rules))
            changed = {
                name: replaced(setup.instruments[name], aliases=tuple(one["aliases"]))
                for name, one in table.get("instruments", {}).items()
            }
            assert all(
                set(setup.instruments[name].aliases) < set(one.aliases)
                for name, one in changed.items()
            )
            mended = replaced(
                setup, symbol_rules=rules, instruments={**setup.instruments, **changed}
            )
            (led,) = led_to(of_file(mended), "demo", symbol, strategy="demo", now=time.time_ns())
            meant[symbol, line["why"]] = led["instrument"]
    assert {
        ("OKX:BTCUSDT", "Confirm strip_exchange, for all symbols"): "BTCUSDT",
        ("OKX:BTCUSDT", "Say that it is BTCUSDT, everywhere"): "BTCUSDT",
        ("BTCUSD.P", "Say that it is BTCUSDT, everywhere"): "BTCUSDT",
        ("BTCUSD.P", "Say that it is ETHUSDT, everywhere"): "ETHUSDT",
    } == meant
    (line,) = waiting["nothing"]["lines"]
    assert '[instruments.NAME]\naliases = ["nothing"]' == line["text"]
    (line,) = waiting["NYMEX:CL1!"]["lines"]
    future = tomllib.loads(line["text"])["futures"]["CL"]
    assert ["NYMEX"] == future["exchanges"] and future["contracts"]


async def test_the_page_shows_what_alerts_wrote_and_how_futures_roll(tmp_path: Path) -> None:
    """Each symbol once with its way; front, next roll, guard, days and holders of each contract;
    the rules; readable without a script, and led to from where a person looks."""
    async with room(tmp_path / "bridge", planned) as house:
        await house.send(symbol="BINANCE:BTCUSDT")
        await house.send(symbol="BINANCE:BTCUSDT", quantity="0.02")
        row = await asked(house)
        async with house.logged_in() as person:
            page = (await person.get("/symbols")).text
            one = (await person.get("/symbols", params={"symbol": "ES2!"})).text
            fragment = (await person.get("/fragment/symbols", params={"symbol": "ES2!"})).text
            pages = [(await person.get(path)).text for path in ("/", "/routes")]

    (heard_,) = row["heard"]
    assert ("demo", "demo", "paper", "BTCUSDT") == tuple(
        heard_[name] for name in ("route", "strategy", "account", "instrument")
    )
    assert [] == row["waiting"]
    assert re.search(r'<section id="waiting"[^>]* hidden>', page)
    for words in (NAMES[0], f"{YEAR + 1}-12-10", f"{YEAR + 1}-12-09", f"{YEAR + 1}-12-11"):
        assert words in page
    assert "alias of the instrument" in page and "strip_exchange" in page
    assert "second contract of ES" in one and "second contract of ES" in fragment
    assert 'data-fragment="/fragment/symbols?symbol=ES2%21"' in one
    assert all('href="/symbols"' in text for text in pages)


async def test_who_holds_a_contract_is_said(tmp_path: Path) -> None:
    """On the page and in the terminal, at the contract itself."""

    def allowed(text: str) -> str:
        limits = f"[accounts.paper.limits.instruments.{NAMES[0]}]\nquantity_max = 5\n"
        walk = f"[market.walks.{NAMES[0]}]\nprice_start = 60\nvolatility_percent = 20\n"
        return f"{planned(text)}\n{limits}position_max = 9\n{walk}spread_ticks = 1\n"

    async with room(tmp_path / "bridge", allowed) as house:
        await house.filled(await house.send(symbol="ES1!", quantity="2"))
        row = await asked(house)
        async with house.logged_in() as person:
            page = (await person.get("/symbols")).text

    first, second = row["futures"][0]["contracts"]
    holder = {"account": "paper", "strategy": "demo", "quantity": "2"}
    assert ([holder], []) == (first["held"], second["held"])
    assert re.search(r"2 <bdi>demo</bdi> in\s+<bdi>paper</bdi>", page)
    out = io.StringIO()
    tell(Screen(out=out), row)
    assert "2 held by demo in paper" in out.getvalue()


def test_a_contract_that_is_missing_is_no_question_of_a_name() -> None:
    """A symbol that leads to a future without a contract has nothing to confirm; of two accounts
    that lack the same symbol one line is told."""
    setup = rolling()
    state = of_file(setup)

    def waiting(symbol: str) -> list[dict[str, Any]]:
        return waiting_rows(setup, led_to(state, "door", symbol, strategy="trend", now=NOW))

    assert [] == waiting("ES9!") == waiting("ES1!")
    (row,) = led_to(state, "door", "ES1!", strategy="trend", now=NOW)
    assert row["chain"]
    assert [] == waiting_rows(setup, [{**row, "code": "symbol_ambiguous"}])  # held in two contracts
    (one,) = waiting(HOSTILE)
    assert HOSTILE in tomllib.loads(one["lines"][0]["text"])["instruments"]["NAME"]["aliases"]


def test_a_script_without_a_symbol_is_not_listed() -> None:
    """A heartbeat may name none."""
    from bridge.http.heard_symbols import heard_rows

    state = of_file(rolling())
    for symbol in ("", "ES1!"):
        content = Signal(strategy="trend", action=Action.HEARTBEAT, symbol=symbol)
        heard(
            state,
            SignalReceived(
                at_ns=NOW, signal="s", route="door", key="k", by_id=False, body_hash="h",
                content=content,
            ),
        )  # fmt: skip

    assert ["ES1!"] == [row["symbol"] for row in heard_rows(state, NOW)]
