"""Each control at its boundary, unset, and over the scopes that it is measured in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import SignalAnswer
from core.orders import OrderType, Purpose, Side
from core.risk.codes import CODES
from core.risk.controls import EFFECTS, Control, Effect, Mode
from core.setup import Limits, Setup, Strategy
from core.signals import Effect as PositionEffect
from tests.unit.core.stage import SIGNALS, WIDE, Stage, codes, replaced, setup_of

D = Decimal


def limited(scope: str = "account:one", *, accounts: tuple[str, ...] = ("one",), **limits: Any) -> Setup:
    """Make a setup whose scope has these limits (money and quantities as text)."""
    values = {
        name: D(value) if isinstance(value, str) else value for name, value in limits.items()
    }
    base = {"account:one": WIDE, "strategy:trend": SIGNALS}.get(scope, Limits())
    return setup_of(*accounts, limits={scope: replaced(base, **values)})


def opened(stage: Stage, quantity: str, **fields: Any) -> str:
    """Ask for an entry and return verdict and code."""
    return codes(stage.send(quantity=quantity, effect=PositionEffect.OPEN, **fields))


# --- the table


def test_the_law_of_the_table() -> None:
    """No control but the duplicate ever refuses an exit, a leg, a cancel or a flatten."""
    refused = {
        (control, purpose)
        for control, rows in EFFECTS.items()
        for purpose, row in rows.items()
        if purpose is not Purpose.ENTRY and Effect.REFUSE in row
    }
    held = {
        (control, purpose, mode)
        for control, rows in EFFECTS.items()
        for purpose, row in rows.items()
        for mode, effect in zip(Mode, row, strict=True)
        if purpose is not Purpose.ENTRY and effect is Effect.HOLD
    }

    assert {(Control.DUPLICATE, purpose) for purpose in Purpose if purpose is not Purpose.ENTRY} == (
        refused
    )
    assert {
        (Control.TRADING_STATE, purpose, Mode.RECOVERING)
        for purpose in (Purpose.EXIT, Purpose.LEG, Purpose.FLATTEN)
    } == held


def test_every_control_stops_an_entry() -> None:
    """A tripped control refuses an entry, or holds it while the account is not compared."""
    for control, rows in EFFECTS.items():
        effects = dict(zip(Mode, rows[Purpose.ENTRY], strict=True))
        if control is Control.TRADING_STATE:
            assert Effect.PASS is effects.pop(Mode.ACTIVE)
        assert Effect.PASS not in effects.values(), control
        assert Effect.REFUSE is effects[Mode.HALTED], control


def test_the_table_is_whole() -> None:
    """Every control says something about every kind of act in every state."""
    assert set(Control) == set(EFFECTS)
    assert all(set(Purpose) == set(rows) for rows in EFFECTS.values())


# --- boundaries: limit - step, limit, limit + step


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
    verdicts: list[str] = []
    for quantity in triple:
        stage = Stage(limited(**limits))
        verdicts.append(opened(stage, quantity))
    refusal = next(x for x in stage.last.records if isinstance(x, r.SignalRefused))

    assert ["admitted", "admitted", f"refused {code}"] == verdicts
    assert refusal.limit == next(iter(limits.values()))
    assert D(refusal.value) > D(refusal.limit)
    assert "account:one" == refusal.where


@pytest.mark.parametrize(
    ("side", "prices"),
    [("buy", ("51249.99", "51250", "51250.01")), ("sell", ("48750.01", "48750", "48749.99"))],
)
def test_the_collar_is_exact(side: str, prices: tuple[str, ...]) -> None:
    """2.5 % of the middle is allowed; one tick beyond it is not, and is shown as more than it."""
    verdicts: list[str] = []
    for price in prices:
        stage = Stage(limited(collar_percent="2.5"))
        stage.quote("BTCUSDT", "50000", "50000")
        answer = stage.say(side, effect="open", order_type="limit", price=price)
        verdicts.append(codes(answer))
        shown = (answer.value, answer.limit)

    assert ["admitted", "admitted", "refused price_outside_collar"] == verdicts
    assert ("2.50002 %", "2.5 %") == shown


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


# --- what is not set, not known, not fresh


@pytest.mark.parametrize(
    "name",
    [
        "quantity_max", "value_max", "collar_percent", "position_max", "gross_max",
        "open_orders_max", "daily_loss_max", "messages_per_minute", "messages_burst",
    ],
)  # fmt: skip
def test_without_a_limit_there_is_no_entry(name: str) -> None:
    """Whatever limit nobody set refuses, and names itself; an exit passes."""
    stage = Stage()
    stage.position("2")
    stage.setup = limited(**{name: None})
    stage.start()
    stage.recover("one")
    answer = stage.say(effect="open")

    assert "refused limit_missing" == codes(answer)
    assert name.partition("_burst")[0] in answer.value.replace("messages_per_minute", name)
    assert "not set" == answer.limit
    assert "admitted" == codes(stage.send("exit"))


@pytest.mark.parametrize("name", ["signals_per_minute", "signals_burst"])
def test_without_a_signal_rate_there_is_no_entry(name: str) -> None:
    """A strategy without its own rate may not enter."""
    stage = Stage(limited("strategy:trend", **{name: None}))

    assert "refused limit_missing" == opened(stage, "1")


@pytest.mark.parametrize(
    ("bid", "ask", "wait"), [("50000", "50001", 3), ("0", "1", 0), ("2", "1", 0), ("-1", "1", 0)]
)
def test_a_price_that_is_stale_zero_or_crossed_is_none(bid: str, ask: str, wait: int) -> None:
    """An entry without a price to trust is refused, and says what is wrong with it."""
    stage = Stage()
    stage.quote("BTCUSDT", bid, ask)
    stage.wait(wait, fresh=False)
    for name in stage.setup.accounts:
        stage.equity(name, "100000", observe=False)

    assert "refused reference_stale" == opened(stage, "1")
    stage.quotes.pop("BTCUSDT")
    assert "refused reference_stale" == opened(stage, "1")


def test_a_quote_is_fresh_up_to_its_age() -> None:
    """Two seconds old is fresh, a nanosecond more is not."""
    stage = Stage()
    stage.wait(2, fresh=False)
    assert "admitted" == opened(stage, "1")
    stage.now += 1

    assert "refused reference_stale" == opened(stage, "1")


def test_equity_that_is_stale_or_never_came_refuses() -> None:
    """Without the account's own figures nothing is entered."""
    stage = Stage()
    stage.wait(11, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")
    assert "refused equity_stale" == opened(stage, "1")
    stage.standings.clear()

    assert "refused equity_stale" == opened(stage, "1")


def test_a_position_without_any_price_cannot_be_added_up() -> None:
    """Gross exposure with an unknown part is not known, so it is refused; an old price counts."""
    stage = Stage()
    stage.position("1", symbol="ETHUSDT")
    stage.wait(3600, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")
    stage.equity("one", "100000")
    assert "admitted" == opened(stage, "1")
    stage.quotes.pop("ETHUSDT")
    answer = stage.say(effect="open")

    assert ("refused reference_stale", "no price of ETHUSDT") == (codes(answer), answer.value)


def test_accounts_of_other_money_are_not_added_up() -> None:
    """A shared limit over two currencies would be a number of nothing."""
    setup = limited("global", gross_max="1e9", accounts=("one", "two"))
    dollars = replaced(setup.accounts["two"], currency="USD")
    setup = replaced(setup, accounts=setup.accounts | {"two": dollars})
    stage = Stage(setup)
    answers = stage.say(effect="open", symbol="ETHUSDT").accounts

    assert ["", "currency_mixed"] == [answer.code for answer in answers]


# --- working, unknown and held orders count


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


def test_two_in_one_batch_at_the_limit_less_one() -> None:
    """Each sees what the one before reserved: of two at limit - 1 exactly one passes."""
    for name in ("position_max", "open_orders_max", "gross_max", "quantity"):
        limits: dict[str, Any] = {
            "position_max": "1", "open_orders_max": 1, "gross_max": "50001.5",
        }  # fmt: skip
        setup = limited(messages_per_minute=1, messages_burst=1) if name == "quantity" else (
            limited(**{name: limits[name]})
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


# --- scopes


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
    setup = limited(scope, accounts=names, **limits)
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
    stage = Stage(limited("instrument:BTCUSDT", accounts=("one", "two"), open_orders_max=1))

    assert ["", "open_orders_over_limit"] == [v.code for v in stage.say(effect="open").accounts]
    assert "admitted" == codes(stage.send(effect="open", symbol="ETHUSDT"))


# --- allow-lists and the switch


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instruments": ()}, "instrument_not_allowed"),
        ({"sides": ()}, "side_not_allowed"),
        ({"sides": (Side.SELL,)}, "side_not_allowed"),
        ({"order_types": (OrderType.LIMIT,)}, "order_type_not_allowed"),
        (None, "strategy_not_allowed"),
    ],
)
def test_an_empty_list_allows_nothing(change: dict[str, Any] | None, code: str) -> None:
    """What is not on a list is refused; an exit by the same strategy passes."""
    stage = Stage()
    stage.position("2")
    strategies: dict[str, Strategy] = dict(stage.setup.strategies)
    if change is None:
        strategies.pop("trend")
    else:
        strategies["trend"] = replaced(strategies["trend"], **change)
    stage.setup = replaced(stage.setup, strategies=strategies)
    stage.start()
    stage.recover("one")

    assert f"refused {code}" == opened(stage, "1")
    assert "admitted" == codes(stage.send("exit"))


@pytest.mark.parametrize("scope", ["global", "account:one", "strategy:trend"])
def test_a_halt_refuses_entries_and_lets_exits_pass(scope: str) -> None:
    """Nothing that adds exposure after a halt, in its scope; what reduces goes on."""
    stage = Stage(setup_of("one", "two"))
    stage.position("2")
    stage.fill(f"{stage.say('buy', effect='open').orders[1]}", "1")
    stage.do(c.Halt(scope=scope, by="anna", reason="news"))
    answer = stage.say(effect="open")
    other = stage.say(effect="open", strategy="fade")

    assert ("halted", "news", "anna", scope) == (
        answer.accounts[0].code, answer.accounts[0].value, answer.accounts[0].limit,
        answer.accounts[0].where,
    )  # fmt: skip
    assert ("" if scope == "account:one" else "halted") == answer.accounts[1].code
    assert {"global": 0, "account:one": 1, "strategy:trend": 2}[scope] == len(other.orders)
    assert "admitted" == codes(stage.send("exit"))


def test_a_reducing_account_takes_exits_alone() -> None:
    """An account set to reduce refuses entries; exits and cancels pass."""
    stage = Stage()
    stage.position("2")
    stage.setup = setup_of(account={"reducing": True})
    stage.start()
    stage.recover("one")

    assert "refused reducing" == opened(stage, "1")
    assert "admitted" == codes(stage.send("exit", quantity="1"))


def test_all_checks_are_recorded_on_every_verdict() -> None:
    """Admitted, refused or held: each check stands in the journal with value and limit."""
    stage = Stage()
    stage.say(effect="open")
    stage.say(effect="open", quantity="1001")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.say(effect="open")
    rows = [
        record.checks
        for record in stage.records
        if isinstance(record, r.OrderIntended | r.SignalRefused)
    ]
    names = {tuple(check[1] for check in json.loads(bytes(row))) for row in rows}
    assert 3 == len(rows)
    assert 1 == len(names)
    assert {Control(check[0]) for check in json.loads(bytes(rows[0]))} == set(Control)
    assert all(check[2] in {"", *CODES} for row in rows for check in json.loads(bytes(row)))


def test_a_market_entry_carries_its_collar_and_an_exit_none() -> None:
    """The worst price of a market entry is the collar, on the tick and never beyond it."""
    stage = Stage(limited(collar_percent="1"))
    stage.quote("BTCUSDT", "50000", "50000.01")
    bought, sold = stage.entry("1"), stage.entry("1", "sell", strategy="trend")

    assert (D("50500.00"), D("49500.01")) == (bought.worst_price, sold.worst_price)
    assert D("50000.005") == bought.reference
    stage.fill(bought, "1")
    assert stage.order(stage.say("exit").orders[0]).worst_price is None
