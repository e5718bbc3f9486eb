"""Each limit at its boundary, at full size, and in the scopes it is measured in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import SignalAnswer
from core.buckets import TOKEN
from core.orders import OrderType
from core.setup import Limits
from core.signals import Effect as PositionEffect
from tests.unit.core.setups import WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def opened(stage: Stage, quantity: str, **fields: Any) -> str:
    """Ask for an entry and return verdict and code."""
    return codes(stage.send(quantity=quantity, effect=PositionEffect.OPEN, **fields))


@pytest.mark.parametrize(
    ("limits", "triple", "code"),
    [
        ({"quantity_max": "2"}, ("1.999", "2", "2.001"), "quantity_over_limit"),
        ({"value_max": "50001"}, ("0.999", "1", "1.001"), "value_over_limit"),
        ({"position_max": "2"}, ("1.999", "2", "2.001"), "position_over_limit"),
        ({"gross_max": "100002"}, ("1.999", "2", "2.001"), "gross_over_limit"),
    ],
)
def test_a_limit_is_the_last_that_passes(
    limits: dict[str, str], triple: tuple[str, str, str], code: str
) -> None:
    """One step below and the limit itself pass; one step above is refused, with both numbers."""
    setup = limited("account:one", **limits)
    answers = [Stage(setup).say(effect="open", quantity=quantity) for quantity in triple]
    refusal = answers[-1]

    assert ["admitted", "admitted", f"refused {code}"] == [codes(answer) for answer in answers]
    assert refusal.limit == next(iter(limits.values()))
    assert D(refusal.value) > D(refusal.limit)
    assert "account:one" == refusal.where


@pytest.mark.parametrize(
    ("side", "prices"),
    [("buy", ("51249.99", "51250", "51250.01")), ("sell", ("48750.01", "48750", "48749.99"))],
)
def test_the_collar_is_exact(side: str, prices: tuple[str, ...]) -> None:
    """2.5 % of the middle is allowed; one tick beyond it is not, and is shown as more than it."""
    answers: list[SignalAnswer] = []
    for price in prices:
        stage = Stage(limited(collar_percent="2.5"))
        stage.quote("BTCUSDT", "50000", "50000")
        answers.append(stage.say(side, effect="open", order_type="limit", price=price))
    expected = ["admitted", "admitted", "refused price_outside_collar"]

    assert expected == [codes(answer) for answer in answers]
    assert ("2.50002 %", "2.5 %") == (answers[-1].value, answers[-1].limit)


def test_every_message_to_the_venue_is_counted() -> None:
    """Orders, cancels and releases take one each; what is held, or ends while held, takes none."""
    stage = Stage(limited(messages_per_minute=1, messages_burst=10))
    for _ in range(3):
        stage.entry("1")
    stage.say("cancel")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    held = [stage.entry("1", strategy="trend", symbol="ETHUSDT") for _ in range(2)]
    stage.do(c.CancelOrder(order=held[0].order, by="anna", reason="test"))
    assert 4 == stage.state.buckets["account:one"].level // TOKEN
    stage.recover("one")

    assert 3 == stage.state.buckets["account:one"].level // TOKEN
    assert "admitted" == opened(stage, "1")
    assert "refused rate_over_limit" == opened(stage, "1")


def test_what_was_measured_is_shown_short_and_never_as_the_limit_itself() -> None:
    """Six digits for people; above its limit a number is shown as more than the limit."""
    stage = Stage(limited(collar_percent="0.000999"))
    refused = stage.say(effect="open")
    stage = Stage(limited(collar_percent="0.001"))
    stage.say(effect="open")
    record = next(x for x in stage.last.records if isinstance(x, r.OrderIntended))
    collar = next(row for row in json.loads(bytes(record.checks)) if row[1] == "collar_percent")

    assert ("0.001 %", "0.000999 %") == (refused.value, refused.limit)
    assert ["", "0.000999 %", "0.001 %"] == collar[2:5]


def test_the_collar_looks_at_every_price_of_an_order() -> None:
    """A market order at the far side, a stop at its trigger, a stop-limit at both."""
    wide = {"symbol": "BTCUSDT", "effect": "open"}
    for fields in (
        {"order_type": OrderType.MARKET},
        {"order_type": OrderType.LIMIT, "price": "51000"},
        {"order_type": OrderType.STOP, "trigger": "51000"},
        {"order_type": OrderType.STOP_LIMIT, "trigger": "50000", "price": "51000"},
        {"order_type": OrderType.STOP_LIMIT, "trigger": "51000", "price": "50000"},
    ):
        stage = Stage(limited(collar_percent="1"))
        if fields["order_type"] is OrderType.MARKET:
            stage.quote("BTCUSDT", "50000", "52000")

        assert "refused price_outside_collar" == codes(stage.send(**wide, **fields)), fields


def test_a_price_that_is_not_used_is_not_judged() -> None:
    """The sender's own price on a market order is kept to compare, and stops nothing."""
    stage = Stage(limited(collar_percent="1"))

    assert "admitted" == codes(stage.send(price="1", trigger="1"))
    order = stage.order(stage.last.effects[0].order)
    assert (None, None) == (order.price, order.trigger)


@pytest.mark.parametrize(
    ("count", "verdict"), [(2, "admitted"), (3, "refused open_orders_over_limit")]
)
def test_open_orders_are_counted_with_the_one_that_asks(count: int, verdict: str) -> None:
    """Of a limit of two, the second passes and the third does not."""
    stage = Stage(limited(open_orders_max=2))
    verdicts = [opened(stage, "1") for _ in range(count)]

    assert verdict == verdicts[-1]


def test_age_is_measured_against_the_route() -> None:
    """As old as allowed passes, a nanosecond older does not; a clock may be 5 s ahead."""
    stage = Stage(setup_of(route={"signal_age_max_ns": 30 * 10**9}))
    second = 10**9
    ages = {
        30 * second: "admitted",
        30 * second + 1: "refused signal_too_old",
        -5 * second: "admitted",
        -5 * second - 1: "refused time_in_future",
    }

    assert ages == {
        age: codes(stage.send("buy", effect="open", time_ns=stage.now - age)) for age in ages
    }


def test_a_signal_rate_lets_the_burst_through_and_then_the_rate() -> None:
    """A burst of three and one more each second."""
    setup = limited("strategy:trend", signals_per_minute=60, signals_burst=3)
    stage = Stage(setup)
    first = [opened(stage, "1") for _ in range(4)]
    stage.wait("0.999")
    early = opened(stage, "1")
    stage.wait("1.001")
    late = [opened(stage, "1"), opened(stage, "1")]

    assert ["admitted"] * 3 + ["refused rate_over_limit"] == first
    assert "refused rate_over_limit" == early
    assert ["admitted", "refused rate_over_limit"] == late


def test_a_burst_of_nothing_lets_nothing_through() -> None:
    """Zero is a limit, not the absence of one."""
    for scope, name in (("strategy:trend", "signals"), ("account:one", "messages")):
        limits: dict[str, Any] = {f"{name}_per_minute": 60, f"{name}_burst": 0}

        assert "refused rate_over_limit" == opened(Stage(limited(scope, **limits)), "1")


def test_a_fifth_of_the_messages_is_kept_for_cancels_and_exits() -> None:
    """Entries stop at four of five; the exit and the cancels still go."""
    stage = Stage(limited(messages_per_minute=1, messages_burst=5))
    names: list[str] = []
    for _ in range(4):
        answer = stage.say(effect="open")
        assert "admitted" == codes(answer)
        names += answer.orders
    stage.fill(names[0], "1")

    assert "refused rate_over_limit" == opened(stage, "1")
    assert "admitted" == codes(stage.send("cancel"))
    assert names[1:] == stage.asked_to_end
    assert "admitted" == codes(stage.send("exit"))


def test_working_and_unknown_orders_count_at_full_size() -> None:
    """Position, exposure and open orders see what may still fill, on its worst side."""
    stage = Stage(limited(position_max="3"))
    stage.entry("1")
    unknown = stage.entry("1")
    stage.do(c.NoteTrouble(order=unknown.order, proven=False, code="timeout", text=""))

    assert (D(2), 2, 1) == (stage.exposure().buy, stage.exposure().orders, stage.exposure().unknown)
    assert "refused position_over_limit" == opened(stage, "1.001")
    assert "refused position_over_limit" == codes(
        stage.send("sell", effect="open", quantity="3.001")
    )


def test_the_short_side_counts_as_the_long_one() -> None:
    """Gross exposure is the worth of the worse side, whichever it is."""
    setup = limited("account:one", gross_max="100002")
    verdicts = [codes(Stage(setup).send("sell", effect="open", quantity=q)) for q in ("2", "2.001")]

    assert ["admitted", "refused gross_over_limit"] == verdicts
    stage = Stage(setup)
    stage.entry("2")
    assert "refused gross_over_limit" == codes(stage.send("sell", effect="open", quantity="2.001"))


def test_two_in_one_batch_at_the_limit_less_one() -> None:
    """Each sees what the one before reserved: of two at limit - 1 exactly one passes."""
    for name in ("position_max", "open_orders_max", "gross_max", "quantity"):
        limits: dict[str, Any] = {
            "position_max": "1", "open_orders_max": 1, "gross_max": "50001.5",
        }  # fmt: skip
        setup = (
            limited(messages_per_minute=1, messages_burst=1)
            if name == "quantity"
            else (limited(**{name: limits[name]}))
        )
        stage = Stage(setup)
        stage.do(stage.signal(effect="open"), stage.signal(effect="open"))
        verdicts = [a.verdict for a in stage.last.answers if isinstance(a, SignalAnswer)]

        assert ["admitted", "refused"] == verdicts, name


def test_of_many_in_one_batch_exactly_the_limit_passes() -> None:
    """Of fifty that come at once with room for seven, the first seven pass."""
    stage = Stage(limited(position_max="7"))
    stage.do(*[stage.signal(effect="open") for _ in range(50)])
    verdicts = [a.verdict for a in stage.last.answers if isinstance(a, SignalAnswer)]

    assert ["admitted"] * 7 + ["refused"] * 43 == verdicts
    assert 7 == len(stage.sent)


@pytest.mark.parametrize(
    "scope",
    ["global", "group:g", "account:one", "strategy:trend", "instrument:BTCUSDT",
     "account:one/instrument:BTCUSDT"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "code"),
    [("quantity_max", "quantity_over_limit"), ("value_max", "value_over_limit"),
     ("position_max", "position_over_limit"), ("collar_percent", "price_outside_collar")],
)  # fmt: skip
def test_the_tightest_scope_wins(scope: str, name: str, code: str) -> None:
    """Whichever scope has the smaller limit refuses, and is named."""
    tight = "0.5" if name != "collar_percent" else "0.0001"
    setup = limited(scope, **{name: tight})
    setup = replaced(setup, accounts={"one": replaced(setup.accounts["one"], groups=("g",))})
    answer = Stage(setup).say(effect="open")

    assert (f"refused {code}", scope) == (codes(answer), answer.where)


@pytest.mark.parametrize("scope", ["global", "group:g"])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"position_max": "3"}, "position_over_limit"),
        ({"gross_max": "150003"}, "gross_over_limit"),
        ({"open_orders_max": 3}, "open_orders_over_limit"),
    ],
)
def test_shared_limits_are_sums_over_their_accounts(
    scope: str, limits: dict[str, Any], code: str
) -> None:
    """Three accounts fit, the fourth does not; an account outside of the group does not count."""
    names = ("one", "two", "three", "four", "five")
    setup = limited(scope, *names, **limits)
    groups = {
        name: replaced(account, groups=("g",) if name != "two" else ())
        for name, account in setup.accounts.items()
    }
    stage = Stage(replaced(setup, accounts=groups))
    verdicts = [(v.account, v.code) for v in stage.say(effect="open").accounts]

    full = {"global": ["four", "five"], "group:g": ["five"]}[scope]
    assert [(name, code if name in full else "") for name in names] == verdicts


def test_an_instrument_counts_its_orders_in_every_account() -> None:
    """Orders of one instrument are counted over all accounts; another instrument has its own."""
    stage = Stage(limited("instrument:BTCUSDT", "one", "two", open_orders_max=1))

    assert ["", "open_orders_over_limit"] == [v.code for v in stage.say(effect="open").accounts]
    assert "admitted" == codes(stage.send(effect="open", symbol="ETHUSDT"))


def _in_doubt(stage: Stage, symbol: str) -> None:
    order = stage.entry("1", symbol=symbol)
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))


@pytest.mark.parametrize(
    ("caps", "passes"),
    [
        ({}, (False, True)),
        ({"account:one": 2}, (False, True)),
        ({"account:one": 1}, (False, False)),
        ({"account:one/instrument:BTCUSDT": 2}, (True, True)),
        ({"instrument:BTCUSDT": 1, "account:one/instrument:BTCUSDT": 2}, (False, True)),
        ({"global": 1}, (False, False)),
    ],
)
def test_unknown_orders_are_capped_by_instrument_and_account(
    caps: dict[str, int], passes: tuple[bool, bool]
) -> None:
    """One of unknown outcome stops entries in its instrument, three in its account, unless set."""
    limits = {scope: Limits(unknown_orders_max=cap) for scope, cap in caps.items()}
    limits["account:one"] = replaced(WIDE, unknown_orders_max=caps.get("account:one"))
    stage = Stage(setup_of(limits=limits))
    stage.position("1", symbol="ETHUSDT")
    _in_doubt(stage, "BTCUSDT")
    given = tuple(codes(stage.send(symbol=name)) for name in ("BTCUSDT", "ETHUSDT"))

    assert tuple("admitted" if one else "refused unknown_outcome" for one in passes) == given
    assert "admitted" == codes(stage.send("exit", symbol="ETHUSDT"))


def test_three_unknown_orders_stop_an_account() -> None:
    """At three in the account no instrument takes an entry any more; at two others do."""
    wide = {"account:one/instrument:BTCUSDT": Limits(unknown_orders_max=9)}
    stage = Stage(setup_of(limits={"account:one": WIDE, **wide}))
    given: list[str] = []
    for _ in range(3):
        given.append(codes(stage.send(symbol="ETHUSDT")))
        _in_doubt(stage, "BTCUSDT")
    given.append(codes(stage.send(symbol="ETHUSDT")))

    assert ["admitted"] * 3 + ["refused unknown_outcome"] == given


def test_open_orders_of_one_instrument_in_one_account_are_counted_alone() -> None:
    """What works in another instrument leaves the room as it is; a third here finds none."""
    stage = Stage(limited("account:one/instrument:BTCUSDT", open_orders_max=2))
    stage.entry("1", symbol="ETHUSDT")
    stage.entry("1")
    stage.entry("1")
    answer = stage.say()

    assert ("open_orders_over_limit", "3", "2") == (answer.code, answer.value, answer.limit)
