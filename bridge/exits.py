"""Exit codes of the command, as documented."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1  # it was carried out and the answer is no: refused, not found, chain broken
    USAGE = 2  # the command line, or the alert given to `signal read`, could not be read
    CONFIG = 3  # the configuration has problems
    STORE = 4  # the journal cannot be opened or written
    FENCED = 5  # another writer owns the journal, or it is not the one that was known
    UNREACHABLE = 6  # the bridge does not answer
    PORT = 7  # a port is taken
    REHEARSAL = 8  # a rehearsed failure was not handled as promised
    INTERRUPTED = 130
