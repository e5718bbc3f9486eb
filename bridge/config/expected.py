"""Times of day by which a route expects an alert."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from bridge.config.fields import Kind, TimeOfDay

EXPECTED_MAX: Final = 24
"""Times of one day: one each hour. Who expects more wants `silent_after_s`."""

ExpectedTimes = Annotated[
    tuple[TimeOfDay, ...],
    Field(strict=False, max_length=EXPECTED_MAX),
    Kind("list of text", "a list of times such as 10:00, at most 24"),
]
"""Hours and minutes of a day."""
