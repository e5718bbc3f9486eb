"""The emergency file keeps what was written, and finds room for it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from core.store import emergency
from core.store.emergency import EmergencyFile, Left
from core.store.port import StoreFailure, StoreSyncFailed, StoreUnavailable


def _file(folder: Path, bytes_max: int = 10_000) -> EmergencyFile:
    return EmergencyFile(folder / "emergency", bytes_max=bytes_max, reserve_bytes=8_192)


def _failing_once(monkeypatch: pytest.MonkeyPatch, number: int, times: int = 1) -> None:
    """Let the next syncs fail as the system fails them."""
    real, left = os.fsync, [times]

    def fsync(descriptor: int) -> None:
        if left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(emergency.os, "fsync", fsync)


def test_gives_back_its_lines(tmp_path: Path) -> None:
    """Lines come back in order, also for another process, whatever bytes they hold."""
    lines = (b'{"act":"halt"}', b"", b"\r\x00\xff \r", b"x" * 3_000)
    file = _file(tmp_path)
    for line in lines:
        file.write(line)

    assert Left(lines, 0) == _file(tmp_path).read()
    file.close()


def test_there_is_nothing_before_the_first_line(tmp_path: Path) -> None:
    """A bridge that never had an emergency has no file."""
    assert Left((), 0) == _file(tmp_path).read()


@pytest.mark.parametrize("cut", [2, 5, 12])
def test_a_torn_end_is_reported(tmp_path: Path, cut: int) -> None:
    """Whole lines are read; the bytes of a torn one are counted; later lines are not swallowed by
    it.
    """
    file = _file(tmp_path)
    file.write(b"first")
    file.write(b"second")
    file.close()
    path = tmp_path / "emergency"
    path.write_bytes(path.read_bytes()[:-cut])

    torn = len(b"01234567 second\n") - cut
    assert Left((b"first",), torn) == _file(tmp_path).read()
    again = _file(tmp_path)
    again.write(b"third")
    again.close()
    assert (b"first", b"third") == _file(tmp_path).read().lines


def test_a_line_without_its_end_is_whole(tmp_path: Path) -> None:
    """A line that lacks only its newline has all that its checksum covers."""
    file = _file(tmp_path)
    file.write(b"first")
    file.close()
    path = tmp_path / "emergency"
    path.write_bytes(path.read_bytes()[:-1])

    assert Left((b"first",), 0) == _file(tmp_path).read()


def test_zeros_at_the_end_are_torn(tmp_path: Path) -> None:
    """After a power cut some file systems leave zeros: they are no line."""
    file = _file(tmp_path)
    file.write(b"first")
    file.close()
    with (tmp_path / "emergency").open("ab") as raw:
        raw.write(bytes(100))

    assert Left((b"first",), 100) == _file(tmp_path).read()


def test_is_bounded(tmp_path: Path) -> None:
    """A full file refuses the next line, also after it was opened again, and keeps the others."""
    file = _file(tmp_path, bytes_max=50)
    file.write(b"x" * 30)
    with pytest.raises(StoreUnavailable) as full:
        file.write(b"x" * 30)
    assert "emergency_full" == full.value.code
    file.close()
    again = _file(tmp_path, bytes_max=50)
    with pytest.raises(StoreUnavailable):
        again.write(b"x" * 30)
    again.close()

    assert 1 == len(_file(tmp_path).read().lines)


def test_a_full_disk_uses_the_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the reserve is given back, and the line is written."""
    file = _file(tmp_path)
    assert file.prepare()
    file.write(b"first")
    _failing_once(monkeypatch, errno.ENOSPC)
    file.write(b"second")
    file.close()

    assert Left((b"first", b"second"), 0) == _file(tmp_path).read()
    assert not (tmp_path / "emergency.reserve").exists()


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, StoreUnavailable, "emergency_full"),
        (errno.EIO, StoreSyncFailed, "emergency_sync_failed"),
    ],
)
def test_says_when_it_cannot_write(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[StoreFailure],
    code: str,
) -> None:
    """A disk that stays full, and one that fails, are told apart."""
    file = _file(tmp_path)
    file.write(b"first")
    _failing_once(monkeypatch, number, times=9)

    with pytest.raises(kind) as failed:
        file.write(b"second")
    assert code == failed.value.code
    file.close()


def test_holds_disk_space_back(tmp_path: Path) -> None:
    """The reserve takes real room, is made once, and is given back when asked."""
    file = _file(tmp_path)
    reserve = tmp_path / "emergency.reserve"

    assert file.prepare()
    assert 8_192 == reserve.stat().st_size
    if sys.platform != "win32":
        assert reserve.stat().st_blocks * 512 >= 8_192
    assert file.prepare()
    assert file.release()
    assert not reserve.exists()
    assert not file.release()


def test_clearing_empties_it_and_holds_room_again(tmp_path: Path) -> None:
    """Once its lines are journaled the file is gone, and the next emergency finds its reserve."""
    file = _file(tmp_path)
    file.write(b"first")
    file.clear()

    assert Left((), 0) == file.read()
    assert (tmp_path / "emergency.reserve").exists()
    file.write(b"second")
    file.close()
    assert Left((b"second",), 0) == file.read()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise there")
def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """The file and its reserve are the owner's only."""
    file = _file(tmp_path)
    file.prepare()
    file.write(b"first")
    file.close()

    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
