"""A position that may be in our books alone says so wherever it is shown."""

from __future__ import annotations

from bridge.cli.watching import beside
from bridge.http.picture import Look
from tests.unit.core.guarded import KEY
from tests.unit.core.turns import turned


def test_a_position_says_how_much_of_it_is_in_doubt() -> None:
    """Until the entry is heard that explains it; then there is nothing to say."""
    stage, entry = turned()

    assert {KEY: "10"} == Look.of(stage.state).in_doubt

    stage.fill(entry, "10")
    assert {} == Look.of(stage.state).in_doubt


def test_a_line_names_it_beside_the_size() -> None:
    """What is certain has nothing beside it."""
    rows = ({"dust": False, "in_doubt": "10"}, {"dust": False, "in_doubt": "0"}, {"dust": True}, {})

    assert [" (10 in doubt)", "", " (dust)", ""] == [beside(row) for row in rows]
