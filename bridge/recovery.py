"""Recovery: from a cold or a broken link to an account that new exposure may pass to. Boot and reconnect are the same.

Rules of this file
1. One loop an account. Nothing of it decides about orders: it asks, and the core settles.
2. An account is recovered when each of its orders alive has been asked for by its id.
3. A working order with our tag that the journal does not know means an old backup or a second bridge: halt.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

import structlog

from adapters.port import LinkChanged, Trouble, Venue, VenueEvent
from bridge import policies
from bridge.dispatch import Dispatch
from bridge.outlook import Outlook
from bridge.writer import Writer
from core import commands as c
from core.ids import LENGTH
from core.reports import AccountMark, Quote, VenueSnapshot

log = structlog.get_logger("recovery")

OBSERVE_EVERY_S: Final = 0.25
"""How often an account's losses are judged at most; its figures themselves are always the newest."""

_OURS: Final = re.compile(rf"[a-z2-7]{{{LENGTH}}}")


class AccountLink:
    """One account's connection, kept up for as long as the bridge runs."""

    def __init__(self, venue: Venue, *, writer: Writer, outlook: Outlook, dispatch: Dispatch) -> None:
        self.venue = venue
        self.recovered = False
        self._writer, self._outlook, self._dispatch = writer, outlook, dispatch
        self._down = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._observe_at = 0.0

    async def keep(self) -> None:
        """Connect, recover, wait until the link breaks, and begin again."""
        while True:
            self._down.clear()
            async for attempt in policies.reconnects():
                with attempt:
                    again = not await self._recover()
                attempt.retry_state.set_result(again)
            await self._down.wait()
            self.recovered = False

    def take(self, event: VenueEvent) -> None:
        """Take what the venue says: the sink of the venue port."""
        match event:
            case Quote():
                self._outlook.take_quote(event)
            case AccountMark():
                self._outlook.take_mark(event)
                now = self._loop.time()
                if now >= self._observe_at:
                    self._observe_at = now + OBSERVE_EVERY_S
                    self._writer.tell(c.ObserveAccount(account=event.account))
            case LinkChanged():
                self._writer.tell(
                    c.NoteLink(account=event.account, up=event.up, reason=event.reason)
                )
                if not event.up:
                    self._down.set()
            case _:
                self._writer.tell(c.TakeReport(report=event))

    async def _recover(self) -> bool:
        """Connect and compare; say whether the account is whole again."""
        venue = self.venue
        trouble = await venue.connect(self.take)
        if trouble is not None:
            log.warning("connect_failed", account=venue.account, code=trouble.code, text=trouble.text)
            self._writer.tell(
                c.NoteLink(account=venue.account, up=False, reason=f"{trouble.code}: {trouble.text}")
            )
            return False
        picture = await venue.snapshot()
        if isinstance(picture, Trouble):
            log.warning("snapshot_failed", account=venue.account, code=picture.code)
            return False
        self._outlook.take_mark(picture.mark)
        checked = await self._ask_for_orders(picture)
        if checked is None:
            return False
        await self._writer.ask(
            c.NoteRecovered(
                account=venue.account,
                balance=picture.mark.balance,
                equity=picture.mark.equity,
                orders_checked=checked,
            )
        )
        self.recovered = True
        log.info("account_recovered", account=venue.account, orders=checked)
        return True

    async def _ask_for_orders(self, picture: VenueSnapshot) -> int | None:
        """Ask for every order alive; ``None`` when the venue did not answer."""
        account = self.venue.account
        alive, known = await self._writer.read(
            lambda state: (
                sorted(
                    (state.orders[name].number, name)
                    for name in state.alive
                    if state.orders[name].account == account and name not in state.held
                ),
                frozenset(state.orders),
            )
        )
        for _, name in alive:
            if not await self._dispatch.look_up(name, account):
                return None
        strange = [
            order.order
            for order in picture.orders
            if _OURS.fullmatch(order.order) and order.order not in known
        ]
        if strange:
            reason = f"old_backup_or_second_bridge: the venue shows our order {strange[0]}"
            await self._writer.ask(
                c.Halt(scope=f"account:{account}", by="bridge", reason=reason)
            )
            self._writer.tell(
                c.RaiseAlarm(
                    code="old_backup_or_second_bridge", value=strange[0], where=f"account:{account}"
                )
            )
        return len(alive)
