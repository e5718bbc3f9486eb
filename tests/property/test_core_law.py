"""The law: with every control tripped, an exit and a cancel still pass, or wait to be compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core.links import LinkEvent
from core.orders import OrderType, Purpose, Side
from core.quality_rows import DriftRow
from core.risk import engine
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import EFFECTS, Control, Effect, Mode, effect_of
from core.setup import Limits
from core.state import BreakerRow
from core.trade_rows import CooldownRow
from core.view import ClockReading
from tests.unit.core.setups import SIGNALS, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal

TRIPS: Final = (
    "no_limits", "tight_limits", "allow_nothing", "no_strategy", "reducing", "halted",
    "strategy_halted", "link_down", "stale", "no_quotes", "crossed", "no_equity", "loss_tripped",
    "day_not_started", "rate_empty", "route_busy", "too_old", "future", "unknown", "store_down",
    "paused", "gap", "rejects", "wild", "clock_off", "clock_set", "drift",
    "closed", "news", "no_calendar", "flat_before",
    "margin", "cooldown", "cycles", "drawdown", "trailing", "self_match",
)  # fmt: skip
"""Everything that can stop an entry, by what is done to the stage."""

HOURS: Final = frozenset({"closed", "news", "no_calendar", "flat_before"})
"""Those for which the instrument has a calendar."""

WAITS: Final = frozenset({"link_down", "paused", "gap"})
"""Those that hold what they stop: the account has to be compared first."""


def trip(stage: Stage, trips: frozenset[str]) -> None:
    """Trip controls on a stage that holds a position and a working entry."""
    doubtful = stage.entry("1") if "unknown" in trips else None
    if "self_match" in trips:
        stage.entry("1", "sell", strategy="fade", order_type="limit", price="50001")
    if doubtful is not None:
        stage.do(c.NoteTrouble(order=doubtful.order, proven=False, code="timeout", text=""))
    stage.load(_setup(stage, trips))
    stage.recover("one")
    if trips & {"loss_tripped", "drawdown", "trailing"}:
        stage.equity("one", "1", "1", "1")
    if "cycles" in trips:
        row = stage.state.cycles["one", "trend"]
        stage.state.cycles["one", "trend"] = replaced(row, filled=True)
    if "cooldown" in trips:
        cools = CooldownRow(account="one", strategy="trend", losses=3, until_ns=stage.now + 10**18)
        stage.state.cooldowns["one", "trend"] = cools
    for name, scope in (("halted", "global"), ("strategy_halted", "strategy:trend")):
        if name in trips and (scope == "global" or "trend" in stage.setup.strategies):
            stage.do(c.Halt(scope=scope, by="anna", reason="test"))
    if "rejects" in trips:
        row = BreakerRow(account="one", strategy="trend", until_ns=stage.now + 10**18)
        stage.state.breakers["one", "trend"] = row
    if "drift" in trips:
        waits = DriftRow(
            account="one", instrument="BTCUSDT", strategy="trend", until_ns=stage.now + 10**18
        )
        stage.state.drifts["one", "BTCUSDT", "trend"] = waits
    for name, event in (("link_down", "fell"), ("gap", "gap"), ("paused", "pause")):
        if name in trips:
            stage.do(c.NoteLink(account="one", up=False, reason="cut", event=LinkEvent(event)))
    _trip_inputs(stage, trips)
    if trips & HOURS:
        _trip_hours(stage, trips)


def _trip_hours(stage: Stage, trips: frozenset[str]) -> None:
    """Trip what is about sessions and news."""
    begin = stage.now + (10**10 if "closed" in trips else -1)
    end = stage.now + (10**11 if "flat_before" in trips else 10**17)
    news = ((stage.now, stage.now + 10**9),) if "news" in trips else ()
    known_ns = 0 if "no_calendar" in trips else end
    stage.do(
        c.LoadSchedule(
            instrument="BTCUSDT",
            sessions_ns=((begin, end),),
            news_ns=news,
            valid_until_ns=known_ns,
            source_hash="h",
        )
    )


def _trip_inputs(stage: Stage, trips: frozenset[str]) -> None:
    """Trip what is about quotes, figures and clocks."""
    if "wild" in trips:
        stage.quote("BTCUSDT", "30000", "50000")
    if "clock_off" in trips:
        stage.clocks["one"] = ClockReading(10**10, stage.now)
    if "clock_set" in trips:
        stage.clock_until_ns = stage.now + 10**18
    if "stale" in trips:
        stage.wait(3600, fresh=False)
    if "no_quotes" in trips:
        stage.quotes.clear()
    if "crossed" in trips and stage.quotes:
        stage.quote("BTCUSDT", "2", "1")
    if "no_equity" in trips:
        stage.standings.clear()
    if "day_not_started" in trips:
        past = stage.now - 1
        stage.do(
            c.LoadCalendar(account="one", days_ns=(past,), valid_until_ns=past, source_hash="h")
        )
    stage.durable = "store_down" not in trips


def _setup(stage: Stage, trips: frozenset[str]) -> Any:
    setup = stage.setup
    limits: dict[str, Limits] = dict(setup.limits)
    if "no_limits" in trips:
        limits = {}
    if "tight_limits" in trips:
        limits["global"] = Limits(
            quantity_max=D("1e-8"), value_max=D("1e-8"), collar_percent=D("1e-8"),
            position_max=D("1e-8"), gross_max=D("1e-8"), open_orders_max=0,
        )  # fmt: skip
    wide = limits.get("account:one", Limits())
    if trips & {"drawdown", "trailing"}:
        most = None if "loss_tripped" in trips else D(10**9)
        wide = replaced(wide, daily_loss_max=most, daily_loss_warn=None)
        limits["account:one"] = wide
    if "drawdown" in trips:
        limits["account:one"] = wide = replaced(wide, drawdown_max=D(1))
    if "trailing" in trips:
        limits["account:one"] = replaced(wide, trailing_drawdown_max=D(1))
    if "cycles" in trips:
        limits["strategy:trend"] = replaced(SIGNALS, cycles_per_day_max=1)
    if "rate_empty" in trips:
        limits["account:one"] = Limits(messages_per_minute=1, messages_burst=0)
        limits["strategy:trend"] = Limits(signals_per_minute=1, signals_burst=0)
    strategies = dict(setup.strategies)
    if "allow_nothing" in trips:
        nothing = {"instruments": (), "sides": (), "order_types": ()}
        strategies["trend"] = replaced(strategies["trend"], **nothing)
    if "no_strategy" in trips:
        strategies.pop("trend")
    account = replaced(setup.accounts["one"], reducing="reducing" in trips)
    if "flat_before" in trips:
        account = replaced(account, flat_before_close_ns=10**12)
    btc = replaced(setup.instruments["BTCUSDT"], scheduled=bool(trips & HOURS))
    if "margin" in trips:
        btc = replaced(btc, margin_per_unit=D(10**12))
    route = setup.routes["door"]
    if "route_busy" in trips:
        route = replaced(route, rate_per_minute=1, rate_burst=0)
    return replaced(
        setup, limits=limits, strategies=strategies, accounts={"one": account},
        routes={"door": route}, instruments=setup.instruments | {"BTCUSDT": btc},
    )  # fmt: skip


def staged(trips: frozenset[str]) -> Stage:
    """Make a stage with a position of 3, a working entry of 1, and tripped controls."""
    stage = Stage(setup_of(account={"allow_opposed": True}))
    stage.position("3")
    stage.entry("1")
    trip(stage, trips)
    return stage


EXITS: Final = (
    ("exit", {}),
    ("exit", {"quantity": "1"}),
    ("exit", {"quantity": "100"}),
    ("sell", {"effect": "close", "quantity": "2"}),
    ("sell", {"effect": "close", "quantity": None}),
    ("sell", {"quantity": "3"}),
    ("sell", {"quantity": "1", "prev_position": "long", "position": "long"}),
    ("sell", {"quantity": "1", "position": "flat"}),
    ("exit", {"order_type": "limit", "price": "99999999"}),
)


@settings(max_examples=250)
@given(
    trips=st.frozensets(st.sampled_from(TRIPS)),
    way_out=st.sampled_from(EXITS),
    age=st.integers(-(10**15), 10**15),
)
def test_a_way_out_is_never_refused(
    trips: frozenset[str], way_out: tuple[str, dict[str, Any]], age: int
) -> None:
    """Whatever is tripped together: the exit passes, or waits while the account is compared."""
    stage = staged(trips)
    action, fields = way_out
    answer = stage.say(action, time_ns=stage.now - age, **fields)
    order = stage.order(answer.orders[0])

    assert ("held" if trips & WAITS else "admitted") == answer.verdict
    assert Purpose.EXIT is order.purpose
    assert D(0) < order.quantity <= D(3)


@settings(max_examples=100)
@given(trips=st.frozensets(st.sampled_from(TRIPS)))
def test_a_cancel_is_never_refused(trips: frozenset[str]) -> None:
    """By signal, by hand, for one order or for all: what works is asked to end."""
    for command in ("signal", "hand", "all"):
        stage = staged(trips)
        name = next(n for n in stage.state.alive if stage.order(n).state != "unknown")
        if command == "signal":
            assert "admitted" == codes(stage.send("cancel"))
        elif command == "hand":
            stage.do(c.CancelOrder(order=name, by="anna", reason="test"))
        else:
            stage.do(c.CancelAll(scope="global", by="anna", reason="test"))

        assert name in stage.asked_to_end


@pytest.mark.parametrize("trip_", [trip_ for trip_ in TRIPS if trip_ not in ("too_old", "future")])
def test_each_of_these_does_stop_an_entry(trip_: str) -> None:
    """The law would mean nothing if nothing were tripped."""
    stage = staged(frozenset({trip_}))
    verdict = codes(stage.send(effect="open")).split()[0]
    waits = dict.fromkeys(WAITS, "held")
    assert (waits | {"route_busy": "busy", "store_down": "busy"}).get(trip_, "refused") == verdict


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("control", Control)
def test_every_cell_through_the_engine(
    monkeypatch: pytest.MonkeyPatch, control: Control, mode: Mode, purpose: Purpose
) -> None:
    """Each control tripped alone, in each trading state, for each kind of act: as the table."""

    def tripped(case: Case) -> Check:
        return Check(control, "tripped", "halted", "", "", "")

    monkeypatch.setattr(engine, "CHECKS", (tripped,))
    stage = Stage()
    case = Case(
        stage.state, stage.view, stage.now, account=stage.setup.accounts["one"],
        instrument=stage.setup.instruments["BTCUSDT"], strategy="trend", purpose=purpose,
        side=Side.BUY, quantity=D(1), order_type=OrderType.MARKET, price=None, trigger=None,
    )  # fmt: skip
    case.mode = mode
    verdict = type(engine.judge(case)).__name__
    effect = effect_of(control, purpose, mode)

    assert {Effect.PASS: "Approved", Effect.HOLD: "Held", Effect.REFUSE: "Refused"}[
        effect
    ] == verdict
    if purpose is not Purpose.ENTRY and control is not Control.DUPLICATE:
        assert "Refused" != verdict
    assert set(EFFECTS[control]) == set(Purpose)
