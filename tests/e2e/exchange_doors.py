"""A venue that shuts its door, through a real bridge: pages with 403 and 404, a ban without a time,
keys that are refused, each at an entry or on the way out of a position.

Rules of this file
1. Each row has a bridge and an exchange of its own: what it meets stops its account.
2. What a row proves is read from the exchange's own books and from what reached it, and from the
   journal, never from an answer alone.
3. Every wait has an end, and what it waited for is told.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.exchange.certificates import write_secret
from adapters.exchange.exchange import Settings, running
from adapters.exchange.faults import Fault, Kind
from core.orders import DONE, OrderState, Purpose
from core.state import State
from tests.e2e.exchange_books import ACCOUNT
from tests.e2e.exchange_storm import MONEY, QUANTITIES, Storm, configured

SYMBOL: Final = "BTCUSDT"
SCOPE: Final = f"account:{ACCOUNT}"

BAN_S: Final = 120
"""How long the connector stays away from a venue of which a firewall speaks, without a time."""

WAIT_S: Final = BAN_S + 180
"""How long anything may take: a ban, and what follows it on a crowded machine."""

ENTRY, EXIT = "entry", "exit"

WRITES: Final = ("create", "cancel")


@dataclass(frozen=True, slots=True)
class Row:
    """One door that shuts. ``at``: which alert meets it. ``fault``: what that meets; ``None``: its
    keys are refused. ``alarm``: by which a person is called. ``stays``: why the next entry does not
    go. ``halts``: until a person resumes it."""

    name: str
    venue: str
    at: str
    fault: dict[str, Any] | None
    alarm: str
    stays: str
    halts: bool


LIFE_S: Final = 30
"""How long an entry may wait, as where nothing is configured: what waits for a ban is over then."""

GONE: Final = {"kind": Kind.PAGE_BEFORE, "status": 404}
WALL: Final = {"kind": Kind.WALL}
BAN: Final = {"kind": Kind.BANNED, "retry_after_s": 900}

ROWS: Final = (
    Row("404 at an entry", "binanceusdm", ENTRY, {**GONE, "call": "create"}, "venue_fatal",
        "refused halted", halts=True),
    Row("404 at a cancel", "binanceusdm", EXIT, {**GONE, "call": "cancel"}, "venue_fatal",
        "refused halted", halts=True),
    Row("403 at an entry", "binanceusdm", ENTRY, {**WALL, "call": "create"}, "link_paused",
        "held banned", halts=False),
    Row("403 at a cancel", "binanceusdm", EXIT, {**WALL, "call": "cancel"}, "link_paused",
        "held banned", halts=False),
    Row("keys refused at an entry", "binanceusdm", ENTRY, None, "account_refused_exposed",
        "refused halted", halts=True),
    Row("keys refused at an exit", "binanceusdm", EXIT, None, "account_refused_exposed",
        "refused halted", halts=True),
)  # fmt: skip


@dataclass
class House(Storm):
    """One bridge at one venue whose door shuts."""

    stops: bool = True

    async def shut(self, row: Row) -> str:
        """Play a row to its end; say what happened."""
        await self.start()
        await self.say("open", action="buy", effect="open", stop="5", stop_unit="percent",
                       quantity=QUANTITIES[SYMBOL])  # fmt: skip
        await self.until(_is_covered, "a position with a stop")
        arrived = self.arrived
        if row.fault is None:
            self.exchange.control.key(self.venue, revoked=True)
        else:
            self.exchange.control.fault(Fault(venue=self.venue, **row.fault))
        if row.at == EXIT:
            await self.say("out", action="exit")
        else:
            await self.say("more", **_MORE)
        await self.until(lambda state: _called(state, row.alarm), row.alarm)
        writes = self._writes()
        said = await self.say("again", **_MORE)
        found = f"{said['verdict']} {said['code']}".strip()
        assert found == row.stays, said
        if row.at == ENTRY:
            assert arrived == self.arrived, "an entry got through"
            await self.say("out", action="exit")
        return await self._out(row, writes)

    async def _out(self, row: Row, writes: int) -> str:
        """Let the position go out, as soon as that can be."""
        if row.fault is None:
            assert self._rests(), "its stop stays at the exchange"
            key = self.exchange.control.rotate(self.venue)
            text = f'api_key = "{key.key}"\nsecret = "{key.secret}"\n'
            write_secret(self.bridge.config.path.parent / "keys.toml", text.encode())
            if row.at == EXIT:  # a refusal of its venue is final
                await self.say("out once more", action="exit")
        elif not row.halts:
            assert self._rests(), "its stop stays at the exchange"
            await self.until(_is_awake, "the end of the ban", lambda: writes == self._writes())
        await self.until(_is_flat, "nothing is held and nothing works")
        await self.agreed("after the door was open again")
        state = await asyncio.to_thread(self.books)
        assert row.halts is (SCOPE in state.halts), state.halts
        assert not self.too_much, "nobody knocks at a door that is shut"
        filled = [one.purpose for one in state.orders.values() if one.filled]
        assert [Purpose.ENTRY, Purpose.EXIT] == sorted(filled), filled
        assert await asyncio.to_thread(self.bridge.stop) == 0
        return f"{row.name}: {self.arrived} orders arrived, {_codes(state)}"

    async def stay(self) -> str:
        """Let an exit be banned for a time that nobody names, and kill the bridge: the next one
        knows of it, and does not knock either. What is held has its stop at the exchange."""
        await self.start()
        await self.say("open", action="buy", effect="open", stop="5", stop_unit="percent",
                       quantity=QUANTITIES[SYMBOL])  # fmt: skip
        await self.until(_is_covered, "a position with a stop")
        self.exchange.control.fault(Fault(venue=self.venue, call="create", **BAN))
        await self.say("out", action="exit")
        await self.until(lambda state: _called(state, "link_paused"), "link_paused")
        await asyncio.to_thread(self.bridge.kill)
        before = len(self.exchange.control.requests(self.venue))
        self.bridge.start()
        said = [await self.say(name, **_MORE) for name in ("again", "and again")]
        assert ["held banned"] * 2 == [f"{one['verdict']} {one['code']}" for one in said], said
        assert await asyncio.to_thread(self.bridge.stop) == 0
        state = await asyncio.to_thread(self.books)
        assert before == len(self.exchange.control.requests(self.venue)), "it knocked"
        assert self._rests(), "its stop stays at the exchange"
        assert _is_covered(state), "what is held stays"
        return f"a ban without a time: {self.arrived} orders arrived, {_codes(state)}"

    async def say(self, name: str, **words: str) -> dict[str, Any]:
        """Deliver an alert."""
        return await self.send({"symbol": SYMBOL, **words}, name)

    async def until(
        self,
        true: Callable[[State], bool],
        what: str,
        meanwhile: Callable[[], bool] = lambda: True,
    ) -> None:
        """Wait until the bridge's books show something."""
        deadline = time.monotonic() + WAIT_S
        while not true(await asyncio.to_thread(self.books)):
            assert time.monotonic() < deadline, f"{what}: {self.bridge.last_words()}"
            assert meanwhile(), f"before {what}"
            await asyncio.sleep(0.3)

    def _writes(self) -> int:
        """Count what was placed or ended, or was tried."""
        return sum(len(self.exchange.control.requests(self.venue, one)) for one in WRITES)

    def _rests(self) -> bool:
        return bool(self.exchange.engine(self.venue).register.open)


_MORE: Final = {"action": "buy", "effect": "open", "quantity": QUANTITIES[SYMBOL]}


def _is_covered(state: State) -> bool:
    legs = [one for one in state.orders.values() if one.purpose is Purpose.LEG]
    return _held(state) and [OrderState.ACCEPTED] == [one.state for one in legs]


def _held(state: State) -> bool:
    return any(one.quantity for one in state.positions.values())


def _is_flat(state: State) -> bool:
    return not _held(state) and all(one.state in DONE for one in state.orders.values())


def _is_awake(state: State) -> bool:
    return "" == state.accounts[ACCOUNT].link_code


def _called(state: State, code: str) -> bool:
    return any(one.code == code for one in state.alarms.values())


def _codes(state: State) -> list[str]:
    return list(dict.fromkeys(one.code for one in state.alarms.values()))


@asynccontextmanager
async def prepared(folder: Path, name: str, venue: str) -> AsyncIterator[House]:
    """Run an exchange of its own, with a bridge that does not outlive it."""
    async with running(Settings(balances=MONEY)) as exchange:
        bridge = configured(folder / name.replace(" ", "-"), exchange, venue)
        path = bridge.config.path
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"order_life_s = .*", f"order_life_s = {LIFE_S}", text), "utf-8")
        house = House(bridge, exchange, venue, orders=1, seed=1)
        try:
            yield house
        finally:
            process = bridge.process
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


async def played(folder: Path, row: Row) -> str:
    """Play one row, and say what became of it."""
    async with prepared(folder, row.name, row.venue) as house:
        return await house.shut(row)


async def banned(folder: Path) -> str:
    """Play a ban whose end nobody names, and a kill."""
    async with prepared(folder, "ban without a time", "bybit") as house:
        return await house.stay()


async def all_played(folder: Path) -> list[str]:
    """Play every row, all at once."""
    return await asyncio.gather(*(played(folder, row) for row in ROWS), banned(folder))
