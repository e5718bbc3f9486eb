"""The door over a real socket: each answer of its contract, and nothing else for any bytes."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from bridge import logs
from bridge.http import door as doors
from core.store.memory import Disk
from tests.e2e.doors import House, house
from tests.unit.bridge.parts import Switch, configured, until

pytestmark = pytest.mark.loopback


async def test_an_alert_is_admitted_once(tmp_path: Path) -> None:
    """202 with its signal and order; the same again is 200, a duplicate, with the same order."""
    async with house(tmp_path) as there:
        alert = there.alert()
        first = await there.post(there.hook, alert)
        again = await there.post(there.hook, alert)

    assert (202, 200) == (first.status, again.status)
    assert ("admitted", "duplicate") == (first.json["verdict"], again.json["verdict"])
    assert first.json["signal"] == again.json["signal"]
    assert first.json["orders"] == again.json["orders"]
    assert 1 == len(first.json["orders"])
    assert {"signal", "verdict", "code", "sentence", "fix", "orders", "accounts"} == set(first.json)


async def test_the_token_may_stand_in_the_message(tmp_path: Path) -> None:
    """An address without token, and the token in the body."""
    async with house(tmp_path) as there:
        good = await there.post("/hooks/demo", there.alert(token=there.token))
        bad = await there.post("/hooks/demo", there.alert(token="guessed"))

    assert (202, 404) == (good.status, bad.status)


@pytest.mark.parametrize(
    ("fields", "status", "verdict", "code"),
    [
        ({"symbol": "NOBODY"}, 200, "refused", "symbol_unknown"),
        ({"action": "exit", "effect": "auto"}, 200, "no_action", "nothing_to_close"),
        ({"action": "jump"}, 422, "refused", "word_unknown"),
        ({"quantity": "NaN"}, 422, "refused", None),
        ({"id": None}, 422, "refused", "id_missing"),
        ({"time": "2020-01-01T00:00:00Z"}, 200, "refused", "signal_too_old"),
    ],
)
async def test_what_was_read_is_answered_with_its_verdict(
    tmp_path: Path, fields: dict[str, Any], status: int, verdict: str, code: str | None
) -> None:
    """Refused and not admitted are 200, not valid is 422; each with code, sentence and remedy."""
    async with house(tmp_path) as there:
        answer = await there.post(there.hook, there.alert(**fields))

    assert (status, verdict) == (answer.status, answer.json["verdict"])
    assert code in (None, answer.code)
    assert answer.json["sentence"]
    assert answer.json["fix"]


@pytest.mark.parametrize("body", [b"", b"buy!", b"{", b'{"a":1} {"b":2}', b"\xff\xfe\x00", b"[]"])
async def test_what_cannot_be_read_is_400(tmp_path: Path, body: bytes) -> None:
    """Bytes that are no message: 400, and the journal shows them."""
    async with house(tmp_path) as there:
        answer = await there.post(there.hook, body)

    assert 400 == answer.status
    assert answer.json["signal"]


async def test_strangers_learn_nothing(tmp_path: Path) -> None:
    """Unknown route, wrong token, other methods and addresses: one answer, byte for byte."""
    async with house(tmp_path) as there:
        alert = there.alert()
        answers = [
            await there.post("/hooks/demo/wrong", alert),
            await there.post("/hooks/nobody/wrong", alert),
            await there.post("/hooks/nobody", alert),
            await there.post("/hooks/demo", alert),
            await there.post("/hooks/", alert),
            await there.post("/", alert),
            await there.post("/docs", alert),
            await there.post("/hooks/demo/" + "x" * 600, alert),
            await there.post(there.hook, alert, method="PUT"),
            await there.post(there.hook, alert, method="DELETE"),
            await there.post(there.hook, b"", method="GET"),
            await there.post(
                there.hook, b"", "Connection: Upgrade", "Upgrade: websocket", method="GET"
            ),
            await there.post(there.hook + "/more", alert),
            await there.post(there.hook.upper(), alert),
        ]
        head = await there.post(there.hook, b"", method="HEAD")
        untouched = there.bridge.state.signals

    assert 1 == len({(answer.head, answer.body) for answer in answers})
    assert (404, "not_found") == (answers[0].status, answers[0].code)
    assert (answers[0].head, b"") == (head.head, head.body)
    assert {} == untouched


async def test_who_keeps_guessing_is_told_to_wait(tmp_path: Path) -> None:
    """429 after a minute's worth of guesses; a good alert of the same sender still passes."""
    async with house(tmp_path) as there:
        guesses = [await there.post("/hooks/demo/guess", b"{}") for _ in range(62)]
        dressed = await there.post("/hooks/demo/guess", b"{}", "X-Forwarded-For: 10.9.8.7")
        good = await there.post(there.hook, there.alert())

    assert [404] * 60 + [429] * 2 == [answer.status for answer in guesses]
    assert (429, 202) == (dressed.status, good.status)


async def test_a_configured_proxy_names_the_sender(tmp_path: Path) -> None:
    """Its clients are counted apart, and what a client writes itself is not believed."""

    def edit(text: str) -> str:
        return text.replace("[door]\n", '[door]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\n')

    async with house(tmp_path, edit=edit) as there:
        many = ["X-Forwarded-For: 6.6.6.6, 198.51.100.7, 10.1.1.1"]
        for _ in range(61):
            await there.post("/hooks/x", b"{}", *many)
        lines = ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 198.51.100.7"]
        same = await there.post("/hooks/x", b"{}", *lines)
        other = await there.post("/hooks/x", b"{}", "X-Forwarded-For: 198.51.100.8")

    assert (429, 404) == (same.status, other.status)


async def test_nothing_is_open_before_the_journal_is(tmp_path: Path) -> None:
    """503 for a known sender, who comes again; the same 404 as ever for the others."""
    async with house(tmp_path) as there:
        opened, there.door.ask = there.door.ask, None
        alert = there.alert()
        early = await there.post(there.hook, alert)
        stranger = await there.post("/hooks/demo/guess", alert)
        there.door.ask = opened
        then = await there.post(there.hook, alert)

    assert (503, "not_recovered", 404) == (early.status, early.code, stranger.status)
    assert "admitted" == then.json["verdict"]


async def test_an_absent_store_is_503_and_no_duplicate(tmp_path: Path) -> None:
    """The alert is asked to come again, and then it is admitted, not called a duplicate."""
    store = Switch(Disk())
    async with house(tmp_path, store=store) as there:
        alert = there.alert()
        store.down = True
        away = await there.post(there.hook, alert)
        store.down = False
        await until(lambda: there.bridge.runtime.writer.durable)
        back = await there.post(there.hook, alert)

    assert (503, "store_unavailable") == (away.status, away.code)
    assert (202, "admitted") == (back.status, back.json["verdict"])


async def test_a_route_that_is_too_busy_is_503_and_no_duplicate(tmp_path: Path) -> None:
    """The second alert comes too soon; when it comes again it is admitted."""

    def edit(text: str) -> str:
        text = text.replace("rate_per_minute = 1_000_000_000", "rate_per_minute = 600")
        return text.replace("rate_burst = 1_000_000_000", "rate_burst = 1")

    async with house(tmp_path, edit=edit) as there:
        alerts = [there.alert(id=f"n{n}") for n in range(4)]
        answers = await asyncio.gather(*[there.post(there.hook, alert) for alert in alerts])
        late: list[str] = []
        for alert, answer in zip(alerts, answers, strict=True):
            again = answer
            while again.status == 503:
                await asyncio.sleep(0.05)
                again = await there.post(there.hook, alert)
            late.append(again.json["verdict"])

    assert "route_busy" in {answer.code for answer in answers if answer.status == 503}
    assert ["admitted"] * 4 == late


async def test_a_slow_journal_is_503_before_the_sender_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit takes too long: 503; it is committed in the end, and the resend is a duplicate."""
    monkeypatch.setattr(doors, "ANSWER_WITHIN_S", 0.2)
    store = Switch(Disk())
    async with house(tmp_path, store=store) as there:
        store.gate.clear()
        alert = there.alert()
        slow = await there.post(there.hook, alert)
        store.gate.set()
        await until(lambda: bool(there.bridge.state.orders))
        again = await there.post(there.hook, alert)

    assert (503, "too_slow") == (slow.status, slow.code)
    assert (200, "duplicate") == (again.status, again.json["verdict"])


async def test_one_connection_serves_many(tmp_path: Path) -> None:
    """Kept open, and with two messages sent at once: answered in their order."""
    async with house(tmp_path) as there:
        bodies = [there.alert(id="p1"), there.alert(id="p1"), b"{"]
        heads = [
            f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'close' if body == b'{' else 'keep-alive'}\r\n\r\n"
            for body in bodies
        ]
        sent = b"".join(head.encode() + body for head, body in zip(heads, bodies, strict=True))
        answer = await there.raw(sent)

    statuses = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert [202, 200, 400] == statuses


async def test_the_log_names_routes_and_no_token(tmp_path: Path) -> None:
    """At its most talkative: who was served and who was not, without address, token or message."""
    stream = io.StringIO()
    logs.configure(configured(tmp_path).secrets(), stream=stream, level="debug")
    async with house(tmp_path) as there:
        await there.post(there.hook, there.alert(comment="a-private-remark"))
        await there.post("/hooks/demo/a-guessed-token?token=in-a-query", b"a-guessed-body")
        await _abuse(there)

    said_so = stream.getvalue()
    assert '"route": "demo"' in said_so
    assert "not_placed" in said_so
    hidden = (there.token, "a-guessed-token", "in-a-query", "a-guessed-body", "a-private-remark")
    assert [] == [secret for secret in hidden if secret in said_so]


async def _abuse(there: House) -> None:
    await there.raw(f"BROKEN {there.hook} HTTP/9\r\n\r\n".encode())
