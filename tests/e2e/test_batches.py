"""Messages of several signals over a real socket: read as one, committed as one, answered each."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.records import OrderIntended, Record, SignalReceived, SignalUnread
from tests.e2e.doors import house

pytestmark = pytest.mark.loopback


def listed(*alerts: bytes) -> bytes:
    """Make one message of several alerts."""
    return b"[" + b",".join(alerts) + b"]"


async def test_a_batch_is_one_commit_and_each_signal_has_its_answer(tmp_path: Path) -> None:
    """202 with the signals in their order; the same bytes again are duplicates, and no order."""
    async with house(tmp_path) as there:
        commits: list[int] = []
        there.bridge.runtime.writer.observers.append(
            lambda commit: commits.append(
                sum(isinstance(record, SignalReceived) for record in commit.records)
            )
        )
        body = listed(there.alert(id="x"), there.alert(id="x", action="sell", effect="close"))
        first = await there.post(there.hook, body)
        again = await there.post(there.hook, body)

    assert (202, 200) == (first.status, again.status)
    assert ["admitted", "no_action"] == [one["verdict"] for one in first.json["signals"]]
    assert ["duplicate", "duplicate"] == [one["verdict"] for one in again.json["signals"]]
    assert [one["signal"] for one in first.json["signals"]] == [
        one["signal"] for one in again.json["signals"]
    ]
    assert 1 == len(first.json["orders"])
    assert [2] == [count for count in commits if count]


async def test_a_batch_with_one_fault_trades_nothing(tmp_path: Path) -> None:
    """All of it is refused, with the place of the fault."""
    async with house(tmp_path) as there:
        seen: list[Record] = []
        there.bridge.runtime.writer.observers.append(
            lambda commit: seen.extend(
                record
                for record in commit.records
                if isinstance(record, SignalReceived | SignalUnread | OrderIntended)
            )
        )
        body = listed(there.alert(id="a"), there.alert(id="b", quantity="1,5"))
        answer = await there.post(there.hook, body)

    assert (422, "number_decimal_comma") == (answer.status, answer.code)
    assert "quantity of #2" in answer.json["sentence"]
    assert [SignalUnread] == [type(record) for record in seen]


async def test_equal_signals_of_a_batch_are_each_their_own(tmp_path: Path) -> None:
    """Two signals alike in one message are meant twice, with one id or with ids of their own."""
    async with house(tmp_path) as there:
        alert = there.alert(id="twin")
        answer = await there.post(there.hook, listed(alert, alert))

    assert ["admitted", "admitted"] == [one["verdict"] for one in answer.json["signals"]]
    assert 2 == len(set(answer.json["orders"]))
