"""What goes wrong with machines: disks, power, clocks, and the store behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import msgspec

from core.setup import SECOND_NS
from core.store.emergency import row_of
from core.store.memory import Fault
from tests.simulation.plan import config_of
from tests.simulation.world import MS, Choice, World


def steps(world: World, random: Random) -> list[Choice]:
    """Return what can happen, with its fault and its weight."""

    def bound(act: Callable[[World, Random], None]) -> Callable[[], None]:
        return lambda: act(world, random)

    return [
        ("power cut", "power_cut", bound(power_cut), 0.7),
        ("torn write", "torn_write", bound(torn_write), 1.0),
        ("reply of the store lost", "store_ambiguous", bound(ambiguous), 2.0),
        ("sync failed", "store_sync", bound(sync_failed), 0.6),
        ("disk full", "disk_full", bound(disk_full), 0.8),
        ("store went back", "store_back", bound(store_back), 0.4),
        ("bit flipped", "bit_flip", bound(bit_flip), 0.6),
        ("clock stepped", "clock_step", bound(clock_step), 0.8),
        ("time jumped", "time_jump", bound(time_jump), 0.3),
        ("setup changed", "setup_change", bound(setup_change), 0.6),
    ]


def _kill_all(world: World) -> None:
    for process in list(world.processes):
        process.kill()


def power_cut(world: World, random: Random) -> None:
    """Cut the power of every machine: what was not synced may be gone."""
    world.coverage["power_cut"] += 1
    _kill_all(world)
    for machine in world.machines:
        marks = machine.folder.marks
        if marks:
            del marks[random.randint(1, len(marks)) :]
            if world.must_raise and marks[-1].number <= world.keeper.disk.head.number:
                world.must_raise = ""  # nothing is left that knows of more


def torn_write(world: World, random: Random) -> None:
    """Kill the process while it writes a line down: half of it is there."""
    process = world.writer
    if process is None:
        return
    folder = world.machines[process.machine].folder
    process.kill()
    row = row_of(b'{"t":"alarm_raised","at_ns":1,"code":"torn"}')
    if folder.emergency:
        world.coverage["torn_write"] += 1
        folder.emergency += row[: random.randint(1, len(row) - 2)]


def ambiguous(world: World, random: Random) -> None:
    """Lose the store's reply to the next append, which it took or not."""
    if not world.replaced:
        weather = world.keeper.weather
        weather.faults.append(random.choice((Fault.UNKNOWN_WRITTEN, Fault.UNKNOWN_LOST)))
        weather.unsettled = random.random() < 0.5


def sync_failed(world: World, random: Random) -> None:
    """Let the next sync fail."""
    fault = random.choice((Fault.SYNC_FAILED_WRITTEN, Fault.SYNC_FAILED_LOST))
    world.keeper.weather.faults.append(fault)


def disk_full(world: World, random: Random) -> None:
    """Let the disk that store and data folder share be full for a while."""
    if world.replaced:
        return
    folder = world.machines[world.home].folder
    world.coverage["disk_full"] += 1
    for_ns = random.randint(1, 10) * SECOND_NS
    world.keeper.weather.down_until_ns = world.timeline.now_ns + for_ns
    folder.room = False

    def again() -> None:
        folder.room = True

    world.timeline.after(for_ns, again)


def store_back(world: World, random: Random) -> None:
    """Let the store lose its newest appends while nobody runs: a backup, a disk that lied."""
    disk = world.keeper.disk
    owing = any(machine.folder.emergency for machine in world.machines)
    if world.went_back or owing or len(disk.appends) < 40:
        return
    world.coverage["store_back"] += 1
    _kill_all(world)
    before = disk.head.number
    disk.cut_tail(random.randint(1, 20))
    world.went_back = True
    before_it = {name: one.state for name, one in world.auditor.orders.items()}
    world.auditor.went_back()
    now = world.auditor.orders
    world.checks.forgotten = {
        name for name, state in before_it.items() if name not in now or now[name].state is not state
    }
    world.expect_raised(f"the store went from {before} back to {disk.head.number}")


def bit_flip(world: World, random: Random) -> None:
    """Flip a bit of the journal while nobody runs: no process may start on it."""
    disk = world.keeper.disk
    pictured = max(disk.snapshots, default=0)
    if len(disk.appends) < 5 or disk.head.number <= pictured:
        return  # what a snapshot stands for is not read again at a start
    world.coverage["bit_flip"] += 1
    _kill_all(world)
    place, whole = len(disk.appends) - 1, disk.appends[-1]
    payload = bytearray(whole.payload)
    payload[random.randrange(len(payload))] ^= 1 << random.randrange(8)
    disk.appends[place] = replace(whole, payload=bytes(payload))
    process = world.begin()
    world.timeline.run(world.timeline.now_ns + 5 * SECOND_NS, process.task.done)
    if process.serves:
        world.violate("flipped_bit_unseen", f"append at {whole.first}")
    process.kill()
    disk.appends[place] = whole  # from a backup; what a dead process still wrote stands behind it


def clock_step(world: World, random: Random) -> None:
    """Set a machine's clock, or a venue's."""
    world.coverage["clock_step"] += 1
    by_ns = random.choice((-1, 1)) * random.choice(
        (50 * MS, 900 * MS, 3 * SECOND_NS, 20 * SECOND_NS)
    )
    if random.random() < 0.7:
        machine = world.machines[world.home]
        machine.ahead_ns = max(-20 * SECOND_NS, min(20 * SECOND_NS, machine.ahead_ns + by_ns))
    else:
        account = world.accounts[random.choice(tuple(world.accounts))]
        account.ahead_ns = max(-5 * SECOND_NS, min(5 * SECOND_NS, account.ahead_ns + by_ns))


def time_jump(world: World, random: Random) -> None:
    """Let the machine sleep for minutes, while the world goes on."""
    world.coverage["time_jump"] += 1
    for_ns = random.randint(60, 300) * SECOND_NS
    for process in world.processes:
        process.pause(for_ns)
    world.pass_time(for_ns)


def setup_change(world: World, random: Random) -> None:
    """Start the next process with another configuration."""
    setup = world.config.setup
    routes = {
        name: msgspec.structs.replace(route, order_life_ns=random.choice((2, 30, 120)) * SECOND_NS)
        for name, route in setup.routes.items()
    }
    world.config = config_of(msgspec.structs.replace(setup, routes=routes))
    world.coverage["setup_change"] += 1
    process = world.current
    if process is not None:
        process.leave()
