"""A fill is not guaranteed: nobody trades, half is filled, it is rejected, the answer is lost."""

from __future__ import annotations

from adapters.simulated.wire import Weather
from bridge.rehearsal.casting import smallest
from bridge.rehearsal.play import ASKED_WITHIN_S, Play
from core import commands as c
from core.money import floor_to
from core.orders import DONE, OrderEvent, OrderState

UNFILLED_S = 20
LOST_S = 8


def play_fills(play: Play) -> None:
    """Play what can become of an order instead of a fill."""
    _unfilled(play)
    _partly(play)
    _rejected(play)
    _answer_lost(play)
    _request_lost(play)


def cancel(play: Play, order: str) -> None:
    """Let a person cancel an order, and see it end."""
    stand = play.stand
    stand.act(lambda bridge: bridge.writer.ask(
        c.CancelOrder(order=order, by="rehearsal", reason="rehearsal")
    ))  # fmt: skip
    ended = stand.until(lambda: stand.state.orders[order].state in DONE, ASKED_WITHIN_S)
    play.must(ended, "A cancel did not end the order.")
    stand.stop_trading(on=False)


def _unfilled(play: Play) -> None:
    stand, part = play.stand, play.part
    order = play.rest(", and nobody trades against it")
    stand.wait(UNFILLED_S)
    now = stand.again(order)
    play.must(now.leaves == part.quantity, "An order that works did not count in full any more.")
    play.say(f"{UNFILLED_S} s later nothing is filled. It still counts in full for your limits.")
    cancel(play, order.order)
    play.say("A person cancels it, and the venue confirms.")
    play.must(not stand.held(), "A cancelled order left a position.")


def _partly(play: Play) -> None:
    stand, part = play.stand, play.part
    # What is filled must be enough for an order of its own, or no exit could close it.
    piece = max(floor_to(part.quantity / 2, part.step), smallest(part.instrument))
    if piece >= part.quantity:
        play.say(f"{play.amount(part.quantity)} is the smallest order: no part of it is shown.")
        return
    stand.breathe()
    order = play.rest(", and little is offered")
    ticket = play.tickets(order)[0]
    quote = stand.exchange.quotes[part.instrument.name]
    stand.exchange.fill(ticket, piece, ticket.price or quote.mid)
    seen = stand.until(lambda: stand.again(order).filled == piece, ASKED_WITHIN_S)
    play.must(seen, "A part that was filled is not known.")
    play.say(f"{play.amount(piece)} is filled. Position: {play.position(stand.believed())}.")
    if ticket.works:
        stand.exchange.end(ticket, OrderEvent.CANCELLED, reason="not enough was offered")
        play.say("The venue ends the rest of the order, unasked.")
    play.must(play.reaches(order, OrderState.CANCELLED), "The end of an order was not noticed.")
    play.must(stand.believed() == piece * part.sign, "The position is not what was filled.")
    play.leave()
    play.must(stand.orders_at_venue()[-1].quantity == piece, "The exit was not for what is there.")
    play.handled("The position is what was really filled, and the exit closes exactly that.")
    left = part.quantity - piece
    play.without(
        f"A bridge that believes in the whole order closes {play.amount(left)} too much: "
        f"a position of {play.worth(left)} the wrong way round."
    )


def _rejected(play: Play) -> None:
    stand = play.stand
    stand.breathe()
    stand.wire.weather = Weather(rejected=1.0)
    order = play.admitted(play.entry())
    rejected = play.reaches(order, OrderState.REJECTED)
    stand.calm()
    play.must(rejected, "An order that the venue refused does not count as rejected.")
    play.must(not stand.held() and not play.tickets(order), "A rejected order came back.")
    play.say("The next one is rejected by the venue. It counts for nothing, and stays rejected.")


def _answer_lost(play: Play) -> None:
    stand, part = play.stand, play.part
    stand.breathe()
    stand.wire.weather = Weather(reply_lost=1.0, report_lost=1.0)
    order = play.admitted(play.entry())
    unknown = play.reaches(order, OrderState.UNKNOWN)
    play.must(unknown, "An order without an answer does not count as unknown.")
    play.say("The next one leaves, and no answer comes. Is it there? Nobody knows: it is unknown.")
    stand.wait(LOST_S)
    stand.breathe()
    heard = stand.deliver(play.entry())
    play.must(heard.verdict in ("refused", "held"), "An entry passed beside an unknown order.")
    play.say(f"Another entry meanwhile is {heard.verdict}: {heard.sentence}")
    stand.calm()
    found = play.reaches(order, OrderState.FILLED, 2 * ASKED_WITHIN_S)
    play.must(found, "The order was at the venue, and was not found there.")
    play.say("The venue answers again: the order is found by its id, filled long ago.")
    stand.until(lambda: stand.held() == stand.believed(), ASKED_WITHIN_S)
    play.must(len(play.tickets(order)) == 1, "The order was sent a second time.")
    play.handled("A lost answer is neither a yes nor a no: the order is looked for, never doubled.")
    play.without(
        f"A bridge that sends again holds {play.amount(2 * part.quantity)} instead of "
        f"{play.amount(part.quantity)}: {play.worth(part.quantity)} more than you asked for."
    )
    play.leave()


def _request_lost(play: Play) -> None:
    stand = play.stand
    stand.breathe()
    before = stand.wire.mishaps["request_lost"]
    stand.wire.weather = Weather(request_lost=1.0)
    order = play.admitted(play.entry())
    lost = stand.until(lambda: stand.wire.mishaps["request_lost"] > before, 10)
    stand.calm()
    play.must(lost, "An admitted order never left.")
    play.say("The next one is lost on its way: it never arrives, and the bridge cannot know that.")
    stand.until(lambda: stand.again(order).state in DONE, 2 * ASKED_WITHIN_S)
    count = len(play.tickets(order))
    play.must(count <= 1, "The order was placed more than once.")
    if count:
        play.must(play.reaches(order, OrderState.FILLED), "The order was placed and not followed.")
        play.say("The venue proves that it is not there, so the very same order goes once more.")
        play.leave()
    else:
        play.must(stand.again(order).state in DONE, "An order that is nowhere stays unknown.")
        play.say("After a minute of asking it is given up: nothing was placed.")
