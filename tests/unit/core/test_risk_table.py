"""The table of controls, its law, and what every verdict records."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.orders import OrderType, Purpose, Side
from core.risk.codes import CODES
from core.risk.controls import EFFECTS, Control, Effect, Mode
from core.setup import Strategy
from core.signals import Effect as PositionEffect
from tests.unit.core.setups import limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def opened(stage: Stage, quantity: str, **fields: Any) -> str:
    """Ask for an entry and return verdict and code."""
    return codes(stage.send(quantity=quantity, effect=PositionEffect.OPEN, **fields))


def test_the_law_of_the_table() -> None:
    """No control but the duplicate ever refuses an exit, a leg, a cancel or a flatten."""
    refused = {
        (control, purpose)
        for control, rows in EFFECTS.items()
        for purpose, row in rows.items()
        if purpose is not Purpose.ENTRY and Effect.REFUSE in row
    }
    held = {
        (control, purpose, mode)
        for control, rows in EFFECTS.items()
        for purpose, row in rows.items()
        for mode, effect in zip(Mode, row, strict=True)
        if purpose is not Purpose.ENTRY and effect is Effect.HOLD
    }

    assert {
        (Control.DUPLICATE, purpose) for purpose in Purpose if purpose is not Purpose.ENTRY
    } == (refused)
    assert {
        (control, purpose, Mode.RECOVERING)
        for control in (Control.TRADING_STATE, Control.LINK)
        for purpose in (Purpose.EXIT, Purpose.LEG, Purpose.FLATTEN)
    } == held


def test_every_control_stops_an_entry() -> None:
    """A tripped control refuses an entry, or holds it while the account is not compared."""
    for control, rows in EFFECTS.items():
        effects = dict(zip(Mode, rows[Purpose.ENTRY], strict=True))
        if control is Control.TRADING_STATE:
            assert Effect.PASS is effects.pop(Mode.ACTIVE)
        assert Effect.PASS not in effects.values(), control
        assert Effect.REFUSE is effects[Mode.HALTED], control


def test_the_table_is_whole() -> None:
    """Every control says something about every kind of act in every state."""
    assert set(Control) == set(EFFECTS)
    assert all(set(Purpose) == set(rows) for rows in EFFECTS.values())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instruments": ()}, "instrument_not_allowed"),
        ({"sides": ()}, "side_not_allowed"),
        ({"sides": (Side.SELL,)}, "side_not_allowed"),
        ({"order_types": (OrderType.LIMIT,)}, "order_type_not_allowed"),
        (None, "strategy_not_allowed"),
    ],
)
def test_an_empty_list_allows_nothing(change: dict[str, Any] | None, code: str) -> None:
    """What is not on a list is refused; an exit by the same strategy passes."""
    stage = Stage()
    stage.position("2")
    strategies: dict[str, Strategy] = dict(stage.setup.strategies)
    if change is None:
        strategies.pop("trend")
    else:
        strategies["trend"] = replaced(strategies["trend"], **change)
    stage.setup = replaced(stage.setup, strategies=strategies)
    stage.start()
    stage.recover("one")

    answer = stage.say(effect="open")
    names = {"instruments": "BTCUSDT", "sides": "buy", "order_types": "market"}
    field, allowed = next(iter(change.items())) if change else ("", ())
    expected = ", ".join(allowed) or ("nothing" if change else "not configured")

    assert f"refused {code}" == codes(answer)
    assert (names.get(field, "trend"), expected) == (answer.value, answer.limit)
    assert "admitted" == codes(stage.send("exit"))


@pytest.mark.parametrize("scope", ["global", "account:one", "strategy:trend"])
def test_a_halt_refuses_entries_and_lets_exits_pass(scope: str) -> None:
    """Nothing that adds exposure after a halt, in its scope; what reduces goes on."""
    stage = Stage(setup_of("one", "two"))
    stage.position("2")
    stage.fill(f"{stage.say('buy', effect='open').orders[1]}", "1")
    stage.do(c.Halt(scope=scope, by="anna", reason="news"))
    answer = stage.say(effect="open")
    other = stage.say(effect="open", strategy="fade")

    assert ("halted", "news", "anna", scope) == (
        answer.accounts[0].code, answer.accounts[0].value, answer.accounts[0].limit,
        answer.accounts[0].where,
    )  # fmt: skip
    assert ("" if scope == "account:one" else "halted") == answer.accounts[1].code
    assert {"global": 0, "account:one": 1, "strategy:trend": 2}[scope] == len(other.orders)
    assert "admitted" == codes(stage.send("exit"))


def test_a_reducing_account_takes_exits_alone() -> None:
    """An account set to reduce refuses entries; exits and cancels pass."""
    stage = Stage()
    stage.position("2")
    stage.setup = setup_of(account={"reducing": True})
    stage.start()
    stage.recover("one")

    assert "refused reducing" == opened(stage, "1")
    assert "admitted" == codes(stage.send("exit", quantity="1"))


def test_all_checks_are_recorded_on_every_verdict() -> None:
    """Admitted, refused or held: each check stands in the journal with value and limit."""
    stage = Stage()
    stage.say(effect="open")
    stage.say(effect="open", quantity="1001")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.say(effect="open")
    rows = [
        record.checks
        for record in stage.records
        if isinstance(record, r.OrderIntended | r.SignalRefused)
    ]
    names = {tuple(check[1] for check in json.loads(bytes(row))) for row in rows}
    assert 3 == len(rows)
    assert 1 == len(names)
    assert {Control(check[0]) for check in json.loads(bytes(rows[0]))} == set(Control)
    assert all(check[2] in {"", *CODES} for row in rows for check in json.loads(bytes(row)))


def test_a_market_entry_carries_its_collar_and_an_exit_none() -> None:
    """The worst price of a market entry is the collar, on the tick and never beyond it."""
    stage = Stage(limited(collar_percent="1"))
    stage.quote("BTCUSDT", "50000", "50000.01")
    bought, sold = stage.entry("1"), stage.entry("1", "sell", strategy="trend")

    assert (D("50500.00"), D("49500.01")) == (bought.worst_price, sold.worst_price)
    assert D("50000.005") == bought.reference
    stage.fill(bought, "1")
    assert stage.order(stage.say("exit").orders[0]).worst_price is None
