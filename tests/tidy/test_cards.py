"""Every contract card has one test, and every test of the contract plays a card."""

from __future__ import annotations

from dataclasses import fields

from adapters.port import Capabilities
from tests.contract.venue.cards import CARDS
from tests.tidy.cards import played


def test_every_card_has_one_test_and_every_test_a_card() -> None:
    """A card nobody plays proves nothing; a test without a card is in no list."""
    numbers = sorted(number for number, _ in played())

    assert [one.number for one in CARDS] == numbers


def test_a_card_needs_what_an_adapter_can_claim() -> None:
    """A name that no adapter has would skip its card for ever."""
    claims = {one.name for one in fields(Capabilities)} | {"", "shorts", "others"}

    assert {one.needs for one in CARDS} <= claims
