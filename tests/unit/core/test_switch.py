"""The switch and the acts of a person."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core.answers import Denied, Done
from tests.unit.core.setups import DAY_NS, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal


def test_a_halt_ends_working_entries_and_nothing_else() -> None:
    """Entries are asked to end and named as unconfirmed; exits and positions stay."""
    stage = Stage()
    stage.position("2")
    name = stage.say("exit").orders[0]
    entries = [stage.entry("1"), stage.entry("1", symbol="ETHUSDT"), stage.entry(strategy="fade")]
    answer = stage.do(c.Halt(scope="global", by="anna", reason="news")).answers[0]

    assert Done(orders=tuple(order.order for order in entries)) == answer
    assert [order.order for order in entries] == stage.asked_to_end
    assert not stage.order(name).pending_cancel
    assert D(2) == stage.share()


@pytest.mark.parametrize(
    ("scope", "ended"), [("account:two", ["two", "two"]), ("strategy:fade", ["one", "two"])]
)
def test_a_halt_reaches_its_scope_and_no_further(scope: str, ended: list[str]) -> None:
    """An account's or a strategy's own entries end; those of others go on."""
    stage = Stage(setup_of("one", "two"))
    for strategy in ("trend", "fade"):
        stage.say(effect="open", strategy=strategy)
    stage.do(c.Halt(scope=scope, by="anna", reason="news"))

    assert ended == [stage.order(name).account for name in stage.asked_to_end]


def test_a_halt_survives_everything_but_a_person() -> None:
    """Restart, midnight and a new configuration leave it; a person lifts it, with a reason."""
    stage = Stage()
    stage.do(c.Halt(scope="global", by="anna", reason="news"))
    stage.state = replay(stage.records)
    stage.setup = setup_of(strategies=("trend",))
    stage.start()
    stage.wait(DAY_NS // 10**9 + 1)
    stage.tick()
    stage.recover("one")
    assert "refused halted" == codes(stage.send(effect="open"))
    unsaid = stage.do(c.Resume(scope="global", by="anna", reason=" ")).answers[0]
    assert Denied(code="reason_missing", value="global") == unsaid
    stage.do(c.Resume(scope="global", by="anna", reason="over"))

    assert "admitted" == codes(stage.send(effect="open"))
    assert (
        Denied(code="not_halted", value="global", limit="")
        == (stage.do(c.Resume(scope="global", by="anna", reason="again")).answers[0])
    )


def test_nothing_that_adds_exposure_follows_a_halt_in_its_batch() -> None:
    """Halt and entry in one batch: whatever came after the halt is refused."""
    stage = Stage()
    stage.do(
        stage.signal(effect="open"),
        c.Halt(scope="global", by="anna", reason="news"),
        stage.signal(effect="open"),
    )

    assert ["admitted", "refused halted"] == [codes(stage.last.answers[i]) for i in (0, 2)]
    assert stage.sent == stage.asked_to_end


@pytest.mark.parametrize(
    "scope", ["", "account", "account:", "account:nobody", "strategy:x", "all"]
)
def test_a_scope_that_is_none_is_denied(scope: str) -> None:
    """Neither halt nor cancel-all guesses what was meant."""
    stage = Stage()
    for command in (
        c.Halt(scope=scope, by="anna", reason="x"),
        c.CancelAll(scope=scope, by="anna", reason="x"),
    ):
        assert Denied(code="scope_unknown", value=scope) == stage.do(command).answers[0]
    assert [] == stage.last.records


def test_cancel_all_ends_entries_without_halting() -> None:
    """Working entries are asked to end, and the next entry passes."""
    stage = Stage()
    order = stage.entry("1")
    answer = stage.do(c.CancelAll(scope="account:one", by="anna", reason="x")).answers[0]

    assert Done(orders=(order.order,)) == answer
    assert "admitted" == codes(stage.send(effect="open"))


def test_an_order_is_cancelled_by_hand() -> None:
    """Any order, exits too; one that is over or unknown is denied with its state."""
    stage = Stage()
    stage.position("1")
    name = stage.say("exit").orders[0]
    cancel = c.CancelOrder(order=name, by="anna", reason="wait")
    assert Done(orders=(name,)) == stage.do(cancel).answers[0]
    stage.report(name, "cancelled")

    assert Denied(code="order_done", value=name, limit="cancelled") == stage.do(cancel).answers[0]
    nobody = c.CancelOrder(order="x", by="anna", reason="wait")
    assert Denied(code="order_unknown", value="x") == stage.do(nobody).answers[0]


def test_a_process_that_did_not_stop_is_missed() -> None:
    """A start after a crash calls a person; after an orderly stop it does not."""
    stage = Stage()
    stage.entry("1")
    stage.start()
    assert ["restarted_after_crash"] == stage.alarms
    stage.do(c.StopBridge(epoch=stage.state.facts.epoch))
    stage.start()

    assert [] == stage.alarms
    assert 3 == stage.state.facts.epoch


def start_halted(stage: Stage) -> None:
    """Start over a store that went back in time."""
    stage.do(
        c.StartBridge(
            journal="stage",
            epoch=9,
            software="test",
            setup=stage.setup,
            setup_hash=stage.state.facts.setup_hash,
            halt_code="store_went_back",
            halt_value="record 7",
        )
    )


def test_a_start_may_begin_halted() -> None:
    """A store that went back in time starts raised, with the reason."""
    stage = Stage()
    start_halted(stage)
    stage.recover("one")

    assert "refused halted" == codes(stage.send(effect="open"))
    assert "store_went_back" == stage.state.halts["global"].reason


def test_a_start_that_halts_keeps_what_a_person_said() -> None:
    """A bridge that a person had raised stays raised for that person's reason; the alarm tells the
    new one."""
    stage = Stage()
    stage.do(c.Halt(scope="global", by="anna", reason="on holiday"))
    start_halted(stage)

    assert "on holiday" == stage.state.halts["global"].reason
    assert "store_went_back" in stage.alarms


def test_an_alarm_of_the_bridge_is_a_record() -> None:
    """What the bridge saw stands in the journal and in the status, the newest hundred of it."""
    stage = Stage()
    for number in range(150):
        stage.do(c.RaiseAlarm(code="clock", value=str(number), limit="1", where="here"))

    assert ["clock"] == stage.alarms
    assert [str(n) for n in range(50, 150)] == [a.value for a in stage.state.alarms.values()]
