"""The command beside a running bridge: what it shows, what it does, and all of it as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.exits import Exit
from tests.e2e.commands import Done, Place, fresh, place, running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One running bridge for all tests of this file."""
    made = place(tmp_path_factory.mktemp("running") / "b")
    with running(made):
        yield made


def sent(where: Place, **fields: str) -> Done:
    """Send one alert."""
    return where.run("signal", "send", *fresh(**fields), "--json")


def test_an_admitted_signal_is_found_and_explained(where: Place) -> None:
    """What was sent stands in the list, its order in the other; the trace tells the whole way."""
    done = sent(where, comment="first one")
    signal = done.json["signal"]
    listed = where.run("signal", "list", "--json").json
    told = where.run("signal", "explain", signal)

    assert (0, "admitted", 202) == (done.code, done.json["verdict"], done.json["status"])
    assert signal in [row["signal"] for row in listed["signals"]]
    assert listed["running"] is True
    assert "Received at the door" in told.out and "Quantity of one order" in told.out
    assert done.json["orders"][0] in where.run("order", "list").out


def test_what_is_printed_to_paste_is_admitted(where: Place) -> None:
    """The message of `tv template`, filled in as TradingView does it, trades; and any dialect can
    be sent from standard input."""
    done = where.run("tv", "template", "--use", "entry", "--json")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    message = done.json["message"].replace("{{timenow}}", now)
    for name, value in {"ticker": "BTCUSDT", "interval": "60", "close": "60000"}.items():
        message = message.replace(f"{{{{{name}}}}}", value)
    answer = where.run("signal", "send", "--json", stdin=message.encode())

    assert (0, True) == (done.code, done.json["ok"])
    assert (0, "admitted") == (answer.code, answer.json["verdict"])


def test_hostile_text_is_shown_and_not_obeyed(where: Place) -> None:
    """A message that would recolour the terminal or turn its text round comes out as text."""
    hostile = '{"strategy": "\x1b[31m\u202e<b>", "action": "\x9b2J"}'.encode()
    done = where.run("signal", "send", "-", "--json", stdin=hostile)
    told = where.run("signal", "explain", done.json["signal"])

    for shown in (done, told, where.run("signal", "list"), where.run("journal", "export")):
        assert not {"\x1b", "\x9b", "\u202e"} & set(shown.out + shown.err)
    assert "<b>" in told.out


def test_a_refusal_says_value_limit_and_fix(where: Place) -> None:
    """Too large an order ends with 1; the reason stands in answer, list and trace."""
    done = sent(where, quantity="5", effect="open")
    told = where.run("signal", "explain", done.json["signal"])

    assert (Exit.FAILED, "refused", "quantity_over_limit") == (
        done.code,
        done.json["verdict"],
        done.json["code"],
    )
    assert done.json["sentence"] in told.out and done.json["fix"] in told.out


def test_a_file_is_sent_as_it_stands(where: Place, tmp_path: Path) -> None:
    """The same file twice is one signal; with --fresh it is another one; broken it is refused."""
    file = tmp_path / "alert.json"
    first = json.dumps({**where.made["message"], "id": "file-1"})
    file.write_text(first, encoding="utf-8")
    words = ("signal", "send", file, "--fresh", "--json")

    fresh_one, fresh_two = where.run(*words), where.run(*words)
    broken = where.run("signal", "send", "-", "--json", stdin=b"{{strategy}} buy")

    assert ["admitted", "admitted"] == [fresh_one.json["verdict"], fresh_two.json["verdict"]]
    assert fresh_one.json["signal"] != fresh_two.json["signal"]
    assert (Exit.FAILED, "refused") == (broken.code, broken.json["verdict"])


def test_halt_and_resume(where: Place) -> None:
    """A halt refuses entries and is shown with who and why; only a resume lifts it."""
    halted = where.run("halt", "--reason", "tea \x1b time", "--json")
    status = where.run("status")
    refused = sent(where, effect="open")
    resumed = where.run("resume", "--reason", "done", "--json")
    again = where.run("resume", "--reason", "done", "--json")

    assert (0, True, []) == (halted.code, halted.json["halted"], halted.json["unconfirmed"])
    assert "RAISED global" in status.out and "by operator" in status.out
    assert "\x1b" not in status.out
    assert "halted" == refused.json["code"]
    assert (0, False) == (resumed.code, resumed.json["halted"])
    assert (Exit.FAILED, "not_halted") == (again.code, again.json["code"])
    assert "OPEN" in where.run("status").out


def test_a_resume_names_the_file_that_raises_it_again(where: Place) -> None:
    """Whoever lowers the bridge while the file lies there learns why it goes up once more."""
    file = where.config.data / "HALT"
    file.write_text("a holiday", encoding="utf-8")
    raised = [where.run("status").out for _ in range(20) if file.exists()]
    resumed = where.run("resume", "--reason", "back")
    file.unlink()
    for _ in range(20):
        if "OPEN" in where.run("status").out:
            break
        where.run("resume", "--reason", "back")

    assert "a holiday" in raised[-1]
    assert str(file) in resumed.out and "raises it again" in resumed.out
    assert "OPEN" in where.run("status").out


def test_a_scope_can_be_halted_alone(where: Place) -> None:
    """A scope that does not exist is refused; one that does leaves the bridge open."""
    wrong = where.run("halt", "--scope", "account:nobody", "--json")
    where.run("halt", "--scope", "strategy:demo", "--reason", "look at it")
    status = where.run("status", "--json").json
    where.run("resume", "--scope", "strategy:demo", "--reason", "looked")

    assert (Exit.FAILED, "scope_unknown") == (wrong.code, wrong.json["code"])
    assert (False, ["strategy:demo"]) == (status["halted"], [h["scope"] for h in status["halts"]])


def test_a_working_order_is_cancelled(where: Place) -> None:
    """A resting limit order is listed as alive, asked to end with a reason, and then is no more."""
    limit = {"order_type": "limit", "price": "59400", "effect": "open"}
    order = sent(where, **limit).json["orders"][0]
    alive = where.run("order", "list", "--state", "alive", "--json").json["orders"]
    done = where.run("order", "cancel", order, "--reason", "changed my mind", "--json")
    unknown = where.run("order", "cancel", "a" * 26, "--reason", "x", "--json")

    assert order in [row["order"] for row in alive]
    assert (0, order) == (done.code, done.json["order"])
    assert (Exit.FAILED, "order_unknown") == (unknown.code, unknown.json["code"])


def test_an_unknown_signal_is_said(where: Place) -> None:
    """Asking for what is not there ends with 1 and a sentence."""
    done = where.run("signal", "explain", "nonsense", "--json")

    assert Exit.FAILED == done.code
    assert "nonsense" in done.json["sentence"]


def test_the_journal_is_verified_and_exported_while_the_bridge_runs(
    where: Place, tmp_path: Path
) -> None:
    """Both read beside the writer; the export has every record, in order, and no secret."""
    sent(where)
    file = tmp_path / "journal.jsonl"
    proof = where.run("journal", "verify", "--json")
    done = where.run("journal", "export", "--out", file, "--json")
    again = where.run("journal", "export", "--out", file, "--json")
    part = where.run("journal", "export", "--from", "2", "--to", "4", "--json")

    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (0, True) == (proof.code, proof.json["ok"])
    assert list(range(1, len(rows) + 1)) == [row["number"] for row in rows]
    assert "journal_opened" == rows[0]["t"]
    assert done.json["records"] == len(rows) >= proof.json["records"]
    assert (Exit.FAILED, "file_unwritable") == (again.code, again.json["code"])
    assert [2, 3, 4] == [json.loads(line)["number"] for line in part.out.splitlines()]
    text = file.read_text(encoding="utf-8")
    assert not any(secret in text for secret in where.secrets)


def test_check_works_beside_a_running_bridge(where: Place) -> None:
    """It takes no lease: the bridge goes on, and takes signals afterwards."""
    done = where.run("check", "--json")

    assert 0 == done.code, done.out
    assert "admitted" == sent(where).json["verdict"]


def test_no_output_shows_a_secret(where: Place) -> None:
    """No command that looks shows a token, on either stream, and neither does the log."""
    commands = (["status"], ["signal", "list"], ["order", "list"], ["check"], ["journal", "verify"])
    for words in commands:
        for done in (where.run(*words), where.run(*words, "--json")):
            assert 0 == done.code
            assert not any(secret in done.out + done.err for secret in where.secrets)
    log = (where.file.parent / "bridge.log").read_text(encoding="utf-8")
    assert log and not any(secret in log for secret in where.secrets)


def test_a_person_limits_and_flattens_by_command(where: Place) -> None:
    """A limit is set at once and taken back, what is open is closed; both ask a second time."""
    sent(where)
    why = ("--reason", "a test")
    tighter = where.run("limit", "set", "account:paper", "value_max", "1", *why, "--json")
    looser = ("limit", "set", "account:paper", "value_max", "2000", *why)
    unsure, sure = where.run(*looser), where.run(*looser, "--yes")
    shown = where.run("limit", "show")
    nothing = where.run("limit", "accept", *why, "--yes", "--json")
    asked = where.run("flatten", "account:paper", *why, "--json")
    done = where.run("flatten", "account:paper", *why, "--yes", "--json")
    held = where.run("position", "list", "--json")
    compared = where.run("reconcile", "now", "paper", "--json")

    assert [0, Exit.FAILED, 0, 0] == [tighter.code, unsure.code, sure.code, shown.code]
    assert "--yes" in unsure.err and "value_max" in shown.out
    assert (Exit.FAILED, "limits_not_waiting") == (nothing.code, nothing.json["code"])
    assert (Exit.FAILED, "confirm_missing") == (asked.code, asked.json["code"])
    assert 0 == done.code and done.json["act"]
    assert (0, True) == (held.code, held.json["running"])
    assert (0, []) == (compared.code, compared.json["accounts"][0]["mismatches"])
