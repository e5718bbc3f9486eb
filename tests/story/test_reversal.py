"""A reversal with partial fills, told step by step: what a person would have seen."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core.money import ZERO
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def told_to_turn(stage: Stage) -> tuple[str, str]:
    """Let the alert come that turns the position; return exit and entry."""
    # 10:05  The alert: from long to short. TradingView's order sells 8, for it closes 5 as well.
    alert = stage.signal(
        "sell", quantity="8", prev_position="long", prev_position_size="5", position="short",
        position_size="3",
    )  # fmt: skip
    answer = stage.hear(alert)
    out, entry = answer.orders
    assert "admitted flat_first" == codes(answer)
    assert [("exit", D(5)), ("entry", D(3))] == [
        (stage.order(name).purpose, stage.order(name).quantity) for name in (out, entry)
    ]
    assert [out] == stage.sent

    # 10:05  It is delivered again: the first answer, and nothing else.
    assert "duplicate duplicate" == codes(stage.hear(alert))
    return out, entry


def test_a_long_is_turned_into_a_short_through_partial_fills_a_crash_and_a_second_alert() -> None:
    """Long 5 becomes short 3; at no moment is more at stake than the limit of 5."""
    stage = Stage(setup_of(limits={"account:one": replaced(WIDE, position_max=D(5))}))

    # 10:00  The strategy is long 5.
    stage.position("5")

    out, entry = told_to_turn(stage)

    # 10:05  Two of five are filled. The short waits: there is still a long of 3.
    stage.do(c.NoteSent(order=out, entered_ns=stage.now))
    stage.report(out, "accepted")
    stage.fill(out, "2", "49990")
    assert (D(3), "held", []) == (stage.share(), stage.order(entry).state, stage.sent)

    # 10:05  Power is lost. The new process finds the same, compares, and sends nothing by itself.
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    stage.wait(5)
    stage.start()
    stage.recover("one")
    assert [] == stage.sent

    # 10:05  The rest of the exit is filled, in two parts. With the last one the short goes.
    stage.fill(out, "2.5", "49980")
    assert [] == stage.sent
    stage.fill(out, "0.5", "49970")
    assert (ZERO, [entry]) == (stage.share(), stage.sent)

    # 10:05  The short fills in parts too, one of them before its acknowledgement.
    stage.fill(entry, "1", "49970")
    stage.report(entry, "accepted")
    assert D(-1) == stage.share()
    stage.fill(entry, "2", "49960")
    assert D(-3) == stage.share()
    assert "filled" == stage.order(entry).state

    # 10:06  An alert adds one, and its sender was short 4 before: one is missing. It is skipped.
    more = {"effect": "open", "prev_position": "short", "prev_position_size": "4"}
    late = stage.send("sell", quantity="1", **more)
    assert "refused alert_missed" == codes(late)
    assert ["alert_missed"] == stage.alarms

    # 10:07  The exit closes what is there, and the books are flat.
    close = stage.say("exit", prev_position="short", prev_position_size="3").orders[0]
    assert ("exit", "buy", D(3)) == (
        stage.order(close).purpose, stage.order(close).side, stage.order(close).quantity,
    )  # fmt: skip
    stage.fill(close, "3", "49900")
    assert (ZERO, {}) == (stage.share(), dict(stage.state.gaps))
    assert picture(stage.state) == picture(replay(stage.records))
