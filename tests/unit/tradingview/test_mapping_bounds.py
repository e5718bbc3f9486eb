"""What a mapping looks at is bounded, whoever sends the message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.tradingview import mapping
from adapters.tradingview.mapped import Mapping, Source
from adapters.tradingview.mapping import UNREAD_MAX
from adapters.tradingview.terms import Terms

_FIELDS = (("symbol", Source(path="s")), ("action", Source(path="a")))


def code(message: dict[str, Any], *ignore: str) -> str:
    """Read a message by a mapping of two fields; return the code of its refusal, or nothing."""
    mapped = Mapping("m", _FIELDS, ignore=ignore, paths=frozenset({"s", "a"}))
    reading = mapping.read(json.dumps(message).encode(), Terms(strategy="s", mapping=mapped))
    return "" if reading.misread is None else reading.misread.code


@pytest.mark.parametrize("more", [0, 1])
def test_a_message_full_of_names_is_refused(more: int) -> None:
    """So many values that nobody reads are looked at, and no more; what is ignored is not."""
    values = [{f"x{place}": 1} for place in range(UNREAD_MAX + more)]

    assert ("json_too_many_keys" if more else "") == code({"s": "X", "a": "buy", "d": values})
    assert not code({"s": "X", "a": "buy", "d": values}, "d")
