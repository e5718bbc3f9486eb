"""Duplicate alert: four times at once, again after a restart, and the same id with other text."""

from __future__ import annotations

from bridge.rehearsal.play import Play
from bridge.rehearsal.stand import ANSWER_WITHIN_S
from core.orders import OrderState

DELIVERIES = 4
"""TradingView sends up to four times when it is not sure that an alert arrived."""


def play_duplicate(play: Play) -> None:
    """Play every way in which one alert comes again."""
    stand, part = play.stand, play.part
    body = play.entry(id="rehearsal-again")
    told = [stand.send(body) for _ in range(DELIVERIES)]
    stand.until(lambda: all(one().verdict for one in told), ANSWER_WITHIN_S)
    heard = [one() for one in told]
    count = sum(one.verdict == "admitted" for one in heard)
    stand.wait(2)
    made = len(play.entries())
    play.must(count <= 1 and made <= 1, f"One alert, delivered four times, made {made} orders.")
    order = stand.order(heard[0])
    if order is None:
        order = play.admitted(body)
    play.must(play.reaches(order, OrderState.FILLED), "The order was not filled.")
    play.say(
        f"One alert to {play.what} is delivered {DELIVERIES} times at once. The first is admitted, "
        f"{DELIVERIES - 1} are recognised as the same."
    )
    play.must(stand.restart(), "The bridge did not start again.")
    again = stand.deliver(body)
    play.must(again.verdict == "duplicate", f"After a restart the alert was {again.verdict} again.")
    play.say("The bridge is killed and started again. The alert comes once more: recognised.")
    other = stand.deliver(play.entry(id="rehearsal-again", comment="another alert"))
    play.must(other.verdict == "refused", f"Another text under a used id was {other.verdict}.")
    play.say(f"Another text under the same id: refused, with an alarm. {other.sentence}")
    stand.wait(2)
    made = len(play.entries())
    play.must(made == 1, f"One alert, delivered {DELIVERIES + 2} times, made {made} orders.")
    play.handled(f"One order, and a position of {play.amount(stand.held())}.")
    extra = DELIVERIES * part.quantity
    play.without(
        f"Five deliveries taken for five alerts: {play.amount(part.quantity + extra)} instead of "
        f"{play.amount(part.quantity)}, {play.worth(extra)} more than you asked for."
    )
    play.leave()
    if not part.route.require_id:
        play.advise(
            "Alerts of this route may come without an id: then equal alerts within a minute count "
            "as one, and the same alert a minute later counts as a new one.",
            f'Write an "id" into every alert, and take "id" out of routes.{part.route.name}.waive.',
        )
