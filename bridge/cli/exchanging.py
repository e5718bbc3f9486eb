"""``bascule exchange``: serve the play exchange, and say how to point an account at it.

Rules of this file
1. What it is made of (aiohttp, cryptography) is imported when it runs: both come with the extra.
2. Keys are throw-away ones, and still only in a file that its owner alone can read. Keys and
   certificates of an earlier start are used again, so that an account stays pointed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped, stopped
from bridge.exits import Exit

if TYPE_CHECKING:
    from adapters.exchange.exchange import Exchange, Settings
    from adapters.exchange.keys import Key

ENDS: Final = ("SIGINT", "SIGTERM", "SIGBREAK")
"""What ends it in order; the last one is Ctrl-Break of Windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options, as they were typed."""

    folder: Path
    port: int
    control_port: int
    seed: int
    walk_ms: int
    balances: tuple[str, ...]
    markets: tuple[str, ...]


def serve(screen: Screen, wanted: Wanted) -> Exit:
    """Serve until a signal. Errors: ``Stopped``."""
    try:
        import adapters.exchange.exchange  # noqa: F401
    except ModuleNotFoundError as missing:
        name = missing.name or "aiohttp"
        raise stopped(Exit.CONFIG, "exchange_extra_missing", name) from None
    try:
        asyncio.run(_serve(screen, wanted, _settings(wanted)))
    except OSError as error:
        raise _unserved(wanted, error) from None
    return Exit.OK


async def _serve(screen: Screen, wanted: Wanted, settings: Settings) -> None:
    from adapters.exchange.exchange import running

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (getattr(signal, name, None) for name in ENDS):
        if number is not None:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with running(settings) as exchange:
        _keep_keys(wanted.folder, exchange)
        with contextlib.suppress(OSError):  # nobody reads our words: that stops no exchange
            _say(screen, wanted, exchange)
        await stop.wait()


def _settings(wanted: Wanted) -> Settings:
    from adapters.exchange.exchange import Settings

    balances = dict(Settings().balances)
    balances.update(_number("--balance", one, "COIN=AMOUNT") for one in wanted.balances)
    return Settings(
        port=wanted.port,
        control_port=wanted.control_port,
        seed=wanted.seed,
        walk_ms=wanted.walk_ms,
        folder=wanted.folder,
        balances=tuple(balances.items()),
        markets=_markets(wanted.markets),
        keys=_known_keys(wanted.folder),
    )


def _markets(options: tuple[str, ...]) -> dict[str, Any]:
    """Add the markets that were asked for to the starter's, or give those another price."""
    from adapters.exchange.markets import market_at
    from adapters.exchange.venues import VENUES

    venues = {venue.dialect.name: venue for venue in VENUES}
    found = {name: {one.base: one for one in venue.markets} for name, venue in venues.items()}
    form = "VENUE:COIN=PRICE, with a venue of " + ", ".join(sorted(venues))
    for option in options:
        named, price = _number("--market", option, form)
        venue, _, coin = named.partition(":")
        if venue not in venues or not coin.isalnum() or price <= 0:
            raise _wrong("--market", option, form)
        linear = all(one.linear for one in venues[venue].markets)
        found[venue][coin] = market_at(coin, price, linear=linear)
    return {name: tuple(markets.values()) for name, markets in found.items()}


def _number(option: str, text: str, form: str) -> tuple[str, Decimal]:
    name, _, number = text.partition("=")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise _wrong(option, text, form) from None
    if not name or not value.is_finite():
        raise _wrong(option, text, form)
    return name, value


def _wrong(option: str, text: str, form: str) -> Stopped:
    return stopped(Exit.USAGE, "exchange_option_wrong", repr(text), form, where=option)


def _keys_file(folder: Path, venue: str) -> Path:
    return folder / f"{venue}-keys.toml"


def _known_keys(folder: Path) -> dict[str, Key]:
    """Read the keys of an earlier start; a file that cannot be read is made anew."""
    from adapters.exchange.exchange import CUSTOMER
    from adapters.exchange.keys import Key
    from adapters.exchange.venues import VENUES

    found: dict[str, Key] = {}
    for name in (venue.dialect.name for venue in VENUES):
        with contextlib.suppress(OSError, ValueError, KeyError):
            said = tomllib.loads(_keys_file(folder, name).read_text(encoding="utf-8"))
            found[name] = Key(str(said["api_key"]), str(said["secret"]), CUSTOMER)
    return found


def _keep_keys(folder: Path, exchange: Exchange) -> None:
    from adapters.exchange.certificates import write_secret

    for name in exchange.dialects:
        key = exchange.key(name)
        text = f'# Throw-away keys of a play exchange.\napi_key = "{key.key}"\n'
        text += f'secret = "{key.secret}"\n'
        write_secret(_keys_file(folder, name), text.encode())
    write_secret(folder / "control.token", exchange.control_token.encode())


def _say(screen: Screen, wanted: Wanted, exchange: Exchange) -> None:
    folder = wanted.folder.resolve()
    venues = {
        name: {
            "keys_file": str(_keys_file(folder, name)),
            "markets": list(dialect.engine.markets),
        }
        for name, dialect in exchange.dialects.items()
    }
    value = {
        "host": "127.0.0.1",
        "port": exchange.port,
        "ca_file": str(exchange.ca_file.resolve()),
        "control": exchange.control_url,
        "control_token_file": str(folder / "control.token"),
        "venues": venues,
    }
    if screen.as_json:
        screen.give(value)
        return
    screen.parts(("Play exchange ", "strong"), ("(no real money, nothing leaves here)", "good"))
    for name, venue in venues.items():
        screen.line(f"  {name:12} {' '.join(venue['markets'])}")
    screen.line("Point an account at it (other venues likewise):", "strong")
    for line in account_lines("bybit", value):
        screen.line(f"  {line}")
    screen.line("Make things go wrong:", "strong")
    screen.line(f"  POST {exchange.control_url}/fault   token: {value['control_token_file']}")
    screen.line("Ctrl-C stops it.", "quiet")


def account_lines(venue: str, value: dict[str, Any]) -> list[str]:
    """Write what an account's configuration needs. TOML takes a path in single quotes as it is."""
    return [
        "[accounts.NAME.ccxt]",
        f'exchange = "{venue}"',
        f"keys_file = '{value['venues'][venue]['keys_file']}'",
        "[accounts.NAME.ccxt.local]",
        f"port = {value['port']}",
        f"ca_file = '{value['ca_file']}'",
    ]


def _unserved(wanted: Wanted, error: OSError) -> Stopped:
    """Say why it does not serve: a port of somebody else's, or a folder."""
    if error.filename is not None:
        return stopped(Exit.CONFIG, "file_unwritable", error.strerror or "", where=error.filename)
    where = f"127.0.0.1, ports {wanted.port} and {wanted.control_port}"
    why = f"cannot be taken ({error.strerror or error})"
    return stopped(Exit.PORT, "port_taken", why, where=where)
