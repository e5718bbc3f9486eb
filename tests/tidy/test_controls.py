"""Every control is explained, and the words of its row are names of the code."""

from __future__ import annotations

import pytest

from bridge.codes import CODES
from core.risk.controls import EFFECTS, Control
from tests.tidy.controls import CONTROLS, ELSEWHERE
from tests.tidy.reference import DOCS

CONTROLS_MAX = 28
"""The last number of the design."""


def test_each_control_has_a_row() -> None:
    """Whoever adds a control explains it; a number of the design is in one of the tables."""
    assert set(Control) == CONTROLS.keys() == EFFECTS.keys()
    numbers = sorted([*map(int, Control), *ELSEWHERE])

    assert list(range(1, CONTROLS_MAX + 1)) == numbers


@pytest.mark.parametrize("control", Control)
def test_its_codes_and_settings_are_there(control: Control) -> None:
    """A code that is named has a sentence and a fix; a setting is in the reference."""
    row = CONTROLS[control]
    settings = (DOCS / "configuration.md").read_text(encoding="utf-8")

    assert [] == [code for code in row.codes if code not in CODES]
    for name in row.settings:
        assert f"| `{name}` |" in settings or f".{name}]]`" in settings, name
