"""Every fault of the table, one by one, through a real bridge: alert, order, fault, and the books.

Rules of this file
1. A row is a life of its own, under a strategy of its own: an entry with a stop, then out. Its
   fault meets one of the four calls of that life. Rows wait for each other until their fault has
   happened, and no longer: a minute of silence that has to prove something is waited for by all.
2. What a row proves is read from the exchange's own books at its end, never from an answer.
3. Every wait has an end, and what it waited for is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.ccxt.settings import TIMEOUT_MS
from adapters.exchange.exchange import Settings, running
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.server import Seen
from bridge.config import Config, load
from core.orders import DONE, Order, OrderState, Purpose
from core.state import State
from tests.e2e.exchange_books import ACCOUNT, differences
from tests.e2e.exchange_storm import MONEY, QUANTITIES, Storm, configured
from tests.e2e.exchange_weather import AFTER

SYMBOL: Final = "BTCUSDT"

HAPPENS_S: Final = 60
"""How long a row waits for its fault to happen: its order may wait for a pause to end."""

LIVES_S: Final = 360
"""How long the slowest row may take: silence proves something after a minute of answers that count,
for its entry, its stop, and its exit."""

EXITS_MAX: Final = 3
"""Alerts by which a trader asks for the end of a position: one whose order was lost on its way is
not repeated by the bridge, and another row's fault may meet it."""

ENTRY, STOP, CANCEL, EXIT = "entry", "stop", "cancel", "exit"
PLACES: Final = {ENTRY: "create", STOP: "create", CANCEL: "cancel", EXIT: "create"}
"""The four calls of a life, and what the exchange calls each."""

FAULTS: Final[dict[str, dict[str, Any]]] = {
    "request lost, hanging": {"kind": Kind.REQUEST_LOST, "how": "hang"},
    "request lost, reset": {"kind": Kind.REQUEST_LOST, "how": "reset"},
    "request lost, closed": {"kind": Kind.REQUEST_LOST, "how": "close"},
    "reply lost, hanging": {"kind": Kind.REPLY_LOST, "how": "hang"},
    "reply lost, reset": {"kind": Kind.REPLY_LOST, "how": "reset"},
    "reply lost, closed": {"kind": Kind.REPLY_LOST, "how": "close"},
    "reply cut": {"kind": Kind.REPLY_CUT},
    "reply too late": {"kind": Kind.REPLY_LATE, "delay_ms": TIMEOUT_MS + 2_000},
    "html 200 after": {"kind": Kind.PAGE_AFTER, "status": 200},
    "html 502 after": {"kind": Kind.PAGE_AFTER, "status": 502},
    "html 503 before": {"kind": Kind.PAGE_BEFORE, "status": 503},
    "rate limited": {"kind": Kind.RATE_LIMITED, "retry_after_s": 1},
    "maintenance": {"kind": Kind.MAINTENANCE},
}
"""What goes wrong with a call of any kind, at every venue."""

CREATES: Final[dict[str, dict[str, Any]]] = {
    "visible late": {"kind": Kind.HIDDEN, "reads": 2},
}
"""What goes wrong with orders alone."""

BEFORE: Final = {
    "binance": ("-1008", "-1015", "-1021"),
    "binanceusdm": ("-1008", "-1015", "-1021"),
    "bybit": ("10002", "10006"),
}
"""Codes of what was not done, and is to be done again."""

FINAL: Final = {"binance": ("-2010",), "binanceusdm": ("-2019",), "bybit": ("110007",)}
"""Codes that refuse an entry for good."""

BANS: Final = ("binance", "binanceusdm")
"""Venues that say how long a ban lasts; without a word it is longer than a test."""


EXITS: Final = ("request lost, reset", "reply lost, reset", "reply cut", "rate limited", "banned")
"""What meets an exit: it is a create as an entry is, and a lost one takes a minute as well."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault at one of the calls of a life."""

    name: str
    place: str
    fault: Fault

    @property
    def strategy(self) -> str:
        """Return the strategy that plays it."""
        words = f"{self.place} {self.name}".replace(",", "").replace("-", "m")
        return words.replace(" ", "_")


def table(venue: str) -> list[Row]:
    """Return every row of a venue."""
    anywhere: dict[str, dict[str, Any]] = dict(FAULTS)
    anywhere |= {f"{one} after": {"kind": Kind.ERROR_AFTER, "code": one} for one in AFTER[venue]}
    anywhere |= {f"{one} before": {"kind": Kind.REFUSED, "code": one} for one in BEFORE[venue]}
    if venue in BANS:
        anywhere["banned"] = {"kind": Kind.BANNED, "retry_after_s": 2}
    rows: list[Row] = []
    for place, call in PLACES.items():
        faults = dict(anywhere) if call == "cancel" else anywhere | CREATES
        if place == EXIT:
            faults = {name: one for name, one in faults.items() if name in EXITS}
        if place == ENTRY:
            faults |= {f"{one} final": {"kind": Kind.REFUSED, "code": one} for one in FINAL[venue]}
        for name, fields in faults.items():
            rows.append(Row(name, place, Fault(venue=venue, call=call, **fields)))
    return rows


@dataclass
class Play(Storm):
    """One bridge at one venue, and the rows that are played there."""

    rows: list[Row] = field(default_factory=list[Row])
    state: State | None = None
    told: list[str] = field(default_factory=list[str])
    """What a row did not show."""

    def __post_init__(self) -> None:
        """Begin with nothing that goes wrong."""
        super().__post_init__()
        self.mischief.done["ban"] = sum(row.fault.kind is Kind.BANNED for row in self.rows)
        self._one = asyncio.Lock()
        self._next: Fault | None = None
        self._looked = asyncio.Event()

    def _seen(self, request: Seen) -> None:
        """Let the fault of a stop follow the entry that it protects."""
        super()._seen(request)
        placed = request.call == "create" and request.status == 200 and not request.faults
        if self._next is not None and placed:
            self.exchange.control.fault(self._next)
            self._next = None

    async def run(self) -> State:
        """Play every row; return the bridge's books when nothing differs any more."""
        await self.start()
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.gather(*(self._played(row) for row in self.rows))
            await self.agreed("after the last row")
        finally:
            looking.cancel()
        assert not self.told, "\n".join(self.told)
        assert not self.too_much, "a connector that heeds limits earns no ban"
        state = await asyncio.to_thread(self.books)
        assert await asyncio.to_thread(self.bridge.stop) == 0
        return state

    async def _look(self) -> None:
        """Read the bridge's books again and again, for whoever waits for something in them."""
        while True:
            self.state = await asyncio.to_thread(self.books)
            self._looked.set()
            self._looked.clear()
            await asyncio.sleep(0.3)

    async def _played(self, row: Row) -> None:
        """Play one row to its end."""
        try:
            await self._life(row)
        except AssertionError as error:
            self.told.append(f"{row.strategy}: {error}")

    async def _life(self, row: Row) -> None:
        opens = {"symbol": SYMBOL, "strategy": row.strategy, "quantity": QUANTITIES[SYMBOL]}
        opens |= {"action": "buy", "effect": "open", "stop": "5", "stop_unit": "percent"}
        await self._step(row, opens, (ENTRY, STOP))
        await self._until_so(row, self._covered)
        out = {"symbol": SYMBOL, "strategy": row.strategy, "action": "exit"}
        places = (CANCEL, EXIT)
        for turn in range(EXITS_MAX):
            if self._held(row):
                before = len(self._exits(row))
                await self._step(row, out, places, turn)
                await self._until_so(row, lambda row, before=before: self._over(row, before))
                places = ()
        assert not self._held(row), "something is held"

    async def _step(
        self, row: Row, words: dict[str, str], places: tuple[str, ...], turn: int = 0
    ) -> None:
        """Deliver an alert; where the row's fault belongs to it, wait until it has happened."""
        name = f"{row.strategy}-{words['action']}-{turn}"
        if row.place not in places:
            await self.send(words, name)
            return
        async with self._one:
            happened = self.exchange.faults.happened
            before = happened[row.fault.kind]
            if row.place == STOP:
                self._next = row.fault
            else:
                self.exchange.control.fault(row.fault)
            await self.send(words, name)
            deadline = time.monotonic() + HAPPENS_S
            while happened[row.fault.kind] == before:
                assert time.monotonic() < deadline, "the fault never happened"
                await asyncio.sleep(0.01)

    async def _until_so(self, row: Row, enough: Callable[[Row], str]) -> None:
        """Wait until the bridge's books show something; say what is missing if they never do."""
        deadline = time.monotonic() + LIVES_S
        while lacking := enough(row):
            assert time.monotonic() < deadline, lacking
            await self._looked.wait()

    def _orders(self, row: Row) -> list[Order]:
        orders = self.state.orders.values() if self.state is not None else ()
        return [one for one in orders if one.strategy == row.strategy]

    def _held(self, row: Row) -> bool:
        state = self.state
        position = state.positions.get((ACCOUNT, SYMBOL, row.strategy)) if state else None
        return position is not None and position.quantity >= self._least()

    def _least(self) -> Any:
        assert self.state is not None
        return self.state.facts.setup.instruments[SYMBOL].quantity_min

    def _covered(self, row: Row) -> str:
        """Say what is missing until the entry is over and what it opened is covered."""
        orders = self._orders(row)
        entries = [one for one in orders if one.purpose is Purpose.ENTRY]
        if not entries or any(one.state not in DONE for one in entries):
            return f"its entry is not over: {[str(one.state) for one in entries]}"
        legs = [one for one in orders if one.purpose is Purpose.LEG]
        works = any(one.state is OrderState.ACCEPTED for one in legs)
        shown = [f"{one.state} {one.reason}" for one in legs]
        return "" if works or not self._held(row) else f"its position has no stop: {shown}"

    def _exits(self, row: Row) -> list[Order]:
        return [one for one in self._orders(row) if one.purpose is Purpose.EXIT]

    def _over(self, row: Row, before: int) -> str:
        """Say what is missing until nothing is held, or an exit was proven not to be there and what
        is held has its stop again."""
        alive = [one for one in self._orders(row) if one.state not in DONE]
        exits = self._exits(row)[before:]
        if not exits:
            return "its exit is not in the books"
        works = [one.state for one in alive if one.purpose is Purpose.LEG]
        if self._held(row) and exits and exits[-1].state in DONE and works:
            return "" if OrderState.ACCEPTED in works else "its stop does not work again"
        return ", ".join(f"{one.purpose} {one.state}" for one in alive)


def with_strategies(text: str, names: list[str]) -> str:
    """Let every row have a strategy of its own on the same route."""
    quoted = ", ".join(f'"{name}"' for name in names)
    begin = text.index("[strategies.demo]")
    block = text[begin : text.index("[accounts.paper]")]
    blocks = "".join(block.replace("strategies.demo", f"strategies.{name}") for name in names)
    text = text.replace('strategies = ["demo"]', f'strategies = ["demo", {quoted}]')
    return text.replace(block, block + blocks)


@asynccontextmanager
async def prepared(folder: Path, venue: str, rows: list[Row]) -> AsyncIterator[Play]:
    """Run an exchange of its own, with a bridge that does not outlive it."""
    async with running(Settings(balances=MONEY)) as exchange:
        bridge = configured(folder / venue, exchange, venue)
        path = bridge.config.path
        text = path.read_text(encoding="utf-8")
        path.write_text(with_strategies(text, [row.strategy for row in rows]), encoding="utf-8")
        config = load(path, {})
        assert isinstance(config, Config), config
        bridge.config = config
        play = Play(bridge, exchange, venue, orders=len(rows), seed=1, rows=rows)
        try:
            yield play
        finally:
            process = bridge.process
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


async def played(folder: Path, venue: str, rows: list[Row] | None = None) -> str:
    """Play every fault at one venue, and say what became of it."""
    rows = table(venue) if rows is None else rows
    async with prepared(folder, venue, rows) as play:
        state = await play.run()
        assert not differences(state, play.exchange, venue)
        return play.summary(state)


async def all_played(folder: Path, venues: tuple[str, ...]) -> list[str]:
    """Play every fault at some venues, all at once."""
    return await asyncio.gather(*(played(folder, venue) for venue in venues))
