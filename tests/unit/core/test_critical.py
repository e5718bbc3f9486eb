"""What is critical: told for as long as it is so, and no longer."""

from __future__ import annotations

from core import commands as c
from core.critical import Critical, criticals, open_in
from core.links import REFUSED, LinkEvent
from core.risk.codes import CODES
from tests.unit.core.guarded import accept, guarded, legs, opened, plan
from tests.unit.core.stage import Stage, replay


def refuse(stage: Stage, reason: str = "revoked") -> None:
    """Let the venue refuse an attempt to connect."""
    link = c.NoteLink(account="one", up=False, reason="x")
    attempt = c.NoteLink(account="one", up=False, reason="connecting", event=LinkEvent.TRY)
    said = c.NoteLink(account="one", up=False, reason=reason, event=LinkEvent.FELL, code=REFUSED)
    stage.do(link, attempt, said)


def told(stage: Stage) -> list[str]:
    """Return the codes of what is critical now."""
    return [one.code for one in criticals(stage.state)]


def test_an_account_that_cannot_be_reached_with_something_open() -> None:
    """The position and its stop are named; the alarm is raised once, and is gone when it is
    mended."""
    stage = guarded()
    opened(stage, "10")
    refuse(stage)
    assert ["account_refused_exposed"] == stage.alarms
    assert CODES["account_refused_exposed"].critical
    code, where = "account_refused_exposed", "account:one"
    stage.wait(60)
    refuse(stage)
    assert [] == stage.alarms
    open_ = "10 BTCUSDT and 1 order"
    assert [Critical(code, "revoked", open_, where, stage.now)] == criticals(stage.state)
    stage.recover("one")

    assert [] == told(stage)


def test_another_reason_is_told_without_another_alarm() -> None:
    """The key was revoked, and now the address is barred: the newest reason is shown."""
    stage = guarded()
    opened(stage, "10")
    refuse(stage)
    again = c.NoteLink(account="one", up=False, reason="barred", event=LinkEvent.FELL, code=REFUSED)
    stage.do(again)

    assert ([], "barred") == (stage.alarms, criticals(stage.state)[0].value)


def test_a_flat_account_is_not_critical() -> None:
    """It becomes so for nobody: nothing can be opened there."""
    stage = guarded()
    refuse(stage)

    assert (["account_refused"], []) == (stage.alarms, told(stage))


def test_a_link_that_only_fell_is_not_critical() -> None:
    """It is tried again, and stops at the venue work on."""
    stage = guarded()
    opened(stage, "10")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))

    assert [] == told(stage)


def test_a_stop_in_doubt_is_critical_until_something_is_known() -> None:
    """Found again, or closed: nobody has to look at it any more."""
    stage = guarded()
    stage.position("10", protection=plan())
    (stop,) = legs(stage)
    stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
    assert (["stop_in_doubt"], True) == (told(stage), CODES["stop_in_doubt"].critical)
    assert told(stage) == [one.code for one in criticals(replay(stage.records))]
    stage.look(stop, stage.shown(stop, "accepted"))

    assert [] == told(stage)


def test_a_stop_in_doubt_beside_one_that_stands_is_not_critical() -> None:
    """The position is guarded: the doubt stays, and is shown among the doubts."""
    stage = guarded()
    stage.position("10", protection=plan())
    (stop,) = legs(stage)
    stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
    for wait in (0, 2, 3, 5, 10, 20, 20):
        stage.wait(wait)
        stage.look(stop, None, conclusive=False)
    assert ["stop_in_doubt"] == told(stage)
    accept(stage)

    assert ([], "unknown") == (told(stage), stage.order(stop).state)


def test_many_instruments_are_counted() -> None:
    """A list that nobody can read helps nobody; what is held has not left."""
    stage = guarded()
    opened(stage, "10")
    accept(stage)
    stage.position("1", symbol="ETHUSDT")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.entry("1", symbol="ETHUSDT")

    assert "10 BTCUSDT and 1 order, 1 ETHUSDT" == open_in(stage.state, "one")
