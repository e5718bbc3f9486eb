"""The front doors of docs/front-door, run as they stand there but for ports and files."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bridge.doctor.front import Means
from bridge.doctor.knock import Knocker, Place
from tests.parts import front_server
from tests.servers import free_port

DOCS: Final = Path(__file__).parents[2] / "docs" / "front-door"

NAME: Final = "bridge.example.com"
"""The name in the files. Nobody is asked where it leads: it leads to loopback here."""

PUBLIC: Final = "93.184.216.34"
"""The address that the name seems to have; no packet goes there."""

EMAIL: Final = "webhook-server@tradingview.com"
"""Whom TradingView's certificate names."""

UP_WITHIN_S: Final = 20.0
LOOK_EVERY_S: Final = 0.02

NGINX: Final = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/bascule.conf;
}}
"""


@dataclass(frozen=True)
class Front:
    """A front door that runs. ``plain``: where http would be. ``folder``: with its logs."""

    port: int
    plain: int
    folder: Path
    authority: Path

    @property
    def url(self) -> str:
        """Return the public address."""
        return f"https://{NAME}"

    @property
    def means(self) -> Means:
        """Lead the doctor here in the place of the internet."""

        def connect(_address: str, port: int, within_s: float) -> socket.socket:
            found = {443: self.port, 80: self.plain}[port]
            return socket.create_connection(("127.0.0.1", found), within_s)

        context = ssl.create_default_context(cafile=self.authority)
        return Means(resolve=lambda _: [PUBLIC], knocker=Knocker(connect, context))

    @property
    def place(self) -> Place:
        """Return where the doctor knocks."""
        return Place(NAME, PUBLIC, 443, tls=True)

    @property
    def said(self) -> str:
        """Return everything that it wrote anywhere."""
        logs = sorted(self.folder.rglob("*.log"))
        return "".join(log.read_text(errors="replace") for log in logs)


@contextmanager
def front(kind: str, folder: Path, backend: int, *, asking: bool = False) -> Generator[Front]:
    """Run a front door before a port of loopback, with a certificate that is thrown away.

    ``asking``: nginx asks for the sender's certificate, as its file says; Caddy always does.
    """
    from adapters.exchange.certificates import make

    made = make(folder / "tls", [NAME], time.time_ns())
    door = Front(free_port(), free_port(), folder, made.authority)
    words = (_nginx if kind == "nginx" else _caddy)(door, made.chain, made.key, backend)
    if kind == "nginx" and asking:
        file = folder / "bascule.conf"
        _write(file, file.read_text(encoding="utf-8"), {"#ssl_verify_client": "ssl_verify_client"})
    with (folder / f"{kind}.log").open("ab") as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        )
    try:
        _wait_for(door.port, process, folder / f"{kind}.log")
        yield door
    finally:
        process.terminate()
        process.wait(UP_WITHIN_S)


def sender(folder: Path) -> Path:
    """Make the certificate of a sender, signed by itself, with its key; return the file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TradingView Webhooks")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(EMAIL)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "sender.pem"
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *form))
    return file


def _nginx(door: Front, chain: Path, key: Path, backend: int) -> list[str]:
    text = (DOCS / "nginx.conf").read_text(encoding="utf-8")
    live = f"/etc/letsencrypt/live/{NAME}"
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{door.port} ssl;",
        "listen 80;": f"listen 127.0.0.1:{door.plain};",
        "127.0.0.1:8470": f"127.0.0.1:{backend}",
        f"{live}/fullchain.pem": str(chain),
        f"{live}/privkey.pem": str(key),
        "/var/log/nginx/bascule.log": str(door.folder / "bascule.log"),
    }
    _write(door.folder / "bascule.conf", text, changes)
    root = getattr(os, "geteuid", lambda: 1)() == 0
    main = NGINX.format(folder=door.folder, user="user root;" if root else "")
    (door.folder / "nginx.conf").write_text(main, encoding="utf-8")
    binary = front_server("nginx")
    return [str(binary), "-p", str(door.folder), "-c", str(door.folder / "nginx.conf")]


def _caddy(door: Front, chain: Path, key: Path, backend: int) -> list[str]:
    text = (DOCS / "Caddyfile").read_text(encoding="utf-8")
    changes = {
        "default_bind 0.0.0.0": f"default_bind 127.0.0.1\n\thttp_port {door.plain}\n\tadmin off",
        "\n" + NAME + " {": f"\n{NAME}:{door.port} {{",
        "\ttls {": f"\ttls {chain} {key} {{",
        "127.0.0.1:8470": f"127.0.0.1:{backend}",
    }
    _write(door.folder / "Caddyfile", text, changes)
    words = ["run", "--adapter", "caddyfile", "--config", str(door.folder / "Caddyfile")]
    return [str(front_server("caddy")), *words]


def _write(path: Path, text: str, changes: dict[str, str]) -> None:
    for old, new in changes.items():
        assert text.count(old) == 1, f"{path.name} has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < UP_WITHIN_S:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(LOOK_EVERY_S)
        else:
            return
    raise AssertionError(log.read_text(errors="replace")[-2000:])
