"""Our ids in the venues' forms, and back."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.names import our_name, venue_name
from adapters.ccxt.profile import IdForm, Profile
from adapters.ccxt.profiles import PROFILES
from core.ids import is_ours, order_id

VENUES: Final = st.sampled_from(list(PROFILES.values()))
OURS: Final = st.builds(order_id, st.text("abc", max_size=9), st.text("xyz", max_size=9))


@given(OURS, VENUES)
def test_an_id_comes_back(order: str, profile: Profile) -> None:
    """What a venue is given fits its field, and what it shows is read as the id that it was:
    nothing has to be remembered for that."""
    told = venue_name(profile, order)

    assert re.fullmatch(profile.client_id.pattern, told)
    assert order == our_name(profile, told)


@given(st.text(max_size=40) | st.from_regex(r"(0x|t-)?[0-9a-f]{20,34}", fullmatch=True), VENUES)
def test_what_is_not_in_our_form_is_somebody_elses(told: str, profile: Profile) -> None:
    """Whatever a venue shows: it is an id of ours in this venue's form, or no id of ours."""
    order = our_name(profile, told)

    assert order == "" or is_ours(order)
    assert order == "" or told.lower().replace("-", "") == venue_name(profile, order).replace(
        "-", ""
    )


@given(OURS, OURS, VENUES)
def test_two_orders_never_share_a_name(first: str, second: str, profile: Profile) -> None:
    """Different ids have different forms."""
    same = venue_name(profile, first) == venue_name(profile, second)

    assert same is (first == second)


def test_a_uuid_of_ours_is_read_too() -> None:
    """Kraken may show a name of 32 digits as a UUID."""
    kraken = PROFILES["kraken"]
    name = venue_name(kraken, order_id("a", "b"))
    told = "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:])).upper()

    assert IdForm.HEX is kraken.client_id.form
    assert order_id("a", "b") == our_name(kraken, told)


def test_a_stray_digit_makes_it_a_strangers() -> None:
    """32 digits that somebody else made up are not taken for ours."""
    kraken = PROFILES["kraken"]
    name = venue_name(kraken, order_id("a", "b"))
    other = name[:-1] + ("0" if name[-1] != "0" else "1")

    assert "" == our_name(kraken, other)
    assert "" == our_name(kraken, None)
