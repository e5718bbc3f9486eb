"""Futures: whatever is sent when, over rolls, last entries and the end of the table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from core import codec, snapshot
from core import records as r
from core.commands import ReceiveSignal
from core.engine import step
from core.orders import Order, Purpose
from tests.unit.core.rolls import DAY_NS, NAMES, NOW, Pit, rolling
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import picture, replay

D = Decimal

Step = tuple[str, Any]

DAYS: Final = (0.5, 8, 9.5, 10.5, 12, 19.9, 20.1, 99.5, 101, 112, 189.5, 191, 201)
"""Days after the beginning, before and after all that a table knows."""

WAIT: Final = st.tuples(st.just("wait"), st.sampled_from(DAYS))
FILL: Final = st.tuples(st.just("fill"), st.booleans())
SAY: Final = st.tuples(
    st.just("say"),
    st.fixed_dictionaries(
        {
            "action": st.sampled_from(["buy", "sell", "exit", "cancel", "target"]),
            "symbol": st.sampled_from(["ES1!", "ES1!", "ES2!", *NAMES]),
            "strategy": st.sampled_from(["trend", "fade"]),
            "number": st.integers(-2, 3),
            "limit": st.booleans(),
            "effect": st.sampled_from([None, None, "open", "close"]),
        }
    ),
)
STEPS: Final = st.lists(st.one_of(SAY, SAY, FILL, WAIT), max_size=25)


def message(pit: Pit, said: dict[str, Any]) -> ReceiveSignal:
    """Make the message of a step."""
    action, fields = said["action"], {"symbol": said["symbol"], "strategy": said["strategy"]}
    if action == "target":
        fields["target_position"] = str(said["number"])
    elif action == "exit" and said["number"] > 0:
        fields["quantity"] = str(said["number"])
    elif action in ("buy", "sell"):
        fields |= {"quantity": str(max(1, said["number"])), "effect": said["effect"]}
        if said["limit"]:
            fields |= {"order_type": "limit", "price": "6000"}
    return pit.signal(action, **{name: one for name, one in fields.items() if one is not None})


def entry_fault(pit: Pit, symbol: str, order: Order) -> str:
    """Say what is wrong with an entry that goes by a symbol now."""
    future, place = pit.setup.futures["ES"], NAMES.index(order.instrument)
    if pit.now >= future.contracts[place].last_entry_ns:
        return "after the last entry"
    if symbol in NAMES:
        return "" if symbol == order.instrument else "in another contract"
    if future.rolling(pit.now) is not None or future.ending(pit.now):
        return "around a roll"
    front = future.front(pit.now) + int(symbol[2]) - 1
    return "" if place == front else "not in the front contract"


def exit_fault(order: Order, symbol: str, held: Decimal) -> str:
    """Say what is wrong with an exit, by what is held of its contract."""
    if symbol in NAMES and symbol != order.instrument:
        return "in another contract"
    closes = held * order.side.sign < 0 and order.quantity <= abs(held)
    return "" if closes else "more than is held"


@given(steps=STEPS, ends=st.booleans())
def test_only_what_may_be_opened_is_and_exits_only_close(steps: list[Step], ends: bool) -> None:
    """An entry by a continuous symbol is in the front contract, in good time and not around a roll;
    an exit closes what is held. A snapshot decides as the state that it is of."""
    table = {"ends_ns": NOW + 190 * DAY_NS} if ends else {}
    pit = Pit(rolling(setup_of(strategies=("trend", "fade")), **table))
    for kind, what in steps:
        if kind == "wait":
            pit.days(max(what - (pit.now - NOW) / DAY_NS, 0.01))
        elif kind == "fill":
            pit.settle()
        else:
            before = {key: one.quantity for key, one in pit.state.positions.items()}
            other = snapshot.load(snapshot.dump(pit.state))
            asked = message(pit, what)
            theirs = step(other, pit.view, [asked], pit.now)
            ours = pit.do(asked)
            assert codec.encode(theirs.records) == codec.encode(ours.records)
            for one in ours.records:
                if not isinstance(one, r.OrderIntended):
                    continue
                order, symbol = one.order, what["symbol"]
                held = before.get((order.account, order.instrument, order.strategy), D(0))
                entry = order.purpose is Purpose.ENTRY
                fault = (
                    entry_fault(pit, symbol, order) if entry else exit_fault(order, symbol, held)
                )
                assert not fault, fault

    assert picture(pit.state) == picture(replay(pit.records))
