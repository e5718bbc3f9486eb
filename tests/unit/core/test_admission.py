"""Which messages are served: once each, with what the route asks for, and not too many."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core.admit import CONTENT_WINDOW_NS, is_token
from core.intake import REPEATS_MAX
from core.setup import KEPT_NS
from core.state import KEYS_MAX
from tests.unit.core.setups import DAY_NS, replaced, setup_of
from tests.unit.core.stage import Stage, codes, misread, picture, replay

D = Decimal


# --- duplicates


def test_four_deliveries_make_one_order() -> None:
    """The same message four times: one order, and three times the first answer."""
    stage = Stage()
    message = stage.signal(effect="open")
    answers = [stage.hear(message) for _ in range(4)]
    orders = [record for record in stage.records if isinstance(record, r.OrderIntended)]

    assert ["admitted"] + ["duplicate duplicate"] * 3 == [codes(answer) for answer in answers]
    assert 1 == len(orders)
    assert 1 == len({answer.signal for answer in answers})
    assert {orders[0].order.order} == {name for answer in answers for name in answer.orders}


def test_four_deliveries_in_one_batch_make_one_order() -> None:
    """Also when all of them come before the first is committed."""
    stage = Stage()
    stage.do(*[stage.signal(effect="open", id="a")] * 4)

    assert 1 == len(stage.sent)


def test_an_id_is_known_for_a_day() -> None:
    """An hour later it is still the same message; after a day it is too old to be served."""
    stage = Stage(setup_of(route={"signal_age_max_ns": 10 * DAY_NS}))
    message = stage.signal(effect="open")
    stage.do(message)
    for hours in (1, 22):
        stage.wait(3600 * hours)
        stage.tick()
        assert "duplicate duplicate" == codes(stage.do(message).answers[0])
    stage.wait(3600 + 1)
    stage.tick()

    assert {} == stage.state.keys
    assert "refused signal_too_old" == codes(stage.do(message).answers[0])
    assert "admitted" == codes(stage.send(effect="open"))


def test_without_an_id_the_bytes_count_for_a_minute() -> None:
    """Identical bytes are one message within 60 s, and another one from then on."""
    stage = Stage(setup_of(route={"require_id": False, "require_time": False}))
    message = stage.signal(effect="open", id=None, time_ns=None)
    assert "admitted" == codes(stage.do(message).answers[0])
    stage.now += CONTENT_WINDOW_NS - 1
    stage.wait(0)
    assert "duplicate duplicate" == codes(stage.do(message).answers[0])
    stage.now += 1
    stage.wait(0)
    second = stage.do(message).answers[0]

    assert "admitted" == codes(second)
    assert 2 == len(stage.state.signals)
    assert "duplicate duplicate" == codes(stage.do(message).answers[0])


def test_other_bytes_without_an_id_are_another_message() -> None:
    """Two alerts in the same second that differ are two."""
    stage = Stage(setup_of(route={"require_id": False}))
    stage.do(*[stage.signal(effect="open", id=None, quantity=q) for q in ("1", "2")])

    assert 2 == len(stage.sent)


def test_an_id_belongs_to_its_route() -> None:
    """Two routes may use the same id for different things."""
    stage = Stage()
    routes = stage.setup.routes
    routes = {**routes, "gate": replaced(routes["door"], name="gate")}
    stage.setup = replaced(stage.setup, routes=routes)
    stage.start()
    stage.recover("one")
    message = stage.signal(effect="open")

    assert "admitted" == codes(stage.do(message).answers[0])
    assert "admitted" == codes(stage.do(replaced(message, route="gate")).answers[0])


def test_an_id_used_for_another_body_is_refused_with_an_alarm() -> None:
    """It is never taken for a duplicate: nobody would see that an alert was lost."""
    stage = Stage()
    stage.say(effect="open", id="a")
    answer = stage.say(effect="open", id="a", quantity="2")

    assert "refused id_reused" == codes(answer)
    assert ["id_reused"] == stage.alarms
    assert [] == stage.sent
    assert "a" == answer.value


def test_repeats_are_recorded_so_often_and_no_more() -> None:
    """A sender in a loop does not fill the journal."""
    stage = Stage()
    message = stage.signal(effect="open")
    stage.do(message)
    for _ in range(REPEATS_MAX + 50):
        assert codes(stage.do(message).answers[0]) in ("duplicate duplicate", "admitted")

    repeats = sum(isinstance(record, r.SignalRepeated) for record in stage.records)
    assert REPEATS_MAX == repeats == next(iter(stage.state.signals.values())).repeats


def test_keys_are_bounded_and_what_was_forgotten_is_too_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With too many keys the oldest leaves, and a message from its time is not served again."""
    monkeypatch.setattr("core.fold_signals.KEYS_MAX", 3)
    stage = Stage(setup_of(route={"signal_age_max_ns": DAY_NS}))
    messages: list[c.ReceiveSignal] = []
    for _ in range(5):
        messages.append(stage.signal(effect="open"))
        stage.do(messages[-1])
        stage.wait(20)

    assert 3 == len(stage.state.keys) == len(stage.state.key_line)
    stage.wait(60)
    answers = [codes(stage.do(message).answers[0]) for message in messages[:2]]
    assert ["refused signal_too_old"] * 2 == answers
    assert picture(stage.state) == picture(replay(stage.records))


def test_the_bound_of_the_keys_is_the_one_of_the_design() -> None:
    """200,000 keys, kept for 24 hours."""
    assert (200_000, DAY_NS) == (KEYS_MAX, KEPT_NS)


# --- what a route asks for


@pytest.mark.parametrize(("field", "waiver"), [("id", "require_id"), ("time_ns", "require_time")])
def test_what_a_route_requires_may_be_waived(field: str, waiver: str) -> None:
    """Without id or time a message is refused, unless the route waived it."""
    code = {"id": "id_missing", "time_ns": "time_missing"}[field]

    assert f"refused {code}" == codes(Stage().send(effect="open", **{field: None}))
    waived = Stage(setup_of(route={waiver: False}))
    assert "admitted" == codes(waived.send(effect="open", **{field: None}))


def test_a_message_that_was_not_read_is_recorded_with_its_fault() -> None:
    """It has a signal of its own, with code, field and raw text, and no account's verdict."""
    stage = Stage()
    fault = misread("number_invalid", field="price", value="1,5", limit="1.5")
    message = c.ReceiveSignal(route="door", body_hash="h", content=fault, raw="{...}")
    answer = stage.hear(message)
    record = stage.last.records[0]

    assert "refused number_invalid" == codes(answer)
    assert isinstance(record, r.SignalUnread)
    assert ("price", "1,5", "1.5", "{...}") == (
        record.where, record.value, record.limit, record.raw,
    )  # fmt: skip
    assert () == answer.accounts
    assert record.signal in stage.state.signals


def test_a_route_that_is_not_known_yet_asks_to_come_again() -> None:
    """Before the configuration is in force nothing is judged."""
    stage = Stage()
    message = replaced(stage.signal(), route="nowhere")

    assert "busy not_recovered" == codes(stage.do(message).answers[0])
    assert [] == stage.last.records


# --- too many


def test_a_busy_route_leaves_no_trace() -> None:
    """Beyond the rate the sender is asked to come again: no record, and no duplicate key."""
    stage = Stage(setup_of(route={"rate_per_minute": 60, "rate_burst": 2}))
    messages = [stage.signal(effect="open") for _ in range(3)]
    answers = [codes(stage.do(message).answers[0]) for message in messages]
    before = picture(stage.state)
    assert [] == stage.do(messages[2]).records
    unread = c.ReceiveSignal(route="door", body_hash="h", content=misread(), raw="")
    assert "busy route_busy" == codes(stage.do(unread).answers[0])

    assert ["admitted", "admitted", "busy route_busy"] == answers
    assert before == picture(stage.state)
    stage.wait(1)
    assert "admitted" == codes(stage.do(messages[2]).answers[0])


def test_a_repeat_costs_nothing_of_the_rate() -> None:
    """The four deliveries of one alert are one message."""
    stage = Stage(setup_of(route={"rate_per_minute": 1, "rate_burst": 2}))
    message = stage.signal(effect="open")
    for _ in range(5):
        stage.do(message)

    assert "admitted" == codes(stage.send(effect="open"))
    assert "duplicate duplicate" == codes(stage.do(message).answers[0])


WAYS_OUT = [
    ("exit", {}),
    ("sell", {"effect": "close"}),
    ("sell", {}),
    ("sell", {"prev_position": "long", "position": "flat"}),
    ("cancel", {}),
    ("cancel", {"symbol": ""}),
]
"""Messages that make a position smaller, or end what is working."""


@pytest.mark.parametrize(("action", "fields"), WAYS_OUT)
@pytest.mark.parametrize("trouble", ["route", "signals", "messages", "age", "future", "store"])
def test_ways_out_wait_for_no_rate_and_no_store(
    action: str, fields: dict[str, str], trouble: str
) -> None:
    """A full route, empty buckets, an old message or an absent store stop entries alone."""
    stage = Stage()
    stage.position("1")
    stage.entry("1")
    route = {"rate_per_minute": 1, "rate_burst": 0} if trouble == "route" else {}
    setup = setup_of(route=route)
    for scope, name in (("strategy:trend", "signals"), ("account:one", "messages")):
        if trouble == name:
            empty = replaced(setup.limits[scope], **{f"{name}_burst": 0})
            setup = replaced(setup, limits={**setup.limits, scope: empty})
    stage.setup = setup
    stage.start()
    stage.recover("one")
    stage.durable = trouble != "store"
    ages = {"age": -3600 * 10**9, "future": 3600 * 10**9}
    time_ns = stage.now + ages.get(trouble, 0)

    assert codes(stage.send(effect="open", time_ns=time_ns)).split()[0] in ("busy", "refused")
    assert "admitted" == codes(stage.send(action, time_ns=time_ns, **fields))


def test_without_a_store_a_message_for_two_accounts_closes_and_opens_nothing() -> None:
    """Where it is an exit it goes, where it would be an entry it is refused."""
    stage = Stage(setup_of("one", "two"))
    first = stage.say(effect="open")
    stage.fill(first.orders[0], "1")
    stage.report(first.orders[1], "cancelled")
    stage.durable = False
    answer = stage.say("sell")

    assert [("admitted", ""), ("refused", "store_unavailable")] == [
        (verdict.verdict, verdict.code) for verdict in answer.accounts
    ]


def test_without_a_store_a_repeat_is_answered_and_not_recorded() -> None:
    """That it was served is known, and needs no record."""
    stage = Stage()
    message = stage.signal(effect="open")
    stage.do(message)
    stage.durable = False

    assert "duplicate duplicate" == codes(stage.do(message).answers[0])
    assert [] == stage.last.records
    other = replaced(message, body_hash="other")
    assert "busy store_unavailable" == codes(stage.do(other).answers[0])
    assert [] == stage.last.records


# --- tokens


def test_a_token_is_compared_with_all_that_are_valid() -> None:
    """Any valid token opens, whatever its place; nothing else does, whatever its form."""
    known = ("first", "second", "dritt-ä")

    assert [True] * 3 == [is_token(token, known) for token in known]
    for wrong in ("", "firs", "first ", "FIRST", "\ud800", "second\x00"):
        assert not is_token(wrong, known)
    assert not is_token("first", ())
