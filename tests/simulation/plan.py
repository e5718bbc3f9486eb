"""The plan of one seed: who trades what where, what the venues can do, and how bad the days are.

Rules of this file
1. Everything is drawn from the seed, and nothing from anywhere else: text seeds do not depend on
   Python's hash seed.
2. A seed has some of the faults and not all: a run in which everything breaks at once never gets
   far enough to show what breaks later.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from adapters.simulated.rows import Ids, Rules, Search
from bridge.config.market import Market
from bridge.config.values import Api, Config, Door, StoreAddress
from core.instruments import Instrument
from core.orders import OrderType, Side
from core.setup import SECOND_NS, Account, Limits, OnLate, Route, Setup, Strategy
from tests.simulation.features import BALANCE, features_of, rules_of, setup_with

D = Decimal

JOURNAL: Final = "simulated"
BEGINS_NS: Final = 1_750_000_000 * SECOND_NS
ACCOUNTS: Final = ("one", "two")
STRATEGIES: Final = ("trend", "fade")
ROUTES: Final = {"solo": ("one",), "pair": ("one", "two")}

QUANTITY_MAX: Final = D(6)
POSITION_MAX: Final = D(12)
ORDERS_MAX: Final = 8

INSTRUMENTS: Final = {
    "BTC": Instrument(
        name="BTC", currency="USDT", tick=D("0.1"), lot_step=D("0.5"), quantity_min=D("0.5")
    ),
    "ETH": Instrument(
        name="ETH",
        currency="USDT",
        tick=D("0.1"),
        lot_step=D(1),
        quantity_min=D(1),
        multiplier=D(2),
    ),
}

WIRE_FAULTS: Final = (
    "request_lost", "reply_lost", "request_late", "request_doubled", "report_doubled",
    "report_overtakes", "server_error", "misleading", "rejected", "busy",
)  # fmt: skip
"""What a wire does by chance: each is a chance of its weather."""

FAULTS: Final = (
    "kill", "restart", "pause", "takeover", "power_cut", "torn_write",
    "store_down", "store_slow", "store_ambiguous", "store_sync", "disk_full", "store_back",
    "bit_flip",
    *WIRE_FAULTS,
    "link_drop", "partition", "maintenance", "throttle",
    "silence", "gap", "bust", "correction", "overfill", "unsolicited", "halted_market", "race",
    "foreign", "liquidation", "replace", "resolve", "limits", "flatten",
    "clock_step", "time_jump", "storm", "odd_signals", "operator", "halt_file", "setup_change",
)  # fmt: skip
"""What a seed may be given."""


RARE: Final = ("store_back", "bit_flip", "time_jump")
"""Faults after which little else happens, or that take long."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one seed is about. ``faults``: those that it has; ``badness``: how often they strike."""

    seed: int
    faults: frozenset[str]
    badness: float
    rules: dict[str, Rules]
    setup: Setup
    steps: int
    chances: dict[str, dict[str, float]]
    """By account: the chances of its wire."""
    features: frozenset[str]

    def random(self, part: str) -> Random:
        """Return the chance of one part of the world."""
        return Random(f"{self.seed}:{part}")


def plan_of(seed: int, steps: int = 400) -> Plan:
    """Draw the plan of a seed."""
    random = Random(f"{seed}:plan")
    share = random.choice((0.15, 0.3, 0.5, 0.8))
    faults = frozenset(fault for fault in FAULTS if random.random() < share)
    faults -= {fault for fault in RARE if random.random() < 0.8}
    features, able = features_of(seed), Random(f"{seed}:abilities")
    badness = random.choice((0.3, 1.0, 1.0, 2.0))
    rules = {account: _rules(random) for account in ACCOUNTS}
    if "protection" in features:
        rules = {account: rules_of(rules[account], able) for account in ACCOUNTS}
    if "losses" in features:
        rules = {account: replace(rules[account], balance=BALANCE) for account in ACCOUNTS}
    return Plan(
        seed=seed,
        faults=faults,
        badness=badness,
        rules=rules,
        setup=setup_with(setup_of(random), features, able),
        steps=steps,
        features=features,
        chances={
            account: {
                fault: random.choice((0.02, 0.1, 0.3))
                for fault in WIRE_FAULTS
                if fault in faults and random.random() < 0.7
            }
            for account in ACCOUNTS
        },
    )


def _rules(random: Random) -> Rules:
    kind = random.choice((Search.BOOKS, Search.BOOKS, Search.CLOSED, Search.OPEN))
    return Rules(
        ids=random.choice(tuple(Ids)),
        search=kind,
        lag_ns=0 if kind is Search.BOOKS else random.choice((0, SECOND_NS, 10 * SECOND_NS)),
        lists_fills=kind is Search.OPEN or random.random() < 0.8,
        reduce_only=random.random() < 0.7,
        chunks_max=random.choice((1, 2, 5)),
        heartbeat_ms=random.choice((0, 2000)),
    )


def _wide(random: Random) -> Limits:
    return Limits(
        quantity_max=QUANTITY_MAX,
        value_max=D(10**6),
        collar_percent=D(5),
        position_max=POSITION_MAX,
        gross_max=D(10**6),
        open_orders_max=ORDERS_MAX,
        daily_loss_max=D(10**5),
        daily_loss_warn=D(10**4),
        messages_per_minute=random.choice((120, 10**6)),
        messages_burst=random.choice((20, 10**4)),
    )


def setup_of(random: Random) -> Setup:
    """Draw a configuration with limits that are reached."""
    life_ns = random.choice((2, 30, 120)) * SECOND_NS
    wide = _wide(random)
    many = 10**6
    signals = Limits(
        signals_per_minute=many, signals_burst=10**4,
        cycles_per_minute_max=many, cycles_per_day_max=many,
    )  # fmt: skip
    return Setup(
        instruments=INSTRUMENTS,
        accounts={
            name: Account(
                name=name,
                venue="simulated",
                currency="USDT",
                allow_opposed=random.random() < 0.3,
                foreign=random.choice(("halt", "allow")),
                quote_age_max_ns=5 * SECOND_NS,
                mark_age_max_ns=30 * SECOND_NS,
            )
            for name in ACCOUNTS
        },
        strategies={
            name: Strategy(
                name=name,
                instruments=tuple(INSTRUMENTS),
                sides=tuple(Side),
                order_types=tuple(OrderType),
            )
            for name in STRATEGIES
        },
        routes={
            name: Route(
                name=name,
                accounts=accounts,
                strategies=STRATEGIES,
                order_life_ns=life_ns,
                late_arrival=random.choice(tuple(OnLate)),
                all_or_none=random.random() < 0.3,
                rate_per_minute=10**6,
                rate_burst=10**4,
            )
            for name, accounts in ROUTES.items()
        },
        limits={
            **{f"account:{name}": wide for name in ACCOUNTS},
            **{f"strategy:{name}": signals for name in STRATEGIES},
        },
    )


def config_of(setup: Setup) -> Config:
    """Make the configuration of a bridge that is nowhere."""
    nowhere = Path("nowhere")
    fields: dict[str, Any] = {
        "store": StoreAddress(
            url="memory:",
            shown="memory:",
            journal=JOURNAL,
            journal_id=None,
            durability_waived=True,
        ),
        "door": Door(host="", port=0, trusted_proxies=(), body_bytes_max=0),
        "api": Api(host="", port=0, hosts=(), tokens=()),
        "market": Market(walks={}, recording=None, speed=D(1), repeat=False),
    }
    return Config(
        path=nowhere / "bascule.toml",
        name="simulated",
        profile="",
        data=nowhere,
        setup=setup,
        setup_hash=hashlib.sha256(msgspec.json.encode(setup)).hexdigest(),
        hooks={},
        paper={},
        origins={},
        waivers=(),
        secrets_inline=False,
        mode=0,
        other_secrets=frozenset(),
        **fields,
    )
