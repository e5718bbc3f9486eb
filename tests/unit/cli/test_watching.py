"""What the lists take and give stays in step with the core."""

from __future__ import annotations

from typing import Any

from bridge.cli.screen import Screen
from bridge.cli.watching import STATES, tell_entries
from core.orders import OrderState


def test_every_state_of_an_order_can_be_asked_for() -> None:
    """`order list --state` knows the states that there are, and `alive`."""
    assert {"alive", *OrderState} == set(STATES)


def told(entries: dict[str, Any] | None, capsys: Any) -> list[str]:
    """Return what is said of the entries of an account."""
    tell_entries(Screen(), {"account": "demo", "entries": entries})
    return capsys.readouterr().out.splitlines()


def why(code: str, **fields: Any) -> dict[str, Any]:
    """Make one reason."""
    row = {"code": code, "sentence": f"It is {code}.", "holds": False, "scopes": ["account:demo"]}
    return {**row, "scopes_more": 0, "until": None, **fields}


def test_each_reason_against_entries_is_a_line(capsys: Any) -> None:
    """With its code, where else it holds, and until when."""
    entries = {
        "outcome": "refused",
        "why": [
            why("daily_loss_reached", until="2026-11-23T05:00:00.000000Z"),
            why("link_down", holds=True),
            why("session_closed", scopes=["instrument:A", "instrument:B"], scopes_more=3),
        ],
    }
    head, loss, link, closed = told(entries, capsys)

    assert "  Entries of demo are refused now:" == head
    assert "until " in loss and loss.endswith("[daily_loss_reached]")
    assert "    held: It is link_down. [link_down]" == link
    assert "    It is session_closed. and in 4 more [session_closed]" == closed


def test_nothing_is_said_where_entries_pass(capsys: Any) -> None:
    """Nor by a journal alone: what stood against them when it ended says nothing of now."""
    assert [] == told({"outcome": "pass", "why": []}, capsys)
    assert [] == told(None, capsys)
