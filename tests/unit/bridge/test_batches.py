from __future__ import annotations

import json

import pytest

from bridge.flight import opens_only
from bridge.http.answers import reply
from bridge.inbox import BYTES_PER_BATCH_MAX, Inbox
from core.answers import BatchAnswer, Busy, SignalAnswer
from core.commands import ReceiveBatch, ReceiveSignal
from core.signals import Action, Effect, Signal
from core.state import State


def message(effect: Effect = Effect.OPEN, raw: str = "") -> ReceiveSignal:
    """A buy of the route ``r``."""
    signal = Signal(strategy="s", action=Action.BUY, effect=effect)
    return ReceiveSignal(route="r", body_hash="", content=signal, raw=raw)


def test_is_answered_as_the_best_of_its_signals() -> None:
    """202 when one of them is admitted; each has its own verdict, in the order of the message."""
    status, body = reply(
        BatchAnswer(
            answers=(
                SignalAnswer(signal="a", verdict="refused", code="quantity_max"),
                SignalAnswer(signal="b", verdict="admitted"),
            )
        )
    )
    said = json.loads(body)

    assert (202, "admitted", None) == (status, said["verdict"], said["signal"])
    assert [("a", "refused"), ("b", "admitted")] == [
        (one["signal"], one["verdict"]) for one in said["signals"]
    ]


def test_comes_again_when_one_of_them_could_not_be_served() -> None:
    """One signal that finds no room asks for the whole message again; what was served is then a
    duplicate."""
    status, body = reply(
        BatchAnswer(answers=(SignalAnswer(signal="a", verdict="admitted"), Busy(code="route_busy")))
    )

    assert (503, "route_busy") == (status, json.loads(body)["code"])


@pytest.mark.parametrize(("second", "only"), [(Effect.OPEN, True), (Effect.CLOSE, False)])
def test_waits_behind_a_halt_only_if_all_of_it_opens(second: Effect, only: bool) -> None:
    """A batch that closes something is not told to come again."""
    assert opens_only(ReceiveBatch(signals=(message(), message(second)))) is only


def test_counts_with_all_its_bytes_and_orders() -> None:
    """A commit holds no more of batches than it would of their signals one by one."""
    inbox = Inbox()
    half = message(raw="x" * (BYTES_PER_BATCH_MAX // 2 + 1))
    for _ in range(2):
        inbox.put(ReceiveBatch(signals=(half, message())), None)
    for _ in range(20):
        inbox.put(ReceiveBatch(signals=(message(),) * 16), None)

    assert [1, 16, 5] == [len(inbox.take(State())) for _ in range(3)]
