"""From what was asked to the command of an act: the same for the API and for forms.

Rules of this file
1. A reason is brought to one line; whether it is enough, the core says.
2. What cannot be taken back is confirmed, or it is refused before it reaches the core.
"""

from __future__ import annotations

from bridge.http.asks import number
from bridge.http.desk import Desk, tidy
from bridge.http.refusal import Refusal
from core import commands as c
from core.answers import Done


async def resolve(
    desk: Desk,
    order: str,
    *,
    outcome: str,
    quantity: str | None,
    price: str | None,
    by: str,
    reason: str,
    confirmed: bool,
) -> Done:
    """Say what became of an order in doubt."""
    try:
        said = c.Resolution(outcome)
    except ValueError:
        choices = ", ".join(c.Resolution)
        raise Refusal("ask_invalid", value=f"outcome is one of {choices}.") from None
    if not confirmed:
        raise Refusal("confirm_missing", value=f"{order} is {said} by your word alone")
    return await desk.act(
        c.ResolveOrder(
            order=order,
            outcome=said,
            by=by,
            reason=tidy(reason),
            quantity=number(quantity, "quantity"),
            price=number(price, "price"),
        )
    )


async def replace(
    desk: Desk,
    order: str,
    *,
    quantity: str | None,
    price: str | None,
    trigger: str | None,
    by: str,
    reason: str,
) -> Done:
    """Ask for new terms of an order."""
    return await desk.replace(
        order,
        by=by,
        reason=reason,
        quantity=number(quantity, "quantity"),
        price=number(price, "price"),
        trigger=number(trigger, "trigger"),
    )


async def accept(desk: Desk, account: str, *, by: str, reason: str) -> None:
    """Take a person's word that the venue is right, and look at it once more for that."""
    await desk.act(c.AcceptReconciliation(account=account, by=by, reason=tidy(reason)))
    await desk.compare(account)


async def adopt(
    desk: Desk,
    account: str,
    *,
    instrument: str,
    strategy: str,
    quantity: str | None,
    by: str,
    reason: str,
) -> Done:
    """Give a strategy what nobody of ours owns."""
    return await desk.act(
        c.AdoptPosition(
            account=account,
            instrument=instrument,
            strategy=strategy,
            by=by,
            reason=tidy(reason),
            quantity=number(quantity, "quantity"),
        )
    )


async def assign(
    desk: Desk,
    account: str,
    *,
    instrument: str,
    source: str,
    target: str,
    quantity: str | None,
    by: str,
    reason: str,
) -> Done:
    """Give a position another owner."""
    return await desk.act(
        c.AssignPosition(
            account=account,
            instrument=instrument,
            source=source,
            target=target,
            by=by,
            reason=tidy(reason),
            quantity=number(quantity, "quantity"),
        )
    )
