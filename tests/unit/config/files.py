"""Configuration files for the tests: a good one, and what becomes of it when a line changes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bridge.config import Config, Problem, load

HOOK: Final = "hook7Qm2vXk9TzR4pLw8sYb3NcD6"
HOOK_NEXT: Final = "next5Gh8wMn1QvB7tKx4yRz2LpC9"
OPERATOR: Final = "oper3Jd6fSk0PaZ9uEi2mHq7WoV5"

GOOD: Final[str] = f"""\
[bridge]
name = "night shift"

[store]
journal = "main"

[[api.tokens]]
name = "operator"
scope = "operate"
token = "{OPERATOR}"

[routes.btc]
token = "{HOOK}"
strategies = ["trend"]
accounts = ["one", "two"]
quantity = 0.5

[strategies.trend]
instruments = ["BTCUSDT"]

[strategies.trend.limits]
signals_per_minute = 30

[accounts.one]
venue = "paper"
currency = "USDT"
groups = ["desk"]

[accounts.one.limits]
daily_loss_max = 500
messages_per_minute = 60

[accounts.two]
venue = "paper"
currency = "USDT"

[groups.desk.limits]
gross_max = 100_000

[instruments.BTCUSDT]
currency = "USDT"
tick = 0.10
lot_step = 0.001
aliases = ["BINANCE:BTCUSDT"]

[market.walks.BTCUSDT]
price_start = 60_000

[limits]
quantity_max = 2
"""


def changed(old: str, new: str) -> str:
    """Return the good file with one piece of text replaced; the piece must be there."""
    assert old in GOOD, f"the good file has no {old!r}"
    return GOOD.replace(old, new, 1)


def line_of(text: str, piece: str) -> int:
    """Return the line, from 1, on which a piece of text begins."""
    return text.count("\n", 0, text.index(piece)) + 1


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    """Write a file as its owner would."""
    path = folder / "bascule.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def problems_of(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[Problem]:
    """Read a faulty text and return what is told of it."""
    found = load(written(folder, text), environ or {})
    assert isinstance(found, list), "the file has no problem"
    return found


def config_of(folder: Path, text: str = GOOD, environ: dict[str, str] | None = None) -> Config:
    """Read a good text."""
    found = load(written(folder, text), environ or {})
    assert isinstance(found, Config), [problem.text for problem in found]
    return found
