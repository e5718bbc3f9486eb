"""What reading an alert ends in, and the caps that hold before a byte is looked at."""

from __future__ import annotations

from typing import Final

import msgspec

from core.signals import Misread, Signal

BODY_BYTES_MAX: Final = 64 * 1024
"""A Pine string holds 40,960 characters, so ``alert()`` can send about 40 KB, more as UTF-8. The
native alert needs 400 bytes; what is longer than this was not written for a bridge. The door uses
the same cap."""

SHOWN_MAX: Final = 80
"""Characters of the sender's text in a refusal: enough to find the place, too few to carry a
payload."""

REDACTED: Final = "[redacted]"
"""Stands where a secret stood."""


class Reading(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One alert, read: it has signals, one for all but batches, or else a misread.

    ``token``: the secret found in the body, also in one that could not be read further, so that the
    sender can be known before the fault is told. ``ignored``: names of fields that mean nothing
    here. ``repaired``: what was repaired before reading, where the route asks for it.
    """

    signals: tuple[Signal, ...] = ()
    misread: Misread | None = None
    token: str | None = None
    ignored: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()

    @property
    def signal(self) -> Signal | None:
        """Return the signal of a message that has just one."""
        return self.signals[0] if len(self.signals) == 1 else None

    def __repr__(self) -> str:
        """Write the reading without its secret."""
        token = None if self.token is None else REDACTED
        return (
            f"Reading({self.signals or self.misread!r}, token={token!r}, ignored={self.ignored!r})"
        )


class Fault(Exception):
    """Reading ends here. Stays inside this folder: ``read`` turns it into the misread that it
    carries.
    """

    def __init__(self, code: str, field: str = "", value: str = "", limit: str = "") -> None:
        super().__init__(code)
        self.misread = Misread(code=code, field=shown(field), value=shown(value), limit=limit)

    def inside(self, place: int) -> Fault:
        """Say in which signal of a batch it is: ``price of #2``."""
        if self.misread.field:
            said = f"{self.misread.field} of #{place}"
            self.misread = msgspec.structs.replace(self.misread, field=said)
        return self


def shown(text: str, most: int = SHOWN_MAX) -> str:
    """Make the sender's text fit for a sentence: short, on one line, with invisible characters
    written out.
    """
    cut = text if len(text) <= most else text[:most] + "…"
    if cut != cut.strip():
        cut = f'"{cut}"'  # white space at an end is the very thing to be seen
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
