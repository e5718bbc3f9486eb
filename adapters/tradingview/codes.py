"""Every way in which an alert is refused while it is read.

``{where}`` in a row is the field; it stands only where the fault always has one. ``{limit}`` is the
right piece of template wherever a fix shows it.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview.invalid import INVALID
from adapters.tradingview.unreadable import UNREADABLE
from core.codes import table

CODES: Final = table(*UNREADABLE, *INVALID)
"""All of them. ``bridge.codes`` joins this table with the others for the reference."""
