"""Symbols and futures in the file: confirmed rules, contracts with their days, and how they roll.

Rules of this file
1. A day begins at midnight of the future's zone; a roll takes place at its `roll_at`. The core is
   given UTC nanoseconds.
2. Nothing is guessed of a calendar: every expiry stands in the file, and business days are Monday
   to Friday less the holidays that are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from bridge.config.fields import (
    Day,
    Kind,
    Section,
    Text,
    TimeOfDay,
    number_within,
    optional,
    required,
)
from core.contract_setup import CONTRACTS_MAX, DEPTH_MAX, Contract, Future
from core.money import plain
from core.setup import SECOND_NS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY_NS: Final = 24 * 3600 * SECOND_NS

PREFIXES_MAX: Final = 10
"""Exchanges of one future: TradingView has one, and a second for delayed data."""

HOLIDAYS_MAX: Final = 400
"""Holidays of one future: some twenty a year for two decades."""

BUSINESS_DAYS_MAX: Final = 60
"""Business days before the expiry at which a future rolls: a quarter, the time between two."""

RuleName = Literal["strip_exchange", "perpetual_suffix", "pair_separator", "futures_month_codes"]

_DAYS: Final = "a number of days from 0 to 30"
Days = Annotated[Decimal, number_within("0", "30"), Kind("number", _DAYS)]
BusinessDays = Annotated[
    int,
    Field(ge=1, le=BUSINESS_DAYS_MAX),
    Kind("whole number", f"a whole number from 1 to {BUSINESS_DAYS_MAX}"),
]


class SymbolsSection(Section):
    """How symbols of alerts may be rewritten, where they stand in no table as they are."""

    rules: Annotated[tuple[RuleName, ...], Field(strict=False, max_length=20)] = optional(
        (),
        "Rules that you confirm: `strip_exchange`, `perpetual_suffix`, `pair_separator`, "
        "`futures_month_codes`. A symbol that only another rule would map is refused.",
    )


class ContractSection(Section):
    """One contract of a future, in the order of their expiry."""

    name: Text = required("Its instrument; that has a table of its own.")
    expiry: Day = required("Day on which it expires. By its beginning it should not be held.")
    front_from: Day | None = optional(
        None,
        "Day from which on it is the front contract, where no rule says so. The first one needs "
        "none.",
    )
    last_entry: Day | None = optional(
        None,
        "Last day on which something is opened in it.",
        shown="the day before its first notice or its expiry",
    )
    first_notice: Day | None = optional(None, "Day of its first notice, where it is delivered.")


class FutureSection(Section):
    """A future. NAME is the root of its symbols: `ES` for `ES1!` and `ES2!`, which alerts then may
    use. A strategy that lists NAME may trade all its contracts.
    """

    zone: Text = optional("UTC", "Time zone of its days (IANA name).")
    exchanges: Annotated[tuple[Text, ...], Field(strict=False, max_length=PREFIXES_MAX)] = optional(
        (), 'Exchanges before its symbols: `["CME_MINI"]` for `CME_MINI:ES1!`.'
    )
    roll_days_before_expiry: BusinessDays | None = optional(
        None,
        "The next contract is the front one from so many business days before the expiry of this "
        "one. Without it each contract says its own `front_from`.",
        unit="days",
    )
    roll_at: TimeOfDay = optional("00:00", "Time of that day: `17:00`.")
    holidays: Annotated[tuple[Day, ...], Field(strict=False, max_length=HOLIDAYS_MAX)] = optional(
        (), "Days of the week that are no business days."
    )
    guard_days: Days = optional(
        Decimal(1),
        "So long before and after a roll nothing is opened by a continuous symbol: charts roll by "
        "a rule of their own.",
        unit="days",
    )
    alarm_days: Days = optional(
        Decimal(3),
        "So long before first notice and expiry a person is told of what is held.",
        unit="days",
    )
    contracts: Annotated[
        tuple[ContractSection, ...], Field(strict=False, max_length=CONTRACTS_MAX)
    ] = optional((), "Its contracts; each is a table `[[futures.NAME.contracts]]`.")


def futures_of(sections: Mapping[str, FutureSection]) -> dict[str, Future]:
    """Make the futures as the core uses them."""
    return {name: _future(name, section) for name, section in sections.items()}


def continuous_symbols(name: str, section: FutureSection) -> Iterator[str]:
    """Give the symbols by which alerts may ask for the contracts of a future."""
    for prefix in ("", *(f"{exchange}:" for exchange in section.exchanges)):
        for depth in range(1, DEPTH_MAX + 1):
            yield f"{prefix}{name}{depth}!"


def expanded(names: Sequence[str], sections: Mapping[str, FutureSection]) -> tuple[str, ...]:
    """Put the contracts in the place of a future in a list of instruments."""
    found: list[str] = []
    for name in names:
        section = sections.get(name)
        listed = [name] if section is None else [one.name for one in section.contracts]
        found += [one for one in listed if section is None or one not in {*names, *found}]
    return tuple(found)


def rolls_on(section: FutureSection, place: int) -> date | None:
    """Return the day on which a contract becomes the front one; ``None``: nobody says."""
    if not place:
        first = section.contracts[0].front_from
        return None if first is None else date.fromisoformat(first)
    if section.roll_days_before_expiry is None:
        told = section.contracts[place].front_from
        return None if told is None else date.fromisoformat(told)
    return left_on(section, place - 1)


def left_on(section: FutureSection, place: int) -> date | None:
    """Return the day on which the rule leaves a contract for the next one, also where the table
    knows none; ``None``: there is no such rule."""
    days = section.roll_days_before_expiry
    if days is None:
        return None
    day = date.fromisoformat(section.contracts[place].expiry)
    holidays = {date.fromisoformat(one) for one in section.holidays}
    while days:
        day -= timedelta(days=1)
        days -= day.weekday() < 5 and day not in holidays
    return day


def last_day(contract: ContractSection) -> date:
    """Return the last day on which something is opened in a contract."""
    if contract.last_entry is not None:
        return date.fromisoformat(contract.last_entry)
    days = [contract.expiry, *([contract.first_notice] if contract.first_notice else [])]
    return min(date.fromisoformat(day) for day in days) - timedelta(days=1)


def _future(name: str, section: FutureSection) -> Future:
    from zoneinfo import ZoneInfo  # costs milliseconds, and most files have no futures

    zone = ZoneInfo(section.zone)
    days = section.roll_days_before_expiry
    rule = "days of the table" if days is None else f"{days} business days before expiry"
    end = left_on(section, len(section.contracts) - 1)
    return Future(
        name=name,
        contracts=tuple(
            _contract(section, place, one, zone) for place, one in enumerate(section.contracts)
        ),
        prefixes=section.exchanges,
        guard_ns=int(section.guard_days * DAY_NS),
        alarm_ns=int(section.alarm_days * DAY_NS),
        rule=f"{rule}, {section.roll_at} {section.zone}, guard {plain(section.guard_days)} days",
        ends_ns=0 if end is None else _utc(end, zone, time.fromisoformat(section.roll_at)),
    )


def _contract(
    section: FutureSection, place: int, contract: ContractSection, zone: ZoneInfo
) -> Contract:
    front = rolls_on(section, place)
    notice = contract.first_notice
    return Contract(
        name=contract.name,
        front_ns=0 if front is None else _utc(front, zone, time.fromisoformat(section.roll_at)),
        last_entry_ns=_utc(last_day(contract) + timedelta(days=1), zone),
        expiry_ns=_utc(date.fromisoformat(contract.expiry), zone),
        notice_ns=0 if notice is None else _utc(date.fromisoformat(notice), zone),
    )


def _utc(day: date, zone: ZoneInfo, at: time = time()) -> int:
    """Turn a time of a day into UTC. Of a time that comes twice the first one counts."""
    local = datetime.combine(day, at, tzinfo=zone)
    return int(local.timestamp()) * SECOND_NS
