"""What a route asks for beside its token: an address, a certificate. The refusal tells nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.tradingview.origin import ADDRESSES, CERTIFICATE_EMAIL
from tests.e2e.doors import House, house
from tests.unit.bridge.parts import until

pytestmark = pytest.mark.loopback

PROXY: Final = 'trusted_proxies = ["127.0.0.1"]'
FRONT: Final = (
    f'{PROXY}\ncertificate_header = "X-Client-Certificate"\nverified_header = "X-Client-Verify"'
)
THEIRS: Final = f"X-Forwarded-For: {ADDRESSES[0]}"


def edited(door: str, route: str = "") -> Callable[[str], str]:
    """Change the door's table and the route's."""

    def edit(text: str) -> str:
        text = text.replace("[door]\n", f"[door]\n{door}\n")
        return text.replace("[routes.demo]\n", f"[routes.demo]\n{route}\n")

    return edit


def made(email: str = CERTIFICATE_EMAIL, issuer: str = "Their Root") -> x509.Certificate:
    """Make a certificate of somebody."""
    key = ec.generate_private_key(ec.SECP256R1())
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TradingView")]))
        .issuer_name(
            x509.Name(
                [
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
                    x509.NameAttribute(NameOID.COMMON_NAME, issuer),
                ]
            )
        )
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.example"), x509.RFC822Name(email)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )


def forms(certificate: x509.Certificate) -> list[str]:
    """Write a certificate as nginx, Caddy, Traefik and others put it into a header."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return [
        quote(pem, safe=""),
        base64.b64encode(der).decode(),
        pem.replace("\n", " "),
        pem.replace("\n", "\t"),
        quote("".join(pem.split("\n")[1:-2])),
    ]


async def asked(there: House, *headers: str) -> int:
    """Send a good alert, and return the status."""
    return (await there.post(there.hook, there.alert(), *headers)).status


def noise(there: House) -> dict[str, int]:
    """Return what was counted at the door."""
    return dict(there.door.noise.counts)


async def test_behind_a_proxy_only_tradingview_gets_in(tmp_path: Path) -> None:
    """Its four addresses, and this machine itself; anyone else is told that nothing is here."""
    async with house(tmp_path, edit=edited(PROXY)) as there:
        theirs = [await asked(there, f"X-Forwarded-For: {one}") for one in ADDRESSES]
        local = await asked(there)
        stranger = await there.post(there.hook, there.alert(), "X-Forwarded-For: 198.51.100.7")
        claimed = await asked(there, f"X-Forwarded-For: {ADDRESSES[0]}, 198.51.100.7")
        broken = await asked(there, "X-Forwarded-For: unknown")
        unknown = await there.post("/hooks/nobody/x", b"{}")
        counted = noise(there)

    assert ([202] * 4, 202) == (theirs, local)
    assert (404, stranger.head, stranger.body) == (claimed, unknown.head, unknown.body)
    assert (404, {"source": 3, "route": 1}) == (broken, counted)


async def test_without_a_proxy_nobody_is_asked_for_an_address(tmp_path: Path) -> None:
    """Nobody could say it: what a sender writes itself is not read."""
    async with house(tmp_path) as there:
        plain = await asked(there)
        dressed = await asked(there, "X-Forwarded-For: 198.51.100.7")

    assert (202, 202) == (plain, dressed)


@pytest.mark.parametrize(
    ("sources", "theirs", "office", "local"),
    [
        ('"any"', 202, 202, 202),
        ('"tradingview"', 202, 404, 404),
        ('["tradingview", "198.51.100.0/24"]', 202, 202, 404),
        ('["198.51.100.7", "127.0.0.1", "::1"]', 404, 202, 202),
        ('"2001:db8::/32"', 404, 404, 404),
    ],
)
async def test_a_route_names_where_its_alerts_come_from(
    tmp_path: Path, sources: str, theirs: int, office: int, local: int
) -> None:
    """A list that is written out holds for this machine too."""
    async with house(tmp_path, edit=edited(PROXY, f"sources = {sources}")) as there:
        found = (
            await asked(there, THEIRS),
            await asked(there, "X-Forwarded-For: 198.51.100.7"),
            await asked(there),
        )
        mapped = await asked(there, f"X-Forwarded-For: ::ffff:{ADDRESSES[0]}")

    assert ((theirs, office, local), theirs) == (found, mapped)


async def test_a_good_token_from_elsewhere_is_told_once(tmp_path: Path) -> None:
    """Somebody has the token, or TradingView has moved: a person has to know, and nothing of the
    message is kept."""
    async with house(tmp_path, edit=edited(PROXY)) as there:
        for _ in range(3):
            await asked(there, "X-Forwarded-For: 198.51.100.7")
        await there.post("/hooks/demo/wrong", there.alert(), "X-Forwarded-For: 198.51.100.9")
        state = there.bridge.state
        await until(lambda: any(one.code == "source_refused" for one in state.alarms.values()))
        alarms = [one for one in state.alarms.values() if one.code == "source_refused"]
        signals = dict(state.signals)

    assert [("198.51.100.7", "demo")] == [(one.value, one.where) for one in alarms]
    assert {} == signals


@pytest.mark.parametrize("place", range(5))
async def test_a_pinned_certificate_opens(tmp_path: Path, place: int) -> None:
    """However the front writes it: it is the certificate with that fingerprint."""
    ours, other = made(), made()
    pin = ours.fingerprint(hashes.SHA256()).hex(":").upper()
    route = f'certificate = {{ fingerprints = ["{pin}", "{"ab" * 32}"] }}'
    async with house(tmp_path, edit=edited(FRONT, route)) as there:
        good = await asked(there, THEIRS, f"X-Client-Certificate: {forms(ours)[place]}")
        bad = await asked(there, THEIRS, f"X-Client-Certificate: {forms(other)[place]}")
        checked = await asked(
            there,
            THEIRS,
            f"X-Client-Certificate: {forms(other)[place]}",
            "X-Client-Verify: SUCCESS",
        )
        none = await there.post(there.hook, there.alert(), THEIRS)
        unknown = await there.post("/hooks/nobody/x", b"{}", THEIRS)
        counted = noise(there)

    assert (202, 404, 404) == (good, bad, checked)
    assert (none.head, none.body) == (unknown.head, unknown.body)
    assert {"certificate": 3, "route": 1} == counted


async def test_an_issuer_is_believed_when_the_front_has_checked(tmp_path: Path) -> None:
    """A name alone is anybody's; the e-mail name must be there either way."""
    route = 'certificate = { issuer = "Their Root" }'
    async with house(tmp_path, edit=edited(FRONT, route)) as there:

        async def shown(certificate: x509.Certificate, *more: str) -> int:
            header = f"X-Client-Certificate: {forms(certificate)[0]}"
            return await asked(there, THEIRS, header, *more)

        checked = "X-Client-Verify: SUCCESS"
        found = [
            await shown(made(), checked),
            await shown(made()),
            await shown(made(), "X-Client-Verify: FAILED:self-signed certificate"),
            await shown(made(), "X-Client-Verify: NONE"),
            await shown(made(), checked, checked),
            await shown(made(issuer="Other Root"), checked),
            await shown(made(email="mallory@example.com"), checked),
        ]

    assert [202, 404, 404, 404, 404, 404, 404] == found


async def test_a_certificate_counts_only_from_the_proxy(tmp_path: Path) -> None:
    """A client that writes the header itself, past the front, has shown nothing."""
    ours = made()
    pin = ours.fingerprint(hashes.SHA256()).hex()
    door = FRONT.replace("127.0.0.1", "10.9.8.7")
    route = f'sources = "any"\ncertificate = {{ fingerprints = "{pin}" }}'
    async with house(tmp_path, edit=edited(door, route)) as there:
        status = await asked(there, f"X-Client-Certificate: {forms(ours)[0]}")

    assert 404 == status


async def test_tokens_change_without_an_outage(tmp_path: Path) -> None:
    """Old and new are both valid while alerts are changed, in the address and in the message; a
    bridge started without the old one refuses it."""
    new = "a-second-secret-of-the-route-0123456789"

    def both(text: str) -> str:
        return text.replace("[routes.demo]\n", f'[routes.demo]\ntoken_next = "{new}"\n')

    async with house(tmp_path / "a", edit=both) as there:
        old = there.token
        first = [
            (await there.post(f"/hooks/demo/{one}", there.alert())).status for one in (old, new)
        ]
        inside = await there.post("/hooks/demo", there.alert(token=new))
        third = await there.post("/hooks/demo/" + new[:-1], there.alert())

    def only(text: str) -> str:
        head, table, rest = text.partition("[routes.demo]\n")
        return head + table + re.sub(r'(?m)^token = ".*"$', f'token = "{new}"', rest, count=1)

    async with house(tmp_path / "b", edit=only) as there:
        then = [
            (await there.post(f"/hooks/demo/{one}", there.alert())).status for one in (old, new)
        ]

    assert ([202, 202], 202, 404) == (first, inside.status, third.status)
    assert [404, 202] == then
