from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tradingview.linear import CHOICES_MAX, PATTERN_CHARS_MAX, fault_of

GOOD = [
    r"(?P<a>buy|sell) (?P<s>\S++) (?P<q>[\d.]++)",
    r"(?:a|b)*+x",
    r"a{3}b{2,5}+",
    r"[]a]++[^]\]]*+",
    r"\d++%",
    r"(?:ab)++",
    r"{abc}{}",
    r"x(?: y[^,]*+)?",
    r"\(\*\)\?",
]

BAD = [
    (r"\S+", "possessive"),
    (r"a*?", "possessive"),
    (r"a{2,5}", "possessive"),
    (r"a{,5}", "possessive"),
    (r"(?:a++)*+", "inside a repeat"),
    (r"(?:(?:a++)b)*+", "inside a repeat"),
    (r"(a)\1", "backreference"),
    (r"(?P<x>a)(?P=x)", "groups"),
    (r"(?=x)", "groups"),
    (r"(?<!x)y", "groups"),
    (r"(?i)x", "groups"),
    (r"(?>a)", "groups"),
    (r"(?:a?){30}", "write it out"),
    (r"(?:a?){1000}", "write it out"),
    ("a?" * 7, "ways"),
    ("(?:a|b)" * 7, "ways"),
    ("(", "no regular expression"),
    ("[[a]", "no regular expression"),
    ("a" * (PATTERN_CHARS_MAX + 1), "characters"),
]


@pytest.mark.parametrize("pattern", GOOD)
def test_lets_a_pattern_through_that_is_linear(pattern: str) -> None:
    """Possessive repeats, fixed counts, sets, groups and a few choices."""
    assert "" == fault_of(pattern)


@pytest.mark.parametrize(("pattern", "why"), BAD)
def test_says_why_another_one_may_not_be(pattern: str, why: str) -> None:
    """Whatever could look at the same text again and again is refused before the first alert."""
    assert why in fault_of(pattern)


PIECES = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "[ab]",
        r"\w",
        "(?:",
        "(?P<n>",
        ")",
        "|",
        "?",
        "*",
        "+",
        "*+",
        "++",
        "{2}",
        "{1,}",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_pattern_raises_and_none_that_passes_backtracks(pattern: str) -> None:
    """A pattern that passes has a bounded number of ways through, whatever it is tried on."""
    if fault_of(pattern):
        return
    found = re.compile(pattern)
    bare = re.sub(r"\*\+|\+\+|\}\+", "", pattern)

    assert "*" not in bare and "+" not in bare
    assert found.fullmatch("ab" * 5_000 + "!") is None or "." in pattern
    assert pattern.count("?") - pattern.count("(?") <= CHOICES_MAX
