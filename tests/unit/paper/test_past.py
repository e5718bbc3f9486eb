"""The books as they were: whatever happened since, a picture of a moment is that moment's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from adapters.paper.past import before_fill
from adapters.paper.settings import PaperSettings
from core.reports import VenueOrder, VenuePosition, VenueSnapshot
from tests.unit.paper.parts import MS, NOW, desk, order, quote

D = Decimal

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["market", "limit", "cancel", "quote"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 30),
    ),
    min_size=1,
    max_size=12,
)


@given(ACTS, st.integers(0, 3))
def test_a_picture_of_then_is_the_picture_that_was_taken_then(
    acts: list[tuple[str, str, int]], way_ms: int
) -> None:
    """After any acts, each earlier moment is shown as it was seen: orders with their fills,
    positions, executions.
    """
    settings = PaperSettings(latency_ms_max=way_ms, partial_fill_probability=D("0.5"), seed=2)
    with TemporaryDirectory() as folder:
        made = desk(Path(folder), settings)
        names: list[str] = []
        taken: list[tuple[int, VenueSnapshot, list[VenueOrder | None]]] = []
        for step, (act, side, lots) in enumerate(acts):
            now = NOW + (step + 1) * 2 * MS
            made.advance(now)
            if act == "quote":
                made.quote(quote(f"1.1{lots:03}", f"1.1{lots:03}"), now)
            elif act == "cancel":
                made.cancel(names[lots % len(names)] if names else "none", now)
            else:
                names.append(f"o{step}")
                price = {"price": f"1.1{lots:03}"} if act == "limit" else {}
                kind = {"order_type": act, "side": side, "quantity": str(D(lots) / 10)}
                made.submit(order(names[-1], **kind, **price), now)
            made.commit()
            shown = [made.lookup(name) for name in names]
            taken.append((now, made.snapshot(now, 1), shown))
        now = taken[-1][0]
        for then, picture, shown in taken:
            past = made.snapshot(now, 1, then)
            assert picture.orders == past.orders
            assert picture.fills == past.fills
            assert _quantities(picture.positions) == _quantities(past.positions)
            assert shown == [made.lookup(name, then) for name in names[: len(shown)]]
        made.ledger.close()


def test_the_average_price_comes_back() -> None:
    """What was added since is taken out of it; what was sold since left it as it was."""
    grown = before_fill(D(3), D(20), quantity=D(1), price=D(30))
    shrunk = before_fill(D(2), D(15), quantity=D(-1), price=D(30))

    assert (D(2), D(15)) == grown
    assert (D(3), D(15)) == shrunk
    assert (D(0), D(0)) == before_fill(D(1), D(9), quantity=D(1), price=D(9))


def test_a_closed_position_comes_back_at_the_price_of_its_end() -> None:
    """What it had cost is not kept any more."""
    closed = before_fill(D(0), D(0), quantity=D(-2), price=D(30))
    turned = before_fill(D(-1), D(30), quantity=D(-3), price=D(30))

    assert (D(2), D(30)) == closed
    assert (D(2), D(30)) == turned


def _quantities(positions: tuple[VenuePosition, ...]) -> dict[str, Decimal]:
    return {one.instrument: one.quantity for one in positions}
