"""The way of a symbol in a trace: "why did it trade that?" has an answer, also for what was
refused."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from bridge.cli import offline
from bridge.cli.screen import Screen
from bridge.cli.tracing import tell_trace
from bridge.http.mapping_rows import way_row
from bridge.http.symbol_rows import of_file
from core.copy_setup import Copy, Equivalent
from tests.unit.core.rolls import ES, ESZ, NAMES, rolling
from tests.unit.core.setups import DAY_NS, NOW, replaced, setup_of
from tests.unit.http.room import Room, room
from tests.unit.http.test_symbols import NAMES as CONTRACTS
from tests.unit.http.test_symbols import planned


def ruled(text: str) -> str:
    """Confirm two rules; the account has a name of its own for a continuous contract, and one
    perpetual may be a linear or an inverse one."""
    text = text.replace('zone = "UTC"', 'symbols = { "SPX" = "ES1!" }\nzone = "UTC"', 1)
    text = text.replace('"BTCUSDT.P"', '"BTC-USD-SWAP"').replace('"ETHUSDT.P"', '"BTC/USD:BTC"')
    return planned(text) + '\n[symbols]\nrules = ["perpetual_suffix", "futures_month_codes"]\n'


async def traced(house: Room, **fields: Any) -> tuple[dict[str, Any], str, str]:
    """Send an alert; return the way of its symbol, its page and the words of the command."""
    answer = await house.send(**fields)
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()
    async with house.logged_in() as person:
        page = (await person.get(f"/signals/{answer.signal}")).text
    out = io.StringIO()
    tell_trace(Screen(out=out), trace)
    (account,) = trace["accounts"]
    return account["mapping"], page, out.getvalue()


def steps(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the steps of a way."""
    return [(step["to"], step["by"]) for step in row["chain"]]


async def test_a_trace_shows_each_step_from_the_message_to_the_contract(tmp_path: Path) -> None:
    """Name, alias, the account's own table, a rule, and the contract of a roll, with what comes
    after it; the page and the command say the same."""
    year = CONTRACTS[0][3:]
    front = (CONTRACTS[0], f"front contract of ES; {CONTRACTS[1]} from {int(year) + 1}-12-10")
    wanted = {
        "BTCUSDT": [("BTCUSDT", "name of the instrument")],
        "BINANCE:BTCUSDT": [("BINANCE:BTCUSDT", ""), ("BTCUSDT", "alias of the instrument")],
        f"ES DEC{year[2:]}": [
            (f"ES DEC{year[2:]}", ""),
            (CONTRACTS[0], "rule futures_month_codes; name of the instrument"),
        ],
        "CME_MINI:ES1!": [("CME_MINI:ES1!", "continuous contract"), front],
        "SPX": [
            ("SPX", ""),
            ("ES1!", "symbols of the account paper; continuous contract"),
            front,
        ],
    }
    async with room(tmp_path / "bridge", ruled) as house:
        for symbol, way in wanted.items():
            row, page, words = await traced(house, symbol=symbol)
            said = steps(row)
            assert [to for to, _ in way] == [to for to, _ in said]
            assert all(by.startswith(known[1]) for (_, by), known in zip(said, way, strict=True))
            assert way[-1][0] == row["instrument"]
            assert not row["by_now"]
            line = next(one for one in words.splitlines() if one.startswith("  symbol  "))
            for to, by in way:
                assert to in line and by in line
                assert f"<bdi>{to}</bdi>" in page


async def test_what_led_nowhere_says_which_rules_were_asked(tmp_path: Path) -> None:
    """Unknown, ambiguous with each meaning, and one that a rule nobody confirmed would map."""
    async with room(tmp_path / "bridge", ruled) as house:
        unknown, page, words = await traced(house, symbol="nothing")
        two, both, _ = await traced(house, symbol="BTCUSD.P")
        waiting, _, told = await traced(house, symbol="OKX:BTCUSDT")

    rules = ["perpetual_suffix", "futures_month_codes"]
    assert ([], rules, []) == (unknown["chain"], unknown["tried"], unknown["candidates"])
    assert unknown["instrument"] is None
    assert "nothing leads to no instrument; rules asked: perpetual_suffix" in words
    assert "leads to no instrument" in page and "rules asked: perpetual_suffix" in page
    assert {("BTCUSDT", "BTC-USD-SWAP"), ("ETHUSDT", "BTC/USD:BTC")} == {
        (one["to"], one["written"]) for one in two["candidates"] if one["confirmed"]
    }
    assert both.count("could be <b>") == 2
    assert [("BTCUSDT", ["strip_exchange"], False)] == [
        (one["to"], one["rules"], one["confirmed"]) for one in waiting["candidates"]
    ]
    assert "could be BTCUSDT, written BTCUSDT, by strip_exchange, not confirmed" in told


async def test_a_refusal_of_a_check_says_what_it_was_about(tmp_path: Path) -> None:
    """Its contract stands in the record, not only in somebody's idea of that day's front."""
    async with room(tmp_path / "bridge", ruled) as house:
        row, _, _ = await traced(house, symbol="ES1!", quantity="50")
        alone, _, _ = await traced(house, symbol="ES1!", action="exit", effect=None, quantity=None)
        cancel, _, _ = await traced(
            house, symbol="ES1!", action="cancel", effect=None, quantity=None
        )

    assert CONTRACTS[0] == row["instrument"] == alone["instrument"] == steps(row)[-1][0]
    assert cancel["instrument"] is None


async def test_an_old_trace_is_told_by_the_file_of_then(tmp_path: Path) -> None:
    """The alias is gone since: the way is that of the day of the signal, by API and from the
    journal alone."""
    folder = tmp_path / "bridge"
    async with room(folder) as house:
        answer = await house.send(symbol="BINANCE:BTCUSDT")
        await house.filled(answer)
        journal = house.config.store.journal

    def without(text: str) -> str:
        text = re.sub('journal = "[^"]+"', f'journal = "{journal}"', text)
        return text.replace('"BINANCE:BTCUSDT", ', "")

    async with room(folder, without) as house:
        now, _, _ = await traced(house, symbol="BINANCE:BTCUSDT")
        async with house.client(house.operator) as client:
            trace = (await client.get(f"/api/signals/{answer.signal}")).json()
        read = json.loads(json.dumps(offline.signal(house.config, answer.signal)))

    then = [("BINANCE:BTCUSDT", ""), ("BTCUSDT", "alias of the instrument")]
    assert [] == now["chain"]
    for one in (trace, read):
        (account,) = one["accounts"]
        assert (then, False) == (steps(account["mapping"]), account["mapping"]["by_now"])


def test_the_way_says_that_a_strategy_is_still_in_an_old_contract() -> None:
    """The record names the contract; the table of that time names the one that was in front."""
    setup = rolling()
    account = setup.accounts["one"]

    def contract(symbol: str, days: int, traded: str) -> tuple[str, str]:
        state, now = of_file(setup), NOW + days * DAY_NS
        return steps(way_row(state, None, account, symbol, now=now, traded=traded))[-1]

    to, by = contract("ES1!", 5, NAMES[0])
    assert (NAMES[0], "front contract of ES") == (to, by.partition(";")[0])
    held = "the strategy is in it; front contract of ES is ESH2027"
    assert (NAMES[0], held) == contract("ES1!", 12, NAMES[0])
    assert contract("ES2!", 12, "")[0] == NAMES[2]
    assert "second contract of ES; the last one, until" in contract("ES2!", 12, "")[1]
    assert ("ES2!", "continuous contract") == contract("ES2!", 150, "")
    early = replaced(ES.contracts[0], front_ns=NOW + DAY_NS)
    later = replaced(ES, contracts=(early, *ES.contracts[1:]))
    for depth in (1, 2):  # before the first contract is in front there is no second one either
        way = way_row(
            of_file(replaced(setup, futures={"ES": later})), None, account, f"ES{depth}!",
            now=NOW, traded="",
        )  # fmt: skip
        assert (f"ES{depth}!", "continuous contract") == steps(way)[-1]
    none = replaced(setup, futures={"ES": replaced(ES, ends_ns=NOW)})
    way = way_row(of_file(none), None, account, "ES1!", now=NOW + 1, traded=NAMES[0])
    assert "front contract of ES is none" in steps(way)[-1][1]


def test_a_follower_shows_the_way_of_its_leader_and_what_it_trades_instead() -> None:
    """The last step is the equivalent."""
    setup = rolling(setup_of("one", "two"))
    micro = replaced(ESZ, name="MESZ2026")
    pair = Copy(equivalents={"ESZ2026": Equivalent(instrument="MESZ2026")})
    route = replaced(setup.routes["door"], copies={"two": pair})
    setup = replaced(setup, instruments={**setup.instruments, "MESZ2026": micro})
    way = way_row(of_file(setup), route, setup.accounts["two"], "ES1!", now=NOW, traded="MESZ2026")

    assert ["ES1!", "ESZ2026", "MESZ2026"] == [to for to, _ in steps(way)]
    assert "in place of what one trades" == steps(way)[-1][1]
