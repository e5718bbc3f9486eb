"""Continuous futures: which contract a symbol means before, at and after a roll, and what a person
is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.copy_setup import Copy, Equivalent
from core.engine import next_due
from core.orders import Purpose
from core.routing import Declined
from core.setup import OnPartial
from tests.unit.core.followups import declined, ended, revisions
from tests.unit.core.rolls import DAY, ESZ, NAMES, Pit, contract, rolling
from tests.unit.core.setups import DAY_NS, NOW, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
ROLL = 10
"""Days until the first roll."""


def rolled(stage: Stage) -> list[tuple[str, str]]:
    """Return the rolls that were recorded: from which contract to which."""
    found = [one for one in stage.records if isinstance(one, r.ContractRolled)]
    return [(one.before, one.contract) for one in found]


def test_a_continuous_symbol_is_the_front_contract() -> None:
    """Bare and with its exchange; the second one is the next contract; the tenth is nobody's."""
    pit = Pit()

    assert ["admitted"] * 2 == [pit.trade(symbol=one) for one in ("ES1!", "CME_MINI:ES1!")]
    assert "admitted" == pit.trade(symbol="ES2!", strategy="fade")
    assert ({"ESZ2026": "2"}, {"ESH2027": "1"}) == (pit.holds(), pit.holds("fade"))
    for symbol in ("ES10!", "es1!", "ES ##-##"):
        assert "refused symbol_unknown" == codes(pit.send(symbol=symbol))
    assert "refused symbol_needs_rule" == codes(pit.send(symbol="CME:ES1!"))


def test_a_roll_is_recorded_when_it_comes_and_asked_for_in_time() -> None:
    """The record names both contracts, and the timer is due at the very moment."""
    pit = Pit()
    pit.tick()
    pit.wait(ROLL * DAY - 30)
    pit.tick()
    before = rolled(pit)
    assert NOW + ROLL * DAY_NS == next_due(pit.state, pit.now)
    pit.wait(30)
    pit.tick()
    pit.tick()

    assert [("", "ESZ2026")] == before
    assert [("", "ESZ2026"), ("ESZ2026", "ESH2027")] == rolled(pit)


def test_exits_go_to_the_contract_that_is_held_also_after_the_roll() -> None:
    """Whole and in part, by exit, by an order the other way and by a target."""
    for action, fields in (
        ("exit", {"quantity": None}),
        ("sell", {"quantity": "2", "effect": "close"}),
        ("sell", {"quantity": "2", "position": "flat", "prev_position": "long"}),
        ("target", {"quantity": None, "target_position": "0"}),
    ):
        pit = Pit()
        assert "admitted" == pit.trade(quantity="2")
        pit.days(ROLL + 2)
        assert "admitted" == pit.trade(action, **fields), action
        assert {} == pit.holds()
        assert "admitted" == pit.trade()
        assert {"ESH2027": "1"} == pit.holds()


def test_nothing_is_opened_in_the_new_contract_while_the_old_one_is_held() -> None:
    """Adding is refused and names both; a reversal closes what is held and opens nothing."""
    pit = Pit()
    pit.trade(quantity="2")
    pit.days(ROLL + 2)

    more = pit.say(symbol="ES1!", quantity="1", effect="open")
    assert ("contract_not_front", "ESZ2026", "ESH2027") == (more.code, more.value, more.limit)
    turn: dict[str, Any] = {"prev_position": "long", "position": "short"}
    pit.trade("sell", "3", prev_position_size="2", position_size="1", **turn)
    assert {} == pit.holds()
    assert "admitted" == pit.trade("sell", "1")
    assert {"ESH2027": "-1"} == pit.holds()


@pytest.mark.parametrize(
    ("days", "said"),
    [(ROLL - 1, "admitted"), (ROLL - 0.99, "roll_guard"), (ROLL + 0.99, "roll_guard"),
     (ROLL + 1, "admitted")],
)  # fmt: skip
def test_entries_by_the_continuous_symbol_are_refused_around_the_roll(
    days: float, said: str
) -> None:
    """For the guard on both sides, to the second; the contract's own name always passes."""
    pit = Pit()
    pit.days(days)

    assert said == pit.trade().removeprefix("refused ")
    assert "admitted" == pit.trade(symbol="ESZ2026", strategy="fade")


@pytest.mark.parametrize(
    ("days", "said"),
    [(189, "admitted"), (189.01, "roll_guard"), (190, "contract_missing")],
)
def test_the_guard_holds_before_a_roll_to_a_contract_that_the_table_lacks_too(
    days: float, said: str
) -> None:
    """Charts may be in it already; which one it is nobody has told."""
    pit = Pit(rolling(ends_ns=NOW + 190 * DAY_NS))
    pit.days(days)

    assert said == pit.trade().removeprefix("refused ")
    assert "admitted" == pit.trade(symbol="ESM2027", strategy="fade")


def test_an_exit_passes_within_the_guard() -> None:
    """Before and after the moment of the roll."""
    for days in (ROLL - 0.5, ROLL + 0.5):
        pit = Pit()
        pit.trade()
        pit.days(days)
        assert ("admitted", {}) == (pit.trade("exit", None), pit.holds())


def test_an_entry_that_waited_over_the_roll_is_judged_anew() -> None:
    """It was held for a link; when that is back its contract is not the front one any more."""
    pit = Pit(rolling(setup_of(route={"order_life_ns": DAY_NS}), guard_ns=1))
    pit.wait(ROLL * DAY - 30)
    pit.do(c.NoteLink(account="one", up=False, reason="cut"))
    answer = pit.say(symbol="ES1!", quantity="1")
    assert "held" == answer.verdict
    pit.wait(60)
    pit.recover("one")

    assert "contract_not_front" == pit.order(answer.orders[0]).reason


def test_the_rest_of_an_entry_is_judged_by_the_roll_also_days_after_its_message() -> None:
    """It rested for longer than a message is kept; what is left of it goes to the market only where
    another one by that symbol would."""
    for symbol, follows in (("ES1!", []), ("ESZ2026", [D(3)])):
        policy = {"on_partial": OnPartial.MARKET, "partial_after_ns": DAY_NS // 24}
        pit = Pit(rolling(setup_of(route=policy)))
        pit.days(ROLL - 2)
        order = pit.entry("4", symbol=symbol, order_type="limit", price="5990")
        pit.report(order, "accepted")
        pit.days(2.5)
        assert {} == pit.state.signals
        pit.fill(order, "1", "5990")
        pit.days(0.1)
        ended(pit, order)

        assert follows == [one.quantity for one in revisions(pit)]
        assert (declined(pit) == ["contract_not_front"]) is not bool(follows)


def test_entries_end_with_the_last_entry_whatever_the_symbol() -> None:
    """The contract's own name is refused as well; exits pass."""
    pit = Pit()
    pit.trade(symbol="ESZ2026")
    pit.days(ROLL + 10)

    assert "refused contract_closed" == pit.trade(symbol="ESZ2026", effect="open")
    assert "admitted" == pit.trade("exit", None, symbol="ESZ2026")


def test_depths_of_one_future_do_not_touch_each_other() -> None:
    """A calendar spread of one strategy: each symbol closes what it opened, also after the roll."""
    pit = Pit()
    pit.trade("buy", "2", symbol="ES1!")
    pit.trade("sell", "3", symbol="ES2!", effect="open")
    pit.days(ROLL + 2)
    assert {"ESZ2026": "2", "ESH2027": "-3"} == pit.holds()

    assert "admitted" == pit.trade("exit", None, symbol="ES2!")
    assert {"ESZ2026": "2"} == pit.holds()
    assert "admitted" == pit.trade("exit", None, symbol="ES1!")
    assert {} == pit.holds()
    assert "no_action nothing_to_close" == pit.trade("exit", None, symbol="ES2!")


def test_what_the_second_contract_holds_is_not_closed_by_the_first_symbol() -> None:
    """Also when the roll has made that contract the front one."""
    pit = Pit()
    pit.trade(symbol="ES2!")
    pit.days(ROLL + 2)

    for action in ("exit", "buy", "sell"):
        assert "refused symbol_ambiguous" == pit.trade(action, symbol="ES1!")
    assert "admitted" == pit.trade("exit", None, symbol="ES2!")
    assert {} == pit.holds()


def test_two_contracts_that_could_be_meant_are_ambiguous() -> None:
    """Opened by their own names, so nothing says which one the continuous symbol is."""
    pit = Pit()
    for name in NAMES[:2]:
        pit.trade(symbol=name)
    pit.days(ROLL + 2)

    answer = pit.say("exit", symbol="ES1!")
    assert ("symbol_ambiguous", "ESZ2026, ESH2027") == (answer.code, answer.limit)
    assert "admitted" == pit.trade("exit", None, symbol="ESZ2026")
    assert "admitted" == pit.trade("exit", None)
    assert {} == pit.holds()


def test_where_the_table_ends_nothing_is_opened() -> None:
    """Beyond the last contract, and before the first one is in front."""
    pit = Pit()
    pit.days(ROLL + 185)
    assert "refused contract_missing" == pit.trade(symbol="ES2!")
    early = contract(0, front_ns=NOW + DAY_NS)
    pit = Pit(rolling(contracts=(early, contract(1))))
    assert "refused contract_missing" == pit.trade()
    for contracts in ((early,), (early, contract(1))):
        pit = Pit(rolling(contracts=contracts))
        assert "admitted" == pit.trade(symbol="ESZ2026")
        assert "refused contract_not_front" == pit.trade(effect="open")


def test_a_cancel_ends_the_entries_of_the_old_contract_too() -> None:
    """A limit order that was placed before the roll is ended by the same symbol after it."""
    pit = Pit()
    resting = pit.entry("1", symbol="ES1!", order_type="limit", price="5990")
    pit.report(resting, "accepted")
    other = pit.entry("1", symbol="ES2!", order_type="limit", price="5990")
    pit.report(other, "accepted")
    pit.days(ROLL + 2)

    assert (resting.order,) == pit.say("cancel", symbol="ES1!").orders
    assert not pit.order(other).pending_cancel


def test_an_entry_that_still_works_keeps_the_symbol_at_its_contract() -> None:
    """Another entry after the roll is refused: two contracts of one wish would be filled."""
    pit = Pit()
    resting = pit.entry("1", symbol="ES1!", order_type="limit", price="5990")
    pit.report(resting, "accepted")
    pit.days(ROLL + 2)

    assert "refused contract_not_front" == pit.trade()


def test_legs_and_a_flatten_close_what_is_held() -> None:
    """Protection and flatten go by the contract, so a roll does not move them."""
    pit = Pit()
    pit.trade(quantity="2")
    pit.days(ROLL + 2)
    scope = "account:one/instrument:ESZ2026"
    pit.do(c.Flatten(scope=scope, whose="ours", by="anna", reason="roll"))
    closing = [pit.order(name) for name in pit.state.alive]

    assert [("ESZ2026", Purpose.FLATTEN, D(2))] == [
        (one.instrument, one.purpose, one.quantity) for one in closing
    ]


def test_a_person_is_told_of_roll_notice_and_expiry_while_it_is_held() -> None:
    """Once before each day and once on it, with who holds how much; never when nothing is held."""
    pit = Pit()
    pit.tick()
    for _ in range(26):
        pit.days(1)
    assert not any(isinstance(one, r.AlarmRaised) for one in pit.records)
    pit = Pit()
    pit.tick()
    pit.trade(quantity="2")
    for _ in range(26):
        pit.days(1)
        pit.tick()

    told = [one for one in pit.records if isinstance(one, r.AlarmRaised)]
    assert ["rolled_while_held", *["first_notice_near"] * 2, *["expiry_near"] * 2] == [
        one.code for one in told
    ]
    assert ("trend: 2", "ESZ2026 to ESH2027") == (told[0].value, told[0].limit)
    assert ("trend: 2", "48 h 0 min") == (told[1].value, told[1].limit)
    assert "account:one/instrument:ESZ2026" == told[1].where


def test_a_day_that_is_corrected_is_told_anew() -> None:
    """An expiry that was wrong in the file was told; the right one is told as well, and no other
    day twice."""
    pit = Pit()
    pit.trade()
    for _ in range(26):
        pit.days(1)
    before = len(pit.records)
    late = contract(0, expiry_ns=NOW + (ROLL + 25) * DAY_NS)
    pit.load(rolling(contracts=(late, contract(1), contract(2))))
    for _ in range(15):
        pit.days(1)

    later = [one.day for one in pit.records[before:] if isinstance(one, r.ContractTold)]
    assert ["expiry", "expiry day"] == later


def test_what_is_known_of_rolls_survives_a_restart() -> None:
    """The journal folded anew, and a snapshot of it, mean the same contract."""
    pit = Pit()
    pit.trade()
    pit.days(ROLL + 2)
    pit.state = replay(pit.records)
    pit.start()
    pit.recover("one")

    assert picture(pit.state) == picture(replay(pit.records))
    assert "admitted" == pit.trade("exit", None)
    assert {} == pit.holds()


def with_micros(**changes: Any) -> Pit:
    """Begin with a leader in the contracts, and a follower in the micros that stand for them."""
    setup = rolling(setup_of("one", "two"), **changes)
    micros = {f"M{name}": replaced(ESZ, name=f"M{name}", multiplier=D(5)) for name in NAMES}
    pairs = {name: Equivalent(instrument=f"M{name}", factor=D(10)) for name in NAMES}
    instruments = {**setup.instruments, **micros}
    strategies = {
        name: replaced(one, instruments=tuple(instruments))
        for name, one in setup.strategies.items()
    }
    door = replaced(setup.routes["door"], copies={"two": Copy(equivalents=pairs)})
    setup = replaced(setup, instruments=instruments, strategies=strategies, routes={"door": door})
    pit = Pit(setup)
    for name in micros:
        pit.quote(name, "6000", "6000.25")
    return pit


def test_a_follower_with_micros_opens_nothing_after_the_last_entry_either() -> None:
    """The first notice of its leader's contract is before the roll: what is closed to the leader is
    closed to what stands for it."""
    early = contract(0, last_entry_ns=NOW + 5 * DAY_NS)
    pit = with_micros(contracts=(early, contract(1)))
    pit.days(6)
    answer = pit.say(symbol="ES1!", quantity="1")

    assert ["contract_closed"] * 2 == [one.code for one in answer.accounts]


def test_a_follower_with_micros_rolls_as_its_leader() -> None:
    """Leader in the contract, follower in what stands for it; after the roll both close what they
    hold, and open the next pair."""
    pit = with_micros()
    assert "admitted" == pit.trade()
    assert ("1", "10") == (str(pit.share("one", "ESZ2026")), str(pit.share("two", "MESZ2026")))
    pit.days(ROLL + 2)
    assert "admitted" == pit.trade("exit", None)
    assert ("0", "0") == (str(pit.share("one", "ESZ2026")), str(pit.share("two", "MESZ2026")))
    assert "admitted" == pit.trade()
    assert ("1", "10") == (str(pit.share("one", "ESH2027")), str(pit.share("two", "MESH2027")))


def test_a_person_is_told_of_the_days_of_micros_as_of_their_leaders_contract() -> None:
    """The roll, first notice and expiry: micros have no table of their own, and end as well."""
    pit = with_micros()
    pit.tick()
    pit.trade()
    for _ in range(26):
        pit.days(1)
        pit.tick()

    told = [one for one in pit.records if isinstance(one, r.AlarmRaised)]
    micro = [one for one in told if one.value == "trend: 10"]
    assert ["rolled_while_held", *["first_notice_near"] * 2, *["expiry_near"] * 2] == [
        one.code for one in micro
    ]
    assert "account:two/instrument:MESZ2026" == micro[-1].where


def test_a_refusal_is_a_value() -> None:
    """Nothing of the way from symbol to contract raises: it declines with code and facts."""
    declined = Declined("refused", "contract_missing", "ES2!", "ES")
    pit = Pit()
    pit.days(ROLL + 185)

    answer = pit.say(symbol="ES2!")
    assert (declined.code, declined.value, declined.limit) == (
        answer.code, answer.value, answer.limit,
    )  # fmt: skip
