"""Whose alert a message plainly is: said in a refusal, and never more than said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tradingview import DIALECTS
from adapters.tradingview.likeness import LOOK_BYTES_MAX, likeness
from bridge.codes import explain
from tests.unit.tradingview.golden import Golden, goldens

GOLDEN = goldens()
OWN = [one for one in GOLDEN if one.expected and one.dialect != "mapping"]


@pytest.mark.parametrize("golden", OWN, ids=lambda one: one.label)
def test_a_good_alert_is_taken_for_no_other(golden: Golden) -> None:
    """What one dialect reads is never said to be of another one."""
    assert likeness(golden.body) in ("", golden.dialect)


def test_most_good_alerts_are_known() -> None:
    """The hint is of use: it knows some of every dialect, and eight of ten in all."""
    known = [one for one in OWN if likeness(one.body) == one.dialect]

    assert {one.dialect for one in OWN} == {one.dialect for one in known}
    assert len(known) > 0.8 * len(OWN)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[1]", b"hello", b'"x"', b"[" * 9000])
def test_nothing_is_like_nobody(body: bytes) -> None:
    """What is no alert gets no hint."""
    assert "" == likeness(body)


def test_a_large_message_is_not_looked_at() -> None:
    """It was not written for a bridge."""
    body = b'{"ticker": "X", "action": "buy", "note": "%s"}'

    assert "traderspost" == likeness(body % b"x")
    assert "" == likeness(body % (b"x" * LOOK_BYTES_MAX))


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_never_raises(body: bytes) -> None:
    """Whatever comes, it is a dialect or nothing."""
    assert likeness(body) in ("", *DIALECTS)


def test_the_fix_names_the_dialect() -> None:
    """The refusal stays what it is; its fix says what the route may have meant."""
    plain = explain("field_missing", "", "x", "symbol")
    hinted = explain("field_missing", "", "x", "symbol", like="traderspost")

    assert plain[0] == hinted[0]
    assert hinted[1].startswith(plain[1])
    assert 'dialect = "traderspost"' in hinted[1]
