from __future__ import annotations

import json
import re

import msgspec
import pytest

from adapters.tradingview import CODES, DIALECTS
from core.codes import fill
from tests.unit.tradingview.golden import Golden, goldens
from tests.unit.tradingview.reads import reading_of

ALL = goldens()
READ = [one for one in ALL if one.expected]
REFUSED = [one for one in ALL if one.refused]


@pytest.mark.parametrize("golden", READ, ids=lambda one: one.label)
def test_reads_field_by_field(golden: Golden) -> None:
    """A golden alert is read as its file says, with no field more and none less."""
    reading = reading_of(golden)

    assert reading.misread is None, reading.misread
    assert golden.expected == tuple(json.loads(msgspec.json.encode(one)) for one in reading.signals)


@pytest.mark.parametrize("golden", REFUSED, ids=lambda one: one.label)
def test_refuses_in_words(golden: Golden) -> None:
    """A golden alert that must not be traded is refused with its code, and with a whole sentence
    and a whole fix."""
    reading = reading_of(golden)
    misread = reading.misread

    assert () == reading.signals
    assert misread is not None
    said = msgspec.to_builtins(misread)
    assert golden.refused == {name: said[name] for name in golden.refused}
    assert "code" in golden.refused
    code = CODES[misread.code]
    for text in (code.sentence, code.fix):
        whole = fill(text, misread.value, misread.limit, misread.field)
        assert re.search(r"(?<!\{)\{(?:value|limit|where)\}", whole) is None
        assert misread.value or "{value}" not in text
        assert misread.limit or "{limit}" not in text
        assert misread.field or "{where}" not in text


@pytest.mark.parametrize("golden", ALL, ids=lambda one: one.label)
def test_keeps_what_stands_beside(golden: Golden) -> None:
    """Token, ignored fields and repairs are those that the file names."""
    reading = reading_of(golden)
    said = {
        "token": reading.token,
        "ignored": list(reading.ignored),
        "repaired": list(reading.repaired),
    }

    assert golden.beside == {name: said[name] for name in golden.beside}


def test_every_dialect_has_both() -> None:
    """Each dialect has golden alerts that are read, and some that are refused."""
    assert set(DIALECTS) == {one.dialect for one in READ}
    assert set(DIALECTS) == {one.dialect for one in REFUSED}


def test_there_are_many() -> None:
    """At least 150 different alerts over all dialects, and 60 of them must not be traded."""
    kinds = {(one.dialect, one.body, one.terms) for one in ALL}

    assert len(kinds) >= 150
    assert len(REFUSED) >= 60


def test_every_name_is_its_own() -> None:
    """No two alerts of one dialect have the same name."""
    labels = [one.label for one in ALL]

    assert len(labels) == len(set(labels))
