"""The end of a world with targets: an alert that says what is wanted gets it, a second one nothing.

Rules of this file
1. It comes after the faults have stopped and all agree.
2. Where somebody else trades, or the bridge is raised, an alert may be refused; what it said it
   would do it does.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from core.answers import SignalAnswer
from core.money import ZERO
from core.orders import OrderState, Purpose
from core.setup import SECOND_NS
from core.signals import Action
from tests.simulation.features import AIM
from tests.simulation.plan import INSTRUMENTS
from tests.simulation.steps import Sender
from tests.simulation.world import World

D = Decimal

REST_NS: Final = 200 * SECOND_NS
"""Within this everything that an alert brings about is over, when nothing goes wrong."""

_ENDS: Final = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


def check(world: World) -> None:
    """Ask for positions, twice each, and see that they are there."""
    sender = Sender(world, world.plan.random("aims"))
    for wanted in (D(2), D(-1), D(0)):
        for again in (False, True):
            _ask(world, sender, wanted, again=again)


def _ask(world: World, sender: Sender, wanted: Decimal, *, again: bool) -> None:
    if world.current is None or world.current.runtime is None:
        return
    if world.current.runtime.writer.state.flattens:
        return  # what a person closes stays closed
    before, levels = len(world.auditor.orders), _by_levels(world)
    names: dict[str, str] = {}
    for symbol in INSTRUMENTS:
        names[symbol] = f"{symbol} {wanted} {again}"
        command = sender.make(
            action=Action.TARGET, strategy=AIM, symbol=symbol, id=names[symbol],
            target_position=wanted,
        )  # fmt: skip
        sender.send(msgspec.structs.replace(command, route="pair"))
    world.pass_time(10 * SECOND_NS)
    world.pass_time(REST_NS, world.agrees)
    if world.violations or not world.agrees():
        return
    if _by_levels(world) != levels:
        return  # a stop or a target was reached meanwhile: what was wanted was there, and is gone
    young = list(world.auditor.orders.values())[before:]
    if any(one.order.purpose is Purpose.FLATTEN for one in young):
        return  # a loss limit was reached meanwhile, and closes what was wanted
    for symbol, name in names.items():
        answer = sender.answers.get(name)
        if isinstance(answer, SignalAnswer):
            _judge(world, symbol, wanted, answer, made=_made(world, before))


def _by_levels(world: World) -> Decimal:
    """Add up what legs have closed so far."""
    legs = (one for one in world.auditor.orders.values() if one.order.purpose is Purpose.LEG)
    return sum((one.filled for one in legs), ZERO)


def _made(world: World, before: int) -> Callable[[str, str], list[str]]:
    young = list(world.auditor.orders.values())[before:]

    def made(account: str, symbol: str) -> list[str]:
        return [
            str(one.state)
            for one in young
            if one.owner == (account, symbol, AIM)
            and not one.order.rests
            and (one.state in _ENDS or one.order.purpose is Purpose.ENTRY)
        ]

    return made


def _judge(
    world: World,
    symbol: str,
    wanted: Decimal,
    answer: SignalAnswer,
    *,
    made: Callable[[str, str], list[str]],
) -> None:
    for verdict in answer.accounts:
        account = verdict.account
        if world.checks.excused.get((account, symbol)) or world.plan.setup.routes["pair"].copies:
            continue
        if world.auditor.shares[account, symbol, ""]:
            continue  # an exit closes no more than the account's net
        share, states = world.auditor.shares[account, symbol, AIM], made(account, symbol)
        if verdict.verdict == "no_action" and verdict.code == "target_reached":
            if share != wanted:
                world.violate("target_missed", f"{account} {symbol}: {share}, not {wanted}")
            world.coverage["target_reached"] += 1
        elif verdict.verdict == "admitted" and not any(state in _ENDS for state in states):
            if share != wanted and (states or not wanted):  # else what opens was refused
                world.violate("target_missed", f"{account} {symbol}: {share}, not {wanted}")
            world.coverage["target_followed"] += 1
