"""What a client's certificate says: read from the header in which a TLS front passes it on.

Rules of this file
1. Only three things are read: the fingerprint of the whole, the issuer's common name, and the
   e-mail names among its other names (subjectAltName).
2. Nothing is verified here. The handshake with the front proved that the sender has the key; who
   issued it is believed only when the front says that it has checked.
3. What is not plainly a certificate is none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

HEADER_CHARS_MAX: Final = 16 * 1024
"""A certificate has 1 to 2 KiB; written as PEM in percent signs it is half as large again."""

ELEMENTS_MAX: Final = 256
"""Elements of one sequence that are walked through: names and extensions are a dozen."""

_SEQUENCE, _SET, _OID, _OCTETS = 0x30, 0x31, 0x06, 0x04
_VERSION, _EXTENSIONS, _EMAIL = 0xA0, 0xA3, 0x81
_COMMON_NAME: Final = bytes.fromhex("550403")
_ALT_NAME: Final = bytes.fromhex("551d11")
_PEM: Final = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. ``fingerprint``: SHA-256 of all of it, in lower-case hex digits."""

    fingerprint: str
    issuer: str
    emails: tuple[str, ...]


def certificate_in(value: str) -> Certificate | None:
    """Read the certificate of a header: PEM, perhaps with percent signs or on one line, or the bare
    base64 of its DER form; ``None``: it is none."""
    if not 0 < len(value) <= HEADER_CHARS_MAX:
        return None
    text = unquote(value) if "%" in value else value
    begin, end = (text.find(mark) for mark in _PEM)
    if begin >= 0:
        text = text[begin + len(_PEM[0]) : end] if end > begin else ""
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
        return _read(der)
    except (binascii.Error, ValueError, IndexError):
        return None


def _read(der: bytes) -> Certificate:
    """Read the DER form: a sequence whose first element is what was signed."""
    outer = list(_elements(der))
    if len(outer) != 1 or outer[0][0] != _SEQUENCE:
        raise ValueError
    signed = _first(outer[0][1])
    fields = [one for one in _elements(_of(signed, _SEQUENCE)) if one[0] != _VERSION]
    issuer = fields[2]  # after the serial number and the algorithm
    return Certificate(
        fingerprint=hashlib.sha256(der).hexdigest(),
        issuer=_common_name(_of(issuer, _SEQUENCE)),
        emails=tuple(_emails(fields)),
    )


def _common_name(name: bytes) -> str:
    for part in _elements(name):
        for pair in _elements(_of(part, _SET)):
            kind, value = list(_elements(_of(pair, _SEQUENCE)))[:2]
            if kind == (_OID, _COMMON_NAME):
                return value[1].decode("utf-8")
    return ""


def _emails(fields: list[tuple[int, bytes]]) -> Iterator[str]:
    wrapped = next((value for tag, value in fields if tag == _EXTENSIONS), None)
    if wrapped is None:
        return
    for extension in _elements(_of(_first(wrapped), _SEQUENCE)):
        parts = list(_elements(_of(extension, _SEQUENCE)))
        if parts[0] != (_OID, _ALT_NAME):
            continue
        names = _first(_of(parts[-1], _OCTETS))
        for tag, value in _elements(_of(names, _SEQUENCE)):
            if tag == _EMAIL:
                yield value.decode("ascii")


def _first(data: bytes) -> tuple[int, bytes]:
    """Return the element at the beginning; where there is none it is no certificate."""
    found = next(_elements(data), None)
    if found is None:
        raise ValueError
    return found


def _of(element: tuple[int, bytes], tag: int) -> bytes:
    if element[0] != tag:
        raise ValueError
    return element[1]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the elements that stand one after the other: the tag and the content of each."""
    at = 0
    for _ in range(ELEMENTS_MAX):
        if at == len(data):
            return
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:  # the length itself has a length
            digits = size & 0x7F
            if not 1 <= digits <= 3:
                raise ValueError
            size, at = int.from_bytes(data[at : at + digits], "big"), at + digits
        if at + size > len(data):
            raise ValueError
        yield tag, data[at : at + size]
        at += size
    raise ValueError
