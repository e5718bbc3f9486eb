"""The end of a future's table: who is told, when, and until when it stands."""

from __future__ import annotations

import pytest

from core import records as r
from core.engine import next_due
from core.table_ends import ENDING_NS, left_of, table_end, table_end_due
from tests.unit.core.rolls import DAY, ES, NAMES, Pit, contract, rolling
from tests.unit.core.setups import DAY_NS, replaced
from tests.unit.core.stage import Stage, picture, replay

DAYS = ENDING_NS // DAY_NS
LAST = ES.over_ns
"""When the table of the tests is over: the last entry of its third contract."""


def told(stage: Stage) -> list[tuple[str, str, str, str]]:
    """Return the alarms about the table: code, contract, time left, future."""
    return [
        (one.code, one.value, one.limit, one.where)
        for one in stage.records
        if isinstance(one, r.AlarmRaised) and one.code.startswith("contracts_")
    ]


def before_end(days: float) -> Pit:
    """Let a stage run until so many days before the end of its table."""
    pit = Pit()
    pit.tick()
    pit.days((LAST - pit.now) / DAY_NS - days)
    return pit


def test_a_person_is_told_once_in_good_time_and_once_at_the_end() -> None:
    """Also where nothing is held, to the second, and asked for by the timer."""
    pit = before_end(DAYS + 20 / DAY)
    assert [] == told(pit)
    assert LAST - ENDING_NS == next_due(pit.state, pit.now)
    pit.wait(20)
    for _ in range(3):
        pit.tick()
        pit.wait(5)
    assert [("contracts_ending", "ESM2027", "336 h 0 min", "ES")] == told(pit)
    pit.days(DAYS - 1)
    assert 1 == len(told(pit))
    pit.days(1)
    pit.days(1)

    assert [("contracts_ended", "ESM2027", "0 s", "ES")] == [
        (*one[:2], "0 s", one[3]) for one in told(pit)[1:]
    ]


def test_after_a_long_sleep_only_what_is_true_now_is_told() -> None:
    """The bridge was down when the end came near, and when it came."""
    pit = before_end(-3)

    assert [("contracts_ended", "ESM2027", "72 h 0 min", "ES")] == told(pit)


def test_a_restart_does_not_tell_it_again_and_a_mended_table_ends_it() -> None:
    """The same file: told. Another contract in it: forgotten, and told anew before the new end."""
    pit = before_end(DAYS - 1)
    before = told(pit)
    pit.state = replay(pit.records)
    assert picture(pit.state) == picture(replay(pit.records))
    pit.start()
    pit.tick()
    assert before == told(pit)
    assert {("ES", 1)} == set(pit.state.ends)

    more = replaced(contract(2), name="ESU2027", front_ns=LAST - DAY_NS,
                    last_entry_ns=LAST + 90 * DAY_NS, expiry_ns=LAST + 95 * DAY_NS)  # fmt: skip
    pit.setup = rolling(contracts=(*ES.contracts, more))
    pit.start()
    pit.tick()
    assert {} == pit.state.ends
    assert before == told(pit)
    pit.days(90)
    assert [*before, ("contracts_ending", "ESU2027")] == [*before, told(pit)[-1][:2]]


def test_a_table_ends_where_its_rule_leaves_the_last_contract() -> None:
    """Then nothing is opened by the symbol, whose chart shows a contract that nobody knows here;
    the contract's own name and exits pass."""
    ends_ns = contract(2).last_entry_ns - 5 * DAY_NS
    pit = Pit(rolling(ends_ns=ends_ns))
    pit.tick()
    pit.days((ends_ns - pit.now) / DAY_NS - 1)
    assert "admitted" == pit.trade(quantity="2")
    pit.days(1.5)

    assert ["contracts_ending", "contracts_ended"] == [one[0] for one in told(pit)]
    assert "refused contract_missing" == pit.trade(strategy="fade")
    assert "refused contract_not_front" == pit.trade()
    assert "admitted" == pit.trade("exit", quantity="1")
    assert "admitted" == pit.trade(symbol=NAMES[2], strategy="fade")
    assert "admitted" == pit.trade("exit", None)
    assert {} == pit.holds()


def test_the_second_symbol_ends_one_contract_earlier() -> None:
    """Where a strategy has opened by it, a person is told before nothing follows there, and again
    after a restart in between only of what is new."""
    over = ES.contracts[2].front_ns
    pit = Pit()
    pit.tick()
    pit.trade(symbol="ES2!")
    pit.trade("exit", None, symbol="ES2!")
    pit.days((over - pit.now) / DAY_NS - DAYS)
    assert [("contracts_ending", "ESM2027 for ES2!", "336 h 0 min", "ES")] == told(pit)
    pit.state = replay(pit.records)
    assert picture(pit.state) == picture(replay(pit.records))
    pit.start()
    assert over == table_end_due(pit.state, pit.now)
    pit.days(DAYS)

    assert ["contracts_ending", "contracts_ended"] == [one[0] for one in told(pit)]
    assert "refused contract_missing" == pit.trade(symbol="ES2!")


@pytest.mark.parametrize(("days", "stage"), [(DAYS + 1, ""), (DAYS, "ending"), (0, "ended")])
def test_where_a_table_stands_follows_from_the_file_and_the_time(days: int, stage: str) -> None:
    """So a status says it without having heard of anything."""
    now = LAST - days * DAY_NS
    end = table_end(ES, now)

    assert stage == ("" if end is None else end.stage)
    if stage == "ending":
        assert end is not None
        assert "336 h 0 min" == left_of(end, now)
