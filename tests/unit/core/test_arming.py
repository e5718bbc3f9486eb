"""Arming: real money is traded only where a person said so, for what the account is now."""

from __future__ import annotations

from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.abilities import Abilities
from core.answers import Denied, Done
from core.orders import OrderType, Purpose
from core.setup import SECOND_NS
from core.timers import next_due
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, codes, replay

ASKED: dict[str, Any] = {"account": "one", "by": "anna", "reason": "checked", "confirmed": True}
HOUR_NS = 3600 * SECOND_NS


def living(**account: Any) -> Stage:
    """Begin with an account that trades real money at a venue that says so."""
    stage = Stage(setup_of(account={"live": True, **account}))
    describe(stage, live=True)
    return stage


def describe(stage: Stage, *, live: bool) -> None:
    """Let the venue say what it can do."""
    able = Abilities(order_types=tuple(OrderType), reduce_only=True, live=live)
    stage.do(c.DescribeVenue(account="one", abilities=able))


def asked(stage: Stage, command: c.Command) -> str:
    """Do an act, and return the code of its denial."""
    (answer,) = stage.do(command).answers
    assert isinstance(answer, Done | Denied)
    return answer.code if isinstance(answer, Denied) else ""


def enter(stage: Stage) -> str:
    """Send an entry, and return what became of it."""
    return codes(stage.say("buy", effect="open"))


def test_nothing_is_opened_before_a_person_says_so() -> None:
    """An entry is refused; armed, it passes; disarmed, it is refused again."""
    stage = living()
    assert "refused not_armed" == enter(stage)
    assert "" == asked(stage, c.Arm(**ASKED))
    assert "admitted" == enter(stage)
    assert "" == asked(stage, c.Disarm(account="one", by="anna", reason="enough"))
    assert "refused not_armed" == enter(stage)


def test_a_disarmed_account_can_be_left() -> None:
    """The law: what makes a position smaller passes whatever is not armed."""
    stage = living()
    stage.do(c.Arm(**ASKED))
    (order,) = stage.say("buy", effect="open").orders
    stage.fill(order, "1", "50000")
    stage.do(c.Disarm(account="one", by="anna", reason="enough"))
    (closing,) = stage.say("exit").orders

    assert Purpose.EXIT is stage.state.orders[closing].purpose


def test_two_entries_of_one_batch_meet_the_same_answer() -> None:
    """What is judged together is judged alike."""
    stage = living()
    both = [stage.signal("buy", effect="open") for _ in range(2)]
    answers = stage.do(*both).answers
    assert ["refused not_armed"] * 2 == [codes(answer) for answer in answers]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": "nobody"}, "account_unknown"),
        ({"reason": "  "}, "reason_missing"),
        ({"confirmed": False}, "confirm_missing"),
        ({"durable": False}, "arm_store_weak"),
        ({"until_ns": 1}, "arm_time_over"),
    ],
)
def test_an_act_that_lacks_something_arms_nothing(changes: dict[str, Any], code: str) -> None:
    """It is denied with its code, and entries stay refused."""
    stage = living()
    assert code == asked(stage, c.Arm(**(ASKED | changes)))
    assert "refused not_armed" == enter(stage)


def test_paper_needs_no_arming() -> None:
    """Nobody is asked about money that is not there."""
    stage = Stage(setup_of())
    assert "arm_not_live" == asked(stage, c.Arm(**ASKED))
    assert "arm_not_armed" == asked(stage, c.Disarm(account="one", by="a", reason="b"))
    assert "admitted" == enter(stage)


@pytest.mark.parametrize("live", [True, False])
def test_a_venue_that_says_otherwise_of_its_money_gets_no_entry(live: bool) -> None:
    """A sandbox taken for real money, and real money taken for a sandbox, are both mistakes."""
    stage = Stage(setup_of(account={"live": live}))
    describe(stage, live=not live)
    if live:
        stage.do(c.Arm(**ASKED))
    assert "refused live_differs" == enter(stage)


def restarted(stage: Stage, **account: Any) -> Stage:
    """Let a new process begin with the same journal and another configuration of the account."""
    setup = setup_of(account={"live": True, **account})
    stage.state, stage.setup = replay(stage.records), setup
    stage.start()
    describe(stage, live=True)
    stage.recover("one")
    return stage


def test_an_arming_survives_a_restart() -> None:
    """Nothing of the account changed: it goes on."""
    stage = living()
    stage.do(c.Arm(**ASKED))
    assert "admitted" == enter(restarted(stage))


@pytest.mark.parametrize("change", [{"exchange": "bybit"}, {"spot": True}, {"allow_opposed": True}])
def test_another_configuration_is_another_account(change: dict[str, Any]) -> None:
    """It is disarmed at the start, a person is told, and only a person arms it again."""
    stage = living()
    stage.do(c.Arm(**ASKED))
    before = len(stage.records)
    restarted(stage, **change)
    told = [one.code for one in stage.records[before:] if isinstance(one, r.AlarmRaised)]

    assert "arming_ended" in told
    assert "refused not_armed" == enter(stage)


def test_a_change_elsewhere_leaves_it_armed() -> None:
    """A label of an alert, a stale time, a limit: not what was armed."""
    stage = living()
    stage.do(c.Arm(**ASKED))
    assert "admitted" == enter(restarted(stage, symbols={"BTC": "BTCUSDT"}))


def test_an_arming_with_an_end_ends() -> None:
    """A moment before it entries pass; from its end on they do not, and a person is told once."""
    stage = living()
    until_ns = stage.now + HOUR_NS
    asked: dict[str, Any] = {**ASKED, "until_ns": until_ns}
    stage.do(c.Arm(**asked))
    stage.now = until_ns - 1
    stage.quote("BTCUSDT", "49999", "50001")
    stage.equity("one", "100000")
    assert "admitted" == enter(stage)
    assert until_ns >= next_due(stage.state, stage.now)
    stage.now = until_ns
    assert "refused not_armed" == enter(stage)
    stage.do(c.Tick())
    stage.do(c.Tick())

    ended = [one for one in stage.records if isinstance(one, r.AlarmRaised)]
    assert ["arming_ended"] == [one.code for one in ended if one.code == "arming_ended"]


def test_what_is_armed_is_told_apart() -> None:
    """Two accounts that differ in one of the things that matter have two fingerprints."""
    from core.arming import fingerprint

    base = setup_of(account={"live": True}).accounts["one"]
    others = [
        replaced(base, **{name: value})
        for name, value in {
            "name": "two", "venue": "ccxt", "exchange": "bybit", "currency": "USD", "live": False,
            "spot": True, "hedging": True, "allow_opposed": True,
        }.items()
    ]  # fmt: skip
    assert 9 == len({fingerprint(one) for one in (base, *others)})
