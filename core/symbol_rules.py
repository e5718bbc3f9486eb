"""The rules by which one writing of a symbol stands for another: each a pure function of the text.

Rules of this file
1. No rule is on by itself. A person names in the configuration those that may be used.
2. A rule gives other writings; it never says that they exist. Only what is in the tables exactly is
   traded.
3. A perpetual stays a perpetual and a spot pair a spot pair, whatever is rewritten.
4. Rules go in the order of the table, each once, so that no chain of them comes back to something
   else. Nothing is ever upper-cased.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

SYMBOL_CHARS_MAX: Final = 64
"""Characters of a symbol that rules look at, as many as an instrument's name may have."""

FORMS_MAX: Final = 512
"""Writings of one symbol: all rules together make some two hundred. Beyond it nothing is mapped: a
list that was cut off cannot be known to be free of a second meaning."""

QUOTES: Final = (
    "USDT", "USDC", "USD", "FDUSD", "TUSD", "DAI", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD",
    "TRY", "BTC", "ETH",
)  # fmt: skip
"""Currencies in which pairs are quoted: where a pair without a separator may be cut."""

CURRENCIES: Final = frozenset(
    [
        *QUOTES,
        *("AED", "ARS", "BNB", "BRL", "BUSD", "CNH", "CNY", "COP", "CZK", "DKK", "EURC", "EURI"),
        *("HKD", "HUF", "IDR", "ILS", "INR", "KRW", "MXN", "NOK", "PHP", "PLN", "PYUSD", "RON"),
        *("RUB", "SEK", "SGD", "SOL", "THB", "TRX", "TWD", "UAH", "USDD", "USDE", "USDP", "UST"),
        *("VND", "XAG", "XAU", "XBT", "ZAR", "USDS", "GUSD"),
    ]
)
"""What stands behind the sign of a pair. Anything else there makes no pair: ``F/CX`` is a ratio of
two shares, ``BTC_PERP`` a perpetual and ``BTC-DEC26`` a future."""

MONTHS: Final = "FGHJKMNQUVXZ"
"""The letters of the delivery months, from January on, as every exchange has them."""

MONTH_NAMES: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip

YEARS: Final = range(2020, 2060)
"""Years that a one-digit year may mean. Whichever of them has a contract here is meant; two that
have one are ambiguous."""

_PREFIX: Final = re.compile(r"[A-Z0-9_]{1,20}:([^:]+)")
_PERPETUAL: Final = re.compile(r"([A-Z0-9]{2,20})\.P")
_PERP: Final = re.compile(r"([A-Z0-9]{2,20})PERP")
_SWAP: Final = re.compile(r"([A-Z0-9]{1,15})-([A-Z0-9]{2,6})-SWAP")
_UNIFIED: Final = re.compile(r"([A-Z0-9]{1,15})/([A-Z0-9]{2,6}):([A-Z0-9]{2,6})")
_PAIR: Final = re.compile(r"([A-Z0-9]{1,15})[/_-]([A-Z0-9]{2,6})")
_JOINED: Final = re.compile(r"[A-Z0-9]{3,20}")
_LETTER: Final = re.compile(rf"([A-Z0-9]{{1,8}})([{MONTHS}])([0-9]{{4}}|[0-9]{{1,2}})")
_NAMED: Final = re.compile(
    rf"([A-Z0-9]{{1,8}}) ?({'|'.join(MONTH_NAMES)}) ?([0-9]{{4}}|[0-9]{{2}})"
)
_NUMBERED: Final = re.compile(r"([A-Z0-9]{1,8}) (0[1-9]|1[0-2])-([0-9]{2})")


class Rule(NamedTuple):
    """A rule: ``forms`` gives the other writings. ``meaning`` and ``example`` are for people."""

    name: str
    meaning: str
    example: str
    forms: Callable[[str], Iterator[str]]


def _without_exchange(symbol: str) -> Iterator[str]:
    found = _PREFIX.fullmatch(symbol)
    if found is not None:
        yield found[1]


def _cuts(joined: str) -> Iterator[tuple[str, str]]:
    """Cut a pair without a separator wherever a known currency ends it."""
    if _JOINED.fullmatch(joined) is not None:
        for quote in QUOTES:
            if joined.endswith(quote) and len(joined) > len(quote):
                yield joined[: -len(quote)], quote


def _perpetuals(symbol: str) -> Iterator[str]:
    """Write a perpetual as TradingView, ccxt, OKX and Binance do. What an inverse one settles in
    only ccxt says, so from there nothing is guessed."""
    unified = _UNIFIED.fullmatch(symbol)
    if unified is not None:
        base, quote, settled = unified.groups()
        if settled == quote:
            yield from _perpetual(base, quote)
        return
    swap = _SWAP.fullmatch(symbol)
    if swap is not None:
        base, quote = swap.groups()
        yield from _perpetual(base, quote)
        yield from _settled(base, quote)
        return
    for form in (_PERPETUAL, _PERP):
        found = form.fullmatch(symbol)
        if found is not None:
            for base, quote in _cuts(found[1]):
                yield from _perpetual(base, quote)
                yield from _settled(base, quote)
            return


def _perpetual(base: str, quote: str) -> Iterator[str]:
    yield f"{base}{quote}.P"
    yield f"{base}{quote}PERP"
    yield f"{base}-{quote}-SWAP"


def _settled(base: str, quote: str) -> Iterator[str]:
    yield f"{base}/{quote}:{quote}"
    if quote == "USD":
        yield f"{base}/{quote}:{base}"


def _pairs(symbol: str) -> Iterator[str]:
    found = _PAIR.fullmatch(symbol)
    if found is not None and found[2] not in CURRENCIES:
        return
    for base, quote in [found.groups()] if found is not None else _cuts(symbol):
        yield from (f"{base}{quote}", f"{base}/{quote}", f"{base}-{quote}", f"{base}_{quote}")


def _months(symbol: str) -> Iterator[str]:
    """Write a dated contract with letter or name of its month. A year of one digit is read, but
    never written: it would mean another decade's contract as well."""
    for root, month, years in _dated(symbol):
        letter, name = MONTHS[month - 1], MONTH_NAMES[month - 1]
        for year in years:
            short = f"{year % 100:02d}"
            yield f"{root}{letter}{year}"
            yield f"{root}{letter}{short}"
            yield f"{root} {month:02d}-{short}"
            yield f"{root} {name}{short}"
            yield f"{root}{name}{short}"


def _dated(symbol: str) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    found = _LETTER.fullmatch(symbol)
    if found is not None:
        yield found[1], MONTHS.index(found[2]) + 1, _years(found[3])
    found = _NAMED.fullmatch(symbol)
    if found is not None:
        yield found[1], MONTH_NAMES.index(found[2]) + 1, _years(found[3])
    found = _NUMBERED.fullmatch(symbol)
    if found is not None:
        yield found[1], int(found[2]), _years(found[3])


def _years(digits: str) -> tuple[int, ...]:
    if len(digits) == 1:
        return tuple(year for year in YEARS if year % 10 == int(digits))
    return (int(digits) if len(digits) == 4 else 2000 + int(digits),)


_TABLE: Final = (
    Rule(
        "strip_exchange",
        "The exchange before a colon is left out.",
        "FX:EURUSD is EURUSD",
        _without_exchange,
    ),
    Rule(
        "perpetual_suffix",
        "A perpetual is written as TradingView, ccxt, OKX or Binance do; it is never a spot pair.",
        "BTCUSDT.P is BTC/USDT:USDT",
        _perpetuals,
    ),
    Rule(
        "pair_separator",
        "A spot pair is written with /, -, _ or nothing between its two currencies.",
        "BTC/USDT is BTCUSDT",
        _pairs,
    ),
    Rule(
        "futures_month_codes",
        "A contract is written with the letter, the name or the number of its month, and a year of "
        "four, two or one digits.",
        "ESZ6, ES DEC26 and ES 12-26 are ESZ2026",
        _months,
    ),
)

RULES: Final = {rule.name: rule for rule in _TABLE}


def forms(symbol: str, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Give every writing of a symbol by rules, with the rules that lead to it; the symbol itself by
    none. Too many: only the symbol itself."""
    found: dict[str, tuple[str, ...]] = {symbol: ()}
    wanted = frozenset(names)
    if len(symbol) > SYMBOL_CHARS_MAX:
        return found
    for rule in _TABLE:
        if rule.name in wanted:
            for form, path in list(found.items()):
                for other in rule.forms(form):
                    found.setdefault(other, (*path, rule.name))
    return found if len(found) <= FORMS_MAX else {symbol: ()}
