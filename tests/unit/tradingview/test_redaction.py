from __future__ import annotations

import pytest

from adapters.tradingview import BODY_BYTES_MAX, read, redact
from adapters.tradingview.redaction import REDACTED_CHARS_MAX
from tests.unit.tradingview.cases import alert

SECRET = "s3cr3t-Tok_en123"


def test_hides_the_token_and_nothing_else() -> None:
    """Of a good message only the token goes; the rest stays to the letter."""
    text = alert(token=f'"{SECRET}"', comment='"monkey, keynote, signal, author, encode"')

    assert text.replace(SECRET, "[redacted]") == redact(text.encode())


def test_leaves_a_message_without_secrets_alone() -> None:
    """Nothing is hidden where nothing is secret."""
    text = alert(comment='"code red, key level"', note='"token"', sig='""')

    assert text == redact(text.encode())


def test_hides_too_much_rather_than_too_little() -> None:
    """What follows the word token in a text may be one."""
    text = alert(comment='"the token abcdef"', note='"kept"')

    assert text.replace("abcdef", "[redacted]") == redact(text.encode())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "token",
            "TOKEN",
            "key",
            "secret",
            "passphrase",
            "apikey",
            "api_key",
            "api_secret",
            "code",
        ),
        *("email_token", "relaySecret", "auth_key", "sig", "signalToken", "password", "LicenseID"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        '{{"a": 1, "{name}": "{secret}"}}',
        '{{"a": 1,\n "{name}"\n :\n "{secret}"\n}}',
        "{{'{name}': '{secret}'}}",
        "{{“{name}”: “{secret}”}}",
        '{{"{name}": {secret}, "a": 1}}',
        '{{"{name}": "{secret}',
        '{{"{name}": ""{secret}"", "a": 1}}',
        '{{"{name}" = "{secret}"}}',
        '{{"{name}": ["{secret}"]}}',
        '{{"{name}": {{"value": "{secret}"}}}}',
        '{{{name}: "{secret}"}}',
        '{{"message": "{{\\"{name}\\": \\"{secret}\\"}}"}}',
        '{{"message": "{name}={secret}"}}',
        "{name}={secret}; symbol=ES1!",
        "SYMBOL=ES1!\\n{name}={secret}\\nSIGNAL=BUY",
        '{{"x": 1}} {{"{name}":"{secret}"}}',
    ],
)
def test_hides_secrets_in_every_form(name: str, form: str) -> None:
    """A secret is known by the name of its field, in whatever text people send."""
    body = form.format(name=name, secret=SECRET).encode()

    assert SECRET not in redact(body)
    assert "[redacted]" in redact(body)
    assert SECRET not in str(read(body).misread)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"token" "{SECRET}"}}',
        f'{{"token";"{SECRET}"}}',
        f'{{"token", "{SECRET}"}}',
        f"token {SECRET}",
        f'{{"\\u0074oken": "{SECRET}"}}',
        f'{{"tok\\u0065n": "{SECRET}", "a": }}',
        f'{{"token": "{SECRET}", "comment": "sent with {SECRET}"}}',
        f'\ufeff{{"token": "{SECRET}"}}',
        f'{{"İ": 1, "Token": "{SECRET}"}}',
        f'{{"\\u00zz": 1, "token": "{SECRET}"',
        f'{{"Key": 1, "token": "{SECRET}"}}',
    ],
)
def test_hides_the_token_of_stranger_texts(text: str) -> None:
    """Wrong separators, escaped names and repetitions do not give a token away."""
    assert SECRET not in redact(text.encode())


def test_hides_a_licence_number() -> None:
    """A text that begins with a licence number is shown without it."""
    assert "[redacted],buy,EURUSD" == redact(b"60123456789,buy,EURUSD")


def test_hides_a_token_that_has_escapes_or_delimiters() -> None:
    """A quoted secret is hidden to its closing quote, commas and escaped quotes included."""
    text = '{"token": "a,b;c}d\\"e", "a": 1}'

    assert '{"token": "[redacted]", "a": 1}' == redact(text.encode())


def test_shows_what_is_not_utf8() -> None:
    """Bytes that are no text are shown as such, and do not stop the redaction."""
    assert '{"a": "\ufffd", "token": "[redacted]"}' == redact(b'{"a": "\xff", "token": "abcd\xfe"}')


def test_is_bounded() -> None:
    """A huge body leaves a short text that says how much there was, and no piece of a token."""
    body = b'{"comment": "' + b"x" * (REDACTED_CHARS_MAX - 20) + f'", "token": "{SECRET}"'.encode()
    text = redact(body + b"y" * BODY_BYTES_MAX)

    assert f"… ({len(body) + BODY_BYTES_MAX} bytes in all)" in text
    assert len(text) < REDACTED_CHARS_MAX + 40
    assert SECRET[:4] not in text


@pytest.mark.parametrize(
    "text", [f'{{"token\'{SECRET}": 1}}', f'{{"qty token={SECRET}": "{{{{x}}}}"}}']
)
def test_hides_a_secret_that_got_into_a_name(text: str) -> None:
    """A misplaced quote that puts the token into a field's name does not show it."""
    good = alert()[:-1] + ", " + text[1:]

    assert SECRET not in redact(good.encode())
    assert SECRET not in f"{read(good.encode()).ignored} {read(good.encode()).misread}"
