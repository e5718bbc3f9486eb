"""Every code of the configuration: what is wrong in the file, and what mends it.

Length: one table, in which a code has eight lines at most and nothing else stands.

Rules of this file
1. ``{value}`` is what stands in the file (never a secret), ``{limit}`` is what was expected,
   ``{where}`` is the key.
2. A fix names the key, the command or the page; the place in the file stands before the sentence.
"""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    # the file as a whole
    Code(
        "config_missing",
        "There is no configuration file {value}.",
        "Name the file with `-c FILE`, or make one with `bascule init FOLDER`.",
    ),
    Code(
        "config_unreadable",
        "The file {where} cannot be read ({value}).",
        "Correct its path, its owner or its permissions.",
    ),
    Code(
        "config_too_large",
        "The file {where} has {value} bytes; {limit} at most are read.",
        "Check that it is the configuration, and not another file of that name.",
    ),
    Code(
        "config_encoding",
        "The file is not UTF-8 text ({value}).",
        "Save it as UTF-8. PowerShell's `>` writes UTF-16; its `Set-Content -Encoding utf8` does "
        "not.",
    ),
    Code(
        "config_syntax",
        "The file is not TOML from here on: {value}.",
        "Correct this line. Text stands in quotes, and a key stands once in its table.",
    ),
    Code(
        "config_permissions",
        "Other users of this machine can read {where}, which holds secrets (mode {value}).",
        "Run `{limit}`.",
    ),
    # times
    Code(
        "config_calendar_missing",
        "{where} is set, and nothing says when that is for {value}.",
        "Give the instrument a calendar of kind {limit} (or sessions and holidays of its own), or "
        "take the key out.",
    ),
    # keys and values
    Code(
        "config_key_unknown",
        "There is no key {value} here.",
        "Known here: {limit}.",
    ),
    Code(
        "config_key_missing",
        "The key {where} is missing.",
        "Write it: {limit}.",
    ),
    Code(
        "config_type_wrong",
        "{where} is {value}; {limit} was expected.",
        "Write it as {limit}.",
    ),
    Code(
        "config_value_unknown",
        "{where} does not know the value {value}.",
        "Write one of: {limit}.",
    ),
    Code(
        "config_number_invalid",
        "{where} is {value}, which is no number.",
        "Write {limit}.",
    ),
    Code(
        "config_out_of_range",
        "{where} is {value}, which is out of its range.",
        "Write {limit}.",
    ),
    Code(
        "config_text_invalid",
        "{where} is {value}, which has a form that cannot be used.",
        "Write {limit}.",
    ),
    Code(
        "config_value_twice",
        "{where} names {value} twice.",
        "Keep one of the two.",
    ),
    Code(
        "config_reading_missing",
        "{where} is missing: the dialect {value} cannot be read without it.",
        "Write {limit} as the sender has it set; the page of the dialect says what it may be.",
    ),
    Code(
        "config_reading_unheeded",
        "{where} has no effect: alerts in the dialect {limit} say it themselves, or never need it.",
        "Delete {value}, or check that the dialect is the right one.",
    ),
    Code(
        "config_waiver_missing",
        "Alerts in the dialect {value} never carry `{limit}`, and the route asks for it.",
        'Add "{limit}" to the route\'s waive, if you accept what the reference says of it.',
    ),
    Code(
        "config_mapping_source",
        "{where} must come from one place, and has {value}.",
        "Write either `path`, where it stands in the message, or `value`, what it always is.",
    ),
    Code(
        "config_pattern_slow",
        "{where} may take longer than the message is long: {value}.",
        "Write it so: {limit}. The page on the dialect `mapping` says what a pattern may hold.",
    ),
    Code(
        "config_pattern_group",
        "The pattern has a group {value} that no field reads, in {where}.",
        "Give a field the path {value}, or write (?:...) for the group.",
    ),
    Code(
        "config_sample_unread",
        "{where} is not read by its own mapping: {value}",
        "{limit} `bascule signal read` tries a message.",
    ),
    Code(
        "config_sample_differs",
        "{where} is not what the sample is read as: it is {value}.",
        "Write {limit} if that is right, else correct the mapping.",
    ),
    Code(
        "config_problems_more",
        "{value} more problems are not shown.",
        "Mend those above, then check again.",
    ),
    # what the parts say of each other
    Code(
        "config_name_unknown",
        "{where} names {value}, and the file has no such {limit}.",
        "Correct the name, or add the section.",
    ),
    Code(
        "config_currency",
        "{where} is {value}, and the account may trade an instrument in {limit}.",
        "Money is not converted here: give each currency an account of its own, and a route or a "
        "strategy to it.",
    ),
    Code(
        "config_alias_twice",
        "The symbol {value} means two instruments: it also stands in {limit}.",
        "Keep it in one place. For one account alone, use the account's `symbols`.",
    ),
    Code(
        "config_contract_days",
        "{where} is {value}, which is not before {limit}.",
        "Correct one of the two days: a contract is in front, then entered for the last time, then "
        "it expires.",
    ),
    Code(
        "config_contract_order",
        "{where} is {value}, which is not after that of the contract before it ({limit}).",
        "List the contracts in the order of their expiry.",
    ),
    Code(
        "config_roll_missing",
        "Nobody says from when on {value} is the front contract, in {where}.",
        "Write its `front_from`, or `roll_days_before_expiry` for all of them.",
    ),
    Code(
        "config_roll_twice",
        "{where} is {value}, and `roll_days_before_expiry` says it as well.",
        "Keep one of the two.",
    ),
    Code(
        "config_copy_account",
        "{where} names {value}, which is no account of this route.",
        "Name one of {limit}, or add it to `accounts` of the route.",
    ),
    Code(
        "config_copy_of_leader",
        "{where} says how {value} follows, and it leads this route.",
        "Take the table out, or name another account as `leader`.",
    ),
    Code(
        "config_leader_alone",
        "{where} is {value}, and nobody follows on this route.",
        "Add `copies`, or take `leader` out.",
    ),
    Code(
        "config_copied_twice",
        "{value} follows on this route and on {limit}, so what it should hold is not clear.",
        "Let a strategy in an account follow on one route.",
    ),
    Code(
        "config_equivalent_twice",
        "{where} is {value}, which already stands for {limit} in this account.",
        "Let one instrument stand for one.",
    ),
    Code(
        "config_equivalent_not_allowed",
        "{where} is {value}, which the strategy {limit} may not trade.",
        "Add it to `instruments` of the strategy.",
    ),
    Code(
        "config_copy_units",
        "By {where} the leader's smallest step is {value}, which does not fit into steps of "
        "{limit}.",
        "Correct the factor: so many of the follower's stand for one of the leader's.",
    ),
    Code(
        "config_market_twice",
        "The market has a recording and is synthetic too, for {limit}.",
        "Keep `market.recording` or the `[market.walks]`.",
    ),
    Code(
        "config_minimum_off_step",
        "{where} is {value}, which is no whole number of lot steps of {limit}.",
        "Make the smallest order a multiple of `lot_step`.",
    ),
    Code(
        "config_warning_late",
        "{where} is {value}, which is beyond the loss at which trading stops, {limit}.",
        "Warn before: make the warning smaller than the limit.",
    ),
    Code(
        "config_preset_numbers",
        "{where} is {value}, which needs numbers of yours that the file does not have.",
        "Write {limit}, as your firm's rules say.",
    ),
    Code(
        "config_margin_twice",
        "{where} stands beside `margin_percent`, and only one of them can hold.",
        "Keep one of them.",
    ),
    Code(
        "config_tested_twice",
        "{where} says what the strategy was tested with, and so does {limit}.",
        "Write one of the two.",
    ),
    Code(
        "config_port_twice",
        "{where} is {value}, and the other listener has the same port.",
        "Give `door.port` and `api.port` different numbers.",
    ),
    Code(
        "config_host_public",
        "{where} is {value}: pages and API are for this machine alone.",
        "Write {limit}. From outside, come through SSH (`ssh -L 8471:127.0.0.1:8471 HOST`) or a "
        "proxy with TLS on this machine.",
    ),
    Code(
        "config_zone_unknown",
        "{where} is {value}, which is no time zone.",
        "Write an IANA name, for example `Europe/Berlin` or `America/New_York`.",
    ),
    # money at risk
    Code(
        "config_live_unavailable",
        "The account {value} asks for real money, and its venue {limit} has none.",
        "Write `live = false`, or another venue.",
    ),
    Code(
        "config_live_differs",
        "{where} is {value}, and its exchange says otherwise: a sandbox and a local exchange have "
        "no real money, everything else has.",
        "Write `live = {limit}`, if that is what you mean.",
    ),
    Code(
        "config_hedging_unavailable",
        "The account {value} asks for a position of its own for each entry, and its venue {limit} "
        "nets all of them.",
        "Write `hedging = false`.",
    ),
    Code(
        "config_live_in_bench",
        "The account {value} is live, and the profile `bench` opens every limit.",
        "Set `bridge.profile` to another value, or `live` to false.",
    ),
    # exchanges
    Code(
        "config_venue_table",
        "{where} is for the venue `{value}`, and the account trades at `{limit}`.",
        "Take the table out, or correct `venue`.",
    ),
    Code(
        "config_exchange_missing",
        "{where} trades at a crypto exchange, and does not say at which.",
        'Add a table `[{where}.ccxt]` with `exchange = "binance"` and where its keys are.',
    ),
    Code(
        "config_exchange_unknown",
        "{where} is {value}, an exchange of which Bascule has no facts: how it treats an order of "
        "unknown outcome was never looked into.",
        "Write one of {limit}.",
    ),
    Code(
        "config_exchange_refused",
        "{where} is {value}, which cannot be traded here: {limit}.",
        "Use another exchange.",
    ),
    Code(
        "config_exchange_unproven",
        "{where} is {value}, of which only the facts are known: no run of Bascule proved its "
        "answers, and its news come from polls.",
        'Write `waive = ["unproven_venue"]` in the account, if you want that, and begin small.',
    ),
    Code(
        "config_exchange_kind",
        "{where} does not fit to {value}.",
        "Write `spot = {limit}`.",
    ),
    Code(
        "config_sandbox_unavailable",
        "{where} is {value}, which this exchange does not have.",
        "It has: {limit}.",
    ),
    Code(
        "config_keys_missing",
        "{where} does not say where its keys are.",
        "Write `keys_file`, or `api_key_env` and `secret_env` (on a chain `wallet_env` and "
        "`private_key_env`).",
    ),
    Code(
        "config_keys_ambiguous",
        "{where} has its keys from several places: {value}.",
        "Keep one of them.",
    ),
    Code(
        "config_keys_file",
        "The keys of {where} cannot be read from {value}.",
        "Write {limit}.",
    ),
    # secrets
    Code(
        "config_token_missing",
        "{where} has no token.",
        "Write one of {limit}. `bascule init` shows how; a fresh one is printed by "
        '`python -c "import secrets; print(secrets.token_urlsafe(32))"`.',
    ),
    Code(
        "config_token_ambiguous",
        "{where} has its token from several places: {value}.",
        "Keep one of them.",
    ),
    Code(
        "config_token_weak",
        "{where} is no good secret: {value}.",
        "Use {limit}. A fresh one is printed by "
        '`python -c "import secrets; print(secrets.token_urlsafe(32))"`.',
    ),
    Code(
        "config_token_twice",
        "{where} is the same secret as {value}.",
        "Give each route and each person a token of its own.",
    ),
    Code(
        "config_token_unset",
        "{where} names the environment variable {value}, which is empty or not set.",
        "Set it for the service that runs the bridge, then start again.",
    ),
    Code(
        "config_token_file",
        "The token of {where} cannot be read from {value}.",
        "Write {limit}.",
    ),
    # where alerts come from
    Code(
        "config_sources_unseen",
        "{where} is {value}, but the door listens on this machine alone, and no proxy is "
        "configured that could say where an alert comes from: nobody could get in.",
        "Name the proxy in `door.trusted_proxies`, or take the key out.",
    ),
    Code(
        "config_certificate_unpinned",
        "{where} asks for the name {value} alone, and anyone can make a certificate with it.",
        "Add `fingerprints` of the certificate that was seen (docs/door.md says how), or `issuer`.",
    ),
    Code(
        "config_certificate_front",
        "{where} cannot be kept: nothing is configured that passes a client's certificate on.",
        "Set {limit}.",
    ),
    # the store's address
    Code(
        "config_store_url",
        "{where} is no address of a store: {value}.",
        "Write {limit}.",
    ),
    Code(
        "config_store_insecure",
        "{where} is a server elsewhere, and its address has {value}.",
        "Use `rediss://` (TLS) and a password, or a store on this machine.",
    ),
    Code(
        "config_public_url",
        "{where} is no address at which TradingView could call: {value}.",
        "Write {limit}, as in `https://bridge.example.com`.",
    ),
    # making a new one
    Code(
        "config_exists",
        "{where} is already there; nothing was written.",
        "Use another folder, or move the old file away.",
    ),
    Code(
        "config_unwritable",
        "{where} cannot be written ({value}).",
        "Choose a folder that is yours, or correct its permissions.",
    ),
)
