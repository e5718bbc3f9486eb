"""Whatever a person configures, a rehearsal comes to an end and blames nobody who is innocent."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.rehearsal.programme import SCENES, pairs_of, perform
from tests.unit.config.files import HOOK, OPERATOR, config_of
from tests.unit.rehearsal.files import said

pytestmark = pytest.mark.slow

EXAMPLES: Final = 15
"""Configurations of one run: each takes about a second."""

TEXT: Final = """\
[[api.tokens]]
name = "operator"
scope = "operate"
token = "{operator}"
[routes.r]
token = "{hook}"
strategies = ["s"]
accounts = {accounts}
order_life_s = {life}
signal_age_max_s = {age}
all_or_none = {all_or_none}
waive = {waive}
[strategies.s]
instruments = ["X"]
sides = {sides}
order_types = {kinds}
[strategies.s.limits]
signals_per_minute = {signals}
[instruments.X]
currency = "USD"
tick = {tick}
lot_step = {lot}
multiplier = {multiplier}
{market}
"""

ACCOUNT: Final = """\
[accounts.{name}]
venue = "paper"
currency = "USD"
quote_age_max_s = {quote_age}
silence_max_s = {silence}
[accounts.{name}.limits]
quantity_max = {quantity_max}
value_max = {value_max}
gross_max = {gross_max}
open_orders_max = {orders}
collar_percent = {collar}
position_max = {position_max}
daily_loss_max = {loss}
messages_per_minute = {messages}
"""


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a configuration, from generous to hardly able to trade."""

    def one(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    tick, lot, price = one(
        ("0.1", 0.001, 60_000), ("0.00001", 1000, 1.1), ("0.25", 1, 18_000), ("0.01", 1, 150)
    )
    accounts = one('["one"]', '["one", "two"]')
    most = lot * one(1, 2, 3, 10, 100)
    text = TEXT.format(
        operator=OPERATOR,
        hook=HOOK,
        accounts=accounts,
        life=one(1, 5, 30, 300),
        age=one(1, 30, 86_400),
        all_or_none=one("true", "false"),
        waive=one("[]", '["id"]', '["time"]'),
        sides=one('["buy"]', '["sell"]', '["buy", "sell"]', "[]"),
        kinds=one('["market"]', '["limit"]', '["stop"]', '["stop_limit", "market"]'),
        signals=one(5, 60, 600),
        tick=tick,
        lot=lot,
        multiplier=one(1, 50),
        market=one("", f"[market.walks.X]\nprice_start = {price}"),
    )
    for name in ("one", "two"):
        if name in accounts:
            text += ACCOUNT.format(
                name=name,
                quote_age=one("0.3", "2", "60"),
                silence=one(2, 10, 60),
                quantity_max=f"{most:g}",
                value_max=f"{most * price * one(0.5, 2, 100):.2f}",
                gross_max=f"{most * price * one(1, 5, 1000):.2f}",
                orders=one(1, 2, 20),
                collar=one("0.01", "0.5", "2", "20", "200"),
                position_max=f"{most * one(1, 2, 5):g}",
                loss=one(1, 1_000_000),
                messages=one(10, 120),
            )
    return text


@settings(max_examples=EXAMPLES)
@given(text=texts())
def test_no_configuration_makes_a_good_bridge_fail(text: str) -> None:
    """Each scene ends well, or tells what in the configuration does not let it."""
    with tempfile.TemporaryDirectory() as folder:
        config = config_of(Path(folder), text)
    programme = perform(config, pairs_of(config, every=False)[0], SCENES, 0)

    assert [] == [said(played) for played in programme.played if played.wrong]
    assert all(advice.fix for played in programme.played for advice in played.advice)
