"""The mistakes of the tests: a change of the good file, and the problem that follows.

Rules of this file
1. Two lines a case: `old -> new` (`+>`: new follows old), then code, key, `~ meant`, `@ where`.
2. The problem is expected on the line of the key's last name inside the new text, or at `where`.
3. A new line is written as backslash and n; $HOOK, $HOOK_NEXT and $OPERATOR are the secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.unit.config.files import HOOK, HOOK_NEXT, OPERATOR, changed, line_of

_TABLE: Final = r"""
strategies = ["trend"] -> strategy = ["trend"]
    config_key_missing routes.btc.strategies @ [routes.
quantity = 0.5 -> quantiy = 0.5
    config_key_unknown routes.btc.quantiy ~ quantity
[limits] -> [limit]
    config_key_unknown limit ~ limits
[accounts.two] -> [acounts.two]
    config_key_unknown acounts ~ accounts
quantity_max = 2 -> quantity_max = true
    config_type_wrong limits.quantity_max
quantity_max = 2 -> quantity_max = 2026-01-05
    config_type_wrong limits.quantity_max
quantity = 0.5 -> quantity = [1]
    config_type_wrong routes.btc.quantity
quantity = 0.5 -> all_or_none = 1
    config_type_wrong routes.btc.all_or_none
quantity = 0.5 -> rate_burst = 1.5
    config_type_wrong routes.btc.rate_burst
name = "night shift" -> name = 7
    config_type_wrong bridge.name
accounts = ["one", "two"] -> accounts = "one"
    config_type_wrong routes.btc.accounts
["trend"] -> [7]
    config_type_wrong routes.btc.strategies[0]
[bridge]\nname -> bridge = 3\n[door]\nname
    config_type_wrong bridge
"operate" -> "operator"
    config_value_unknown api.tokens[0].scope ~ operate @ scope =
"operate" -> 7
    config_type_wrong api.tokens[0].scope
venue = "paper" -> venue = "papr"
    config_value_unknown accounts.one.venue ~ paper
quantity = 0.5 -> waive = ["tme"]
    config_value_unknown routes.btc.waive[0] ~ time
quantity = 0.5 -> quantity = nan
    config_number_invalid routes.btc.quantity
quantity = 0.5 -> quantity = -inf
    config_number_invalid routes.btc.quantity
quantity = 0.5 -> quantity = 1e999999999999999999999
    config_number_invalid routes.btc.quantity
quantity = 0.5 -> quantity = "0,5"
    config_number_invalid routes.btc.quantity
quantity = 0.5 -> quantity = 0
    config_out_of_range routes.btc.quantity
tick = 0.10 -> tick = 0
    config_out_of_range instruments.BTCUSDT.tick
lot_step = 0.001 -> lot_step = -1
    config_out_of_range instruments.BTCUSDT.lot_step
quantity = 0.5 -> signal_age_max_s = 86401
    config_out_of_range routes.btc.signal_age_max_s
[store] -> [door]\nport = 70000\n[store]
    config_out_of_range door.port
quantity_max = 2 -> open_orders_max = -1
    config_out_of_range limits.open_orders_max
currency = "USDT" -> currency = "usdt"
    config_text_invalid accounts.one.currency
name = "night shift" -> name = "a\u0000b"
    config_text_invalid bridge.name
name = "operator" -> name = "The Boss"
    config_text_invalid api.tokens[0].name
[routes.btc] -> [routes.BTC]
    config_text_invalid routes.BTC
[strategies.trend] -> [strategies."é"]\ninstruments = []\n[strategies.trend]
    config_text_invalid strategies."é"
["one", "two"] -> ["one", "one"]
    config_value_twice routes.btc.accounts[1]
["one", "two"] -> []
    config_out_of_range routes.btc.accounts
quantity = 0.5 +> expected_by = ["10:00", "00:00"]
    config_out_of_range routes.btc.expected_by[1]
["trend"] -> []
    config_out_of_range routes.btc.strategies
["one", "two"] -> ["one", "tow"]
    config_name_unknown routes.btc.accounts[1] ~ two
["trend"] -> ["Trend"]
    config_name_unknown routes.btc.strategies[0] ~ trend
["BTCUSDT"] -> ["BTCUSD"]
    config_name_unknown strategies.trend.instruments[0] ~ BTCUSDT
["desk"] -> ["dsk"]
    config_name_unknown accounts.one.groups[0] ~ desk
groups = ["desk"] +> symbols = { BTC = "BTCUSTD" }
    config_name_unknown accounts.one.symbols.BTC ~ BTCUSDT
[accounts.two] -> [accounts.one.limits.instruments.BTCUSD]\nquantity_max = 1\n[accounts.two]
    config_name_unknown accounts.one.limits.instruments.BTCUSD ~ BTCUSDT
[market.walks.BTCUSDT] -> [market.walks.BTC]
    config_name_unknown market.walks.BTC ~ BTCUSDT
[market.walks.BTCUSDT] -> [market]\nrecording = "day.csv"\n[market.walks.BTCUSDT]
    config_market_twice market.recording
currency = "USDT" -> currency = "EUR"
    config_currency accounts.one.currency
quantity = 0.5 -> copies = { two = { ratio = 0 } }
    config_out_of_range routes.btc.copies.two.ratio @ copies =
quantity = 0.5 -> copies = { two = { minimum = "on" } }
    config_value_unknown routes.btc.copies.two.minimum ~ one @ copies =
quantity = 0.5 -> copies = { tow = { ratio = 2 } }
    config_copy_account routes.btc.copies.tow ~ two @ copies =
quantity = 0.5 -> leader = "tow"\ncopies = { two = { ratio = 2 } }
    config_copy_account routes.btc.leader ~ two
quantity = 0.5 -> copies = { one = { ratio = 2 } }
    config_copy_of_leader routes.btc.copies.one @ copies =
quantity = 0.5 -> leader = "two"\ncopies = { two = { ratio = 2 } }
    config_copy_of_leader routes.btc.copies.two @ copies =
quantity = 0.5 -> leader = "two"
    config_leader_alone routes.btc.leader
quantity = 0.5 -> copies = { two = { equivalents = { BTCUSDT = { instrument = "BTCUSD" } } } }
    config_name_unknown routes.btc.copies.two.equivalents.BTCUSDT.instrument ~ BTCUSDT @ copies =
quantity = 0.5 -> copies = { two = { equivalents = { BTC = { instrument = "BTCUSDT" } } } }
    config_name_unknown routes.btc.copies.two.equivalents.BTC ~ BTCUSDT @ copies =
aliases = ["BINANCE:BTCUSDT"] -> aliases = ["B", "B", "C"]
    config_value_twice instruments.BTCUSDT.aliases[1]
lot_step = 0.001 -> lot_step = 0.002\nquantity_min = 0.003
    config_minimum_off_step instruments.BTCUSDT.quantity_min
[strategies.trend] +> tested_fee_bps = 1\ntested_fee_per_unit = 2
    config_tested_twice strategies.trend.tested_fee_bps
daily_loss_max = 500 -> daily_loss_max = 500\ndaily_loss_warn = 501
    config_warning_late accounts.one.limits.daily_loss_warn
daily_loss_max = 500 -> drawdown_percent_max = 5\ndrawdown_percent_warn = 6
    config_warning_late accounts.one.limits.drawdown_percent_warn
groups = ["desk"] +> loss = { preset = "static" }
    config_preset_numbers accounts.one.loss.preset
groups = ["desk"] +> loss = { preset = "topstep" }
    config_value_unknown accounts.one.loss.preset
lot_step = 0.001 -> lot_step = 0.001\nmargin_percent = 5\nmargin_per_unit = 500
    config_margin_twice instruments.BTCUSDT.margin_per_unit
[store] -> [api]\nport = 8470\n[store]
    config_port_twice api.port
[store] -> [door]\nport = 65535\n[store]
    config_out_of_range door.port
[store] -> [api]\nhost = "0.0.0.0"\n[store]
    config_host_public api.host
[store] -> [door]\ntrusted_proxies = ["10.0.0.1/8"]\n[store]
    config_text_invalid door.trusted_proxies[0]
[store] -> [door]\npublic_url = "http://bridge.example.com"\n[store]
    config_public_url door.public_url
quantity = 0.5 -> sources = "tradingview"
    config_sources_unseen routes.btc.sources
quantity = 0.5 -> sources = ["any", "10.0.0.0/8"]
    config_text_invalid routes.btc.sources
quantity = 0.5 -> sources = "10.0.0.1/8"
    config_text_invalid routes.btc.sources
quantity = 0.5 -> sources = []
    config_out_of_range routes.btc.sources
quantity = 0.5 -> sources = [7]
    config_type_wrong routes.btc.sources
quantity = 0.5 -> certificate = { fingerprints = "ab:cd" }
    config_text_invalid routes.btc.certificate.fingerprints @ certificate =
[store] -> [door]\n[routes.btc.certificate]\n[store]
    config_certificate_unpinned routes.btc.certificate @ [routes.btc.certificate]
quantity = 0.5 -> certificate = { issuer = "Root" }
    config_certificate_front routes.btc.certificate @ certificate =
[store] -> [door]\ncertificate_header = "X Y"\n[store]
    config_text_invalid door.certificate_header
groups = ["desk"] +> zone = "Europe/Berln"
    config_zone_unknown accounts.one.zone ~ Europe/Berlin
groups = ["desk"] +> zone = "Mars/Olympus"
    config_zone_unknown accounts.one.zone
groups = ["desk"] +> maintenance = [{ begin = "23:00", end = "01:00", zone = "Mars/Olympus" }]
    config_zone_unknown accounts.one.maintenance[0].zone
groups = ["desk"] +> maintenance = [{ begin = "23:00", end = "23:00" }]
    config_out_of_range accounts.one.maintenance[0].end
groups = ["desk"] +> maintenance = [{ begin = "24:00", end = "01:00" }]
    config_text_invalid accounts.one.maintenance[0].begin
groups = ["desk"] +> flat_before_close_s = 300
    config_calendar_missing accounts.one.flat_before_close_s
groups = ["desk"] +> flat_before_news_s = 300
    config_calendar_missing accounts.one.flat_before_news_s
groups = ["desk"] +> flat_before_weekend_s = 0
    config_out_of_range accounts.one.flat_before_weekend_s
groups = ["desk"] +> hold = ["sessions_closed"]
    config_value_unknown accounts.one.hold[0] ~ session_closed
aliases = ["BINANCE:BTCUSDT"] -> zone = "Amerika/New_York"
    config_zone_unknown instruments.BTCUSDT.zone ~ America/New_York
aliases = ["BINANCE:BTCUSDT"] -> sessions = [{ begin = "9:30", end = "16:00" }]
    config_text_invalid instruments.BTCUSDT.sessions[0].begin
aliases = ["BINANCE:BTCUSDT"] -> sessions = [{ begin = "09:30", end = "16:00", zone = "X" }]
    config_zone_unknown instruments.BTCUSDT.sessions[0].zone
aliases = ["BINANCE:BTCUSDT"] -> holidays = ["2026-02-30"]
    config_text_invalid instruments.BTCUSDT.holidays[0]
aliases = ["BINANCE:BTCUSDT"] -> holidays = [20261225]
    config_type_wrong instruments.BTCUSDT.holidays[0]
aliases = ["BINANCE:BTCUSDT"] -> calendars = ["cme"]
    config_name_unknown instruments.BTCUSDT.calendars[0]
[limits] -> [calendars.cme]\nfile = "cme.txt"\nkind = "closed"\n[limits]
    config_text_invalid calendars.cme.file
[limits] -> [calendars.cme]\nfile = "cme.ics"\nkind = "holidays"\n[limits]
    config_value_unknown calendars.cme.kind
[limits] -> [calendars.cme]\nfile = "cme.ics"\nkind = "closed"\nzone = "X"\n[limits]
    config_zone_unknown calendars.cme.zone
[limits] -> [calendars.cme]\nfile = "c.ics"\nkind = "news"\ncovers_until = "soon"\n[limits]
    config_text_invalid calendars.cme.covers_until
groups = ["desk"] +> live = true
    config_live_unavailable accounts.one.live
groups = ["desk"] +> hedging = true
    config_hedging_unavailable accounts.one.hedging
groups = ["desk"] +> paper = { latency_ms_min = 5 }
    config_out_of_range accounts.one.paper.latency_ms_max @ paper =
groups = ["desk"] +> paper = { drop_link_every_s = 5, drop_link_s = 6 }
    config_out_of_range accounts.one.paper.drop_link_s @ drop_link_s = 6
token = "$OPERATOR" +> [[api.tokens]]\nname = "operator"\nscope = "read"\ntoken = "$HOOK_NEXT"
    config_value_twice api.tokens[1].name
token = "$HOOK"\n -> # none\n
    config_token_missing routes.btc @ [routes.btc]
token = "$HOOK" -> token = "$HOOK"\ntoken_env = "HOOK"
    config_token_ambiguous routes.btc.token_env
$HOOK -> short
    config_token_weak routes.btc.token
$HOOK -> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    config_token_weak routes.btc.token
$HOOK -> abcdefghijklmnopqrstuvwxyz
    config_token_weak routes.btc.token
$HOOK -> 4tRw9ZkQ2m4tRw9ZkQ2m4tRw9ZkQ2m
    config_token_weak routes.btc.token
$HOOK -> $H6m2vXk9TzR4pLw8sYb3NcD/
    config_token_weak routes.btc.token
$HOOK -> $OPERATOR
    config_token_twice api.tokens[0].token
token = "$HOOK" -> token_env = "NOT_SET"
    config_token_unset routes.btc.token_env
token = "$HOOK" -> token_file = "gone"
    config_token_file routes.btc.token_file
journal = "main" -> url = "postgres://x/y"
    config_store_url store.url
journal = "main" -> url = "sqlite:journal.db"
    config_store_url store.url
journal = "main" -> url = "redis://127.0.0.1:many"
    config_store_url store.url
journal = "main" -> url = "redis://:s3cretword@10.0.0.7/0"
    config_store_insecure store.url
journal = "main" -> url = "rediss://10.0.0.7/0"
    config_store_insecure store.url
"""


class Case(NamedTuple):
    """One mistake: the faulty file, and what is told of it."""

    text: str
    code: str
    path: str
    line: int
    suggestion: str

    @property
    def name(self) -> str:
        """Name the case in a report."""
        return f"{self.code}-{self.path}"


def _plain(text: str) -> str:
    for name, secret in (("$HOOK_NEXT", HOOK_NEXT), ("$HOOK", HOOK), ("$OPERATOR", OPERATOR)):
        text = text.replace(name, secret)
    return text.replace("\\n", "\n")


def _cases() -> Iterator[Case]:
    rows = [row for row in _TABLE.splitlines() if row]
    for change, outcome in zip(rows[::2], rows[1::2], strict=True):
        after = " +> " in change
        old, _, new = (_plain(part) for part in change.partition(" +> " if after else " -> "))
        new = f"{old}\n{new}" if after else new
        facts, _, where = outcome.strip().partition(" @ ")
        facts, _, suggestion = facts.partition(" ~ ")
        code, path = facts.split(" ", 1)
        text = changed(old, new)
        if where:
            line = line_of(text, _plain(where))
        else:
            last = path.rpartition(".")[2].partition("[")[0].strip('"')
            line = line_of(text, new) + new.count("\n", 0, max(new.rfind(last), 0))
        yield Case(text, code, path, line, suggestion)


CASES: Final = tuple(_cases())
"""All of them."""
