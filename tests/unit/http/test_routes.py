"""What came over each route, in a running bridge: by API, page and command."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.cli import offline
from bridge.cli.hearing import tell
from bridge.cli.screen import Screen
from bridge.expected import expected_of
from bridge.http.answers import reply
from bridge.http.reading import Reader, understood_at
from core.answers import SignalAnswer
from core.setup import SECOND_NS, Route
from tests.unit.http.room import READ, room

PLAIN = {"symbol": None, "effect": None, "quantity": None, "stream": "4h"}


def ruled(text: str) -> str:
    """Give the route rules about silence."""
    rules = 'silent_after_s = 3600\nexpected_by = ["10:00"]\nexpected_zone = "Europe/Berlin"\n'
    return text.replace("[routes.demo]\n", f"[routes.demo]\n{rules}", 1)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_api_page_and_command_say_what_came(tmp_path: Path) -> None:
    """Counters, the last alert, what is waited for, the rules, and what the door turned away; the
    same in the terminal, also when the bridge is down."""
    async with room(tmp_path / "bridge", ruled) as house:
        for number in (1, 2, 5):
            await house.send(action="heartbeat", sequence=number, **PLAIN)
        twice = {"action": "heartbeat", "sequence": 6, "id": "h6", "time": _now(), **PLAIN}
        await house.send(**twice)
        await house.send(**twice)
        await house.post(b"buy!")
        house.noise.note("token", "198.51.100.7")
        async with house.client(READ) as client:
            row = (await client.get("/api/routes")).json()
        async with house.logged_in() as person:
            page = (await person.get("/routes")).text
            fragment = (await person.get("/fragment/routes")).text
            now = (await person.get("/")).text
    (route,) = row["routes"]
    (script,) = route["scripts"]

    assert (4, 4, 1, 1) == tuple(
        route[name] for name in ("received", "heartbeats", "repeated", "unread")
    )
    assert (3600, ["10:00"], "Europe/Berlin") == tuple(
        route[name] for name in ("silent_after_s", "expected_by", "expected_zone")
    )
    assert ("demo", None, 6, [[3, 4]], 4, "4h") == tuple(
        script[name] or None
        for name in ("strategy", "symbol", "sequence", "missing", "recent", "stream")
    )
    assert route["expected_next_ns"] > route["heard_ns"]
    assert {"token": 1} == row["door"]["not_placed"]
    assert ["198.51.100.7"] == [one["sender"] for one in row["door"]["last"]]
    for text in (
        "3–4",
        "<bdi>4h</bdi>",
        "alarm after 3600 s",
        "expected by 10:00",
        "198.51.100.7",
        "1 by token",
    ):
        assert text in page
    assert '<section id="scripts"' in fragment
    assert 'href="/routes"' in now
    out = io.StringIO()
    with redirect_stdout(out):
        tell(Screen(), row)
    for text in ("4 alerts (4 heartbeats), 1 delivered again, 1 not readable", "3-4", "1 by token"):
        assert text in out.getvalue()
    down = offline.routes(house.config)
    assert None is down["door"]
    (same,) = down["routes"]
    assert {**route, "silent_at": 0, "silent_at_ns": 0} == {
        **same,
        "silent_at": 0,
        "silent_at_ns": 0,
    }


async def test_a_heartbeat_has_its_own_page(tmp_path: Path) -> None:
    """It says what it is, and that nothing is to be done."""
    async with room(tmp_path / "bridge") as house:
        answer = await house.send(action="heartbeat", **PLAIN)
        async with house.client(READ) as client:
            told = (await client.get(f"/api/signals/{answer.signal}")).json()
            listed = (await client.get("/api/signals")).json()["signals"]
        async with house.logged_in() as person:
            page = (await person.get(f"/signals/{answer.signal}")).text

    assert ("no_action", "heartbeat_heard") == (answer.verdict, answer.code)
    assert ["no_action"] == [one["verdict"] for one in listed]
    assert "no_action" == told["verdict"]
    assert "says that it is alive" in page


async def test_what_is_expected_is_known_after_a_restart(tmp_path: Path) -> None:
    """The times are in the journal, and told again when the process starts."""
    async with room(tmp_path / "bridge", ruled) as house:
        await house.until(lambda state: bool(state.routes["demo"].expected_ns))
        first = house.runtime.writer.state.routes["demo"].expected_ns
        same = house.config.path.read_text(encoding="utf-8")
    async with room(tmp_path / "bridge", lambda _: same) as house:
        again = house.runtime.writer.state.routes["demo"].expected_ns

    assert len(first) > 10
    assert set(first) & set(again)


@pytest.mark.parametrize(
    ("zone", "days", "at", "first"),
    [
        ("UTC", (), "2026-11-20T12:00:00", "2026-11-18T10:00:00"),
        ("Europe/Berlin", (), "2026-11-20T12:00:00", "2026-11-18T09:00:00"),
        ("Europe/Berlin", (), "2026-07-20T12:00:00", "2026-07-18T08:00:00"),
        ("America/New_York", (0,), "2026-11-20T12:00:00", "2026-11-23T15:00:00"),
    ],
)
def test_times_of_day_become_times(zone: str, days: tuple[int, ...], at: str, first: str) -> None:
    """By the rules of their zone, on their days, from the day before yesterday for two weeks."""
    now_ns = int(datetime.fromisoformat(at + "+00:00").timestamp()) * SECOND_NS
    route = Route(
        name="r",
        accounts=("a",),
        strategies=("s",),
        expected_by=("10:00", "16:30"),
        expected_zone=zone,
        expected_days=days,
    )
    made = expected_of(route, now_ns)
    wanted = int(datetime.fromisoformat(first + "+00:00").timestamp()) * SECOND_NS

    assert wanted == made.expected_ns[0][1]
    assert made.expected_ns[0][1] == made.expected_ns[1][0]
    assert made.expected_ns[1][1] - wanted == timedelta(hours=6, minutes=30).total_seconds() * 10**9
    assert made.valid_until_ns > now_ns + 13 * 24 * 3600 * SECOND_NS
    assert () == expected_of(Route(name="r", accounts=(), strategies=()), now_ns).expected_ns


async def test_another_reading_is_another_setup(tmp_path: Path) -> None:
    """What the route says of its alerts changes what they mean, so the journal tells that it
    changed; a route that says nothing is as it was."""

    def said(text: str) -> str:
        lines = '[routes.demo.reading]\nrepair = ["bom"]\n'
        return text + lines

    async with room(tmp_path / "bridge") as house:
        first = (house.config.setup_hash, house.config.setup.routes["demo"].reading)
        same = house.config.path.read_text(encoding="utf-8")
    async with room(tmp_path / "bridge", lambda _: said(same)) as house:
        second = (house.config.setup_hash, house.config.setup.routes["demo"].reading)
        number = house.runtime.writer.state.facts.setup_hash

    assert "" == first[1]
    assert 16 == len(second[1])
    assert first[0] != second[0] == number


@pytest.mark.parametrize(
    ("body", "like"),
    [
        (b'{"ticker": "BTCUSDT", "action": "buy", "quantity": 1}', "traderspost"),
        (b"60123456789,buy,EURUSD,risk=1", "pineconnector"),
        (b'{"strategy": "demo", "symbol": "BTCUSDT", "action": "jump", "version": 1}', ""),
    ],
)
async def test_a_message_of_another_dialect_is_refused_with_its_name(
    tmp_path: Path, body: bytes, like: str
) -> None:
    """Refused with the code that it has, in the answer, on its page and in the journal; the fix
    names the dialect that the route may have meant, and nothing is traded by it."""
    async with room(tmp_path / "bridge") as house:
        command = Reader(house.config).work("demo", body, house.runtime.clock.now())
        answer = await house.runtime.writer.ask(command)
        assert isinstance(answer, SignalAnswer)
        async with house.client(READ) as client:
            told = (await client.get(f"/api/signals/{answer.signal}")).json()
            listed = (await client.get("/api/signals")).json()["signals"]
        understood = understood_at(house.config, "demo", body)
        orders = dict(house.runtime.writer.state.orders)
    wanted = f'write dialect = "{like}" at the route.' if like else ""
    said = (json.loads(reply(answer)[1])["fix"], understood["fix"], listed[0]["fix"], told["fix"])

    assert {} == orders
    assert ("refused", like) == (answer.verdict, answer.like)
    for fix in said:
        assert fix.endswith(wanted) if wanted else "dialect" not in fix
