from __future__ import annotations

import pytest

from adapters.tradingview import read
from adapters.tradingview.lookalikes import ELSEWHERE, RENAMED, plain
from adapters.tradingview.native import FIELDS
from core.signals import Misread
from tests.unit.tradingview.cases import alert


def refusal(name: str, value: str = "1") -> Misread:
    """Return what is said about a field of this name."""
    misread = read(alert(**{name: value}).encode()).misread
    assert misread is not None, f"{name} was let through"
    return misread


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("tp1", "targets"), ("TP2", "targets"), ("target3", "targets"), ("sl1", "stop")),
        *(("takeProfit", "targets"), ("stop-loss", "stop"), ("Break-Even", "break_even")),
    ],
)
def test_knows_the_spellings_of_stops_and_targets(name: str, meant: str) -> None:
    """Case, dashes and numbers do not hide a level: a lost stop would leave a naked position."""
    assert FIELDS[meant].example in refusal(name).limit


@pytest.mark.parametrize(
    ("name", "meant"), [(name, meant) for meant, names in RENAMED.items() for name in names]
)
def test_names_the_right_field(name: str, meant: str) -> None:
    """The name that another product has for a field is refused with ours."""
    misread = refusal(name)

    assert "field_unknown" == misread.code
    assert FIELDS[meant].example in misread.limit


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("quantiy", "quantity"), ("Quantity", "quantity"), ("orderType", "order_type")),
        *(("prev-position", "prev_position"), ("symbols", "symbol"), ("ACTION", "action")),
        *(("Effect", "effect"), ("triger", "trigger")),
    ],
)
def test_knows_a_slip(name: str, meant: str) -> None:
    """A misspelt field is not dropped: a lost quantity would trade the route's own."""
    assert FIELDS[meant].example in refusal(name).limit


@pytest.mark.parametrize("name", [name for names in ELSEWHERE.values() for name in names])
def test_refuses_what_is_set_elsewhere(name: str) -> None:
    """What changes an order and has no place in an alert is refused with the reason."""
    misread = refusal(name, "null")

    assert "field_unknown" == misread.code
    assert misread.limit.startswith("Delete it: ")


def test_refuses_other_names_even_when_empty() -> None:
    """An empty ``qty`` or ``sl`` is one that got lost, not one that was not asked for."""
    assert "field_unknown" == refusal("qty", '""').code
    assert "field_unknown" == refusal("sl", '""').code


@pytest.mark.parametrize(
    "name",
    [
        *("interval", "exchange", "bar", "open", "high", "low", "note", "message", "order_id"),
        *("strategy_version", "seq", "bar_time", "chart", "comments", "x" * 200, "", "é"),
    ],
)
def test_lets_information_through(name: str) -> None:
    """A field that changes no order is no reason to refuse one."""
    assert read(alert(**{name: '"1"'}).encode()).signal is not None


def test_the_tables_agree() -> None:
    """No name means two things, none is ours, and each is written as names are compared."""
    names = [name for table in (RENAMED, ELSEWHERE) for group in table.values() for name in group]

    assert len(names) == len(set(names))
    assert set(RENAMED) <= set(FIELDS)
    assert [] == [name for name in names if name != plain(name)]
    assert not set(names) & {plain(field) for field in FIELDS}
