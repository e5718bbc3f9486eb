"""Slippage as rows: what an order cost against what was meant, and in which stage it was lost."""

from __future__ import annotations

from bridge.http.rows import Row, average, text_of
from core.instruments import Instrument
from core.money import plain
from core.orders import Order, Purpose
from core.signals import Signal
from core.slippage import Stage, level_of, slippage_of


def slippage_row(order: Order, content: Signal | None, instrument: Instrument | None) -> Row:
    """Say how much worse than the market's middle, and than the sender's own price, an order was
    filled, and split it by stage where that is known. A leg that waited is compared to its level.

    ``slippage_stages``: by unit (price, ticks, bps, money), each stage (``null``: unknown), what is
    ``unsplit``, and the ``total``, which is their sum.
    """
    price, sign = order.average_price, order.side.sign
    own = content.price if content is not None and order.price is None else None
    level = level_of(order) if order.purpose is Purpose.LEG else None
    meant = order.reference if level is None else level
    out: Row = {"sender_price": text_of(own)}
    for name, base in (("slippage", meant), ("sender_slippage", own)):
        worse = None if price is None or base is None or not base else (price - base) * sign
        out[name] = average(worse)
        out[f"{name}_bp"] = None
        if worse is not None and base:
            out[f"{name}_bp"] = format(worse * 10_000 / base, ".2f")
    found = slippage_of(order, content, instrument) if instrument is not None else None
    out["slippage_stages"] = None
    out["sent_reference"] = text_of(order.sent_reference)
    out["accepted_reference"] = text_of(order.accepted_reference)
    if found is not None:
        out["slippage_stages"] = {
            str(unit): {
                **{str(n): text_of(s) for n, s in zip(Stage, split.stages, strict=True)},
                "unsplit": plain(split.unsplit),
                "total": plain(split.total),
            }
            for unit, split in found.units.items()
        }
    return out
