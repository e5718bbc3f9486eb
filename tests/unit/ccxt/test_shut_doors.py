"""A venue that shuts its door, through the whole bridge: pages with 403 and 404, keys that are
refused, at an order and at a cancel."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.ccxt.settings import CcxtSettings, Keys, Local
from adapters.ccxt.traffic import Limiters
from adapters.ccxt.venue import CcxtVenue
from adapters.exchange.exchange import Exchange, running
from adapters.exchange.faults import Fault, Kind
from bridge import policies
from core import commands as c
from core.answers import SignalAnswer
from core.critical import criticals
from core.links import LinkState
from core.orders import Order, OrderType
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.ccxt.accounts import SWAPS, instrument
from tests.unit.core.setups import replaced

pytestmark = pytest.mark.loopback

FAR: Final[dict[str, Any]] = {
    "order_type": OrderType.LIMIT,
    "price": Decimal(40_000),
    "quantity": Decimal("0.01"),
}
"""An order that rests at the exchange."""


@dataclass
class House:
    """A bridge, and the exchange at which its account is."""

    name: str
    exchange: Exchange
    bridge: Bridge
    keys: list[Keys]

    def fault(self, kind: Kind, **more: Any) -> None:
        """Let something go wrong at the exchange."""
        self.exchange.control.fault(Fault(kind=kind, venue=self.name, **more))

    def requests(self, call: str) -> int:
        """Count the requests of a kind that arrived."""
        return len(self.exchange.control.requests(self.name, call))

    async def resting(self) -> Order:
        """Place an order that rests."""
        order = await self.bridge.admitted(self.bridge.signal(**FAR))
        await self.bridge.is_in(order.order, "accepted")
        return order

    async def end(self, order: Order) -> None:
        """Ask for the end of an order."""
        asked = c.CancelOrder(order=order.order, by="test", reason="now")
        await self.bridge.runtime.writer.ask(asked)

    def link(self) -> LinkState:
        """Return the state of the link."""
        return self.bridge.state.accounts["paper"].link

    async def refused(self) -> str:
        """Send one more entry; return the code for why it stays here."""
        answer = await self.bridge.send(self.bridge.signal(**FAR))
        assert isinstance(answer, SignalAnswer)
        return answer.code or answer.verdict


@asynccontextmanager
async def house(folder: Path, name: str) -> AsyncGenerator[House]:
    """Run an exchange and a bridge that trades there."""
    async with running() as exchange:
        key = exchange.key(name)
        keys = [Keys(api_key=key.key, secret=key.secret)]

        def made(account: str, clock: Callable[[], int]) -> CcxtVenue:
            return CcxtVenue(
                account=account,
                instruments={"BTCUSDT": replaced(instrument(name), name="BTCUSDT")},
                settings=CcxtSettings(
                    venue=name,
                    currency="USDT",
                    keys=lambda: keys[-1],
                    local=Local("127.0.0.1", exchange.port, exchange.ca_file),
                ),
                clock=clock,
                limiters=Limiters(),
                again=policies.read_again,
            )

        async with bridge(folder, store=Switch(Disk()), made=made) as made_bridge:
            yield House(name, exchange, made_bridge, keys)
            exchange.control.calm()


@pytest.mark.parametrize("venue", SWAPS)
async def test_an_order_that_the_venue_knows_no_call_for_halts(tmp_path: Path, venue: str) -> None:
    """404 where an order goes: it is not there, nothing is opened any more, and a person is
    called."""
    async with house(tmp_path, venue) as at:
        at.fault(Kind.PAGE_BEFORE, call="create", status=404)
        order = await at.bridge.admitted(at.bridge.signal(**FAR))
        await at.bridge.is_in(order.order, "rejected")

        assert "venue_fatal" in at.bridge.codes()
        assert "halted" == await at.refused()
        assert [] == at.exchange.control.orders(venue)


@pytest.mark.parametrize("venue", SWAPS)
async def test_a_cancel_that_the_venue_knows_no_call_for_halts(tmp_path: Path, venue: str) -> None:
    """404 where a cancel goes: what could not be ended is not opened; the cancel goes on."""
    async with house(tmp_path, venue) as at:
        order = await at.resting()
        at.fault(Kind.PAGE_BEFORE, call="cancel", status=404)
        await at.end(order)
        await at.bridge.is_in(order.order, "cancelled")

        assert "venue_fatal" in at.bridge.codes()
        assert "halted" == await at.refused()
        assert 2 == at.requests("cancel")


@pytest.mark.parametrize("venue", SWAPS)
@pytest.mark.parametrize("call", ["create", "cancel"])
async def test_a_firewall_is_left_alone(tmp_path: Path, venue: str, call: str) -> None:
    """403 without a time, at an order or at a cancel: the link waits as for a ban, no call knocks
    on, and what was wanted waits with it."""
    async with house(tmp_path, venue) as at:
        order = await at.resting()
        at.fault(Kind.WALL, call=call)
        if call == "cancel":
            await at.end(order)
        else:
            order = await at.bridge.admitted(at.bridge.signal(**FAR))
        await until(lambda: at.link() is LinkState.PAUSED)
        before = at.requests(call), at.requests("trades")

        row = at.bridge.state.accounts["paper"]
        assert "banned" == row.link_code
        assert row.link_until_ns - row.link_ns > 100_000_000_000
        assert "link_paused" in at.bridge.codes()
        assert "banned" == await at.refused()
        assert before == (at.requests(call), at.requests("trades"))
        now = at.bridge.order(order.order)
        assert ("intended", False) == (now.state, now.pending_cancel) or now.pending_cancel


@pytest.mark.parametrize("venue", SWAPS)
@pytest.mark.parametrize("call", ["create", "cancel"])
async def test_keys_that_are_refused_are_told_until_there_are_others(
    tmp_path: Path, venue: str, call: str
) -> None:
    """Met by an order or by a cancel, with something at work there: the gravest alarm stands until
    the new key is in its file; then the account is compared, and what was to end does end."""
    async with house(tmp_path, venue) as at:
        order = await at.resting()
        at.exchange.control.key(venue, revoked=True)
        if call == "create":
            lost = await at.bridge.admitted(at.bridge.signal(**FAR))
            await at.bridge.is_in(lost.order, "rejected")
        await at.end(order)
        await until(lambda: "account_refused_exposed" in at.bridge.codes())
        assert ["account_refused_exposed"] == [one.code for one in criticals(at.bridge.state)]
        key = at.exchange.control.rotate(venue)
        at.keys.append(Keys(api_key=key.key, secret=key.secret))
        await at.bridge.is_in(order.order, "cancelled")
        await until(lambda: at.link() is LinkState.READY)

        assert [] == criticals(at.bridge.state)
        assert (call == "create") is ("account:paper" in at.bridge.state.halts)
        assert 1 == len(at.exchange.control.orders(venue))
