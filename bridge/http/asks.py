"""What an act is asked with: bodies of the API, fields of forms, brought to exact values.

Rules of this file
1. What cannot be read, or has a field too many, is refused: nobody guesses what was meant.
2. Numbers come as text, so that no digit is lost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request

from bridge.http.refusal import Refusal
from core.money import NumberError, decimal_of


async def body_of(request: Request, kind: type[Any]) -> Any:
    """Read the JSON body of a request; none is an empty object."""
    body = await request.body()
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise Refusal("ask_invalid", value=f"{error}.") from None


def by_of(request: Request) -> str:
    """Name who asks."""
    return request.state.caller.name


def number(text: str | None, what: str) -> Decimal | None:
    """Read a number; nothing and empty text are none."""
    if text is None or not text.strip():
        return None
    try:
        return decimal_of(text.strip())
    except NumberError:
        raise Refusal("ask_invalid", value=f"{what} is a number, written as text.") from None
