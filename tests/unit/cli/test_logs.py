"""Logs carry what happened, and never a secret or a control character."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from bridge import logs

SECRET = "q7Jx2-tokenvalue-9fK"


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    sys.excepthook = sys.__excepthook__
    root.handlers[:] = kept
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """Read what was logged as JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_program_reads_json() -> None:
    """When it is piped, each event is one JSON object with UTC time, level, name and facts."""
    stream = io.StringIO()
    logs.configure(stream=stream)

    structlog.get_logger("door").warning("slow", ms=31)

    event = lines(stream)[0]
    assert ("door", "warning", "slow", 31) == (
        event["logger"],
        event["level"],
        event["event"],
        event["ms"],
    )
    assert str(event["timestamp"]).endswith("Z")


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    """A secret inside a sentence, a list, a key or an exception is replaced."""
    stream = io.StringIO()
    logs.configure([SECRET], stream=stream)

    try:
        raise ValueError(f"bad {SECRET}")
    except ValueError:
        structlog.get_logger("x").exception(
            f"at /hooks/demo/{SECRET}", parts=[{"deep": (SECRET,)}], **{SECRET: 1}
        )

    assert SECRET not in stream.getvalue()
    assert "Traceback" in stream.getvalue()


def test_a_secret_by_name_is_hidden() -> None:
    """A field that is called like a secret is hidden even when its value is not known."""
    stream = io.StringIO()
    logs.configure(stream=stream)

    structlog.get_logger("x").info(
        "login", api_token="abc", Authorization="Bearer abc", code="held"
    )

    event = lines(stream)[0]
    assert ("***", "***", "held") == (event["api_token"], event["Authorization"], event["code"])


def test_hostile_text_is_shown_on_a_terminal() -> None:
    """A venue's message that carries an escape sequence is shown, not obeyed."""
    stream = Terminal()
    logs.configure(stream=stream)

    structlog.get_logger("x").warning("venue says", text="\x1b]0;pwned\x07")

    assert "\x1b]0;" not in stream.getvalue()
    assert r"\x1b]0;pwned\x07" in stream.getvalue()


def test_libraries_speak_through_the_same_stream() -> None:
    """A warning of a library is redacted like our own; its news of each request is not wanted."""
    stream = io.StringIO()
    logs.configure([SECRET], stream=stream)

    logging.getLogger("httpx").info("POST /hooks/demo/%s", SECRET)
    logging.getLogger("uvicorn.error").warning("broken %s", SECRET)

    assert ["broken ***"] == [event["event"] for event in lines(stream)]


def test_the_level_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`BASCULE_LOG=error` hides warnings; a word that is no level is told and changes nothing."""
    quiet, wrong = io.StringIO(), io.StringIO()
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "error")
    logs.configure(stream=quiet)
    structlog.get_logger("x").warning("hidden")
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "loud")
    logs.configure(stream=wrong)
    structlog.get_logger("x").info("shown")

    assert "" == quiet.getvalue()
    assert ["level_unknown", "shown"] == [event["event"] for event in lines(wrong)]


def test_a_closed_stream_stops_nothing() -> None:
    """When nobody reads the log any more, the bridge goes on."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    stream.close()

    structlog.get_logger("x").info("into the void")

    assert stream.closed


def test_the_last_words_of_a_crash_are_a_log_line() -> None:
    """A failure that nobody caught is logged with its trace, and without the secret in it."""
    stream = io.StringIO()
    logs.configure([SECRET], stream=stream)

    try:
        raise RuntimeError(f"lost {SECRET}")
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    assert "crashed" == lines(stream)[0]["event"]
    assert "RuntimeError" in stream.getvalue() and SECRET not in stream.getvalue()
