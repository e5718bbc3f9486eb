"""A certificate authority of the exchange's own, and a certificate for the venues' host names.

Rules of this file
1. Nobody should trust this authority but the one client that is told its file: it is never put
   into a system's store.
2. Private keys are readable by their owner alone, and the authority's is not kept at all.
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID: Final = dt.timedelta(days=30)
"""A play exchange is started anew more often than that, and then makes new ones."""

BEFORE: Final = dt.timedelta(days=1)
"""Valid since yesterday, for a client whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files: ``authority`` for the client, the others for the exchange."""

    authority: Path
    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return the server's side of TLS."""
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(self.chain, self.key)
        return made


def kept(folder: Path, hosts: Iterable[str], now_ns: int) -> Certificates | None:
    """Return what an earlier start made, as long as it is good for a day more and for every host.

    So a client that was told the authority's file need not be told again.
    """
    files = _files(folder)
    if not all(path.is_file() for path in (files.authority, files.chain, files.key)):
        return None
    try:
        leaf = x509.load_pem_x509_certificate(files.chain.read_bytes())
        named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        files.context()
    except (ValueError, x509.ExtensionNotFound, ssl.SSLError):  # half written, or another's
        return None
    tomorrow = dt.datetime.fromtimestamp(now_ns // 1_000_000_000, dt.UTC) + BEFORE
    served = set(named.get_values_for_type(x509.DNSName))
    fits = set(hosts) <= served and leaf.not_valid_after_utc > tomorrow
    return files if fits else None


def make(folder: Path, hosts: Iterable[str], now_ns: int) -> Certificates:
    """Make an authority and a certificate for host names and loopback, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.fromtimestamp(now_ns // 1_000_000_000, dt.UTC)
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name = _name("Bascule play exchange (trust it nowhere else)")
    root = _builder(root_name, root_name, root_key.public_key(), now)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_uses(sign=True), critical=True)
    root = root.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
    )
    authority = root.sign(root_key, hashes.SHA256())
    names = [*sorted(set(hosts)), "localhost"]
    alternatives = [x509.DNSName(name) for name in names]
    addresses = [x509.IPAddress(ip_address(one)) for one in ("127.0.0.1", "::1")]
    leaf = _builder(_name("Bascule play exchange"), root_name, leaf_key.public_key(), now)
    leaf = leaf.add_extension(
        x509.SubjectAlternativeName([*alternatives, *addresses]), critical=False
    )
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_uses(sign=False), critical=True)
    leaf = leaf.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
    )
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
    )
    certificate = leaf.sign(root_key, hashes.SHA256())
    files = _files(folder)
    pem = serialization.Encoding.PEM
    files.authority.write_bytes(authority.public_bytes(pem))
    files.chain.write_bytes(certificate.public_bytes(pem))
    write_secret(
        files.key,
        leaf_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    return files


def _files(folder: Path) -> Certificates:
    return Certificates(folder / "ca.pem", folder / "exchange.pem", folder / "exchange.key")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + VALID)
    )


def _uses(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def write_secret(path: Path, value: bytes) -> None:
    """Write a file that its owner alone can read, over one that is there."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(value)
