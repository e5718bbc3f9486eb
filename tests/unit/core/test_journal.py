"""The journal is the truth: writing, reading, folding, going back, and beginning in the middle.

Length: one day in which everything happens, and what is asked of it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core import codec, snapshot
from core import commands as c
from core import records as r
from core.copy_setup import Copy
from core.engine import step
from core.fold import fold
from core.orders import OrderEvent, OrderState, Purpose
from core.setup import SECOND_NS, OnLegFailure, OnPartial
from core.state import State
from tests.unit.core.books import Books, agreed
from tests.unit.core.cash import a_trade_is_lost, money_comes_and_goes
from tests.unit.core.guarded import able, refused
from tests.unit.core.rolls import EVER
from tests.unit.core.schedules import always, not_flat, scheduled
from tests.unit.core.setups import DAY_NS, WIDE, replaced, setup_of
from tests.unit.core.silences import something_is_missing
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


ROUTE = {
    "require_id": False,
    "reject_retries_max": 1,
    "on_partial": OnPartial.MARKET,
    "on_leg_failure": OnLegFailure.KEEP,
}


def eventful() -> Stage:
    """Play a day in which every kind of record is made."""
    setup = setup_of(
        "one",
        "two",
        strategies=("trend", "fade", "copied"),
        route=ROUTE,
        account={"flat_before_close_ns": 60 * SECOND_NS},
    )
    setup.strategies["fade"] = replaced(setup.strategies["fade"], tested_slippage_ticks=D(2))
    door = setup.routes["door"]
    half = {"two": Copy(ratio=D("0.5"))}
    by = {"expected_by": ("10:00",), "silent_after_ns": 3600 * SECOND_NS}
    group = replaced(door, name="group", strategies=("copied",), copies=half, **by)
    routes = {"door": replaced(door, strategies=("trend", "fade")), "group": group}
    setup = replaced(setup, routes=routes, futures={"CR": EVER})
    stage = Stage(scheduled(setup, "ETHUSDT"), recovered=False)
    stage.do(always("ETHUSDT"))
    stage.do(
        c.LoadCalendar(
            account="one",
            days_ns=(stage.now - 1, stage.now + DAY_NS),
            valid_until_ns=stage.now + DAY_NS,
            source_hash="h",
        )
    )
    for account in ("one", "two"):
        stage.recover(account)
    message = stage.signal(effect="open", quantity="2.5", comment="naïve € ✓", symbol="CR1!")
    names = stage.hear(message).orders
    stage.do(message)
    stage.do(*[c.NoteSent(order=name, entered_ns=stage.now) for name in names])
    for name in names:
        stage.report(name, "accepted", venue_order=f"v-{name[:3]}")
        stage.fill(name, "1", exec_id=f"x-{name}")
        stage.fill(name, "1.5", price="50010.01")
    stage.report(names[0], "bust", exec_id=f"x-{names[0]}")
    stage.say(effect="open", id="m1", quantity="3")
    stage.say("buy", id=None, effect="open", quantity="0")
    stage.wait(61)
    stage.tick()
    stage.say("exit", symbol="nothing")
    something_is_missing(stage, "group")
    resting = stage.entry("1", symbol="ETHUSDT", order_type="limit", price="2000")
    stage.report(resting, "accepted")
    stage.do(c.ReplaceOrder(order=resting.order, quantity=D(2), by="anna", reason="more"))
    stage.look(resting, stage.shown(resting, "accepted"))
    stage.say("cancel", symbol="ETHUSDT")
    _targeted(stage)
    refused(stage)
    a_trade_is_lost(stage)
    _rejected_and_halted(stage)
    for name in [stage.entry("1", strategy="fade", symbol="ETHUSDT") for _ in range(5)]:
        stage.report(name, "rejected", reason="margin")
    not_flat(stage)
    _apart(stage)
    _costly(stage)
    _evening(stage)
    _priced(stage)
    return stage


def _priced(stage: Stage) -> None:
    """Make a wallet of an account that holds something, and let its price move."""
    accounts = stage.setup.accounts
    wallet = replaced(accounts["one"], spot=True)
    stage.load(replaced(stage.setup, accounts={**accounts, "one": wallet}))
    values = {"BTCUSDT": D(5)}
    stage.do(c.DescribeVenue(account="one", abilities=able(values_min=values)))
    stage.quote("BTCUSDT", "60000", "60001")
    stage.tick()


def _evening(stage: Stage) -> None:
    """Lose money and a link, compare, act, and let a day pass."""
    stage.equity("one", "99400", "99400", "99400", "98000", "98000", "98000")
    lost = stage.entry("1")
    stage.look(lost, None)
    stage.wait(300)
    stage.tick()
    stage.do(c.NoteLink(account="two", up=False, reason="cut"))
    stage.say("exit")
    _compared(stage)
    money_comes_and_goes(stage)
    _acted(stage)
    _armed(stage)
    stage.wait(DAY_NS // SECOND_NS + 61)
    stage.tick()
    stage.do(c.StopBridge(epoch=stage.state.facts.epoch))


def _armed(stage: Stage) -> None:
    """Let an account trade real money, and no more."""
    accounts = stage.setup.accounts
    live = replaced(accounts["two"], live=True)
    stage.load(replaced(stage.setup, accounts={**accounts, "two": live}))
    asked: dict[str, Any] = {"account": "two", "by": "anna", "reason": "checked"}
    stage.do(c.Arm(confirmed=True, **asked))
    stage.do(c.Disarm(**asked))


def _targeted(stage: Stage) -> None:
    """Turn one in doubt; then want a position, and another one before the first is there."""
    _turned(stage)
    for wanted in ("5", "1"):
        stage.say("target", target_position=wanted, symbol="ETHUSDT", strategy="fade")
    for name in [*stage.state.alive]:
        order = stage.order(name)
        if order.strategy == "fade":
            stage.fill(order, "2", "2000")
            stage.report(order, "cancelled")
    nothing = {"target_position": "0", "prev_position": "short"}
    stage.say("target", symbol="ETHUSDT", strategy="fade", **nothing)
    for name in [*stage.state.alive]:
        order = stage.order(name)
        if order.strategy == "fade":
            stage.fill(order, str(order.leaves), "2000")


def _turned(stage: Stage) -> None:
    """Let an exit close more than is heard, beside an entry that turns out to wait."""
    asked: dict[str, Any] = {"symbol": "ETHUSDT", "strategy": "fade"}
    for name in stage.say(effect="open", quantity="2", **asked).orders:
        stage.fill(name, "2", "2000")
    waits = stage.say(effect="open", order_type="limit", price="1990", **asked).orders
    for name in waits:
        stage.report(name, "accepted")
    for name in stage.say("exit", **asked).orders:
        for quantity in ("2", "1"):
            stage.fill(name, quantity, "2000")
    stage.wait(1)
    for name in waits:
        stage.look(name, stage.shown(name, "accepted"), asked_ns=stage.now)
        stage.report(name, "cancelled")
    for name in [*stage.state.alive]:
        if stage.order(name).strategy == "fade":
            stage.fill(name, str(stage.order(name).leaves), "2000")


def _rejected_and_halted(stage: Stage) -> None:
    """Let a halt stand against another try of what was rejected for a moment, and a look-up show
    what is left of a rest that its route ended."""
    rest = stage.entry("2", symbol="ETHUSDT", order_type="limit", price="2000")
    stage.report(rest, "accepted")
    stage.fill(rest, "1", price="2000")
    stage.wait(60)
    stage.tick()
    stage.report(rest, "cancelled")
    stage.look(rest, stage.shown(rest, "cancelled", filled=D(1)))
    busy = stage.entry("1", symbol="ETHUSDT")
    stage.report(busy, "rejected", transient=True)
    stage.do(c.Halt(scope="strategy:trend", by="anna", reason="news"))
    stage.wait(1)
    stage.tick()
    stage.do(c.Resume(scope="strategy:trend", by="anna", reason="over"))


def _costly(stage: Stage) -> None:
    """Let orders cost more than they were tested with, and the last of them run away."""
    stage.wait(61)
    for price in ["2010"] * 13 + ["2400"]:
        for name in stage.say("buy", effect="open", strategy="fade", symbol="ETHUSDT").orders:
            stage.fill(name, "1", price)
    for name in stage.say("exit", strategy="fade", symbol="ETHUSDT").orders:
        stage.fill(name, str(stage.order(name).quantity), "2000")


def _acted(stage: Stage) -> None:
    """Let a person halt, resume and limit, flatten a scope to its end, and one that will not
    end."""
    asked: dict[str, Any] = {"by": "anna", "reason": "calm"}
    stage.do(c.Halt(scope="account:one", **asked))
    stage.do(c.Resume(scope="account:one", **asked))
    stage.do(c.SetLimit(scope="account:one", name="quantity_max", value=D("7.5"), **asked))
    scope = "account:one/instrument:ETHUSDT"
    stage.do(c.Flatten(scope=scope, whose="ours", **asked))
    for _ in range(2):
        for name in [*stage.state.alive]:
            order = stage.order(name)
            if order.purpose is Purpose.FLATTEN:
                stage.fill(order, str(order.leaves))
            elif order.instrument == "ETHUSDT":
                stage.report(order, "cancelled")
    agreed(stage, "one")
    stage.do(c.Flatten(scope="account:one", whose="ours", **asked))
    stage.wait(61)
    stage.tick()


def _apart(stage: Stage) -> None:
    """Let a follower miss what its leader does, until both are flat again."""
    fields: dict[str, Any] = {"strategy": "copied"}
    entry = stage.signal("buy", quantity="1", effect="open", **fields)
    names = stage.hear(replaced(entry, route="group")).orders
    stage.report(names[1], "rejected", reason="margin")
    stage.fill(names[0], "1", price="2000")
    stage.wait(10)
    stage.tick()
    way_out = stage.hear(replaced(stage.signal("exit", **fields), route="group"))
    stage.fill(way_out.orders[0], "1", price="2000")


def _compared(stage: Stage) -> None:
    """Let strangers trade on the second account, and look at its venue's pictures."""
    books = Books(stage, "two")
    books.place("f1")
    books.trade("BTCUSDT", "1")
    for _ in range(3):
        stage.wait(61)
        books.show()
    stage.do(
        c.AdoptPosition(
            account="two", instrument="BTCUSDT", strategy="trend", by="anna", reason="ours"
        )
    )
    del books.orders["f1"]
    books.trade("BTCUSDT", "-1")
    stage.wait(5)
    books.show()
    stage.do(c.AcceptReconciliation(account="two", by="anna", reason="sold by hand"))
    books.show()


STAGE = eventful()


def test_the_day_has_every_kind_of_record() -> None:
    """What the tests of this file look at leaves no kind of record out."""
    kinds = {type(record) for record in STAGE.records}

    assert set(r.Record.__args__) == kinds


def test_folding_the_journal_gives_the_same_state_byte_for_byte() -> None:
    """Written, read and folded again, in one go, the state is the same."""
    again = replay(STAGE.records)

    assert picture(STAGE.state) == picture(again)
    assert STAGE.state.exposures == again.exposures


def test_a_snapshot_anywhere_folds_on_as_if_it_had_never_been_away() -> None:
    """After any record: snapshot, load, fold the rest; the bytes are the same."""
    state = State()
    for number, record in enumerate(STAGE.records):
        fold(state, record)
        state.commit()
        if number % 7 and number < len(STAGE.records) - 5:
            continue
        loaded = snapshot.load(picture(state))
        assert picture(state) == picture(loaded)
        assert state.exposures == loaded.exposures
        for later in STAGE.records[number + 1 :]:
            fold(loaded, later)
        assert picture(STAGE.state) == picture(loaded)


def test_a_loaded_state_decides_as_the_first() -> None:
    """The same commands give the same records, from the live state, a replay and a snapshot."""
    states = [STAGE.state, replay(STAGE.records), snapshot.load(picture(STAGE.state))]
    commands: list[c.Command] = [
        c.StartBridge(
            journal="x", epoch=9, software="t", setup=STAGE.setup,
            setup_hash=STAGE.state.facts.setup_hash,
        ),
        *[c.NoteLink(account=name, up=True, reason="connected") for name in ("one", "two")],
        c.NoteRecovered(account="two", balance=D(1), equity=D(1), orders_checked=0),
        c.NoteRecovered(account="one", balance=D(1), equity=D(1), orders_checked=0),
        STAGE.signal("exit"),
        STAGE.signal(effect="open"),
        STAGE.signal("sell", symbol="ETHUSDT"),
        c.Halt(scope="global", by="anna", reason="x"),
        c.Tick(),
    ]  # fmt: skip
    outcomes = [step(state, STAGE.view, commands, STAGE.now) for state in states]
    for state in states:
        state.rollback()

    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(outcomes[0].records) > len(commands)


def test_going_back_leaves_no_trace() -> None:
    """After every step: play it again on the state before, go back, and compare everything."""
    state = State()
    start = 0
    for number in range(1, len(STAGE.records) + 1):
        if number % 11 and number != len(STAGE.records):
            continue
        before = picture(state)
        lines = [list(line) for line in (state.key_line, state.signal_line, state.done_line)]
        for _ in range(2):
            for record in STAGE.records[start:number]:
                fold(state, record)
            state.rollback()
            assert before == picture(state)
            assert lines == [list(x) for x in (state.key_line, state.signal_line, state.done_line)]
        for record in STAGE.records[start:number]:
            fold(state, record)
        state.commit()
        start = number

    assert picture(STAGE.state) == picture(state)


def test_a_batch_that_failed_is_decided_again_the_same_way() -> None:
    """After a failed append the same commands at the same time give the same records."""
    stage = Stage()
    stage.position("2")
    commands: list[c.Command] = [
        stage.signal(effect="open"), stage.signal("exit"),
        stage.signal(effect="open", quantity="9"),
        c.Halt(scope="global", by="anna", reason="x"), c.Tick(),
    ]  # fmt: skip
    stage.wait(2 * DAY_NS // SECOND_NS)
    before = picture(stage.state)
    first = step(stage.state, stage.view, commands, stage.now)
    stage.state.rollback()
    assert before == picture(stage.state)
    second = step(stage.state, stage.view, commands, stage.now)

    assert first == second
    assert codec.encode(first.records) == codec.encode(second.records)


def test_going_back_over_a_configuration_brings_the_old_one_back() -> None:
    """Limits and symbols that were looked up under what was thrown away are forgotten with it."""
    stage = Stage()
    stage.say(effect="open")
    tight = {"account:one": replaced(WIDE, quantity_max=D("0.5"))}
    other = Stage(setup_of(limits=tight)).records
    for record in other:
        fold(stage.state, replaced(record, at_ns=stage.now))
    first = step(stage.state, stage.view, [stage.signal(effect="open")], stage.now)
    stage.state.rollback()

    assert ["refused quantity_over_limit"] == [codes(answer) for answer in first.answers]
    assert "admitted" == codes(stage.send(effect="open"))


def test_a_commit_forgets_how_to_go_back() -> None:
    """What is durable needs no way back: nothing of it is kept."""
    stage = Stage()
    stage.entry()
    kept = stage.state.savepoint()
    stage.state.rollback()

    assert (0, stage.state.number) == (kept.undo, kept.number)


def test_time_may_stand_still_after_going_back_and_never_runs_backwards() -> None:
    """The time of what was thrown away is thrown away too."""
    stage = Stage()
    step(stage.state, stage.view, [c.RaiseAlarm(code="x")], stage.now + 10)
    stage.state.rollback()
    stage.do(c.RaiseAlarm(code="x"))

    assert stage.now == stage.state.last_ns
    with pytest.raises(AssertionError, match="backwards"):
        step(stage.state, stage.view, [], stage.now - 1)


def test_the_seed_of_the_hash_does_not_matter() -> None:
    """Two processes with different hash seeds write the same journal."""
    script = (
        "import hashlib; from core import codec, snapshot; "
        "from tests.unit.core.test_journal import STAGE; "
        "written = codec.encode(STAGE.records) + snapshot.dump(STAGE.state); "
        "print(hashlib.sha256(written).hexdigest())"
    )
    root = Path(__file__).resolve().parents[3]
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "4711")
    }
    here = hashlib.sha256(codec.encode(STAGE.records) + picture(STAGE.state)).hexdigest()

    assert {here} == digests


# --- the codec


def test_one_line_is_one_record_that_people_can_read() -> None:
    """JSON, decimals as text, the kind in ``t``, and checks that folding need not read."""
    lines = codec.encode(STAGE.records).splitlines()
    rows = [msgspec.json.decode(line) for line in lines]

    assert len(STAGE.records) == len(lines)
    assert {"journal_opened", "order_intended", "order_changed"} < {row["t"] for row in rows}
    intended = next(row for row in rows if row["t"] == "order_intended")
    assert ("2.500", "naïve € ✓") == (
        intended["order"]["quantity"],
        next(row for row in rows if row["t"] == "signal_received")["content"]["comment"],
    )
    assert isinstance(intended["checks"][0], list)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"{",
        b'{"t":"swept","at_ns":1}',
        b'{"t":"nothing","at_ns":1}',
        b'{"t":"swept","at_ns":1,"before_ns":1.5}',
        b'{"t":"swept","at_ns":1,"before_ns":2,"more":3}',
        b'{"t":"marked","at_ns":1,"account":"a","balance":"x","equity":"1"}',
        b'\xff{"t":"swept"}',
    ],
)
def test_what_is_no_record_is_an_error_and_never_a_guess(line: bytes) -> None:
    """Torn, foreign, of a newer version with more fields: refused, nothing is dropped silently."""
    good = b'{"t":"swept","at_ns":1,"before_ns":2}\n'
    if not line:
        assert [] == codec.decode(line)
        return
    with pytest.raises(codec.CodecError):
        codec.decode(good + line + b"\n")


def test_a_field_that_this_version_does_not_know_is_refused_at_every_depth() -> None:
    """An order, a signal or a limit with a field more comes from a newer version."""
    for kind, inner in (("order_intended", "order"), ("signal_received", "content")):
        line = next(x for x in codec.encode(STAGE.records).splitlines() if kind.encode() in x)
        row = msgspec.json.decode(line)
        row[inner]["more"] = 1

        with pytest.raises(codec.CodecError):
            codec.decode(msgspec.json.encode(row) + b"\n")


def test_another_version_is_refused() -> None:
    """The journal says in which version it was written."""
    with pytest.raises(codec.CodecError, match="version 2"):
        codec.decode(b"", version=codec.VERSION + 1)


def test_a_snapshot_with_more_in_it_is_refused() -> None:
    """It comes from a newer version: the journal is folded instead."""
    row = msgspec.json.decode(picture(STAGE.state))
    row["more"] = []

    with pytest.raises(msgspec.MsgspecError):
        snapshot.load(msgspec.json.encode(row))


def test_a_record_of_an_order_that_is_gone_changes_nothing() -> None:
    """Nothing that happened to an order which left the state can stop a fold."""
    state = State()
    gone = r.OrderChanged(at_ns=1, order="gone", event=OrderEvent.FILL, to=OrderState.FILLED)
    fold(state, gone)

    assert ({}, {}, {}, 1) == (state.orders, state.fills, state.positions, state.number)
