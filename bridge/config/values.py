"""The configuration as the bridge uses it: read, checked, with every secret in hand and hidden from
every repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.ccxt.settings import CcxtSettings
from adapters.paper.settings import PaperSettings
from adapters.tradingview.mapped import Mapping as Mapped
from adapters.tradingview.terms import PLAIN, Terms
from bridge.config.hours import CalendarFile, Hours
from bridge.config.market import Market
from bridge.config.windows import Window
from core.setup import Setup


@dataclass(frozen=True, slots=True)
class Token:
    """Who may use pages and API. ``scope``: ``read``, ``halt`` or ``operate``."""

    name: str
    scope: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Door:
    """The public listener. ``trusted_proxies``: addresses or networks. ``public_url``: where it is
    found from outside, without a slash at the end; empty when that is not known.
    ``certificate_header``, ``verified_header``: in which such a proxy passes on the client's
    certificate, and whether it has checked its chain.
    """

    host: str
    port: int
    trusted_proxies: tuple[str, ...]
    body_bytes_max: int
    public_url: str = ""
    certificate_header: str = ""
    verified_header: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """The private listener. ``hosts``: names allowed in the Host header beside loopback."""

    host: str
    port: int
    hosts: tuple[str, ...]
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Certificates:
    """Which client certificates a route takes: by their fingerprints, or by their issuer where the
    front has checked the chain; with this e-mail name either way."""

    email: str
    fingerprints: frozenset[str] = frozenset()
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """How alerts of one route come in. ``tokens``: one or two secrets, each valid. ``terms``: what
    the route says of its alerts. ``kept``: where the first secret is kept, in words. ``sources``:
    networks that they come from, none: from anywhere; ``sources_implied``: nobody named them, so
    this machine itself may send too."""

    route: str
    dialect: str
    tokens: tuple[str, ...] = field(repr=False)
    terms: Terms = PLAIN
    kept: str = ""
    sources: tuple[str, ...] = ()
    sources_implied: bool = False
    certificate: Certificates | None = None


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where the journal is. ``url`` may hold a password, ``shown`` never does.

    ``url`` names a file by its whole path. ``journal_id``: the journal that must be there,
    ``None``: any.
    """

    url: str = field(repr=False)
    shown: str
    journal: str
    journal_id: str | None
    durability_waived: bool

    @property
    def kind(self) -> str:
        """Return the engine: ``sqlite``, ``redis`` or ``memory``."""
        scheme = self.url.partition(":")[0]
        return "redis" if scheme in {"rediss", "unix"} else scheme


@dataclass(frozen=True, slots=True)
class Config:
    """One configuration. ``setup``: the part that decisions depend on, and that is journaled.

    ``paper``: settings of the paper venue by account. ``market``: where the paper venue's quotes
    come from.
    ``origins``: keys that were not taken from the file, with the environment variable they came
    from.
    ``waivers``: what was waived by name, as ``routes.NAME:id`` or ``store:durability``.
    ``secrets_inline``: the file itself holds secrets.
    """

    path: Path
    name: str
    profile: str
    data: Path
    setup: Setup
    setup_hash: str
    store: StoreAddress
    door: Door
    api: Api
    hooks: Mapping[str, Hook]
    paper: Mapping[str, PaperSettings]
    market: Market
    origins: Mapping[str, str]
    waivers: tuple[str, ...]
    secrets_inline: bool
    mode: int
    """Permission bits of the file, 0 where the system has none."""
    other_secrets: frozenset[str] = field(repr=False)
    maintenance: Mapping[str, tuple[Window, ...]] = field(
        default_factory=dict[str, tuple[Window, ...]]
    )
    """When the venue of an account is closed."""
    hours: Mapping[str, Hours] = field(default_factory=dict[str, Hours])
    """When instruments trade; those without any calendar always do."""
    calendars: Mapping[str, CalendarFile] = field(default_factory=dict[str, CalendarFile])
    """The calendar files that they heed."""
    time_servers: tuple[str, ...] = ()
    """Servers that our clock is compared with, ``HOST`` or ``HOST:PORT``."""
    exchanges: Mapping[str, CcxtSettings] = field(default_factory=dict[str, CcxtSettings])
    """Settings of the accounts at crypto exchanges."""
    mappings: Mapping[str, Mapped] = field(default_factory=dict[str, Mapped])
    """The user's own words for the native fields, by the name of the mapping."""

    def secrets(self) -> frozenset[str]:
        """Return every secret value that the bridge knows, for redaction."""
        hooks = (secret for hook in self.hooks.values() for secret in hook.tokens)
        tokens = (token.secret for token in self.api.tokens)
        return frozenset({*hooks, *tokens, *self.other_secrets})
