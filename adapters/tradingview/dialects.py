"""The dialects that a route may name. A new one is a file beside ``native`` and a row here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.tradingview import native
from adapters.tradingview.reading import Reading

DIALECTS: Final[dict[str, Callable[[bytes], Reading]]] = {
    "native": native.read,
}
