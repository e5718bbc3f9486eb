"""How the records of futures change the state."""

from __future__ import annotations

from core import records as r
from core.contract_rows import CallRow, ChoiceRow, EndRow, FrontRow, day_word
from core.state import State


def contract_rolled(state: State, record: r.ContractRolled) -> None:
    """Remember which contract is the front one."""
    row = FrontRow(future=record.future, contract=record.contract, at_ns=record.at_ns)
    state.put(state.fronts, record.future, row)


def contract_chosen(state: State, record: r.ContractChosen) -> None:
    """Remember in which contract a strategy opens by a continuous symbol."""
    key = (record.account, record.strategy, record.future, record.depth)
    row = ChoiceRow(
        account=record.account,
        strategy=record.strategy,
        future=record.future,
        depth=record.depth,
        instrument=record.instrument,
        at_ns=record.at_ns,
    )
    state.put(state.choices, key, row)


def contract_told(state: State, record: r.ContractTold) -> None:
    """Remember that a person was told of a day of a contract."""
    key = (record.account, record.instrument)
    before = state.calls.get(key)
    word = day_word(record.day, record.due_ns)
    told = (*(before.told if before is not None else ()), word)
    row = CallRow(account=record.account, instrument=record.instrument, told=told)
    state.put(state.calls, key, row)


def table_told(state: State, record: r.TableTold) -> None:
    """Remember that a person was told of the end of a table."""
    row = EndRow(
        future=record.future,
        contract=record.contract,
        stage=record.stage,
        due_ns=record.due_ns,
        depth=record.depth,
    )
    state.put(state.ends, row.key, row)


def note_tables(state: State, record: r.SetupLoaded) -> None:
    """Forget what was told of tables that were mended since, or are gone."""
    for key, row in list(state.ends.items()):
        future = record.setup.futures.get(row.future)
        if future is None or (future.contracts[-1].name, future.over_for(row.depth)) != (
            row.contract,
            row.due_ns,
        ):
            state.drop(state.ends, key)
