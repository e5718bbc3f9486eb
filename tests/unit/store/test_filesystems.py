"""File systems that do not keep a synced write are known by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store.filesystems import weakness_in

MOUNTS = r"""/dev/vda / ext4 rw 0 0
proc /proc proc rw 0 0
nas:/share /mnt/nas nfs4 rw 0 0
//pc/share /mnt/My\040Share cifs rw 0 0
C:\134 /mnt/c 9p rw 0 0
tmpfs /ram tmpfs rw 0 0
host:/srv /srv/far fuse.sshfs rw 0 0
/dev/sdb /mnt/nas/local xfs rw 0 0
overlay /box overlay rw 0 0
/dev/sdc /box/data ext4 rw 0 0
/dev/sdd /twice nfs rw 0 0
/dev/sde /twice ext4 rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/var/lib/bascule/journal.db", ""),
        ("/mnt/nas/journal.db", "network"),
        ("/mnt/nas/local/journal.db", ""),
        ("/mnt/nashorn/journal.db", ""),
        ("/mnt/My Share/journal.db", "network"),
        ("/mnt/c/journal.db", "network"),
        ("/ram/journal.db", "memory"),
        ("/srv/far/journal.db", "user space"),
        ("/box/journal.db", "container"),
        ("/box/data/journal.db", ""),
        ("/twice/journal.db", ""),
    ],
)
def test_finds_the_mount_below_a_path(path: str, words: str) -> None:
    """The innermost mount decides, its name unescaped, the last one at the same place."""
    reason = weakness_in(MOUNTS, Path(path))

    assert bool(words) == bool(reason)
    assert words in reason
