"""Planted bugs: each is a small change of the real code, made for one run and taken back after it.

Rules of this file
1. A bug is what somebody could really write. It is planted by name into the module that uses it;
   the product has no switches for it.
2. The simulator must find every one of them within ``WITHIN`` seeds; a seed that does is kept in
   ``planted.json`` and run with every test.
3. The same seed is clean without the bug.

Length: a list of bugs, one small function each, read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from adapters.port import Trouble, TroubleKind
from bridge import journal, runtime
from bridge import writer as writing
from bridge.dispatch import Dispatch
from bridge.recovery import AccountLink
from bridge.tenure import Tenure
from bridge.writer import Writer
from core import engine, fold, fold_orders, switch, tracking
from core import records as r
from core import snapshot as snapshots
from core.doubt import DoubtRow
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState, Purpose
from core.risk import controls
from core.risk import engine as risk
from core.risk.case import Case
from core.risk.controls import Control, Effect
from core.risk.gate_checks import kill_switch, trading_state
from core.routing import Holding
from core.state import Exposure, State
from core.store import chain, settle
from core.store.codes import failure
from core.store.port import Head, StoreUnavailable

WITHIN: Final = 10_000
"""Seeds in which each bug has to be found."""

MINUTE_NS: Final = 60 * 10**9


class Patches:
    """Changes that are taken back in the end."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, Any, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> Any:
        """Replace a name; return what was there."""
        before = owner.__dict__[name] if name in vars(owner) else getattr(owner, name)
        self._before.append((owner, name, before))
        setattr(owner, name, value)
        return before

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> Any:
        """Replace a row of a table; return what was there."""
        before = table[key]
        self._before.append((table, None, (key, before)))
        table[key] = value
        return before

    def undo(self) -> None:
        """Take all of it back, newest first."""
        for owner, name, before in reversed(self._before):
            if name is None:
                key, row = before
                owner[key] = row
            else:
                setattr(owner, name, before)
        self._before.clear()


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug: its name, what it does, and how it is planted."""

    name: str
    what: str
    plant: Callable[[Patches], None]


BUGS: Final[list[Planted]] = []


def bug(plant: Callable[[Patches], None]) -> Callable[[Patches], None]:
    """List a bug under its function's name; its docstring says what it does."""
    BUGS.append(Planted(plant.__name__, plant.__doc__ or "", plant))
    return plant


@contextmanager
def planted(name: str) -> Generator[None]:
    """Let one bug be there for a while."""
    [found] = [one for one in BUGS if one.name == name]
    patches = Patches()
    try:
        found.plant(patches)
        yield
    finally:
        patches.undo()


# --- the journal and the answers ------------------------------------------------------------------


def _early(patches: Patches, act: Callable[[Writer, Any], None]) -> None:
    """Do something with a batch as soon as it was decided."""
    last: list[Any] = []
    step = engine.step

    def stepped(*args: Any) -> Any:
        last[:] = [step(*args)]
        return last[0]

    patches.set(writing, "step", stepped)

    def batch(writer: Writer) -> None:
        last.clear()
        before(writer)
        if last and last[0].records:
            act(writer, last[0])

    before = patches.set(Writer, "_batch", batch)


@bug
def send_before_journal(patches: Patches) -> None:
    """An order is sent before its record is durable."""
    _early(patches, lambda writer, outcome: writer.carry_out(outcome.effects))


@bug
def ack_before_commit(patches: Patches) -> None:
    """A message is answered before its record is durable."""

    def tell(writer: Writer, outcome: Any) -> None:
        for (_, future), said in zip(writer._taken, outcome.answers, strict=False):
            if future is not None and not future.done():
                future.set_result(said)

    _early(patches, tell)


@bug
def emergency_not_replayed(patches: Patches) -> None:
    """The emergency file is cleared at a start instead of being paid into the journal."""
    patches.set(runtime, "settle_owed", lambda opened, epoch: opened.emergency.clear())


@bug
def mark_ignored(patches: Patches) -> None:
    """A store that went back in time is taken as it is."""
    patches.set(journal, "_compared", lambda *args, **named: ("", ""))


@bug
def chain_not_verified(patches: Patches) -> None:
    """A start does not follow the hashes of the journal."""

    def unverified(store: Any, after: Any = chain.START) -> Any:
        return store.read(after.number)

    patches.set(chain, "verified_store", unverified)


@bug
def lost_reply_as_unwritten(patches: Patches) -> None:
    """A lost reply of the store is read as: not written; the batch is judged again."""

    def settled(writer: Writer, outcome: Any, batch: Any, appends: Any, result: Any) -> None:
        if getattr(result, "code", "") == settle.UNSETTLED:
            result = failure(StoreUnavailable, "store_unreachable", where="memory", value="a bug")
        before(writer, outcome, batch, appends, result)

    before = patches.set(Writer, "_settled", settled)


@bug
def lost_reply_as_fenced(patches: Patches) -> None:
    """A lost reply of the store is read as: somebody else is the writer."""

    def append(store: Any, append: Any) -> None:
        try:
            store.append(append)
        except settle.AppendUnknown as lost:
            raise settle.StoreFenced("store_fenced", "the reply was lost") from lost

    patches.set(settle, "append", append)


# --- one writer -----------------------------------------------------------------------------------


@bug
def epoch_not_compared(patches: Patches) -> None:
    """The epoch is not compared: a process that was replaced goes on."""

    def told(tenure: Tenure, result: Any) -> None:
        if not isinstance(result, Exception):
            head, asked_ns = result
            result = (Head(head.number, head.hash, tenure.epoch), asked_ns)
        before(tenure, result)

    before = patches.set(Tenure, "_told", told)


@bug
def word_dated_by_its_reply(patches: Patches) -> None:
    """The store's word counts from when its reply was read, however long that waited."""

    def heard(tenure: Tenure, asked_ns: int) -> None:
        before(tenure, tenure.now_ns())

    before = patches.set(Tenure, "heard", heard)


@bug
def tenure_never_asked(patches: Patches) -> None:
    """Nobody asks whether this process is still the writer before it sends."""
    patches.set(Tenure, "fresh", lambda tenure: True)


# --- duplicates -----------------------------------------------------------------------------------


def _at_start(patches: Patches, forget: Callable[[State], None]) -> None:
    def started(state: State, record: r.BridgeStarted) -> None:
        before(state, record)
        forget(state)

    before = patches.put(fold._FOLDS, r.BridgeStarted, started)


@bug
def keys_forgotten_at_restart(patches: Patches) -> None:
    """The keys of messages that were served are forgotten at a restart."""
    _at_start(patches, lambda state: state.keys.clear())


@bug
def fill_summed_twice(patches: Patches) -> None:
    """A fill that is told twice counts twice."""

    def take(state: State, command: Any, now: int) -> Any:
        report = command.report
        if (report.account, report.exec_id) in state.fills and report.event is OrderEvent.FILL:
            again = msgspec.structs.replace(report, exec_id=f"{report.exec_id}+")
            command = type(command)(report=again)
        return before(state, command, now)

    before = patches.set(engine, "take_report", take)


@bug
def fill_after_cancel_dropped(patches: Patches) -> None:
    """A fill that comes after the end of its order is dropped."""

    def take(state: State, command: Any, now: int) -> Any:
        order = state.orders.get(command.report.order)
        late = order is not None and order.state in (OrderState.CANCELLED, OrderState.EXPIRED)
        if late and command.report.event is OrderEvent.FILL:
            return iter(())
        return before(state, command, now)

    before = patches.set(engine, "take_report", take)


# --- unknown outcomes -----------------------------------------------------------------------------


@bug
def new_id_on_retry(patches: Patches) -> None:
    """A retry goes out under a new id."""

    async def send(dispatch: Dispatch, venue: Any, name: str, tries: int) -> Any:
        if tries > 1:
            order = dispatch.writer.state.orders[name]
            renamed = msgspec.structs.replace(order, order=name[:-1] + "z")
            await venue.submit(renamed)
            return None
        return await before(dispatch, venue, name, tries)

    before = patches.set(Dispatch, "_send", send)


@bug
def timeout_as_rejected(patches: Patches) -> None:
    """A timeout is read as: refused."""

    def tell(dispatch: Dispatch, name: str, trouble: Trouble, **named: Any) -> None:
        if trouble.kind is TroubleKind.UNKNOWN:
            trouble = Trouble(TroubleKind.REFUSED, trouble.code, trouble.text)
        before(dispatch, name, trouble, **named)

    before = patches.set(Dispatch, "_tell_trouble", tell)


@bug
def unknown_rejected_by_timer(patches: Patches) -> None:
    """An order of unknown outcome is rejected by a timer."""

    def tick(state: State, view: Any, now: int) -> Any:
        for name in sorted(state.doubts):
            if now - state.doubts[name].since_ns > MINUTE_NS / 4:
                order = state.orders[name]
                yield from tracking.change(order, OrderEvent.REJECTED, now, code="not_shown")
        yield from before(state, view, now)

    before = patches.set(engine, "tick", tick)


@bug
def first_negative_is_proof(patches: Patches) -> None:
    """The first answer that does not show an order proves that it is not there."""

    def proven(doubt: DoubtRow | None) -> bool:
        return doubt is not None and doubt.asked >= 1

    patches.set(tracking, "is_proven_absent", proven)


@bug
def negatives_without_canary(patches: Patches) -> None:
    """Answers that do not show an order count although no canary was seen with them."""
    patches.set(tracking, "qualifies", lambda state, order, answer, now: True)
    patches.set(
        tracking, "is_proven_absent", lambda doubt: doubt is not None and doubt.negatives > 1
    )


@bug
def resent_where_ids_repeat(patches: Patches) -> None:
    """An order is sent again to a venue that does not keep ids unique for ever."""

    def take(state: State, command: Any, now: int) -> Any:
        return before(state, msgspec.structs.replace(command, may_resend=True), now)

    before = patches.set(engine, "take_lookup", take)


@bug
def refused_retry_is_final(patches: Patches) -> None:
    """A refusal of a second attempt ends an order whose first attempt may still arrive."""

    def failed(state: State, command: Any, now: int) -> Any:
        state.doubts.pop(command.order, None)
        return before(state, command, now)

    before = patches.set(engine, "note_trouble", failed)


@bug
def recovered_before_lookups(patches: Patches) -> None:
    """An account counts as recovered before its orders were asked for."""

    async def ask(link: AccountLink) -> int:
        return 0

    patches.set(AccountLink, "_ask_for_orders", ask)


# --- limits ---------------------------------------------------------------------------------------


def _with_exposure(patches: Patches, seen: Callable[[Case, State], Exposure]) -> None:
    def made(case: Case, state: State, *args: Any, **named: Any) -> None:
        before(case, state, *args, **named)
        case.exposure = seen(case, state)

    before = patches.set(Case, "__init__", made)


@bug
def limit_ignores_working(patches: Patches) -> None:
    """The position limit looks at filled orders alone."""

    def seen(case: Case, state: State) -> Exposure:
        whole = case.exposure
        return Exposure(whole.net, ZERO, ZERO, whole.orders, whole.unknown)

    _with_exposure(patches, seen)


@bug
def decided_on_unfolded_state(patches: Patches) -> None:
    """The signals of one batch do not see what the ones before them reserved."""
    known: dict[Any, Exposure] = {}

    def stepped(state: State, *args: Any) -> Any:
        known.clear()
        known.update(state.exposures)
        return before(state, *args)

    before = patches.set(writing, "step", stepped)

    def seen(case: Case, state: State) -> Exposure:
        return known.get((case.account.name, case.instrument.name), Exposure())

    _with_exposure(patches, seen)


@bug
def released_at_cancel_sent(patches: Patches) -> None:
    """What an order reserves is let go as soon as its cancel was asked for."""

    def count(state: State, was: Order | None, order: Order, **named: Any) -> None:
        before(state, was, order, **named)
        if order.pending_cancel and was is not None and not was.pending_cancel:
            key = (order.account, order.instrument)
            exposure = state.exposures[key]
            name = "buy" if order.side == "buy" else "sell"
            freed = {name: getattr(exposure, name) - order.leaves}
            state.put(state.exposures, key, msgspec.structs.replace(exposure, **freed))

    before = patches.set(fold_orders, "count_order", count)


@bug
def exits_closed_twice(patches: Patches) -> None:
    """An exit does not see the exits that are on their way already."""

    def closable(holding: Holding, side: Any, *, own: Any = ZERO) -> Any:
        share = -holding.share if side == "buy" else holding.share
        return max(ZERO, share)

    patches.set(Holding, "closable", closable)


# --- the switch -----------------------------------------------------------------------------------


@bug
def restart_re_arms(patches: Patches) -> None:
    """A restart lowers the bridge again."""
    _at_start(patches, lambda state: state.halts.clear())


@bug
def snapshot_without_halts(patches: Patches) -> None:
    """A snapshot does not carry the halts."""

    def load(body: bytes) -> State:
        state = before(body)
        state.halts.clear()
        state.commit()
        return state

    before = patches.set(snapshots, "load", load)


@bug
def halt_cancels_exits(patches: Patches) -> None:
    """A halt ends exits as well."""

    def everything(state: State, scope: str) -> list[Order]:
        return sorted((state.orders[name] for name in state.alive), key=lambda order: order.number)

    patches.set(switch, "entries_in", everything)


@bug
def halt_unread_before_send(patches: Patches) -> None:
    """A halt is not looked at right before an order leaves."""

    def barred(dispatch: Dispatch, order: Order, until_ns: int) -> str:
        return "not_sent_in_time" if dispatch._clock.now() >= until_ns else ""

    patches.set(Dispatch, "_barred", barred)


@bug
def held_released_while_halted(patches: Patches) -> None:
    """What was held is released although the bridge was raised meanwhile."""
    blind = [one for one in risk.RELEASE_CHECKS if one not in (kill_switch, trading_state)]
    patches.set(risk, "RELEASE_CHECKS", tuple(blind))

    def sent(state: State, scope: str) -> list[Order]:
        return [one for one in before(state, scope) if one.state is not OrderState.HELD]

    before = patches.set(switch, "entries_in", sent)


@bug
def exit_refused_while_halted(patches: Patches) -> None:
    """A halt refuses exits."""
    _refuse(patches, Control.KILL_SWITCH)


@bug
def exit_refused_on_stale_data(patches: Patches) -> None:
    """An exit is refused when there is no fresh price."""
    _refuse(patches, Control.COLLAR)


def _refuse(patches: Patches, control: Control) -> None:
    always = (Effect.REFUSE, Effect.REFUSE, Effect.REFUSE, Effect.REFUSE)
    patches.put(controls.EFFECTS[control], Purpose.EXIT, always)


@bug
def cancel_throttled(patches: Patches) -> None:
    """A cancel that has no room in the rate is dropped."""

    async def cancel(dispatch: Dispatch, venue: Any, name: str, tries: int) -> Any:
        return None

    patches.set(Dispatch, "_cancel", cancel)
