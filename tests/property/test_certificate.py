"""A client's certificate in a header: read where it is one, and nothing where it is not.

Rules of this file
1. Whatever stands there, the door answers: reading never raises.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.tradingview.origin import CERTIFICATE_EMAIL
from bridge.http.certificate import certificate_in

TRUE = base64.b64decode(
    "MIIBhDCCASqgAwIBAgIUbHutu/X4SFuv0Xraag8gg4S5m2AwCgYIKoZIzj0EAwIwIjELMAkGA1UEBhMCVVMxEzAR"
    "BgNVBAMMClRoZWlyIFJvb3QwHhcNMjYwMTAxMDAwMDAwWhcNMjcwMTAxMDAwMDAwWjAWMRQwEgYDVQQKDAtUcmFk"
    "aW5nVmlldzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKUEBT07ztOah5c5k1N5Z2yc/SncGL20pYzK4RECGnN0"
    "k0RqtuNUs2YysleqXiyj6wQMzvTSyqttpu3vqVuqDcSjSjBIMAwGA1UdEwEB/wQCMAAwOAYDVR0RBDEwL4INaG9v"
    "a3MuZXhhbXBsZYEed2ViaG9vay1zZXJ2ZXJAdHJhZGluZ3ZpZXcuY29tMAoGCCqGSM49BAMCA0gAMEUCIEHh3pn+"
    "7GryPgBK+XHxzoyKYw9z522E4MKZs+17pm7MAiEAuKv1kFsF+nO/0jwn91dWecE9pieMtQbksKENXLI4gWU="
)
"""A certificate with TradingView's name, made for this test."""

CHANGES = st.lists(
    st.tuples(st.integers(0, len(TRUE) - 1), st.integers(0, 255)), min_size=1, max_size=4
)


def header(der: bytes) -> str:
    """Write bytes as Caddy does."""
    return base64.b64encode(der).decode()


@given(CHANGES, st.integers(0, len(TRUE)))
def test_a_damaged_certificate_never_raises(changes: list[tuple[int, int]], end: int) -> None:
    """And what is read of it is another certificate: its fingerprint differs."""
    found = certificate_in(header(TRUE))
    assert found is not None
    assert (CERTIFICATE_EMAIL,) == found.emails
    body = bytearray(TRUE)
    for place, value in changes:
        body[place] = value
    for one in (bytes(body), TRUE[:end]):
        other = certificate_in(header(one))
        same = other is not None and other.fingerprint == found.fingerprint
        assert same == (one == TRUE)


@given(st.binary(max_size=64))
@example(b"\x30\x00")
@example(b"\x30\x02\x30\x00")
def test_no_bytes_raise(body: bytes) -> None:
    """An element without content is no certificate either."""
    assert certificate_in(header(body)) is None


@given(st.text(max_size=200))
@example("{http.request.tls.client.certificate_der_base64}")
@example(quote("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"))
def test_no_text_raises(text: str) -> None:
    """What a front writes where there is no certificate is none."""
    assert certificate_in(text) is None
