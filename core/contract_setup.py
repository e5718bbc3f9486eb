"""Futures as the configuration has them: which contract is the front one, and until when each is
traded.

Rules of this file
1. Integers are compared. Days, zones and business days were turned into UTC by the bridge.
2. The front contract follows from the table and the time alone: nobody's market data decides it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

CONTRACTS_MAX: Final = 64
"""Contracts of one future in the file: five years of a monthly one. What is past can be dropped."""

DEPTH_MAX: Final = 9
"""The furthest continuous contract that alerts name: ``ES9!``, one digit as TradingView has."""


class Contract(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One contract of a future. ``name``: its instrument.

    ``front_ns``: from when on it is the front one; zero: it always was, until the next one is.
    ``last_entry_ns``: from then on nothing is opened in it. ``expiry_ns``, ``notice_ns``: when the
    day of its expiry, or of its first notice, begins; zero: it has none.
    """

    name: str
    front_ns: int
    last_entry_ns: int
    expiry_ns: int
    notice_ns: int = 0


class Future(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A future: its contracts in the order in which they become the front one.

    ``prefixes``: exchanges before its continuous symbols, as in ``CME_MINI:ES1!``. ``guard_ns``: so
    long before and after a roll nothing is opened by a continuous symbol. ``alarm_ns``: so long
    before expiry and first notice a person is told of what is held. ``rule``: how it rolls, in
    words. ``ends_ns``: from then on the rule has a contract in front that the table does not know;
    zero: no rule says so.
    """

    name: str
    contracts: tuple[Contract, ...]
    prefixes: tuple[str, ...] = ()
    guard_ns: int = 0
    alarm_ns: int = 0
    rule: str = ""
    ends_ns: int = 0

    @property
    def over_ns(self) -> int:
        """Return from when on no contract of the table is opened by a continuous symbol."""
        closed_ns = self.contracts[-1].last_entry_ns
        return min(self.ends_ns or closed_ns, closed_ns)

    def over_for(self, depth: int) -> int:
        """Return the same for the n-th continuous contract: the second one is over when the last
        contract of the table becomes the front one."""
        if depth == 1:
            return self.over_ns
        at = len(self.contracts) - depth + 1
        return min(self.contracts[at].front_ns, self.over_ns) if at > 0 else 0

    def front(self, now: int) -> int:
        """Return the place of the front contract in the table; -1: there is none yet; the place
        behind the last one: it has rolled away from the table."""
        if self.ends_ns and now >= self.ends_ns:
            return len(self.contracts)
        return bisect_right(self.contracts, now, key=_front) - 1

    def rolling(self, now: int) -> Contract | None:
        """Return the contract that becomes the front one so near to now that nobody can be sure
        which one a continuous symbol means."""
        for contract in self.contracts[1:]:
            if abs(now - contract.front_ns) < self.guard_ns:
                return contract
        return None

    def ending(self, now: int) -> bool:
        """Say whether a contract that the table does not know becomes the front one as near to
        now."""
        return bool(self.ends_ns) and abs(now - self.ends_ns) < self.guard_ns

    def symbols(self, depth: int) -> tuple[str, ...]:
        """Return how alerts write its n-th continuous contract."""
        plain = f"{self.name}{depth}!"
        return (plain, *(f"{prefix}:{plain}" for prefix in self.prefixes))


def _front(contract: Contract) -> int:
    return contract.front_ns
