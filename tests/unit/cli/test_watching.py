"""What the lists take and give stays in step with the core."""

from __future__ import annotations

import pytest

from bridge.cli.screen import Screen
from bridge.cli.watching import STATES, _accounts
from core.orders import OrderState


def test_every_state_of_an_order_can_be_asked_for() -> None:
    """`order list --state` knows the states that there are, and `alive`."""
    assert {"alive", *OrderState} == set(STATES)


@pytest.mark.parametrize(
    ("code", "until", "expected"),
    [
        ("banned", "2026-11-23T00:34:17.5Z", "one paused, banned until 2026-11-23T00:34:17Z: ip"),
        ("", None, "one paused: ip"),
    ],
)
def test_a_link_that_is_not_ready_says_why_and_until_when(
    capsys: pytest.CaptureFixture[str], code: str, until: str | None, expected: str
) -> None:
    """A ban is called one, in the status itself; a link that is ready says nothing."""
    known = dict.fromkeys(("exchange", "venue", "currency", "state", "equity"), "x")
    row = {
        **known, "account": "one", "live": False, "link_state": "paused", "link_code": code,
        "link_reason": "ip", "link_until": until,
    }  # fmt: skip
    _accounts(Screen(), [row, {**row, "link_state": "ready", "link_reason": "connected"}])

    said = capsys.readouterr().out
    assert expected in said
    assert "connected" not in said
