"""The doctor before certificates and protocols that TradingView would not take."""

from __future__ import annotations

import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from bridge.doctor.front import visit
from bridge.doctor.knock import trusting
from tests.servers import free_port
from tests.unit.doctor.fronts import NAME, OURS, Front, answer, codes, front, means

if TYPE_CHECKING:
    from adapters.exchange.certificates import Certificates

pytestmark = [pytest.mark.ccxt, pytest.mark.loopback]  # ccxt brings what makes certificates

URL: Final = f"https://{NAME}"
DAY_NS: Final = 24 * 3600 * 10**9
GOOD: Final = ("ok", "")


def certificates(folder: Path, *hosts: str, age_days: int = 0) -> Certificates:
    """Make an authority and a certificate that is so old."""
    from adapters.exchange.certificates import make

    return make(folder, hosts or (NAME,), time.time_ns() - age_days * DAY_NS)


@contextmanager
def door(context: ssl.SSLContext | None, said: bytes = OURS) -> Iterator[Front]:
    """Serve one answer."""
    with front(lambda _method, _path: said, context) as made:
        yield made


def test_a_good_certificate(tmp_path: Path) -> None:
    """The name, the authority, and how long it is good for."""
    made = certificates(tmp_path)
    with door(made.context()) as there:
        rows = visit(URL, "demo", means(there.port, authority=made.authority, plain=free_port()))

    assert [GOOD] * 3 == [(one.status, one.code) for one in rows]
    assert ("certificate", NAME) == (rows[0].name, rows[0].value)


@pytest.mark.parametrize(
    ("hosts", "age_days", "expected"),
    [
        (("other.example.com",), 0, [("fail", "front_certificate_name")]),
        ((), 40, [("fail", "front_certificate_time")]),
        ((), -5, [("fail", "front_certificate_time")]),
        ((), 20, [("warn", "front_certificate_ends"), GOOD, GOOD]),
    ],
)
def test_a_certificate_that_does_not_fit(
    tmp_path: Path, hosts: tuple[str, ...], age_days: int, expected: list[tuple[str, str]]
) -> None:
    """Another name, ended, not begun; one that ends soon is told and works."""
    made = certificates(tmp_path, *hosts, age_days=age_days)
    with door(made.context()) as there:
        how = means(there.port, authority=made.authority, plain=free_port())
        assert expected == codes(URL, how)


def test_nobody_vouches(tmp_path: Path) -> None:
    """An authority of one's own is nobody's but one's own; so is one that signed for itself."""
    made = certificates(tmp_path / "one")
    stranger = certificates(tmp_path / "two")
    with door(made.context()) as there:
        for authority in (None, stranger.authority):
            how = means(there.port, authority=authority)
            assert [("fail", "front_certificate_unknown")] == codes(URL, how)


def test_no_tls_at_its_port(tmp_path: Path) -> None:
    """Plain HTTP where TLS is expected."""
    with door(None, answer(400)) as there:
        assert [("fail", "front_not_tls")] == codes(URL, means(there.port))


def test_old_tls(tmp_path: Path) -> None:
    """A front that knows nothing newer than TLS 1.1."""
    made = certificates(tmp_path)
    context = made.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with door(context) as there:
        assert [("fail", "front_tls_old")] == codes(URL, means(there.port))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answer(308, b"", f"Location: {URL}/hooks/x"), [("warn", "front_plain")]),
        (OURS, [("warn", "front_plain")]),
        (answer(404, b"nothing"), []),
        (b"", []),
    ],
)
def test_port_80(tmp_path: Path, said: bytes, expected: list[tuple[str, str]]) -> None:
    """A redirect there loses what is sent with http://, an answer of the bridge shows the token."""
    made = certificates(tmp_path)
    with door(made.context()) as there, door(None, said) as plain:
        how = means(there.port, authority=made.authority, plain=plain.port)
        assert [GOOD] * 3 + expected == codes(URL, how)


def test_what_judges_is_strict() -> None:
    """Names and authorities are checked, and nothing below TLS 1.2 is spoken."""
    context = trusting()

    assert (True, ssl.CERT_REQUIRED) == (context.check_hostname, context.verify_mode)
    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
