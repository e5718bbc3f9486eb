"""A desk for each dialect, as ``dialects.toml`` has them: its route, strategy and account."""

from __future__ import annotations

import json
import string
import tomllib
from pathlib import Path
from typing import Any, Final

from bridge.config.starter_text import TEXTS

DESKS: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("dialects.toml").read_text(encoding="utf-8")
)

ROUTE: Final = string.Template("""
[routes.$name]
dialect = "$name"
token = "a-token-of-$name-and-long-enough"
strategies = ["$name"]
accounts = ["$name"]
quantity = 0.001
waive = $waive
rate_per_minute = 1_000_000
rate_burst = 1_000_000
on_gap = "follow"
reading = $reading
""")

MAPPING: Final = """
[mappings.bot]
sample = '{"s": "BTCUSDT", "do": "long", "n": 1, "at": "2026-01-20T14:30:00Z"}'
expected = { symbol = "BTCUSDT", action = "buy", quantity = 1, time = "2026-01-20T14:30:00Z" }
[mappings.bot.fields]
symbol = { path = "s" }
action = { path = "do", values = { long = "buy", short = "sell", out = "exit" } }
quantity = { path = "n", optional = true }
time = { path = "at" }
"""

ALIASES: Final = 'lot_step = 0.001\naliases = ["BTC/USDT", "BTC-USDT-SWAP", "BTC_USD"]\n'


def configuration(head: str) -> str:
    """Give each dialect a route, a strategy and an account with the limits of the bench profile."""
    text = TEXTS["bench"]
    limits = text[text.index("[strategies.demo]") : text.index("[instruments.BTCUSDT]")]
    parts = [head.replace("lot_step = 0.001\n", ALIASES, 1), MAPPING]
    for name, desk in DESKS.items():
        terms = ", ".join(
            f"{key} = {json.dumps(said)}" for key, said in desk.get("reading", {}).items()
        )
        waive = json.dumps(desk.get("waive", []))
        parts.append(ROUTE.substitute(name=name, waive=waive, reading=f"{{ {terms} }}"))
        own = limits.replace("strategies.demo", f"strategies.{name}")
        parts.append(own.replace("accounts.paper", f"accounts.{name}"))
    return "".join(parts)
