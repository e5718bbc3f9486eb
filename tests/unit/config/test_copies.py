"""Leaders, followers and equivalents in the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from core.copy_setup import Copy, Equivalent, Minimum
from core.setup import Group as Rule
from tests.unit.config.files import GOOD, HOOK_NEXT, config_of, problems_of

D = Decimal

FUTURES: Final = (
    GOOD.replace('instruments = ["BTCUSDT"]', 'instruments = ["BTCUSDT", "NQ", "MNQ"]')
    .replace('["one", "two"]', '["one", "two", "three"]')
    .replace("[groups.desk.limits]", "[groups.desk]\nno_opposite = true\n\n[groups.desk.limits]")
    + """
[instruments.NQ]
currency = "USDT"
tick = 0.25
lot_step = 1

[instruments.MNQ]
currency = "USDT"
tick = 0.25
lot_step = 1

[accounts.three]
venue = "paper"
currency = "USDT"

[routes.btc.copies.two]
ratio = 0.30
equivalents = { NQ = { instrument = "MNQ", factor = 10 } }

[routes.btc.copies.three]
minimum = "one"
"""
)


def changed(old: str, new: str) -> str:
    """Return the file with one piece of text replaced; the piece must be there."""
    assert old in FUTURES, f"the file has no {old!r}"
    return FUTURES.replace(old, new, 1)


def told(folder: Path, text: str) -> list[tuple[str, str, str]]:
    """Return what is told of a faulty file: code, key, value."""
    return [(one.code, one.path, one.value.replace('"', "")) for one in problems_of(folder, text)]


def test_a_route_says_who_follows_and_how(tmp_path: Path) -> None:
    """Ratio, minimum and equivalents come as they stand; the first account leads."""
    setup = config_of(tmp_path, FUTURES).setup
    route = setup.routes["btc"]

    micros = {"NQ": Equivalent(instrument="MNQ", factor=D(10))}
    assert {
        "two": Copy(ratio=D("0.3"), equivalents=micros),
        "three": Copy(minimum=Minimum.ONE),
    } == route.copies
    assert "one" == route.leading
    assert {"desk": Rule(name="desk", no_opposite=True)} == setup.groups


def test_a_group_needs_no_limits(tmp_path: Path) -> None:
    """A rule alone is reason enough for a group."""
    text = changed("\n[groups.desk.limits]\ngross_max = 100_000\n", "\n")
    setup = config_of(tmp_path, text).setup

    assert {"desk"} == set(setup.groups)
    assert "group:desk" not in setup.limits


def test_without_copies_nobody_leads(tmp_path: Path) -> None:
    """The accounts of a route without copies judge for themselves."""
    assert "" == config_of(tmp_path, GOOD).setup.routes["btc"].leading


@pytest.mark.parametrize("factor", ["0.1", "10", "1", "2.0"])
def test_whole_units_fit_either_way_round(factor: str, tmp_path: Path) -> None:
    """Ten micros for a contract, or a tenth of a contract for a micro."""
    setup = config_of(tmp_path, changed("factor = 10", f"factor = {factor}")).setup

    assert D(factor) == setup.routes["btc"].copies["two"].equivalents["NQ"].factor


def test_units_that_do_not_fit_are_a_mistake(tmp_path: Path) -> None:
    """A contract that stands for two and a half others can never be copied exactly."""
    key = "routes.btc.copies.two.equivalents.NQ.factor"

    assert [("config_copy_units", key, "2.5")] == told(
        tmp_path, changed("factor = 10", "factor = 2.5")
    )


def test_a_strategy_must_be_allowed_what_stands_for_its_instrument(tmp_path: Path) -> None:
    """Else every copy would be refused."""
    key = "routes.btc.copies.two.equivalents.NQ.instrument"

    assert [("config_equivalent_not_allowed", key, "MNQ")] == told(
        tmp_path, changed(', "MNQ"]', "]")
    )


def test_one_instrument_stands_for_one(tmp_path: Path) -> None:
    """Two positions of the leader in one of the follower could not be told apart."""
    text = changed("NQ = {", 'BTCUSDT = { instrument = "MNQ" }, NQ = {')
    key = "routes.btc.copies.two.equivalents.NQ.instrument"

    assert [("config_equivalent_twice", key, "MNQ")] == told(tmp_path, text)


def test_a_strategy_in_an_account_follows_one_leader(tmp_path: Path) -> None:
    """A second route with copies may take other accounts; the same follower is a mistake."""
    more = f'[routes.two]\ntoken = "{HOOK_NEXT}"\nstrategies = ["trend"]\n'
    more += 'accounts = ["{}", "{}"]\n[routes.two.copies.{}]\nratio = 2\n'
    config_of(tmp_path, FUTURES + more.format("two", "one", "one"))

    assert [("config_copied_twice", "routes.two.copies", "trend in three")] == told(
        tmp_path, FUTURES + more.format("two", "three", "three")
    )
