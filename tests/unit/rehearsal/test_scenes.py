"""Each classic failure, against configurations of many kinds."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.printable import json_text
from bridge.rehearsal.programme import SCENES, pairs_of, perform
from tests.unit.config.files import HOOK, OPERATOR, config_of
from tests.unit.rehearsal.files import (
    NAMES,
    TRADES,
    changed,
    elsewhere,
    rehearse,
    rehearsed,
    said,
    verdicts,
)

ALL_OK = dict.fromkeys(NAMES, "ok")
ONE_ORDER = (
    ("quantity_max = 100_000", "quantity_max = 1_000"),
    ("position_max = 300_000", "position_max = 1_000"),
    ("open_orders_max = 10", "open_orders_max = 1"),
)


def starter(folder: Path) -> Config:
    """Return the configuration that ``bascule init`` writes."""
    made = init(folder / "bridge")
    assert isinstance(made, Starter)
    config = load(made.config, {})
    assert isinstance(config, Config)
    return config


def test_the_starter_configuration_handles_all_eight(tmp_path: Path) -> None:
    """What a newcomer has after ``init`` passes every scene, with what it would have cost."""
    programme = rehearsed(starter(tmp_path))

    assert ALL_OK == verdicts(programme)
    assert "strategy demo buys 0.01 BTCUSDT at about 60000 (600 USDT)" == programme.opening
    assert all(played.handled and played.without for played in programme.played)
    assert ["600 USDT more than you asked for"] == [
        one.rpartition(", ")[2].rstrip(".") for one in programme.played[7].without
    ]


def test_every_scene_tells_what_it_is_about(tmp_path: Path) -> None:
    """The words of a scene name its failure, as a trader would."""
    told = {played.name: said(played) for played in rehearse(tmp_path, TRADES).played}

    expected = {
        "fills": ("nobody trades", "is filled. Position: long", "rejected", "unknown", "once more"),
        "disconnect": ("connection breaks", "connection hangs", "compares orders"),
        "maintenance": ("says for how long", "without a word", "the exit goes first"),
        "duplicate": ("4 times at once", "killed and started again", "under the same id"),
        "rules": ("above 100000 per order", "s old", "away from the market", "symbol", "strategy"),
        "switch": ("raises the bridge", "cancelled", "started again; another alert", "stays here"),
        "slippage": ("slippage costs", "nothing is filled", "worse than when it was sent"),
        "crash": ("written anything down", "before the order has left", "right after the order"),
    }

    assert {} == {
        name: [text for text in texts if text not in told[name]]
        for name, texts in expected.items()
        if any(text not in told[name] for text in texts)
    }


def test_limits_that_allow_one_smallest_order_are_enough(tmp_path: Path) -> None:
    """A strict configuration is rehearsed with what it allows: one order at a time."""
    programme = rehearse(tmp_path, changed(*ONE_ORDER))

    assert ALL_OK == verdicts(programme)
    assert "1000" == programme.facts["quantity"]
    assert ["The limits leave no room for a second order beside this one."] == programme.notes


def test_a_strategy_that_only_sells_is_rehearsed_selling(tmp_path: Path) -> None:
    """The side is the one that is allowed; the other one is among what the rules stop."""
    sells = ('instruments = ["EURUSD"]', 'instruments = ["EURUSD"]\nsides = ["sell"]')
    programme = rehearse(tmp_path, changed(sells))

    assert ALL_OK == verdicts(programme)
    assert "sell" == programme.facts["side"]
    assert "An entry to buy, which your strategy may not: refused" in said(programme.played[4])


@pytest.mark.parametrize(
    ("kinds", "kind", "slippage"),
    [
        ('"limit"', "limit", "ok"),
        ('"stop_limit"', "stop_limit", "ok"),
        ('"stop"', "stop", "attention"),
    ],
)
def test_other_types_of_order(tmp_path: Path, kinds: str, kind: str, slippage: str) -> None:
    """A strategy without market orders is rehearsed with what it may send."""
    only = ('instruments = ["EURUSD"]', f'instruments = ["EURUSD"]\norder_types = [{kinds}]')
    programme = rehearse(tmp_path, changed(only))

    assert {**ALL_OK, "slippage": slippage} == verdicts(programme)
    assert kind == programme.facts["order_type"]


def test_without_limits_every_scene_says_what_to_write(tmp_path: Path) -> None:
    """Where every entry is refused, nothing fails: the missing settings are named."""
    start = TRADES.index("quantity_max")
    text = TRADES[:start] + TRADES[TRADES.index("[instruments") :]
    programme = rehearse(tmp_path, text)

    assert dict.fromkeys(NAMES, "attention") == verdicts(programme)
    advice = programme.played[0].advice[0]
    assert "quantity_max" in advice.sentence
    assert "accounts.one.limits.quantity_max" in advice.fix


def test_a_strategy_that_may_nothing_is_told(tmp_path: Path) -> None:
    """Without a side or a type of order there is nothing to enter."""
    none = ('instruments = ["EURUSD"]', 'instruments = ["EURUSD"]\nsides = []')
    programme = rehearse(tmp_path, changed(none))

    assert {"attention"} == set(verdicts(programme).values())
    assert "sides" in programme.played[0].advice[0].fix


def test_limits_too_small_for_any_order_are_told(tmp_path: Path) -> None:
    """The refusal of the smallest order is shown with its fix."""
    programme = rehearse(tmp_path, changed(("value_max = 200_000", "value_max = 10")))

    advice = programme.played[0].advice[0]
    assert {"attention"} == set(verdicts(programme).values())
    assert "not even of 1000 EURUSD" in advice.sentence
    assert "value_max" in advice.fix


def test_a_price_is_made_up_where_the_file_has_none(tmp_path: Path) -> None:
    """An instrument without a market gets a price that its limits can bear, and that is said."""
    text = TRADES[: TRADES.index("[market")]
    programme = rehearse(tmp_path, text, ("fills", "slippage"))

    assert {"fills": "ok", "slippage": "ok"} == verdicts(programme)
    assert ["The configuration has no price of EURUSD: 0.1 is made up."] == programme.notes
    assert programme.facts["price_made_up"]


def test_a_narrow_collar_gets_a_price_that_fits_it(tmp_path: Path) -> None:
    """A made-up price is so high that the spread is inside the collar."""
    text = changed(("collar_percent = 0.5", "collar_percent = 0.01"))
    programme = rehearse(tmp_path, text[: text.index("[market")], ("slippage",))

    assert {"slippage": "ok"} == verdicts(programme)


def test_a_collar_that_stops_nothing_is_told(tmp_path: Path) -> None:
    """A collar of half the price is no collar."""
    programme = rehearse(
        tmp_path, changed(("collar_percent = 0.5", "collar_percent = 50")), ("slippage",)
    )

    assert {"slippage": "attention"} == verdicts(programme)
    assert "collar_percent of account:one" in programme.played[0].advice[0].fix


def test_waivers_are_told(tmp_path: Path) -> None:
    """Alerts without id or time are not as well protected, and it says what to write."""
    waived = ('accounts = ["one"]', 'accounts = ["one"]\nwaive = ["id", "time"]')
    programme = rehearse(tmp_path, changed(waived), ("duplicate", "rules"))

    assert {"duplicate": "attention", "rules": "attention"} == verdicts(programme)
    assert "routes.fx.waive" in said(programme.played[0])
    assert "{{timenow}}" in said(programme.played[1])


@pytest.mark.parametrize(
    "asked",
    [
        "require_stop = true",
        'levels = "offset_from_signal_price"',
        "basis_max_percent = 0.5",
        'require_stop = true\nlevels = "offset_from_signal_price"',
    ],
)
def test_what_a_route_wants_of_its_alerts_is_sent(tmp_path: Path, asked: str) -> None:
    """A route that asks for a stop or for the alert's own price is rehearsed with both."""
    route = ('accounts = ["one"]', f'accounts = ["one"]\n{asked}')

    assert ALL_OK == verdicts(rehearse(tmp_path, changed(route)))


TWO = changed(('accounts = ["one"]', 'accounts = ["one", "two"]\nall_or_none = true')) + (
    '\n[accounts.two]\nvenue = "paper"\ncurrency = "USD"\n'
    + TRADES[TRADES.index("[accounts.one.limits]") : TRADES.index("[instruments")].replace(
        "accounts.one", "accounts.two"
    )
)


def test_two_accounts_are_rehearsed_by_the_first_or_each(tmp_path: Path) -> None:
    """A route is played with its first account that trades; with ``every``, with each."""
    config = config_of(tmp_path, TWO)
    played = [perform(config, pair, SCENES, 0) for pair in pairs_of(config, every=True)]

    assert 1 == len(pairs_of(config, every=False))
    assert ["one", "two"] == [one.account for one in played]
    assert [ALL_OK, ALL_OK] == [verdicts(one) for one in played]


def test_an_account_that_may_only_reduce_is_passed_over(tmp_path: Path) -> None:
    """The next account of the route is looked at instead."""
    reducing = TWO.replace('currency = "USD"\n', 'currency = "USD"\nreducing = true\n', 1)
    programme = rehearse(tmp_path, reducing.replace("all_or_none = true", ""), ("fills",))

    assert "two" == programme.account
    assert {"fills": "ok"} == verdicts(programme)


def test_a_venue_that_proves_little_is_rehearsed_so(tmp_path: Path) -> None:
    """Where ids come again and lists are late, no order is sent twice either."""
    programme = rehearsed(elsewhere(tmp_path))

    assert ALL_OK == verdicts(programme)
    assert "After a minute of asking it is given up" in said(programme.played[0])
    assert "is given up" in said(programme.played[7])


def test_the_same_seed_gives_the_same_rehearsal(tmp_path: Path) -> None:
    """Configuration and seed decide everything, whatever was rehearsed before."""
    config = config_of(tmp_path, TRADES)
    one, two, other = (rehearsed(config, seed=seed).as_dict() for seed in (3, 3, 4))

    assert one == two
    assert verdicts(rehearsed(config, seed=4)) == ALL_OK
    assert one != other


def test_hostile_names_stay_text_and_secrets_stay_secret(tmp_path: Path) -> None:
    """What a configuration calls its instruments is shown as text; no token is shown at all."""
    hostile = '"<b>${x}{value}"'
    text = TRADES.replace('["EURUSD"]', f"[{hostile}]")
    text = text.replace("instruments.EURUSD", f"instruments.{hostile}")
    text = text.replace("walks.EURUSD", f"walks.{hostile}")
    programme = rehearse(tmp_path, text)
    shown = json_text(programme.as_dict())

    assert ALL_OK == verdicts(programme)
    assert json.loads(shown)["instrument"].startswith("<b>")
    assert HOOK not in shown
    assert OPERATOR not in shown


def test_the_money_is_the_instrument_s(tmp_path: Path) -> None:
    """A multiplier counts: what a mistake costs is the value, not the price."""
    text = changed(
        ("lot_step = 1_000", "lot_step = 1\nmultiplier = 50"),
        ("tick = 0.00001", "tick = 0.25"),
        ("price_start = 1.08", "price_start = 200"),
    )
    programme = rehearse(tmp_path, text, ("duplicate",))

    assert Decimal(programme.facts["quantity"]) == 2
    assert "80000 USD more than you asked for" in said(programme.played[0])


def test_time_servers_and_windows_of_the_user_are_left_out(tmp_path: Path) -> None:
    """No server is asked for the time, and no maintenance keeps the rehearsal closed."""
    always = (
        '[accounts.one]\nvenue = "paper"',
        '[accounts.one]\nvenue = "paper"\n'
        'maintenance = [{ begin = "00:00", end = "23:59", zone = "UTC" }]',
    )
    config = config_of(tmp_path, changed(always))
    config = dataclasses.replace(config, time_servers=("192.0.2.1",))

    assert {"rules": "ok"} == verdicts(rehearsed(config, ("rules",)))
