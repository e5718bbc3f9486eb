"""One seed, from its plan to its end."""

from __future__ import annotations

import gc
import hashlib
import logging
import random
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from core.setup import SECOND_NS
from tests.simulation import aims
from tests.simulation.plan import plan_of
from tests.simulation.steps import Steps
from tests.simulation.world import MS, Violation, World

END_WITHIN_NS = 1000 * SECOND_NS
"""Time to agree after the last fault: longer than the last wait of any retry, which is the quarter
of an hour for which a venue is left alone that named no end of its maintenance."""


@dataclass(slots=True)
class Result:
    """What one seed showed."""

    seed: int
    violations: list[Violation]
    story: list[str]
    journal: str
    """Hash of the journal's end: the same seed gives the same one."""
    records: int
    checks: int
    coverage: Counter[str] = field(default_factory=Counter[str])


GARBAGE_MIN: Final = 50_000
"""Objects made between two searches for garbage: a world makes many and drops few before its end,
and Python's own number spends a fifth of the time on looking."""


def run(seed: int, steps: int = 400) -> Result:
    """Run a seed to its end, or to its first violation."""
    random.seed(seed)  # the jitter of the bridge's retries
    with _quiet(), _untidy():
        world = World(plan_of(seed, steps))
        try:
            _live(world)
            if not world.violations:
                _end(world)
        finally:
            world.close()
    head = world.keeper.disk.head
    for account in world.accounts.values():
        world.coverage.update(account.wire.mishaps)
        world.coverage["cancel_race"] += account.exchange.raced
    world.coverage.update(world.keeper.mishaps)
    told = f"{head.number} {head.hash.hex()} {world.begun} {world.timeline.now_ns}"
    return Result(
        seed=seed,
        violations=world.violations,
        story=list(world.story),
        journal=hashlib.sha256(told.encode()).hexdigest(),
        records=world.auditor.records,
        checks=world.checks.done,
        coverage=world.coverage,
    )


@contextmanager
def _untidy() -> Generator[None]:
    """Look for garbage seldom."""
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE_MIN, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _quiet() -> Generator[None]:
    """Let nobody log: a thousand worlds would say the same."""
    before = structlog.get_config()
    structlog.configure(
        processors=[],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def _live(world: World) -> None:
    steps, chance = Steps(world), world.plan.random("time")
    world.pass_time(2 * SECOND_NS)
    for number in range(world.plan.steps):
        world.step = number + 1
        steps.take()
        world.pass_time(_wait(chance.random(), chance.random()))
        if number % 8 == 0:
            world.check_state()
        if world.violations:
            return


def _wait(kind: float, share: float) -> int:
    if kind < 0.1:
        return 0
    if kind < 0.6:
        return int(share * 50 * MS)
    if kind < 0.9:
        return int(share * 500 * MS)
    if kind < 0.99:
        return int(share * 3000 * MS)
    return int(share * 20 * SECOND_NS)


def _end(world: World) -> None:
    """Let the faults stop, and see that bridge and venues come to agree."""
    world.step += 1
    world.tell("the faults stop")
    world.heal()
    world.pass_time(45 * SECOND_NS)
    world.pass_time(100 * SECOND_NS, world.agrees)
    until_ns = world.timeline.now_ns + END_WITHIN_NS
    while not (world.agrees() or world.violations) and world.timeline.now_ns < until_ns:
        world.clear_doubts()
        world.pass_time(40 * SECOND_NS, world.agrees)
    world.check_state()
    world.check_end()
    if "targets" in world.plan.features and not (world.violations or world.went_back):
        aims.check(world)
