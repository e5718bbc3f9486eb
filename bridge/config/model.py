"""The file `bascule.toml`, table by table: every key with its kind, its default and its meaning.

Rules of this file
1. A key's description is its line in `docs/configuration.md`; that page is made from here.
2. What one value alone can get wrong is judged here; what parts say of each other is judged in
   ``crosscheck``.
3. A default is what a careful person would have written. Where there is no such value, the key is
   required.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from adapters.tradingview.reading import BODY_BYTES_MAX
from bridge.config.calendar import CalendarSection, WeekDays
from bridge.config.copies import CopySection
from bridge.config.expected import ExpectedTimes
from bridge.config.fields import (
    Count,
    PartName,
    Port,
    Positive,
    Seconds,
    Section,
    Text,
    Texts,
    TimeServer,
    optional,
    required,
)
from bridge.config.futures import FutureSection, SymbolsSection
from bridge.config.limits import SharedLimits
from bridge.config.mappings import MappingSection
from bridge.config.paper import MarketSection
from bridge.config.reading import ReadingSection
from bridge.config.sources import CertificateSection, HeaderName, Sources
from bridge.config.trading import (
    AccountSection,
    GroupSection,
    InstrumentSection,
    StrategySection,
    Words,
)

Profile = Literal["paper", "bench"]
Scope = Literal["read", "halt", "operate"]
UnitName = Literal["units", "quote", "equity_percent", "risk_quote", "risk_percent"]
LevelsName = Literal["absolute", "offset_from_signal_price"]
PartialName = Literal["wait", "cancel", "market"]
LateName = Literal["cancel", "keep"]
GapName = Literal["follow", "skip", "halt"]
ReversalName = Literal["two_orders", "one_order"]
LegFailureName = Literal["flatten", "keep"]
RouteWaiver = Literal["id", "time", "crowd"]
StoreWaiver = Literal["durability"]


class BridgeSection(Section):
    """The bridge as a whole."""

    name: Text = optional("bascule", "Name of this bridge, shown on its pages and in its messages.")
    data: Text = optional(
        "data",
        "Folder of what the bridge writes: the journal and what the paper venue remembers. "
        "Relative to the file. `BASCULE_DATA` overrules it.",
    )
    profile: Profile = optional(
        "paper",
        "`bench`: the limits of this file are meant for measuring, and live accounts are refused.",
    )


class StoreSection(Section):
    """Where the journal is kept."""

    url: Text | None = optional(
        None,
        "Address of the store: `sqlite:///PATH` (relative to the data folder; four slashes: "
        "absolute), `redis://HOST:PORT/DB`, `rediss://` with TLS, or `memory:`, which forgets. "
        "`BASCULE_STORE_URL` overrules it.",
        shown="`sqlite:///journal.db`",
    )
    journal: PartName = optional(
        "main",
        "Name of the journal: several bridges can share one Redis server under several names.",
    )
    journal_id: Text | None = optional(
        None,
        "Name of the journal that must be there. When the store is empty or holds another journal, "
        "the bridge halts instead of starting afresh.",
    )
    waive: Annotated[tuple[StoreWaiver, ...], Words] = optional(
        (),
        '`["durability"]`: trade also on a store that may lose its last writes when power fails.',
    )


class ClockSection(Section):
    """What our clock is compared with, and how far off it may be."""

    servers: Annotated[tuple[TimeServer, ...], Field(strict=False, max_length=10)] = optional(
        (),
        "Time servers (SNTP) to ask, `HOST` or `HOST:PORT`; at most 10. Without one only the "
        "venues' own clocks are compared.",
    )
    off_max_s: Seconds = optional(
        Decimal(1), "Entries are refused while our clock is further off.", unit="seconds"
    )


class DoorSection(Section):
    """The public listener: takes alerts, and answers 404 to everything else."""

    host: Text = optional("127.0.0.1", "Address to listen on. `0.0.0.0`: all addresses.")
    port: Port = optional(8470, "Port of the public listener. `BASCULE_DOOR_PORT` overrules it.")
    trusted_proxies: Texts = optional(
        (),
        "Addresses or networks (`10.0.0.0/8`) of proxies whose word on the sender's address is "
        "believed.",
    )
    certificate_header: HeaderName | None = optional(
        None,
        "Header in which such a proxy passes on the client's certificate (docs/door.md). Needed by "
        "`[routes.NAME.certificate]`.",
    )
    verified_header: HeaderName | None = optional(
        None,
        "Header in which it says `SUCCESS` when it has checked who issued that certificate.",
    )
    body_bytes_max: Annotated[int, Field(ge=1024, le=BODY_BYTES_MAX)] = optional(
        BODY_BYTES_MAX, "Largest alert that is read, from 1024 to 65536.", unit="bytes"
    )
    public_url: Text | None = optional(
        None,
        "Where the hooks are found from outside, as in `https://bridge.example.com`: https, port "
        "443, perhaps a path that the proxy takes away. Only shown and asked, never listened on.",
        shown="not known",
    )


class TokenSection(Section):
    """Who may use pages and API: a person or a program. It needs one of the three tokens."""

    name: PartName = required("Who this is; the journal names it beside every act.")
    scope: Scope = required(
        "What it may do: `read`, also `halt`, or `operate`, which is everything."
    )
    token: str | None = optional(None, "The secret itself, at least 24 characters.")
    token_env: Text | None = optional(
        None, "Name of the environment variable that holds the secret."
    )
    token_file: Text | None = optional(
        None, "File whose only content is the secret. Relative to the configuration."
    )


class ApiSection(Section):
    """The private listener: pages and API, for this machine alone."""

    host: Text = optional("127.0.0.1", "Loopback address to listen on; any other is refused.")
    port: Port | None = optional(
        None,
        "Port of the private listener. `BASCULE_API_PORT` overrules it.",
        shown="`door.port` + 1",
    )
    hosts: Texts = optional(
        (),
        "Host names beside those of loopback under which pages may be asked for, when a proxy "
        "serves them.",
    )
    tokens: Annotated[tuple[TokenSection, ...], Field(strict=False, max_length=100)] = optional(
        (), "Who may use pages and API; each is a table `[[api.tokens]]`."
    )


class RouteSection(Section):
    """One address that takes alerts: `/hooks/NAME/TOKEN`. One token is needed; a second one eases
    its change.
    """

    dialect: Text = optional(
        "native",
        "In which words alerts come: `native`, or another one of docs/dialects.",
    )
    token: str | None = optional(None, "The secret of the address, at least 24 characters.")
    token_env: Text | None = optional(
        None, "Name of the environment variable that holds the secret."
    )
    token_file: Text | None = optional(
        None, "File whose only content is the secret. Relative to the configuration."
    )
    token_next: str | None = optional(
        None,
        "A second secret that is valid too, while the alerts are changed from the old one to it.",
    )
    token_next_env: Text | None = optional(None, "As `token_env`, for the second secret.")
    token_next_file: Text | None = optional(None, "As `token_file`, for the second secret.")
    strategies: Texts = required("Strategies whose alerts are taken here.")
    accounts: Texts = required("Accounts that trade them, judged in this order; at most 50.")
    quantity: Positive | None = optional(None, "Quantity of an entry that names none.")
    quantity_unit: UnitName = optional(
        "units",
        "What `quantity` counts: `units` of the instrument, `quote` (value in its currency), "
        "`equity_percent` (5 is 5 % of the account's equity), or what is lost when the stop is "
        "hit: `risk_quote` in the instrument's currency, `risk_percent` of the equity.",
    )
    signal_age_max_s: Seconds = optional(Decimal(30), "Older signals are refused.", unit="seconds")
    order_life_s: Seconds = optional(
        Decimal(30),
        "An order that could not be sent within it is not sent any more.",
        unit="seconds",
    )
    waive: Annotated[tuple[RouteWaiver, ...], Words] = optional(
        (),
        "What an alert need not carry: `id`, `time`. Without `id` two equal alerts within a minute "
        "count as one; without `time` an old alert cannot be told from a new one. `crowd`: no "
        "alarm for many alerts in a row, where the sender is not TradingView.",
    )
    all_or_none: bool = optional(
        False, "When one account refuses an entry, none of the route's accounts trades it."
    )
    rate_per_minute: Count = optional(
        600,
        "Alerts beyond this rate are answered with 503, so that TradingView sends them again.",
        unit="alerts per minute",
    )
    rate_burst: Count = optional(100, "Alerts that may come at once.", unit="alerts")
    on_partial: PartialName = optional(
        "wait",
        "What becomes of the rest of an order that was filled in part: `wait`, `cancel` it, or "
        "cancel it and send what is left as `market` (an entry within its collar).",
    )
    partial_after_s: Seconds = optional(
        Decimal(60), "How long such a rest may work before that.", unit="seconds"
    )
    reject_retries_max: Annotated[int, Field(ge=0, le=3)] = optional(
        0,
        "How often an order is tried again that the venue rejected for a reason known to pass, "
        "within `order_life_s`: 0 to 3.",
    )
    late_arrival: LateName = optional(
        "cancel",
        "What becomes of an entry that turns up at its venue after it counted as not placed: "
        "`cancel` what is left of it, or `keep` it.",
    )
    on_gap: GapName | None = optional(
        None,
        "What an entry does when the position that its alert names as the one before "
        "(`prev_position`) is not what is held: `follow`, `skip` it, or `halt` the strategy. Exits "
        "always pass.",
        shown="`follow` for a target, else `skip`",
    )
    reversal: ReversalName = optional(
        "two_orders",
        "How a position is turned to the other side: `two_orders`, close and then open when it is "
        "flat; or `one_order` through flat, where that is safe.",
    )
    require_stop: bool = optional(
        False, "Refuse an entry that carries no stop. A stop that waits for a profit is none."
    )
    on_leg_failure: LegFailureName = optional(
        "flatten",
        "What becomes of a position whose stop or targets its venue does not take or keep: "
        "`flatten` it at the market, or let the bridge `keep` the levels.",
    )
    levels: LevelsName = optional(
        "absolute",
        "What the prices of an alert are prices of: `absolute`, of the instrument that is traded; "
        "or `offset_from_signal_price`, of the chart: then only their distance from the alert's "
        "own price counts.",
    )
    basis_max_percent: Positive | None = optional(
        None,
        "An entry is refused when the alert's own price is further from the market that is traded. "
        "Once set, an entry without a price of its own is refused too.",
        unit="percent",
        shown="`1` while prices are `absolute`",
    )
    leader: Text | None = optional(
        None,
        "The account that the others follow, where `copies` says how.",
        shown="the first account, where there are `copies`",
    )
    copies: dict[str, CopySection] = optional(
        {}, "How accounts follow the leader; see its own table."
    )
    silent_after_s: Seconds | None = optional(
        None,
        "An alarm is raised when no alert came for so long while something of it trades "
        "(docs/silence.md).",
        unit="seconds",
        shown="never",
    )
    expected_by: ExpectedTimes = optional(
        (),
        'Times of day by which an alert is expected: `["10:00"]`; each counts from the one before, '
        "the first from midnight. None came: an alarm.",
    )
    expected_zone: Text = optional("UTC", "Time zone of these times (IANA name).")
    expected_days: WeekDays = optional((), "Weekdays on which they hold; none named: every day.")
    sources: Sources | None = optional(
        None,
        "Where alerts may come from: `tradingview` (its four addresses), `any`, addresses or "
        "networks. A message from elsewhere is answered as if nothing were here.",
        shown="`tradingview` where `door.trusted_proxies` names a proxy, else `any`",
    )
    certificate: CertificateSection | None = optional(
        None, "The client certificate that the sender has to show; see its own table."
    )
    reading: ReadingSection = Field(default_factory=ReadingSection)


class FileModel(Section):
    """The whole file."""

    bridge: BridgeSection = Field(default_factory=BridgeSection)
    store: StoreSection = Field(default_factory=StoreSection)
    clock: ClockSection = Field(default_factory=ClockSection)
    door: DoorSection = Field(default_factory=DoorSection)
    api: ApiSection = Field(default_factory=ApiSection)
    routes: dict[str, RouteSection] = Field(default_factory=dict)
    accounts: dict[str, AccountSection] = Field(default_factory=dict)
    instruments: dict[str, InstrumentSection] = Field(default_factory=dict)
    strategies: dict[str, StrategySection] = Field(default_factory=dict)
    groups: dict[str, GroupSection] = Field(default_factory=dict)
    calendars: dict[str, CalendarSection] = Field(default_factory=dict)
    market: MarketSection = Field(default_factory=MarketSection)
    mappings: dict[str, MappingSection] = Field(default_factory=dict)
    symbols: SymbolsSection = Field(default_factory=SymbolsSection)
    futures: dict[str, FutureSection] = Field(default_factory=dict)
    limits: SharedLimits = Field(default_factory=SharedLimits)
