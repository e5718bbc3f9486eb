"""Where the paper venue's quotes come from, as the bridge uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from adapters.paper.walk import WalkSettings


@dataclass(frozen=True, slots=True)
class Market:
    """One market for all paper accounts: ``walks`` by instrument, and a recorded file or ``None``.

    ``speed``: 2 plays the recording twice as fast. ``repeat``: it begins again at its end.
    """

    walks: Mapping[str, WalkSettings]
    recording: Path | None
    speed: Decimal
    repeat: bool
