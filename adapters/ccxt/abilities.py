"""What an account at a venue can do, from its profile and its settings.

Rules of this file
1. Nothing is asked: what a venue offers is in its profile.
"""

from __future__ import annotations

from typing import Final

from adapters.ccxt.profile import Profile
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.streams import STREAMS
from adapters.port import Capabilities

PINGS: Final = 2
"""Pings of a stream within which it is heard at least once."""


def able(profile: Profile, settings: CcxtSettings) -> Capabilities:
    """Say what an account at a venue can do."""
    streams = profile.venue in STREAMS
    keep_alive_ms = settings.keep_alive_ms or profile.keep_alive_ms
    amends_stops = profile.stop is None or profile.stop.cancel == profile.plain.cancel
    return Capabilities(
        order_types=profile.order_types,
        lookup_by_order_id=any(call.closed for call in profile.plain.find),
        ids_unique_for_ever=False,
        # a venue that changes plain orders alone could not keep a stop at the open quantity
        replace=profile.replace and profile.proven and amends_stops,
        reduce_only=bool(profile.reduce_only),
        live=settings.live,
        heartbeat_ms=PINGS * (keep_alive_ms if streams else settings.poll_orders_ms),
    )
