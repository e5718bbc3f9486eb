"""What people see of protections: levels, legs, and what happens if the bridge dies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bridge.http.plan_rows import plan_rows, protected
from bridge.http.rows import position_row
from core.abilities import Abilities
from core.levels import Protection
from core.orders import OrderType
from tests.unit.core.guarded import KEPT, able, accept, guarded, legs, opened, plan, quote
from tests.unit.core.stage import Stage
from tests.unit.core.wallets import bought, sold, wallet

D = Decimal


def shown(stage: Stage) -> dict[str, Any]:
    """Return the only protection as people see it."""
    (row,) = plan_rows(stage.state)
    return row


@pytest.mark.parametrize(
    ("venue", "protection", "where"),
    [
        (able(), plan(), "venue"),
        (able(), plan("49000", "51000"), "venue_stop"),
        (able(), plan(trail="500"), "venue_moves"),
        (able(linked_legs=True), plan("49000", "51000", even="50500"), "venue_moves"),
        (able(linked_legs=True), plan("49000", "51000"), "venue"),
        (KEPT, plan(), "bridge"),
        (able(), plan(None, "51000"), "bridge"),
    ],
)
def test_each_says_what_happens_if_the_bridge_dies(
    venue: Abilities, protection: Protection, where: str
) -> None:
    """By what the venue has confirmed."""
    stage = guarded(venue)
    opened(stage, "10", protection=protection)
    assert where == shown(stage)["kept"]


def test_what_the_venue_has_not_confirmed_is_not_counted_on() -> None:
    """A leg on its way is none yet; one that covers a part is a part."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    assert "bridge" == shown(stage)["kept"]
    accept(stage)
    assert "venue" == shown(stage)["kept"]
    stage.fill(order, "6")
    assert "partly" == shown(stage)["kept"]
    assert ("4", "10") == (shown(stage)["stop_covered"], shown(stage)["quantity"])


def test_levels_and_legs_are_told() -> None:
    """With how much each target closes, and where it is kept."""
    stage = guarded()
    opened(stage, "10", protection=plan("49000", "51000:40", "52000", even="50500"))
    row = shown(stage)
    assert [("51000", "4", "bridge"), ("52000", "6", "bridge")] == [
        (one["price"], one["quantity"], one["kept"]) for one in row["targets"]
    ]
    assert [("stop", "10", "49000", "accepted")] == [
        (one["leg"], one["quantity"], one["at"], one["state"]) for one in row["legs"]
    ]
    words = "stop 49000, target 51000 (4), target 52000 (6), to the entry from 50500"
    assert words == row["summary"]


def test_a_position_carries_its_protection() -> None:
    """And one without any says so."""
    stage = guarded(Abilities(order_types=(OrderType.MARKET,)))
    opened(stage, "10")
    stage.position("1", strategy="fade")
    held = [position_row(one, None) for one in stage.state.positions.values()]
    told = {row["strategy"]: row["protection"] for row in protected(held, plan_rows(stage.state))}
    assert ("bridge", None) == (told["trend"]["kept"], told["fade"])


def test_what_is_done_is_said() -> None:
    """A target that is filled, and a stop that break-even moved, are told as such."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "10", protection=plan("49000", "51000:40", "52000", even="50500"))
    stage.quote("BTCUSDT", "50600", "50601")
    target = next(order for order in legs(stage) if order.leg == "target 1")
    stage.fill(target, "4", "51000")

    words = "target 51000 (4, 4 filled), target 52000 (6), moved to the entry"
    assert shown(stage)["summary"].endswith(words)


def test_a_target_says_what_it_covers_now() -> None:
    """After an exit, or a cut by somebody else, the last targets have less to close, or nothing."""
    stage = guarded()
    opened(stage, "10", protection=plan("49000", "51000:40", "52000:30", "53000"))
    stage.fill(stage.say("exit", quantity="5").orders[0], "5")
    sizes = [(one["price"], one["quantity"]) for one in shown(stage)["targets"]]
    assert [("51000", "4"), ("52000", "1"), ("53000", "0")] == sizes
    quote(stage, "51100")
    sizes = [(one["quantity"], one["filled"]) for one in shown(stage)["targets"]]
    assert [("4", "0"), ("1", "0"), ("0", "0")] == sizes


def test_a_stop_that_its_venue_would_cut_is_not_counted_on() -> None:
    """Where another strategy holds the other side later, a reduce-only stop closes the net."""
    stage = guarded(account={"allow_opposed": True})
    opened(stage, "5")
    assert ("venue", "5") == (shown(stage)["kept"], shown(stage)["stop_covered"])
    stage.position("3", "sell", strategy="fade")

    assert ("partly", "2") == (shown(stage)["kept"], shown(stage)["stop_covered"])


def test_what_no_order_can_close_is_told() -> None:
    """A stop that covers all that can be sold covers all; the rest is named. When nothing but
    such a rest is there, that is what is said."""
    stage = wallet()
    bought(stage, "0.00200004", protection=plan("45000"))
    row = shown(stage)
    assert ("venue", "0.002", "0.00000004") == (row["kept"], row["stop_covered"], row["dust"])
    assert row["summary"].endswith("0.00000004 is less than any order")
    sold(stage, "0.00194")

    assert ("dust", "0", "0.00006004") == tuple(
        shown(stage)[name] for name in ("kept", "stop_covered", "dust")
    )
