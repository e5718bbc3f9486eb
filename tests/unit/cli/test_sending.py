"""`signal send` makes messages that are new, and leaves files as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.tradingview import DIALECTS
from adapters.tradingview.terms import PLAIN
from bridge.cli.sending import message_of
from bridge.cli.stopped import Stopped
from bridge.exits import Exit

FIELDS = {"strategy": "demo", "symbol": "BTCUSDT", "action": "buy", "quantity": "0.01"}


def test_options_make_a_message_that_is_read() -> None:
    """What the options say is a native alert with an id and a time of its own."""
    reading = DIALECTS["native"].read(message_of(None, FIELDS, False), PLAIN)

    assert reading.misread is None and reading.signal is not None
    assert ("demo", "BTCUSDT") == (reading.signal.strategy, reading.signal.symbol)
    assert reading.signal.id is not None and reading.signal.time_ns is not None


def test_two_messages_are_never_the_same() -> None:
    """Sending twice means two signals: each has its own id."""
    ids = {json.loads(message_of(None, FIELDS, False))["id"] for _ in range(3)}

    assert len(ids) == 3


def test_a_file_goes_byte_for_byte(tmp_path: Path) -> None:
    """A file is sent as it stands, broken or not: what TradingView sent can be sent again."""
    file = tmp_path / "alert.txt"
    file.write_bytes(b'  {"id": {{broken}} \xff')

    assert b'  {"id": {{broken}} \xff' == message_of(file, {}, False)


def test_fresh_replaces_id_and_time_only(tmp_path: Path) -> None:
    """Every other value stays as it was written, numbers digit for digit."""
    file = tmp_path / "alert.json"
    file.write_bytes(b'\xef\xbb\xbf{"id": "old", "quantity": 0.10000000000000000001, "price": 1e2}')

    fresh = message_of(file, {}, True)

    assert b'"quantity":0.10000000000000000001' in fresh and b'"price":1e2' in fresh
    assert "old" != json.loads(fresh)["id"]
    assert json.loads(fresh)["time"].endswith("Z")


@pytest.mark.parametrize(
    ("content", "fields", "exit_code", "code"),
    [
        (None, {}, Exit.USAGE, "message_missing"),
        (None, {"strategy": "demo"}, Exit.USAGE, "message_missing"),
        (b"{}", FIELDS, Exit.USAGE, "message_twice"),
        (b"buy now", {}, Exit.FAILED, "message_unfit"),
        (b"[1]", {}, Exit.FAILED, "message_unfit"),
    ],
)
def test_what_cannot_be_sent_is_said(
    tmp_path: Path, content: bytes | None, fields: dict[str, str], exit_code: Exit, code: str
) -> None:
    """No message, two messages, or a text that cannot be made fresh: one sentence each."""
    file = None
    if content is not None:
        file = tmp_path / "alert"
        file.write_bytes(content)

    with pytest.raises(Stopped) as caught:
        message_of(file, fields, True)

    assert (exit_code, code) == (caught.value.exit_code, caught.value.code)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The sentence names the file and the system's reason."""
    with pytest.raises(Stopped, match=r"gone\.json cannot be read"):
        message_of(tmp_path / "gone.json", {}, False)


def test_options_are_written_in_the_words_of_the_route() -> None:
    """A route that reads native text gets text; nothing of the options is lost."""
    message = message_of(None, FIELDS, False, dialect="native_text", route="r")
    reading = DIALECTS["native_text"].read(message, PLAIN)

    assert reading.misread is None and reading.signal is not None
    assert ("demo", "BTCUSDT") == (reading.signal.strategy, reading.signal.symbol)
    assert reading.signal.id is not None and reading.signal.time_ns is not None


@pytest.mark.parametrize("fresh", [True, False])
def test_options_are_not_sent_to_a_route_of_other_words(tmp_path: Path, fresh: bool) -> None:
    """A route of another product's alerts is told which message it wants; a file goes as it is."""
    file = tmp_path / "alert.txt"
    file.write_bytes(b"60123456789,buy,EURUSD,vol_lots=1")
    given = (file, {}, True) if fresh else (None, FIELDS, False)

    with pytest.raises(Stopped, match="reads pineconnector") as caught:
        message_of(*given, dialect="pineconnector", route="fx")

    assert (Exit.USAGE, "message_not_native") == (caught.value.exit_code, caught.value.code)
    assert "--route fx" in caught.value.fix
    assert file.read_bytes() == message_of(file, {}, False, dialect="pineconnector", route="fx")


def test_an_empty_message_is_not_sent(tmp_path: Path) -> None:
    """Nothing on standard input is no alert."""
    file = tmp_path / "alert.txt"
    file.write_bytes(b"")

    with pytest.raises(Stopped, match="it is empty"):
        message_of(file, {}, False)
