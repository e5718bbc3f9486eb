"""The one codec of the journal: records to lines of JSON and back, state to a snapshot and back.

Rules of this file
1. Readable by people and by any tool: one JSON object a line, decimals as text, the kind of record
   in ``t``.
2. ``VERSION`` rises when an old reader would misread a new record; every version ever written stays
   readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from core.records import Record

VERSION: Final = 1

_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Record]] = msgspec.json.Decoder(Record)


class CodecError(ValueError):
    """Bytes of the journal that are no record of this version."""


def encode(records: Iterable[Record]) -> bytes:
    """Write records as lines."""
    return _encoder.encode_lines(records)


def decode(payload: bytes, version: int = VERSION) -> list[Record]:
    """Read lines back. Errors: ``CodecError``."""
    if version != VERSION:
        raise CodecError(f"codec version {version} is not known here, which reads {VERSION}")
    try:
        return _decoder.decode_lines(payload)
    except msgspec.MsgspecError as error:
        raise CodecError(f"a record cannot be read: {error}") from error
