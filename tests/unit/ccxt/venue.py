"""A venue that says what a test tells it to, over TLS, under the names of the real ones."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.ccxt.client import Client
from adapters.ccxt.profile import Profile
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.settings import CcxtSettings, Keys, Local

ORDER: Final = "0123456789abcdef0123456789"
"""An id of ours."""

_DAY: Final = dt.timedelta(days=1)

SIGNS: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
"""What an authority may do: Python 3.13 trusts none that does not say it."""


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


Answer = Callable[[web.Request, Seen], Awaitable[web.StreamResponse]]


class Venue:
    """What arrived, and what is answered to it."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca.pem"
        self.port = 0
        self.seen: list[Seen] = []
        self.answer: Answer = json_answer({})
        self.gate = asyncio.Event()
        """Set when the venue goes: what hangs, ends."""

    @property
    def local(self) -> Local:
        """Return where it is."""
        return Local("127.0.0.1", self.port, self.ca)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Write down what came, and answer as told."""
        body = (await request.read()).decode()
        seen = Seen(
            request.method,
            request.host.partition(":")[0],
            request.path,
            request.raw_path.partition("?")[2],
            {name.lower(): one for name, one in request.headers.items()},
            body,
        )
        self.seen.append(seen)
        return await self.answer(request, seen)


def json_answer(body: Any, status: int = 200, **headers: str) -> Answer:
    """Answer everything with this."""

    async def answer(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return answer


def text_answer(text: str, status: int = 200, content_type: str = "text/html") -> Answer:
    """Answer everything with this text."""

    async def answer(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return answer


async def reset(request: web.Request, _seen: Seen) -> web.StreamResponse:
    """Break the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut(request: web.Request, _seen: Seen) -> web.StreamResponse:
    """Begin a good answer, and break off in it."""
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"symbol":"BTCUSDT","orderId":28,')
    assert request.transport is not None
    request.transport.abort()
    return response


def authority(folder: Path) -> ssl.SSLContext:
    """Make an authority and a certificate for every host of every venue; write the former down."""
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    root_id = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
    common = x509.CertificateBuilder().issuer_name(root_name)
    common = common.not_valid_before(now).not_valid_after(now + 36_500 * _DAY)
    ca = (
        common.subject_name(root_name)
        .public_key(root.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(root_id, critical=False)
        .add_extension(SIGNS, critical=True)
        .sign(root, hashes.SHA256())
    )
    hosts = sorted({host for profile in PROFILES.values() for host in profile.hosts})
    certificate = (
        common.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "venues")]))
        .public_key(leaf.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(h) for h in hosts]), False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), False
        )
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(
        certificate.public_bytes(pem)
        + leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "leaf.pem")
    return context


@asynccontextmanager
async def venue_in(folder: Path) -> AsyncGenerator[Venue]:
    """Run a venue on a port of its own."""
    venue = Venue(folder)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", venue.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority(folder))
    await site.start()
    venue.port = runner.addresses[0][1]
    try:
        yield venue
    finally:
        venue.gate.set()
        await runner.cleanup()


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncGenerator[Venue]:
    """Run a venue for one test."""
    async with venue_in(tmp_path) as running:
        yield running


def settings_of(profile: Profile, local: Local, **more: Any) -> CcxtSettings:
    """Return the settings of an account at a venue of a test."""
    first: dict[str, Any] = {"keys": lambda: keys_of(profile), "timeout_ms": 5_000}
    return CcxtSettings(
        venue=profile.venue, currency=quote_of(profile), local=local, **{**first, **more}
    )


@asynccontextmanager
async def client_of(profile: Profile, local: Local, **more: Any) -> AsyncGenerator[Client]:
    """Open a client that knows one market."""
    client = Client(profile, settings_of(profile, local, **more))
    await client.open()
    try:
        client.exchange.set_markets([market_of(profile)])
        yield client
    finally:
        await client.close()


def keys_of(profile: Profile) -> Keys:
    """Return keys of the venue's form, that open nothing."""
    if profile.venue == "coinbase":
        secret = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        return Keys("organizations/o/apiKeys/k", secret.decode())
    if profile.venue == "hyperliquid":
        return Keys(wallet="0x" + 40 * "1", private_key="0x" + 64 * "2")
    return Keys("the-api-key", "dGhlLXNlY3JldC1vZi10aGUta2V5", "the-passphrase")


_IDS: Final = {
    "okx": "BTC-USDT-SWAP",
    "kraken": "XXBTZUSD",
    "krakenfutures": "PF_XBTUSD",
    "coinbase": "BTC-USD",
    "kucoin": "BTC-USDT",
    "gate": "BTC_USDT",
    "hyperliquid": "BTC",
}


def quote_of(profile: Profile) -> str:
    """Return the money of the one market."""
    if profile.venue in ("kraken", "krakenfutures", "coinbase"):
        return "USD"
    return "USDC" if profile.venue == "hyperliquid" else "USDT"


def symbol_of(profile: Profile) -> str:
    """Return ccxt's name of the one market."""
    quote = quote_of(profile)
    return f"BTC/{quote}:{quote}" if profile.kind == "swap" else f"BTC/{quote}"


def market_of(profile: Profile) -> dict[str, Any]:
    """Return the one market, in ccxt's form."""
    swap, quote = profile.kind == "swap", quote_of(profile)
    whole = profile.venue == "gate"  # counts contracts
    settle = quote.lower() if whole else quote
    return {
        "id": _IDS.get(profile.venue, "BTCUSDT"),
        "symbol": symbol_of(profile),
        "lowercaseId": _IDS.get(profile.venue, "BTCUSDT").lower(),
        "base": "BTC",
        "baseId": "0" if profile.venue == "hyperliquid" else "BTC",
        "quote": quote,
        "quoteId": quote,
        "settle": quote if swap else None,
        "settleId": settle if swap else None,
        "type": profile.kind,
        "spot": not swap,
        "swap": swap,
        "future": False,
        "option": False,
        "margin": False,
        "contract": swap,
        "linear": True if swap else None,
        "inverse": False if swap else None,
        "contractSize": ("0.0001" if whole else "1") if swap else None,
        "active": True,
        "precision": {"amount": "1" if whole else "0.001", "price": "0.1"},
        "limits": {"amount": {"min": "0.001"}, "price": {}, "cost": {"min": "5"}, "leverage": {}},
        "info": {
            "orderTypes": [
                "LIMIT",
                "MARKET",
                "STOP",
                "STOP_MARKET",
                "LIMIT_MAKER",
                "STOP_LOSS",
                "STOP_LOSS_LIMIT",
            ]
        },
    }
