"""Times of day by which a route expects an alert."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from bridge.config.fields import Kind, TimeOfDay

EXPECTED_MAX: Final = 24
"""Times of one day: one each hour. Who expects more wants `silent_after_s`."""

_AFTER_MIDNIGHT: Final = "a time from 00:01 to 23:59: a day begins at midnight"


def _after_midnight(text: str) -> str:
    """Let no time through by which nothing can have come: it would never be judged."""
    if text == "00:00":
        raise PydanticCustomError("config_out_of_range", "range", {"expected": _AFTER_MIDNIGHT})
    return text


ExpectedTimes = Annotated[
    tuple[Annotated[TimeOfDay, AfterValidator(_after_midnight)], ...],
    Field(strict=False, max_length=EXPECTED_MAX),
    Kind("list of text", "a list of times such as 10:00, at most 24"),
]
"""Hours and minutes of a day."""
