"""Pictures: what a venue shows of one account, taken and handed to the core, which compares.

Rules of this file
1. One picture at a time: an older one never comes after a newer one.
2. Whatever the venue had reported before it gave a picture is in the journal before that picture.
3. Nothing is compared here, and no secret of ours goes in with a venue's words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from msgspec.structs import replace

from adapters.port import Trouble, Venue
from bridge.dispatch import Dispatch
from bridge.outlook import Outlook
from bridge.writer import Writer
from core import commands as c
from core.reports import Report, VenueOrder, VenueSnapshot
from core.setup import KEPT_NS, SECOND_NS
from core.state import State

log = structlog.get_logger("pictures")

FILLS_BACK_NS: Final = 120 * SECOND_NS
"""How far a picture's list of fills goes back before the last picture, or before what the journal
knew at a start: twice as long as a fill must be missing before it counts as taken back."""

WIDE_NS: Final = 3600 * SECOND_NS
"""How far it goes back while something differs: the cause may be a trade that was taken back."""

AGAIN_S: Final = (0.05, 0.2, 1.0, 2.0, 2.0)
"""Waits between pictures while something differs and the account is not recovered: the first ones
let a report arrive that was on its way, all of them are long enough to believe what stays."""


class Pictures:
    """Takes the pictures of one account, by one at a time."""

    def __init__(
        self,
        venue: Venue,
        *,
        writer: Writer,
        outlook: Outlook,
        dispatch: Dispatch,
        redact: Callable[[str], str],
        clock: Callable[[], int],
    ) -> None:
        self._venue, self._writer, self._outlook = venue, writer, outlook
        self._dispatch, self._redact, self._clock = dispatch, redact, clock
        self._lock = asyncio.Lock()
        self.lists_fills = False
        """The last picture listed fills: what was missed of an order shows there."""
        self.known_ns = known_before(writer.state, venue.account) or clock()
        """What happened before was seen in an earlier picture, or told to an earlier process."""

    async def take(self, cause: str) -> VenueSnapshot | None:
        """Take a picture and let the core compare it; ``None`` when the venue gave none."""
        async with self._lock:
            asked_ns = self._clock()
            picture = await self._venue.snapshot(self._since(asked_ns))
            if isinstance(picture, Trouble):
                log.warning("snapshot_failed", account=self._venue.account, code=picture.code)
                self._dispatch.heed(self._venue.account, picture)
                return None
            self.lists_fills = bool(picture.fills_since_ns)
            self._outlook.take_mark(picture.mark)
            await self._writer.ask(
                c.TakeSnapshot(snapshot=self._clean(picture), asked_ns=asked_ns, cause=cause)
            )
            self.known_ns = asked_ns - FILLS_BACK_NS
            return picture

    async def settle(self, cause: str) -> VenueSnapshot | None:
        """Take pictures until they agree with the journal, or until what differs is believed."""
        picture = await self.take(cause)
        for wait_s in AGAIN_S:
            if picture is None or not self.waits(self._writer.state):
                return picture
            await asyncio.sleep(wait_s)
            picture = await self.take(cause)
        return picture

    def waits(self, state: State) -> bool:
        """Say whether something differs that one more picture may settle or confirm."""
        return any(
            row.account == self._venue.account and not (row.confirmed or row.accepted)
            for row in state.mismatches.values()
        )

    def differs(self, state: State) -> bool:
        """Say whether the next picture should come soon: something differs, or has until now."""
        account = self._venue.account
        row, cash = state.accounts.get(account), state.cash.get(account)
        if cash is not None and cash.suspect is not None:
            return True
        return (row is not None and bool(row.differs_ns)) or any(
            one.account == account for one in state.mismatches.values()
        )

    def _since(self, asked_ns: int) -> int:
        """Return since when the picture has to list our fills."""
        back_ns = self.known_ns
        if self.differs(self._writer.state):
            back_ns = min(back_ns, asked_ns - WIDE_NS)
        return max(1, back_ns, asked_ns - KEPT_NS)

    def _clean(self, picture: VenueSnapshot) -> VenueSnapshot:
        """Take every known secret out of a picture."""
        return replace(
            picture,
            orders=tuple(self._clean_order(order) for order in picture.orders),
            fills=tuple(self._clean_fill(fill) for fill in picture.fills),
        )

    def _clean_order(self, order: VenueOrder) -> VenueOrder:
        fills = tuple(self._clean_fill(fill) for fill in order.fills)
        return replace(order, fills=fills, reason=self._redact(order.reason))

    def _clean_fill(self, fill: Report) -> Report:
        if not (fill.reason or fill.raw):
            return fill
        return replace(fill, reason=self._redact(fill.reason), raw=self._redact(fill.raw))


def known_before(state: State, account: str) -> int:
    """Return until when an earlier process knew what happened, less what a picture goes back.

    What an empty journal was not there for is no news; what a journal missed is. A process that
    never came to compare the account, however much it wrote down, knew no more than the one before.
    """
    row = state.accounts.get(account)
    before_ns = row.known_ns if row is not None and not row.recovered else 0
    known_ns = before_ns or state.last_ns
    return known_ns - FILLS_BACK_NS if known_ns else 0
