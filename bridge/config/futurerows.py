"""What the check says of futures: continuous symbols without a roll, contracts that end soon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from bridge.config.checkrow import CheckRow
from core.contract_setup import Contract, Future
from core.setup import SECOND_NS, Setup
from core.table_ends import ENDED, ENDING_NS, table_end

DAY_NS: Final = 24 * 3600 * SECOND_NS

_CONTINUOUS: Final = re.compile(r"(?:[A-Z0-9_]+:)?[A-Z0-9]+[1-9]!")


def future_rows(setup: Setup, now: int) -> Iterator[CheckRow]:
    """Judge what alerts may ask for by continuous symbols."""
    for symbol, where in _fixed(setup):
        sentence = f"{symbol} stands for one contract in `{where}`: nothing rolls it."
        fix = "Drop it there, and write `[futures.NAME]` with its contracts and its roll."
        yield CheckRow("continuous symbol", "warn", symbol, sentence, fix)
    if now:
        for future in setup.futures.values():
            yield from _ending(future, now)
            yield from _closed(future, now)


def _fixed(setup: Setup) -> Iterator[tuple[str, str]]:
    """Give continuous symbols that are nailed to one instrument."""
    for name, instrument in setup.instruments.items():
        for symbol in (name, *instrument.aliases):
            if _CONTINUOUS.fullmatch(symbol):
                yield symbol, f"instruments.{name}"
    rolled = {
        symbol
        for future in setup.futures.values()
        for depth in range(1, len(future.contracts) + 1)
        for symbol in future.symbols(depth)
    }
    for name, account in setup.accounts.items():
        for symbol, target in account.symbols.items():
            if _CONTINUOUS.fullmatch(symbol) and target not in rolled:
                yield symbol, f"accounts.{name}.symbols"


def _ending(future: Future, now: int) -> Iterator[CheckRow]:
    place = future.front(now)
    if place < 0:
        first = future.contracts[0]
        sentence = f"No contract of {future.name} is in front before {_day(first.front_ns)}."
        fix = "Drop `front_from` of the first contract, or add the one before it."
        yield CheckRow("future", "warn", future.name, sentence, fix)
        return
    for contract in future.contracts[place:]:
        yield from _soon(contract, now)
    end = table_end(future, now)
    if end is not None:
        over = "ended" if end.stage == ENDED else "ends"
        day = _day(end.due_ns)
        sentence = f"The table of {future.name} {over} with {end.contract} on {day} (UTC): "
        sentence += "nothing follows it."
        fix = f"Add the next contracts to `futures.{future.name}`, each with its instrument."
        yield CheckRow("future", "warn", end.contract, sentence, fix)


def _closed(future: Future, now: int) -> Iterator[CheckRow]:
    """Name the next time at which the front contract is closed and none has followed it yet."""
    for one, after in pairwise(future.contracts):
        if one.last_entry_ns < after.front_ns and now < after.front_ns:
            from_, until = _day(one.last_entry_ns), _day(after.front_ns)
            sentence = f"From {from_} until {until} (UTC) {future.symbols(1)[0]} opens nothing: "
            sentence += f"{one.name} is closed to entries before {after.name} is the front one."
            fix = "Roll earlier (`roll_days_before_expiry`, `front_from`); a first notice counts."
            yield CheckRow("future", "warn", one.name, sentence, fix)
            return


def _soon(contract: Contract, now: int) -> Iterator[CheckRow]:
    for what, at_ns in (("first notice", contract.notice_ns), ("expiry", contract.expiry_ns)):
        if at_ns and now < at_ns + DAY_NS and at_ns - now < ENDING_NS:
            sentence = f"The {what} of {contract.name} is on {_day(at_ns)} (UTC)."
            fix = "Know what is held in it then: `bascule symbols` shows what rolls when."
            yield CheckRow("future", "warn", contract.name, sentence, fix)


def _day(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // SECOND_NS, tz=UTC).strftime("%Y-%m-%d")
