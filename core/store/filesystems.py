"""File systems on which a synced write is not kept, or a lock not held."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

WEAK: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "davfs", "glusterfs"),
        "it is a network file system, which may lose synced writes and locks",
    ),
    **dict.fromkeys(
        ("vboxsf", "prl_fs", "vmhgfs", "drvfs"),
        "it is a folder shared with another system, which may lose synced writes and locks",
    ),
    **dict.fromkeys(
        ("overlay", "aufs", "unionfs"),
        "it is the layered file system of a container, which goes away with the container",
    ),
    **dict.fromkeys(("tmpfs", "ramfs"), "it is memory, which is empty after a restart"),
}
"""Names as the kernel writes them, with the reason."""

_FUSE_REASON: Final = "it is a file system in user space, which may lose synced writes and locks"

_MOUNTS: Final = Path("/proc/self/mounts")

_DRIVE_REMOTE: Final = 4
"""What Windows calls a drive of another machine (GetDriveType)."""


def weakness(path: Path) -> str:
    """Say why a synced write at ``path`` may be lost; empty when nothing is known against it."""
    if sys.platform == "win32":
        return _windows_weakness(path)
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""  # not Linux: nothing is known
    return weakness_in(mounts, path.resolve())


def weakness_in(mounts: str, path: Path) -> str:
    """Find the mount that holds ``path`` in a table like /proc/mounts, and say what is known
    against its kind.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_unescaped(fields[1]))
        # a later mount of the same point hides the earlier one
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    if kind.startswith("fuse."):
        return _FUSE_REASON
    return WEAK.get(kind, "")


def _unescaped(text: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, letter)
    return text


def _windows_weakness(path: Path) -> str:
    if sys.platform != "win32":  # tells the type checker too
        return ""
    import ctypes

    anchor = os.path.abspath(path)[:3]  # noqa: PTH100 - resolve() would ask the network drive
    if anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == _DRIVE_REMOTE:
        return WEAK["smbfs"]
    return ""
