"""The operator's act "replace", from whoever asks to the core."""

from __future__ import annotations

from decimal import Decimal

from bridge.runtime import Runtime
from core import commands as c
from core.answers import Answer


async def replace(
    runtime: Runtime,
    order: str,
    *,
    by: str,
    reason: str,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    trigger: Decimal | None = None,
) -> Answer:
    """Ask for new terms of one order; ``None``: as they are. The venue's answer comes later."""
    known = await runtime.writer.read(lambda state: state.orders.get(order))
    link = runtime.links.get(known.account) if known is not None else None
    return await runtime.writer.ask(
        c.ReplaceOrder(
            order=order,
            by=by,
            reason=reason,
            quantity=quantity,
            price=price,
            trigger=trigger,
            offered=link is None or link.venue.capabilities.replace,
        )
    )
