"""A rehearsal that cannot fail is worth nothing: each defence is taken away, and it is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from adapters.port import TroubleKind
from bridge import dispatch, links, recovery
from core import intake
from core.risk import case, checks, engine, gate_checks, order_checks
from core.risk.controls import Control
from tests.unit.rehearsal.files import TRADES, elsewhere, rehearse, rehearsed, said

Patch = pytest.MonkeyPatch


def failed(folder: Path, scene: str) -> str:
    """Rehearse one scene that has to fail; return what was wrong."""
    [played] = rehearse(folder, TRADES, (scene,)).played
    assert "failed" == played.verdict, said(played)
    return played.wrong[0]


def test_a_bridge_that_takes_every_delivery_for_a_new_alert(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    """Without the duplicate key, four deliveries are four orders."""
    monkeypatch.setattr(intake, "served", lambda *_, **__: None)

    assert "made 4 orders" in failed(tmp_path, "duplicate")


def test_a_bridge_that_forgets_its_alerts_in_a_crash(tmp_path: Path, monkeypatch: Patch) -> None:
    """An alert that comes again after the crash must be recognised, too."""
    monkeypatch.setattr(intake, "served", lambda *_, **__: None)

    assert "The alert was admitted a second time." == failed(tmp_path, "crash")


def test_a_switch_that_is_not_read_before_each_send(tmp_path: Path, monkeypatch: Patch) -> None:
    """An order that was admitted in the moment of the halt must not leave."""
    barred = dispatch.Dispatch._barred

    def unbarred(self: dispatch.Dispatch, *of: Any) -> str:
        code = barred(self, *of)
        return "" if code == "halted_before_send" else code

    monkeypatch.setattr(dispatch.Dispatch, "_barred", unbarred)

    assert "left after the bridge was raised" in failed(tmp_path, "switch")


CHECKS: Final[dict[object, Control]] = {
    order_checks.quantity: Control.QUANTITY,
    order_checks.collar: Control.COLLAR,
    gate_checks.age: Control.AGE,
    gate_checks.kill_switch: Control.KILL_SWITCH,
    gate_checks.trading_state: Control.TRADING_STATE,
}


def without(monkeypatch: Patch, *controls: Control) -> None:
    """Take checks away."""
    kept = tuple(check for check in checks.CHECKS if CHECKS.get(check) not in controls)
    assert len(checks.CHECKS) - len(controls) == len(kept)
    monkeypatch.setattr(engine, "CHECKS", kept)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        (Control.QUANTITY, "an order for 101000 EURUSD"),
        (Control.AGE, "s old"),
        (Control.COLLAR, "a limit order"),
    ],
)
def test_a_rule_that_is_not_there(
    tmp_path: Path, monkeypatch: Patch, control: Control, words: str
) -> None:
    """Each rule that is taken away lets something pass that is seen to pass."""
    without(monkeypatch, control)

    assert words in failed(tmp_path, "rules")


def test_a_switch_that_no_check_reads(tmp_path: Path, monkeypatch: Patch) -> None:
    """An entry that passes while the bridge is raised is seen."""
    without(monkeypatch, Control.KILL_SWITCH, Control.TRADING_STATE)

    assert "although the bridge is raised" in failed(tmp_path, "switch")


def test_a_market_order_without_a_worst_price(tmp_path: Path, monkeypatch: Patch) -> None:
    """Without the collar's price the jump is paid in full."""
    monkeypatch.setattr(case.Case, "worst_price", lambda _: None)

    assert "the worst price is none" in failed(tmp_path, "slippage")


def test_an_exit_that_is_not_the_first_in_line(tmp_path: Path, monkeypatch: Patch) -> None:
    """When entries are served like exits, the entry may go first."""
    queue = dispatch.Dispatch._queue

    def reversed_queue(self: dispatch.Dispatch, lane: Any, effect: Any, *, urgent: bool) -> None:
        queue(self, lane, effect, urgent=not urgent)

    monkeypatch.setattr(dispatch.Dispatch, "_queue", reversed_queue)

    assert "An entry went before the exit" in failed(tmp_path, "maintenance")


def test_a_link_whose_silence_nobody_minds(tmp_path: Path, monkeypatch: Patch) -> None:
    """A connection that hangs must be noticed."""
    monkeypatch.setattr(links.LinkLife, "_judge", lambda _: None)

    assert "was not noticed" in failed(tmp_path, "disconnect")


def test_a_lost_answer_that_is_taken_for_a_no(tmp_path: Path, monkeypatch: Patch) -> None:
    """Sent again where ids come again, the order is there twice, and that is seen."""
    monkeypatch.setattr(dispatch, "_GOES_AGAIN", tuple(TroubleKind))
    [played] = rehearsed(elsewhere(tmp_path), ("fills",)).played

    assert "failed" == played.verdict


def test_a_bridge_that_never_becomes_ready(tmp_path: Path, monkeypatch: Patch) -> None:
    """What cannot even start has failed; it is not the configuration's fault."""

    async def never(_: recovery.AccountLink) -> bool:
        return False

    monkeypatch.setattr(recovery.AccountLink, "_recover", never)

    assert "did not become ready" in failed(tmp_path, "rules")
