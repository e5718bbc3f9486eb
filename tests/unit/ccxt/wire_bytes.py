"""What each venue is sent for each call that its profile names.

``python -m tests.unit.ccxt.wire_bytes`` writes it down anew, for a person to read before it is
committed.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from adapters.ccxt.calls import Wanted, creation
from adapters.ccxt.client import Client
from adapters.ccxt.names import venue_name
from adapters.ccxt.profile import Call, Profile, Way
from adapters.ccxt.profiles import PROFILES
from core.orders import OrderType, Side
from tests.unit.ccxt.venue import (
    ORDER,
    Seen,
    Venue,
    client_of,
    json_answer,
    market_of,
    symbol_of,
    venue_in,
)

FOLDER: Final = Path(__file__).parent / "wire"

CHANGING: Final = ("timestamp", "signature", "sign", "nonce")
"""Fields that are another at every call."""

ANSWERS: Final[dict[str, Any]] = {"bybit": {"retCode": 0, "result": {"uta": 1, "list": []}}}
"""What a venue must say for ccxt to go on."""

KINDS: Final[dict[str, dict[str, Any]]] = {
    "market": {"order_type": OrderType.MARKET, "worst": Decimal(20500)},
    "limit": {"order_type": OrderType.LIMIT, "price": Decimal(20000)},
    "limit, post only": {
        "order_type": OrderType.LIMIT,
        "price": Decimal(20000),
        "post_only": True,
    },
    "limit, reduce only": {
        "order_type": OrderType.LIMIT,
        "price": Decimal(20000),
        "reduce_only": True,
    },
    "buy stop": {"order_type": OrderType.STOP, "trigger": Decimal(21000)},
    "sell stop, reduce only": {
        "order_type": OrderType.STOP,
        "side": Side.SELL,
        "trigger": Decimal(19000),
        "reduce_only": True,
    },
    "sell stop limit": {
        "order_type": OrderType.STOP_LIMIT,
        "side": Side.SELL,
        "trigger": Decimal(19000),
        "price": Decimal(18900),
    },
}
"""Every kind of order that the core has."""


async def lines_of(profile: Profile, venue: Venue) -> list[str]:
    """Make each call once, and say what arrived."""
    lines: list[str] = []
    async with client_of(profile, venue.local) as client:
        venue.answer = json_answer(ANSWERS.get(profile.venue, {}))
        for probe in profile.probes:
            await _tried(getattr(client.exchange, probe.method)(), venue)
            lines += [f"{'probe':24} {_said(seen)}" for seen in venue.seen]
        for name, kind in KINDS.items():
            made = creation(profile, wanted(profile, **kind))
            if made is None:
                lines.append(f"{name:24} not offered")
                continue
            await _tried(client.exchange.create_order(*made[0], made[1]), venue)
            lines += [f"{name:24} {_said(seen)}" for seen in venue.seen]
        for family, way in (("", profile.plain), ("stop: ", profile.stop)):
            for name, call in [] if way is None else _calls(way):
                await _called(client, venue, call, profile)
                lines += [f"{family + name:24} {_said(seen)}" for seen in venue.seen]
    return lines


def wanted(profile: Profile, **kind: Any) -> Wanted:
    """Return an order for a venue's one market."""
    quantity = Decimal(3) if profile.venue == "gate" else Decimal("0.012")
    first = {"side": Side.BUY, "quantity": quantity}
    return Wanted(symbol=symbol_of(profile), id=venue_name(profile, ORDER), **{**first, **kind})


def _calls(way: Way) -> list[tuple[str, Call]]:
    finds = [(f"find {number}", one) for number, one in enumerate(way.find, 1)]
    return [*finds, ("fetch", way.fetch), ("cancel", way.cancel), ("working", way.working)]


async def _called(client: Client, venue: Venue, call: Call, profile: Profile) -> None:
    args, params = call.bound(
        symbol=symbol_of(profile),
        id=venue_name(profile, ORDER),
        venue_order="123456",
        market=market_of(profile)["id"],
    )
    await _tried(getattr(client.exchange, call.method)(*args, params=params), venue)


async def _tried(call: Any, venue: Venue) -> None:
    """Let a call end as it likes: the answer has no order in it, and ccxt may stumble over that."""
    venue.seen.clear()
    with suppress(Exception):
        await call
    assert venue.seen, "ccxt sent nothing"


def _said(seen: Seen) -> str:
    """Say a request without what changes."""
    query = "&".join(f"{k}={v}" for k, v in parse_qsl(seen.query) if k not in CHANGING)
    body = seen.body
    if body.startswith(("{", "[")):
        told = json.loads(body)
        if isinstance(told, dict):
            told = {name: one for name, one in told.items() if name not in CHANGING}
        body = json.dumps(told)
    elif body:
        body = "&".join(f"{k}={v}" for k, v in parse_qsl(body) if k not in CHANGING)
    parts = (f"{seen.method} {seen.host}{seen.path}", query, body)
    return re.sub(r"\s+", " ", " | ".join(one for one in parts if one))


async def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for profile in PROFILES.values():
        with tempfile.TemporaryDirectory() as folder:
            async with venue_in(Path(folder)) as venue:
                text = "\n".join(await lines_of(profile, venue)) + "\n"
        (FOLDER / f"{profile.venue}.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    asyncio.run(_write())
