"""Which secrets are taken: those that nobody guesses and every address can carry."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from bridge.config.tokens import TOKEN_LENGTH_MIN, weakness_of
from tests.unit.config.files import HOOK


@pytest.mark.parametrize(
    ("secret", "weakness"),
    [
        (HOOK[: TOKEN_LENGTH_MIN - 1], "it has 23 characters"),
        (HOOK[:TOKEN_LENGTH_MIN], ""),
        ("x7Kp2QvR" * 16 + "z", "it has 129 characters, which is too long"),
        ("aZk3aQk7ZaQ3k7QaZk3a7ZQk3a", "it has 6 different characters"),
        ("4tRw9ZkQ2m4tRw9ZkQ2m4tRw9ZkQ2m", "it repeats itself"),
        ("abcdefghijklmnopqrstuvwxyz", "its characters follow one another"),
        ("00112233445566778899aabbcc", "its characters follow one another"),
        (HOOK + "/x", "it has characters that do not fit into an address"),
        (HOOK + "é", "it has characters that do not fit into an address"),
        ("", "it has 0 characters"),
    ],
)
def test_says_why_a_secret_is_no_good(secret: str, weakness: str) -> None:
    """Short, poor, repeated, counted up or unfit for an address: each is told, a good one not."""
    assert weakness == weakness_of(secret)


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_random_secrets_of_every_usual_form_are_taken(make: Callable[[int], str]) -> None:
    """What the usual generators print is good, at any usual length."""
    made = [make(size) for size in (18, 24, 32, 48) for _ in range(50)]

    assert {""} == {weakness_of(secret) for secret in made}
