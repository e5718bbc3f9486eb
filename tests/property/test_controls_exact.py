"""Controls against a count of their own: an entry passes exactly when nothing stands against it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import commands as c
from core.abilities import Abilities
from core.answers import SignalAnswer
from core.links import LinkEvent
from core.orders import OrderType, Side
from core.setup import SECOND_NS, Limits
from core.view import ClockReading
from tests.unit.core.setups import WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal
BID, ASK, MID = D(50000), D(50001), D("50000.5")
DAY_S = 24 * 3600
HALF = D("0.5")

ROOM: dict[str, Any] = {
    "quantity_max": D(9), "value_max": D(10**6), "position_max": D(90), "gross_max": D(10**8),
    "open_orders_max": 99, "unknown_orders_max": 99,
}  # fmt: skip
TIGHT = st.one_of(
    st.tuples(st.just("quantity_max"), st.integers(5, 15).map(lambda tenths: D(tenths) / 10)),
    st.tuples(st.just("value_max"), st.integers(5, 15).map(lambda tenths: tenths * ASK / 10)),
    st.tuples(st.just("position_max"), st.integers(5, 40).map(lambda tenths: D(tenths) / 10)),
    st.tuples(st.just("gross_max"), st.integers(5, 40).map(lambda tenths: tenths * ASK / 10)),
    st.tuples(st.just("open_orders_max"), st.integers(1, 4)),
    st.tuples(st.just("unknown_orders_max"), st.integers(1, 3)),
)
"""One or two limits that are soon reached, each of them also met exactly."""

LIMITS = st.lists(TIGHT, min_size=1, max_size=2).map(lambda tight: ROOM | dict(tight))
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("buy", "buy", "sell", "sell", "fill", "end", "doubt", "doubt", "restart")),
        st.integers(1, 20).map(lambda tenths: D(tenths) / 10),
    ),
    min_size=8,
    max_size=20,
)


class Count:
    """What is held, working and in doubt, counted from what happened alone."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self.limits, self.net = limits, D(0)
        self.alive: dict[str, Decimal] = {}
        self.doubtful: set[str] = set()

    def passes(self, side: str, quantity: Decimal) -> bool:
        """Say whether an entry is within all limits, the limit itself included."""
        limits, price = self.limits, ASK if side == "buy" else BID
        buy = sum((one for one in self.alive.values() if one > 0), D(0))
        sell = -sum((one for one in self.alive.values() if one < 0), D(0))
        buy, sell = (buy + quantity, sell) if side == "buy" else (buy, sell + quantity)
        worst = self.net + buy if side == "buy" else sell - self.net
        gross = max(abs(self.net + buy), abs(self.net - sell)) * max(price, MID)
        return (
            quantity <= limits["quantity_max"]
            and quantity * price <= limits["value_max"]
            and worst <= limits["position_max"]
            and gross <= limits["gross_max"]
            and len(self.alive) < limits["open_orders_max"]
            and len(self.doubtful) < limits["unknown_orders_max"]
        )


@settings(max_examples=150, deadline=None)
@given(limits=LIMITS, acts=ACTS)
@example(limits=ROOM | {"unknown_orders_max": 1}, acts=[("buy", HALF), ("doubt", HALF)] * 2)
@example(limits=ROOM | {"open_orders_max": 2}, acts=[("buy", HALF)] * 3)
def test_an_entry_passes_exactly_when_its_numbers_are_within_all_limits(
    limits: dict[str, Any], acts: list[tuple[str, Decimal]]
) -> None:
    """Controls 1, 2, 5, 6 and 27, over fills, ends, doubts and restarts."""
    scopes = {
        "account:one": replaced(WIDE, **limits),
        "account:one/instrument:BTCUSDT": Limits(unknown_orders_max=9),
    }
    stage = Stage(setup_of(limits=scopes, account={"allow_opposed": True}))
    count = Count(limits)
    for act, quantity in acts:
        if act in ("buy", "sell"):
            name = "trend" if act == "buy" else "fade"
            answer = stage.say(act, effect="open", quantity=quantity, strategy=name)
            assert count.passes(act, quantity) == (answer.verdict == "admitted"), codes(answer)
            for order in answer.orders:
                count.alive[order] = quantity if act == "buy" else -quantity
        elif act == "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        elif count.alive:
            happen(stage, count, act)


def happen(stage: Stage, count: Count, act: str) -> None:
    """Let something happen to the oldest order, or to the oldest that is not in doubt yet."""
    order = next(iter(count.alive))
    if act == "doubt":
        order = next((one for one in count.alive if one not in count.doubtful), order)
        stage.do(c.NoteTrouble(order=order, proven=False, code="timeout", text=""))
        count.doubtful.add(order)
        return
    quantity = count.alive.pop(order)
    count.doubtful.discard(order)
    if act == "fill":
        stage.fill(order, str(abs(quantity)), price=str(ASK if quantity > 0 else BID))
        count.net += quantity
    else:
        stage.report(order, "cancelled")


@settings(max_examples=100, deadline=None)
@given(
    ticks=st.integers(-400_000, 400_000),
    percent=st.integers(1, 60).map(lambda tenths: D(tenths) / 10),
    side=st.sampled_from(("buy", "sell")),
)
def test_a_price_passes_exactly_inside_the_collar(ticks: int, percent: Decimal, side: str) -> None:
    """Control 3, from the middle of the quote, on both sides of it."""
    stage = Stage(limited(collar_percent=str(percent)))
    price = BID + ticks * D("0.01")
    answer = stage.say(side, effect="open", order_type="limit", price=price)

    assert (abs(price - MID) * 100 / MID <= percent) == (answer.verdict == "admitted")


@settings(max_examples=100, deadline=None)
@given(
    age_ns=st.integers(-10 * SECOND_NS, 70 * SECOND_NS),
    most_s=st.integers(1, 60),
    lists=st.tuples(
        st.sets(st.sampled_from(("BTCUSDT", "ETHUSDT"))),
        st.sets(st.sampled_from(tuple(Side))),
        st.sets(st.sampled_from((OrderType.MARKET, OrderType.LIMIT))),
    ),
    asked=st.tuples(st.sampled_from(("buy", "sell")), st.sampled_from(("market", "limit"))),
)
def test_a_signal_passes_exactly_when_it_is_young_and_allowed(
    age_ns: int, most_s: int, lists: tuple[set[str], set[Side], set[OrderType]],
    asked: tuple[str, str],
) -> None:  # fmt: skip
    """Controls 14 and 24: five seconds ahead, as old as the route says, and on all three lists."""
    setup = setup_of(route={"signal_age_max_ns": most_s * SECOND_NS})
    instruments, sides, types = (tuple(sorted(one)) for one in lists)
    trend = replaced(
        setup.strategies["trend"], instruments=instruments, sides=sides, order_types=types
    )
    stage = Stage(replaced(setup, strategies=setup.strategies | {"trend": trend}))
    side, order_type = asked
    price = D("49999") if order_type == "limit" else None
    answer = stage.say(
        side, effect="open", order_type=order_type, price=price, time_ns=stage.now - age_ns
    )
    young = -5 * SECOND_NS <= age_ns <= most_s * SECOND_NS
    allowed = "BTCUSDT" in instruments and side in sides and order_type in types

    assert (young and allowed) == (answer.verdict == "admitted")


@settings(max_examples=100, deadline=None)
@given(
    burst=st.integers(1, 4),
    gaps=st.lists(st.sampled_from((0, 1, 250, 499, 750, 999, 1500)), min_size=5, max_size=30),
    restart=st.integers(0, 29),
)
def test_no_more_signals_pass_than_burst_and_rate_allow(
    burst: int, gaps: list[int], restart: int
) -> None:
    """Control 9: one a second beyond the burst, counted to the millisecond over a restart."""
    stage = Stage(limited("strategy:trend", signals_per_minute=60, signals_burst=burst))
    tokens = burst * 1000
    for number, gap in enumerate(gaps):
        stage.wait(str(D(gap) / 1000))
        if number == restart:
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        tokens = min(burst * 1000, tokens + gap)
        answer = stage.say(effect="open", quantity="0.001")
        assert (tokens >= 1000) == (answer.verdict == "admitted")
        tokens = max(0, tokens - 1000)


@settings(max_examples=80, deadline=None)
@given(
    messages=st.lists(
        st.tuples(
            st.sampled_from("abc"), st.booleans(), st.sampled_from((0, 1, 3600, 86399, 86401))
        ),
        min_size=3,
        max_size=12,
    ),
    restart=st.integers(0, 11),
)
def test_an_id_makes_one_order_in_a_day(
    messages: list[tuple[str, bool, int]], restart: int
) -> None:
    """Control 10: the same message is a duplicate for 24 hours, another under its id is refused;
    after that, and within a minute, it is forgotten."""
    stage = Stage()
    known: dict[str, tuple[int, bool]] = {}
    for number, (name, body, seconds) in enumerate(messages):
        stage.wait(seconds)
        if number == restart:
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        message = replaced(
            stage.signal(effect="open", quantity="0.001", id=name), body_hash=f"{name} {body}"
        )
        stage.tick()
        answer = stage.do(message).answers[0]
        assert isinstance(answer, SignalAnswer)
        since_ns, first = known.get(name, (0, body))
        age_s = (stage.now - since_ns) / SECOND_NS
        expected = {"duplicate" if first == body else "refused"} if age_s <= DAY_S + 60 else set()
        if age_s > DAY_S:
            expected.add("admitted")
        assert answer.verdict in expected
        if answer.verdict == "admitted":
            known[name] = (stage.now, body)


@settings(max_examples=80, deadline=None)
@given(story=st.text("x.", min_size=4, max_size=70))
def test_rejects_pause_exactly_at_five_in_a_row_or_ten_of_fifty(story: str) -> None:
    """Control 13, wherever in the row of orders they are."""
    stage = Stage()
    for number, mark in enumerate(story):
        order = stage.entry("0.001")
        event = "rejected" if mark == "x" else "accepted"
        stage.report(order, event, reason="no")
        told = story[: number + 1]
        if told.endswith("xxxxx") or told[-50:].count("x") >= 10:
            assert "refused reject_breaker" == codes(stage.send(effect="open"))
            return
    assert "admitted" == codes(stage.send(effect="open"))


SCOPES = ("global", "account:one", "strategy:trend")
EVENTS = st.lists(
    st.sampled_from(
        (
            *(("halt", scope) for scope in SCOPES),
            *(("resume", scope) for scope in SCOPES),
            *((name, "") for name in (
                "arm", "arm", "disarm", "fell", "gap", "recover", "recover", "clock off",
                "clock right", "no quote", "quote", "crossed", "restart",
            )),
        )
    ),
    min_size=5,
    max_size=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(events=EVENTS)
def test_an_entry_passes_exactly_when_no_state_stands_against_it(
    events: list[tuple[str, str]],
) -> None:
    """Controls 16, 17, 18, 20, 21 and 23 together, in any order, with restarts between them: and
    an exit is refused by none of them."""
    stage = Stage(setup_of(account={"live": True}))
    able = Abilities(order_types=tuple(OrderType), reduce_only=True, live=True)
    stage.do(c.DescribeVenue(account="one", abilities=able))
    against = {"disarmed"}
    for event, scope in events:
        befall(stage, event, scope)
        against = stands(against, event, scope)
        answer = stage.say(effect="open", quantity="0.001")
        assert (answer.verdict == "admitted") == (not against), (codes(answer), against)
        for name in answer.orders:
            stage.do(c.CancelOrder(order=name, by="anna", reason="test"))
            if name in stage.state.alive:
                stage.report(name, "cancelled")


def befall(stage: Stage, event: str, scope: str) -> None:
    """Let one thing happen."""
    match event:
        case "halt":
            stage.do(c.Halt(scope=scope, by="anna", reason="test"))
        case "resume":
            stage.do(c.Resume(scope=scope, by="anna", reason="test"))
        case "arm":
            stage.do(c.Arm(account="one", by="anna", reason="test", confirmed=True))
        case "disarm":
            stage.do(c.Disarm(account="one", by="anna", reason="test"))
        case "fell" | "gap":
            stage.do(c.NoteLink(account="one", up=False, reason="cut", event=_LINK[event]))
        case "recover":
            stage.recover("one")
        case "clock off" | "clock right":
            off = 10 * SECOND_NS if event == "clock off" else 0
            stage.clocks["one"] = ClockReading(off, stage.now)
        case "no quote":
            stage.quotes.pop("BTCUSDT", None)
        case "quote":  # three calm ones are believed, whatever was before
            for _ in range(3):
                stage.quote("BTCUSDT", "50000", "50001")
        case "crossed":
            stage.quote("BTCUSDT", "50001", "50000")
        case _:
            stage.state = replay(stage.records)
            stage.start()


_LINK = {"fell": LinkEvent.FELL, "gap": LinkEvent.GAP}

_SETS = {
    "disarm": "disarmed", "fell": "link", "gap": "link", "restart": "link", "clock off": "clock",
    "no quote": "quote", "crossed": "quote",
}  # fmt: skip
_LIFTS = {"arm": "disarmed", "recover": "link", "clock right": "clock", "quote": "quote"}


def stands(against: set[str], event: str, scope: str) -> set[str]:
    """Say what stands against an entry after an event."""
    if event == "halt":
        return against | {scope}
    if event == "resume":
        return against - {scope}
    if event in _SETS:
        return against | {_SETS[event]}
    return against - {_LIFTS[event]}
