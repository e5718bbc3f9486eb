"""Every control, tripped: in the batch that trips it, beside another entry, and after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core import commands as c
from core import snapshot
from core.answers import SignalAnswer
from core.risk.controls import Control
from tests.unit.core.stage import Stage, codes, picture, replay
from tests.unit.core.tripped import TRIPPED, enters

OF_ITSELF = frozenset(control for control in TRIPPED if not TRIPPED[control].begin()[1])
"""Controls that stop an entry without anything that happened before: for what it is, for how the
bridge is configured, or for what it sees outside."""


def begun(control: Control) -> tuple[Stage, list[c.Command], Mapping[str, Any]]:
    """Begin one command before a control is tripped."""
    stage, causes = TRIPPED[control].begin()
    return stage, causes, TRIPPED[control].fields


def test_none_is_left_out() -> None:
    """Whoever adds a control says how it is tripped."""
    assert set(Control) - {Control.ORDERS_OUT} == set(TRIPPED)


@pytest.mark.parametrize("control", sorted(set(TRIPPED) - OF_ITSELF - {Control.DAILY_LOSS}))
def test_nothing_else_is_in_the_way(control: Control) -> None:
    """Without what trips it, the entry passes."""
    stage, _, fields = begun(control)

    assert "admitted" == codes(stage.do(enters(stage, **fields)).answers[-1])


@pytest.mark.parametrize("control", TRIPPED)
def test_an_entry_sees_what_happened_before_it_in_its_batch(control: Control) -> None:
    """The cause and two entries behind it in one step: neither of them passes."""
    stage, causes, fields = begun(control)
    entries = [enters(stage, **fields) for _ in range(2)]
    *before, first, second = stage.do(*causes, *entries).answers
    theirs = [name for one in before if isinstance(one, SignalAnswer) for name in one.orders]

    assert TRIPPED[control].told == codes(first)
    assert codes(second).split()[0] == codes(first).split()[0]
    assert [] == [name for name in stage.sent if name not in theirs]


@pytest.mark.parametrize("how", ["journal", "snapshot"])
@pytest.mark.parametrize("control", TRIPPED)
def test_a_restart_changes_nothing(control: Control, how: str) -> None:
    """The next process, compared with its venue, gives the same answer."""
    stage, causes, fields = begun(control)
    if causes:
        stage.do(*causes)
    if control is Control.DAILY_LOSS:
        stage.equity("one", "100000", "100000", "100000", observe=False)
    known = replay(stage.records)
    stage.state = known if how == "journal" else snapshot.load(picture(known))
    stage.start()
    stage.recover("one")

    assert TRIPPED[control].told == codes(stage.do(enters(stage, **fields)).answers[-1])
    assert [] == stage.sent
