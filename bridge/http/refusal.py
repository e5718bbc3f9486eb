"""A request that is not served: as an exception on the way out, as code, sentence and fix in the
answer."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from bridge.codes import CODES, explain

_encoder = msgspec.json.Encoder()


class Refusal(Exception):
    """Why a request is not served. The listener turns it into an answer; nothing else catches
    it."""

    def __init__(self, code: str, *, value: str = "", limit: str = "", where: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.sentence, self.fix = explain(code, value, limit, where)

    @property
    def status(self) -> int:
        """Return the HTTP status of its code: 409 for an act that makes no sense now."""
        row = CODES.get(self.code)
        return row.status if row is not None and row.status != 200 else 409

    def body(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"code": self.code, "sentence": self.sentence, "fix": self.fix}


def json_answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(_encoder.encode(content), status, media_type="application/json")
