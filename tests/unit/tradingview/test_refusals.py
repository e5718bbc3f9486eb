from __future__ import annotations

import re

import pytest

from adapters.tradingview import CODES, read
from core.codes import fill
from tests.unit.tradingview.cases import REFUSED, Refused
from tests.unit.tradingview.golden import goldens

AWAITED = {
    *("dialect_setting_missing", "option_unsupported", "batch_size"),
    *("text_is_json", "text_pair_form", "text_pieces_many"),
}
"""Codes of what several dialects share; each has a test beside the part that gives it."""


def _name(row: Refused) -> str:
    return f"{row.code}-{row.body[:40]!r}"


@pytest.mark.parametrize("row", REFUSED, ids=_name)
def test_names_the_fault(row: Refused) -> None:
    """Each wrong alert that people really send gets its code, field and right template."""
    body = row.body if isinstance(row.body, bytes) else row.body.encode()
    misread = read(body).misread

    assert misread is not None
    assert row.code == misread.code
    assert row.field in (None, misread.field)
    assert row.value in (None, misread.value)
    assert row.limit in (None, misread.limit)


@pytest.mark.parametrize("row", REFUSED, ids=_name)
def test_says_it_in_words(row: Refused) -> None:
    """Sentence and fix come out complete: no gap, no empty name, nothing of the form left over."""
    body = row.body if isinstance(row.body, bytes) else row.body.encode()
    misread = read(body).misread
    assert misread is not None
    code = CODES[misread.code]
    for text in (code.sentence, code.fix):
        said = fill(text, misread.value, misread.limit, misread.field)

        assert misread.value or "{value}" not in text
        assert misread.limit or "{limit}" not in text
        assert misread.field or "{where}" not in text
        assert re.search(r"(?<!\{)\{(?:value|limit|where)\}", said) is None
        assert said[-1] in ".…"


def test_every_code_has_a_case() -> None:
    """No code is in the table that no message gets."""
    golden = {one.refused["code"] for one in goldens() if one.refused}

    assert set(CODES) == {row.code for row in REFUSED} | golden | AWAITED


def test_says_what_kind_of_answer_each_code_is() -> None:
    """What cannot be read is 400, what is too long 413, what is read and wrong 422."""
    assert {400, 413, 422} == {code.status for code in CODES.values()}
    assert 413 == CODES["body_too_large"].status
    assert {400} == {CODES[name].status for name in CODES if name.startswith(("json_", "text_not"))}
    assert {422} == {CODES[name].status for name in CODES if name.startswith("number_")}
    assert not any(code.retryable for code in CODES.values())


def test_finds_the_token_of_a_broken_message() -> None:
    """The sender of a broken message is known, so that the fault can be told."""
    reading = read(b'{"token": "s3cr3t", "symbol": BTCPERP}')

    assert reading.misread is not None
    assert "s3cr3t" == reading.token


def test_takes_no_token_that_is_in_doubt() -> None:
    """Two tokens in a broken message are none."""
    assert read(b'{"token": "a", "token": "b", "symbol": BTC}').token is None


def test_keeps_the_token_of_a_message_with_a_wrong_field() -> None:
    """A wrong field does not hide who sent it."""
    assert "s3cr3t" == read(b'{"action": "hold", "token": "s3cr3t"}').token


def test_hides_the_token_when_a_reading_is_printed() -> None:
    """A reading in a log line or an exception shows no secret."""
    reading = read(b'{"token": "s3cr3t"}')

    assert "s3cr3t" not in f"{reading!r} {reading}"
