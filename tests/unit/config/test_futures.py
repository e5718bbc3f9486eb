"""Futures and confirmed rules in the file: days become UTC, and what does not fit is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, get_args

import pytest

from bridge.config.futurerows import future_rows
from bridge.config.futures import RuleName
from core.setup import SECOND_NS
from core.symbol_rules import RULES
from tests.unit.config.files import GOOD, config_of, problems_of

CONTRACT: Final = """
[instruments.{name}]
currency = "USDT"
tick = 0.25
lot_step = 1
"""

FUTURES: Final = (
    GOOD.replace('instruments = ["BTCUSDT"]', 'instruments = ["BTCUSDT", "ES"]')
    + "".join(CONTRACT.format(name=name) for name in ("ESZ2026", "ESH2027"))
    + """
[symbols]
rules = ["futures_month_codes", "strip_exchange"]

[futures.ES]
zone = "America/Chicago"
exchanges = ["CME_MINI"]
roll_days_before_expiry = 8
roll_at = "17:00"
holidays = ["2026-12-09"]
contracts = [
  { name = "ESZ2026", expiry = "2026-12-18" },
  { name = "ESH2027", expiry = "2027-03-19", first_notice = "2027-03-15" },
]
"""
)


def ns(text: str) -> int:
    """Return a time with its offset as UTC nanoseconds."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


def test_days_become_utc_in_the_zone_of_the_future(tmp_path: Path) -> None:
    """Business days are counted back over weekends and holidays, daylight saving included."""
    config = config_of(tmp_path, FUTURES)
    (future,) = config.setup.futures.values()
    first, second = future.contracts

    assert ("ESZ2026", 0, 0) == (first.name, first.front_ns, first.notice_ns)
    assert ns("2026-12-18T00:00-06:00") == first.expiry_ns == first.last_entry_ns
    assert ns("2026-12-07T17:00-06:00") == second.front_ns
    assert ns("2027-03-19T00:00-05:00") == second.expiry_ns
    assert ns("2027-03-15T00:00-05:00") == second.notice_ns == second.last_entry_ns
    assert ns("2027-03-09T17:00-06:00") == future.ends_ns == future.over_ns
    assert ("CME_MINI",) == future.prefixes
    said = "8 business days before expiry, 17:00 America/Chicago, guard 1 days"
    assert said == future.rule
    assert ("strip_exchange", "futures_month_codes") == config.setup.symbol_rules


def test_a_strategy_that_lists_the_future_may_trade_its_contracts(tmp_path: Path) -> None:
    """In their order, each once, also where one is listed by its name too."""
    assert ("BTCUSDT", "ESZ2026", "ESH2027") == (
        config_of(tmp_path, FUTURES).setup.strategies["trend"].instruments
    )
    text = FUTURES.replace('["BTCUSDT", "ES"]', '["ESH2027", "ES"]')
    assert ("ESH2027", "ESZ2026") == (
        config_of(tmp_path, text).setup.strategies["trend"].instruments
    )


def test_what_changes_a_roll_changes_the_setup(tmp_path: Path) -> None:
    """Its hash tells, so that the journal says by what was traded; a file without futures is as it
    was before there were any."""
    before = config_of(tmp_path, FUTURES).setup_hash
    for old, new in (
        ("roll_days_before_expiry = 8", "roll_days_before_expiry = 7"),
        ('"17:00"', '"16:00"'),
        ('zone = "America/Chicago"', "guard_days = 2"),
        ('rules = ["futures_month_codes", "strip_exchange"]', 'rules = ["strip_exchange"]'),
    ):
        assert before != config_of(tmp_path, FUTURES.replace(old, new)).setup_hash
    assert not config_of(tmp_path).setup.futures


def test_an_account_may_call_a_continuous_contract_by_a_name_of_its_own(tmp_path: Path) -> None:
    """The table of the account may lead to it."""
    text = FUTURES.replace('groups = ["desk"]', 'symbols = { "SPX" = "ES1!" }')

    assert {"SPX": "ES1!"} == config_of(tmp_path, text).setup.accounts["one"].symbols


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ('"ESH2027", expiry', '"ESH2O27", expiry', "config_name_unknown", "[1].name"),
        ('"ESH2027", expiry', '"ESZ2026", expiry', "config_value_twice", "[1].name"),
        ("2027-03-19", "2026-12-18", "config_contract_order", "[1].expiry"),
        ("2027-03-15", "2026-12-01", "config_contract_days", "[1].front_from"),
        ('"2026-12-18"', '"2026-12-18", last_entry = "2026-12-18"', "config_contract_days",
         "[0].last_entry"),
        ("roll_days_before_expiry = 8", "", "config_roll_missing", "[1]"),
        ('"2027-03-19"', '"2027-03-19", front_from = "2026-12-01"', "config_roll_twice",
         "[1].front_from"),
        ("America/Chicago", "America/Chicaco", "config_zone_unknown", "zone"),
        ("= 8", "= 0", "config_out_of_range", "roll_days_before_expiry"),
        ('["futures_month_codes", ', '["month_codes", ', "config_value_unknown", "symbols"),
        ('"BINANCE:BTCUSDT"', '"CME_MINI:ES1!"', "config_alias_twice", "aliases[0]"),
        ('"2026-12-18"', '"2026-13-18"', "config_text_invalid", "[0].expiry"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, code: str, path: str
) -> None:
    """Names, days, order and zone; and a symbol that would have two meanings."""
    assert old in FUTURES
    told = [(one.code, one.path) for one in problems_of(tmp_path, FUTURES.replace(old, new, 1))]

    assert any(code == one and path in where for one, where in told), told


def test_a_contract_that_is_closed_before_the_next_is_in_front_is_told(tmp_path: Path) -> None:
    """A first notice long before the expiry: between it and the roll the symbol opens nothing."""
    early = FUTURES.replace('"2026-12-18"', '"2026-12-18", first_notice = "2026-12-01"')
    for text, told in ((FUTURES, []), (early, ["From 2026-12-01 until 2026-12-07 (UTC) ES1!"])):
        rows = list(future_rows(config_of(tmp_path, text).setup, ns("2026-11-01T00:00+00:00")))
        assert told == [row.sentence.partition(" opens")[0] for row in rows]


def test_a_table_of_days_needs_no_rule(tmp_path: Path) -> None:
    """Each contract says from when on it is in front; a day out of order is told."""
    text = FUTURES.replace("roll_days_before_expiry = 8\n", "").replace(
        '"2027-03-19"', '"2027-03-19", front_from = 2026-12-14'
    )
    (future,) = config_of(tmp_path, text).setup.futures.values()

    assert ns("2026-12-14T17:00-06:00") == future.contracts[1].front_ns
    assert future.rule.startswith("days of the table")
    assert (0, future.contracts[1].last_entry_ns) == (future.ends_ns, future.over_ns)
    late = problems_of(tmp_path, text.replace("2026-12-14", "2026-12-19"))
    assert ["config_contract_days"] == [one.code for one in late]


def test_the_file_knows_every_rule() -> None:
    """What may be confirmed is what there is."""
    assert tuple(RULES) == get_args(RuleName)
