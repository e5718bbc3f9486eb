"""Limits in force: a file tightens at once, and loosens only by a person's act with a reason."""

from __future__ import annotations

import typing
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import limits as file_limits
from bridge.config.fields import COUNT_MAX as COUNT_MAX_OF_FILE
from core import commands as c
from core import records as r
from core.answers import Denied, Done
from core.engine import step
from core.inforce import COUNT_MAX, COUNTS, MEASURED, NAMES, adopt, is_looser, value
from core.setup import Limits, Setup
from core.state import State
from tests.unit.core.setups import WIDE, limited, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
HERE = "account:one"


def restarted(stage: Stage, setup: Setup) -> None:
    """Begin again with another file."""
    stage.setup = setup
    stage.start()
    stage.recover("one")


def in_force(state: State, name: str, scope: str = HERE) -> Decimal | None:
    """Return a limit as it is in force."""
    return value(state.facts.setup.limits, scope, name)


def set_(name: str, to: str | None, scope: str = HERE, **fields: typing.Any) -> c.SetLimit:
    """Make the act that sets a limit."""
    asked = {"by": "anna", "reason": "calm day", **fields}
    return c.SetLimit(scope=scope, name=name, value=None if to is None else D(to), **asked)


def test_the_first_file_is_in_force_as_it_stands() -> None:
    """A journal that knows no limits takes those of its first file, and nothing waits."""
    stage = Stage(limited(quantity_max="3"))

    assert (D(3), ()) == (in_force(stage.state, "quantity_max"), stage.state.facts.limits_waiting)


def test_a_tighter_file_is_in_force_at_once() -> None:
    """Lower, set where there was none, in a new scope: each holds from the start on."""
    stage = Stage(limited(quantity_max="3"))
    scopes = {HERE: replaced(WIDE, quantity_max=D(2)), "global": Limits(value_max=D(9))}
    restarted(stage, setup_of(limits=scopes))

    assert [D(2), D(9)] == [
        in_force(stage.state, "quantity_max"),
        in_force(stage.state, "value_max", "global"),
    ]
    assert () == stage.state.facts.limits_waiting
    assert "limits_wait" not in {alarm.code for alarm in stage.state.alarms.values()}


@pytest.mark.parametrize(
    ("name", "said"), [("5", "account:one quantity_max: 3 -> 5"), (None, "3 -> not set")]
)
def test_a_looser_file_waits_and_is_told_at_every_start(name: str | None, said: str) -> None:
    """Raised or left out: the old limit refuses on, an alarm names both, until it is accepted."""
    stage = Stage(limited(quantity_max="3"))
    restarted(stage, limited(quantity_max=name))
    restarted(stage, stage.setup)
    alarms = [a for a in stage.state.alarms.values() if a.code == "limits_wait"]
    refused = stage.say(effect="open", quantity="4")

    assert 2 == len(alarms) and all(said in alarm.value for alarm in alarms)
    assert ("refused quantity_over_limit", "3") == (codes(refused), refused.limit)


def test_what_waits_is_accepted_with_name_and_reason() -> None:
    """From then on the file's limits hold; the record says who, why, what was and what is."""
    stage = Stage(limited(quantity_max="3", value_max="300000"))
    restarted(stage, limited(quantity_max="5", value_max="400000"))
    one = c.AcceptLimits(by="anna", reason="tested", scope=HERE, name="quantity_max")
    assert Done() == stage.do(one).answers[0]
    (record,) = stage.last.records

    assert isinstance(record, r.LimitsChanged)
    assert ("anna", "tested") == (record.by, record.reason)
    assert ["account:one quantity_max: 3 -> 5"] == [str(change) for change in record.changes]
    assert ((HERE, "value_max"),) == stage.state.facts.limits_waiting
    assert "admitted" == codes(stage.send(effect="open", quantity="4"))
    assert Done() == stage.do(c.AcceptLimits(by="anna", reason="tested")).answers[0]
    assert [D(400000), ()] == [
        in_force(stage.state, "value_max"),
        stage.state.facts.limits_waiting,
    ]
    denied = stage.do(c.AcceptLimits(by="anna", reason="tested")).answers[0]
    assert isinstance(denied, Denied) and "limits_not_waiting" == denied.code


def test_a_limit_that_a_person_set_survives_a_start() -> None:
    """The file says what it said before, so what is in force stays; the gate enforces it."""
    stage = Stage(limited(quantity_max="3"))
    assert "admitted" == codes(stage.send(effect="open", quantity="3"))
    assert Done() == stage.do(set_("quantity_max", "2")).answers[0]
    assert "refused quantity_over_limit" == codes(stage.send(effect="open", quantity="3"))
    restarted(stage, stage.setup)
    restarted(stage, replaced(limited(quantity_max="3"), routes={}))

    assert (D(2), ()) == (in_force(stage.state, "quantity_max"), stage.state.facts.limits_waiting)


def test_a_person_may_raise_a_limit_when_it_is_confirmed() -> None:
    """Looser than before: asked a second time, then at once in force."""
    stage = Stage(limited(quantity_max="3"))
    denied = stage.do(set_("quantity_max", "4", confirmed=False)).answers[0]
    assert Denied(code="confirm_missing", value="account:one quantity_max: 3 -> 4") == denied
    assert Done() == stage.do(set_("quantity_max", "2", confirmed=False)).answers[0]
    stage.do(set_("quantity_max", "4"))

    assert "admitted" == codes(stage.send(effect="open", quantity="4"))


def test_setting_what_waits_decides_it() -> None:
    """A person's number stands instead of the file's, and nothing waits any more."""
    stage = Stage(limited(quantity_max="3"))
    restarted(stage, limited(quantity_max="9"))
    stage.do(set_("quantity_max", "3"))
    restarted(stage, stage.setup)

    assert (D(3), ()) == (in_force(stage.state, "quantity_max"), stage.state.facts.limits_waiting)


def test_taking_it_back_in_the_file_ends_the_wait() -> None:
    """The file says again what is in force: nothing is left to decide."""
    stage = Stage(limited(quantity_max="3"))
    restarted(stage, limited(quantity_max="9"))
    restarted(stage, limited(quantity_max="3"))

    assert () == stage.state.facts.limits_waiting


def test_leaving_an_account_out_and_in_again_is_no_way_round() -> None:
    """Its limits are kept while it is gone; when it comes back with a looser one, that waits."""
    stage = Stage(setup_of("one", "two"))
    restarted(stage, setup_of("one"))
    assert () == stage.state.facts.limits_waiting
    both = setup_of("one", "two", limits={"account:two": replaced(WIDE, quantity_max=D(9999))})
    restarted(stage, both)

    assert (("account:two", "quantity_max"),) == stage.state.facts.limits_waiting
    assert D(1000) == in_force(stage.state, "quantity_max", "account:two")


def test_a_rate_that_is_set_gets_a_burst() -> None:
    """A rate alone would let nothing pass."""
    stage = Stage(limited(messages_per_minute=None, messages_burst=None))
    stage.do(set_("messages_per_minute", "60"))

    assert D(60) == in_force(stage.state, "messages_burst")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (set_("quantity_max", "1", scope="account:none"), "limit_scope_unknown"),
        (set_("quantity_max", "1", scope="moon"), "limit_scope_unknown"),
        (set_("quantity_max", "1", scope="moon:one"), "limit_scope_unknown"),
        (set_("quantity_max", "1", scope="strategy:one/instrument:X"), "limit_scope_unknown"),
        (set_("gross_max", "1", scope="strategy:trend"), "limit_unknown"),
        (set_("qty", "1"), "limit_unknown"),
        (set_("quantity_max", "-1"), "limit_invalid"),
        (set_("open_orders_max", "1.5"), "limit_invalid"),
        (set_("daily_loss_max", "0"), "limit_invalid"),
        (set_("quantity_max", "1000"), "limit_same"),
        (set_("quantity_max", "1", reason=" "), "reason_missing"),
    ],
)
def test_an_act_that_makes_no_sense_changes_nothing(command: c.SetLimit, code: str) -> None:
    """It is denied with a code, and leaves no record."""
    stage = Stage()
    answer = stage.do(command).answers[0]

    assert isinstance(answer, Denied) and code == answer.code
    assert [] == stage.last.records


def test_limits_survive_journal_and_snapshot() -> None:
    """What is in force and what waits are the same after a replay."""
    stage = Stage(limited(quantity_max="3"))
    restarted(stage, limited(quantity_max="5"))
    stage.do(set_("open_orders_max", "7"))
    again = replay(stage.records)

    assert picture(stage.state) == picture(again)
    assert 7 == again.facts.setup.limits[HERE].open_orders_max
    assert ((HERE, "quantity_max"),) == again.facts.limits_waiting


def test_a_failed_append_takes_an_act_back() -> None:
    """Rolled back, the old limit is in force again, also for orders judged in between."""
    stage = Stage(limited(quantity_max="3"))
    before = picture(stage.state)
    step(stage.state, stage.view, [set_("quantity_max", "1"), stage.signal()], stage.now)
    stage.state.rollback()

    assert before == picture(stage.state)
    assert "admitted" == codes(stage.send(effect="open", quantity="3"))


def test_the_table_of_names_is_that_of_the_file() -> None:
    """Each kind of scope has the limits that its table in the file may hold."""
    sections = {
        "global": file_limits.SharedLimits,
        "group": file_limits.SharedLimits,
        "account": file_limits.AccountLimits,
        "instrument": file_limits.InstrumentLimits,
        "strategy": file_limits.StrategyLimits,
    }
    expected = {
        kind: set(section.model_fields) - {"instruments"} for kind, section in sections.items()
    }
    fields = {field.name: field.type for field in msgspec.structs.fields(Limits)}

    assert expected == {kind: set(names) for kind, names in MEASURED.items()}
    assert {name for name in NAMES if int in typing.get_args(fields[name])} == COUNTS
    assert COUNT_MAX_OF_FILE == COUNT_MAX


values = st.one_of(st.none(), st.sampled_from([D(1), D(2), D(3)]))
tables = st.dictionaries(
    st.sampled_from(["global", HERE, "account:gone"]),
    st.builds(Limits, quantity_max=values, value_max=values),
    max_size=3,
)


@given(force=tables, last=tables, file=tables, waits=st.booleans())
def test_no_file_ever_loosens(
    force: dict[str, Limits], last: dict[str, Limits], file: dict[str, Limits], waits: bool
) -> None:
    """Whatever files follow each other: no limit in force becomes looser, and what is asked for
    and not in force waits unless the file said it before."""
    waiting = {(HERE, "quantity_max")} if waits else set[tuple[str, str]]()
    setup = setup_of(strategies=())
    setup = replaced(setup, limits=file)
    adopted = adopt(setup, force=force, last=last, waiting=waiting)
    for scope in {*force, *file}:
        for name in ("quantity_max", "value_max"):
            was, now = value(force, scope, name), value(adopted.limits, scope, name)
            asked, before = value(file, scope, name), value(last, scope, name)
            assert not is_looser(was, now)
            news = asked != before or (scope, name) in waiting
            held = (scope, name) in adopted.waiting
            if news and asked != now and scope != "account:gone":
                assert held
            if held:
                assert is_looser(now, asked)
