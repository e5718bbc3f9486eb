from __future__ import annotations

import pytest

from adapters.tradingview.reading import Fault
from adapters.tradingview.terms import PLAIN, Terms, needed, unsupported
from core.signals import QuantityUnit


def test_gives_a_term_that_is_set() -> None:
    """What the route says is what the dialect reads by."""
    terms = Terms(risk_unit=QuantityUnit.RISK_PERCENT)

    assert QuantityUnit.RISK_PERCENT == needed(terms, "risk_unit", "")


def test_refuses_when_the_route_says_nothing() -> None:
    """A term that is missing is told with the line that belongs into the configuration."""
    with pytest.raises(Fault) as raised:
        needed(PLAIN, "risk_unit", 'risk_unit = "units"')

    misread = raised.value.misread
    assert "dialect_setting_missing" == misread.code
    assert ("risk_unit", 'risk_unit = "units"') == (misread.field, misread.limit)


def test_refuses_an_option_by_name() -> None:
    """An option that changes the order is told with its value and why it is not done."""
    misread = unsupported("delay", "5", "an order waits for nothing").misread

    assert "option_unsupported" == misread.code
    assert ("delay", "5", "an order waits for nothing") == (
        misread.field,
        misread.value,
        misread.limit,
    )
