"""The text of a fresh `bascule.toml`, for each profile. ``$name`` is filled in by ``starter``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_HEAD: Final = """\
# Bascule: the configuration of one bridge.
# Every key is explained in docs/configuration.md. `bascule check -c bascule.toml` tells what is
# wrong, with line and remedy. A change works after the next start.
#
# This file holds secrets. Keep it to yourself: chmod 600, and never into a repository.

[bridge]
name = "bascule"
data = "data"            # journal and paper account; relative to this file
profile = "$profile"

[store]
$store
journal = "$journal"

# The public listener: takes alerts, and answers 404 to everything else. TradingView reaches ports
# 80 and 443 only, so a proxy with TLS stands before it and forwards /hooks/* to this port.
[door]
host = "127.0.0.1"
port = $port
# public_url = "https://bridge.example.com"   # the proxy's address, shown by `bascule tv template`

# The private listener: pages and API, for this machine alone.
[api]
port = $api_port

[[api.tokens]]
name = "operator"
scope = "operate"        # read < halt < operate
token = "$api_token"
"""

PAPER_ACCOUNT: Final = """\
# A simulated account. Its money is simulated, its manners are real: costs, delay, slippage.
[accounts.paper]
venue = "paper"
currency = "USDT"
zone = "UTC"             # its day begins at midnight there, e.g. "Europe/Berlin"

[accounts.paper.paper]
balance_start = 100_000
slippage_ticks = 1
latency_ms_min = 20
latency_ms_max = 60
commission_percent = 0.05
"""
"""The account of a fresh configuration."""

PAPER_MARKET: Final = """\
# A synthetic market for the simulated account: a random walk of each instrument.
[market.walks.BTCUSDT]
price_start = 60_000
volatility_percent = 60
spread_ticks = 10

[market.walks.ETHUSDT]
price_start = 3_000
volatility_percent = 70
spread_ticks = 5
"""
"""Its market."""

_PAPER: Final = """
# Where alerts come in: POST http://127.0.0.1:$port/hooks/$route/TOKEN
[routes.$route]
token = "$route_token"
strategies = ["demo"]    # whose alerts are taken
accounts = ["paper"]     # who trades them, each judged by itself
quantity = 0.01          # of an entry that names none
signal_age_max_s = 30    # older signals are refused
order_life_s = 30        # an order that could not leave within it stays here

# What the strategy "demo" may do. Its name is written as the alert writes it.
[strategies.demo]
instruments = ["BTCUSDT", "ETHUSDT"]
sides = ["buy", "sell"]
order_types = ["market", "limit", "stop", "stop_limit"]

[strategies.demo.limits]
signals_per_minute = 30
signals_burst = 10

"""

_LIMITS: Final = """
# Limits. An entry that no limit covers is refused; an exit never is.
[accounts.paper.limits]
value_max = 10_000       # of one order, in USDT
gross_max = 50_000       # of all positions and working orders
open_orders_max = 20
collar_percent = 2       # how far a price may be from the market
daily_loss_max = 2_000   # entries stop until the next day
daily_loss_warn = 1_000
messages_per_minute = 120
messages_burst = 30

[accounts.paper.limits.instruments.BTCUSDT]
quantity_max = 0.1       # of one order
position_max = 0.5

[accounts.paper.limits.instruments.ETHUSDT]
quantity_max = 2
position_max = 10

# Instruments. Currency: that of the account which trades them; nothing is converted.
[instruments.BTCUSDT]
currency = "USDT"
tick = 0.1
lot_step = 0.001
aliases = ["BINANCE:BTCUSDT", "BTCUSDT.P"]

[instruments.ETHUSDT]
currency = "USDT"
tick = 0.01
lot_step = 0.001
aliases = ["BINANCE:ETHUSDT", "ETHUSDT.P"]

"""

_BENCH: Final = """
# For measuring the machinery: every check runs, and no limit is ever met. No live account may be
# in this file.
[routes.$route]
token = "$route_token"
strategies = ["demo"]
accounts = ["paper"]
quantity = 0.001
signal_age_max_s = 86_400
order_life_s = 86_400
rate_per_minute = 1_000_000_000
rate_burst = 1_000_000_000

[strategies.demo]
instruments = ["BTCUSDT", "ETHUSDT"]

[strategies.demo.limits]
signals_per_minute = 1_000_000_000
signals_burst = 1_000_000_000
cycles_per_minute_max = 1_000_000_000
cycles_per_day_max = 1_000_000_000

[accounts.paper]
venue = "paper"
currency = "USDT"
quote_age_max_s = 86_400
mark_age_max_s = 86_400

# A perfect broker: no delay, no cost, no reject, whole fills.
[accounts.paper.paper]
balance_start = 1_000_000_000_000

[accounts.paper.limits]
quantity_max = 1_000_000_000_000
value_max = 1_000_000_000_000_000_000
collar_percent = 1_000_000
position_max = 1_000_000_000_000
gross_max = 1_000_000_000_000_000_000
open_orders_max = 1_000_000_000
daily_loss_max = 1_000_000_000_000_000_000
daily_loss_warn = 1_000_000_000_000_000_000
messages_per_minute = 1_000_000_000
messages_burst = 1_000_000_000

[instruments.BTCUSDT]
currency = "USDT"
tick = 0.1
lot_step = 0.001

[instruments.ETHUSDT]
currency = "USDT"
tick = 0.01
lot_step = 0.001

# A market that stands still, so that every run meets the same prices.
[market.walks.BTCUSDT]
price_start = 60_000
volatility_percent = 0
spread_ticks = 10

[market.walks.ETHUSDT]
price_start = 3_000
volatility_percent = 0
spread_ticks = 5
"""

TEXTS: Final[Mapping[str, str]] = {
    "paper": _HEAD + _PAPER + PAPER_ACCOUNT + _LIMITS + PAPER_MARKET,
    "bench": _HEAD + _BENCH,
}
"""The template of each profile."""

QUANTITIES: Final[Mapping[str, str]] = {"paper": "0.01", "bench": "0.001"}
"""Quantity of the first message, within the limits of its profile."""

GIT_IGNORED: Final = """\
# secrets and state of this bridge
bascule.toml
data/
"""
"""Keeps the file with its secrets out of a repository."""
