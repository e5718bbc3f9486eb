"""A disk that is really full: entries come again, exits are written into the room kept for them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core.answers import Answer, Busy, SignalAnswer
from core.orders import OrderEvent
from tests.unit.bridge.parts import bridge, configured, on_disk, until
from tests.unit.bridge.venues import Scripted, report

SIZE = "20m"
"""The reserve of 16 MiB, and some for the journal."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk, where the system lets us."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    words = [mount or "mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root of Linux can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size >>= 1
    return ballast


async def test_exits_fit_on_a_full_disk(small_disk: Path) -> None:
    """No byte is left: the exit is admitted and sent; with room again, the journal has it all."""
    configured(small_disk / "b")
    async with bridge(small_disk / "b", made=Scripted) as running:
        entry = await running.admitted(running.signal())
        filled = report(running.runtime.clock, entry, OrderEvent.FILL)
        execution = {"exec_id": "x1", "quantity": entry.quantity, "price": entry.reference}
        running.venue.tell(msgspec.structs.replace(filled, **execution))
        await running.is_in(entry.order, "filled")

        ballast = fill(small_disk)
        answers: list[Answer] = [await running.send(running.signal()) for _ in range(200)]
        leaving = await running.admitted(running.exit())
        await until(lambda: leaving.order in running.venue.sent)
        late = await running.send(running.signal())
        ballast.unlink()
        await until(lambda: running.runtime.writer.durable and running.runtime.writer.roomy)
        then = await running.admitted(running.signal())

    state = on_disk(running.config)
    assert [Busy(code="store_unavailable")] * 2 == [answers[-1], late]
    admitted = {one.orders[0] for one in answers if isinstance(one, SignalAnswer)}
    assert {entry.order, leaving.order, then.order} | admitted == set(state.orders)


async def test_a_start_without_the_room_for_exits_says_why_nothing_is_taken(
    small_disk: Path,
) -> None:
    """Entries are refused from the first moment on; an alarm names the disk, and with room again
    they pass by themselves."""
    configured(small_disk / "b")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(12 << 20))
    async with bridge(small_disk / "b", made=Scripted) as running:
        refused = await running.send(running.signal())
        await until(lambda: "store_full" in running.codes())
        ballast.unlink()
        await until(lambda: running.runtime.writer.takes_entries)
        await running.admitted(running.signal())

    assert Busy(code="store_unavailable") == refused
