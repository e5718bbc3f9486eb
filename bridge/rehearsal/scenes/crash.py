"""Crash and restart: killed before an alert is durable, before its order leaves, right after."""

from __future__ import annotations

from collections.abc import Callable

from bridge.rehearsal.play import ASKED_WITHIN_S, Hindered, Play
from core.codec import decode
from core.orders import DONE, OrderState, Purpose
from core.records import OrderIntended, SignalReceived
from core.store.port import Append

DIES_WITHIN_S = 5


def play_crash(play: Play) -> None:
    """Kill the bridge between two bytes, three times."""
    _before_commit(play)
    play.stand.breathe()
    _before_send(play)
    play.stand.breathe()
    _after_send(play)
    quantity = play.part.quantity
    play.handled("Each alert became one order, wherever the bridge was killed.")
    play.without(
        f"A bridge that forgets what it sent sends it again: {play.amount(2 * quantity)} instead "
        f"of {play.amount(quantity)}, {play.worth(quantity)} more than you asked for."
    )


def _kills(play: Play, what: type[object]) -> Callable[[Append], None]:
    """Make what kills the bridge at the commit that holds a kind of record."""

    def judge(append: Append) -> None:
        if any(isinstance(record, what) for record in decode(append.payload)):
            play.stand.kill()

    return judge


def _dies(play: Play, body: bytes, when: str) -> None:
    """Deliver an alert to a bridge that dies of it."""
    stand = play.stand
    heard = stand.deliver(body)
    if not stand.until(lambda: not stand.process.loop.alive, DIES_WITHIN_S):
        raise Hindered(heard)
    play.say(f"An alert to {play.what} comes in, and the bridge is killed {when}.")
    play.must(stand.restart(), "The bridge did not start again.")


def _before_commit(play: Play) -> None:
    stand = play.stand
    stand.process.tape.before = _kills(play, SignalReceived)
    body = play.entry()
    _dies(play, body, "before it has written anything down")
    play.must(not play.entries(), "An order was sent that is not in the journal.")
    order = play.admitted(body)
    play.must(play.reaches(order, OrderState.FILLED), "The alert was lost.")
    play.must(len(play.entries()) == 1, f"One alert made {len(play.entries())} orders.")
    play.say("It starts again. The sender had no answer, so it sends again: one order, filled.")
    play.leave()


def _before_send(play: Play) -> None:
    stand = play.stand
    before = len(play.entries())
    stand.process.tape.after = _kills(play, OrderIntended)
    body = play.entry()
    _dies(play, body, "after writing it down and before the order has left")
    heard = stand.deliver(body)
    play.must(heard.verdict == "duplicate", f"The alert was {heard.verdict} a second time.")
    count = _settled(play, before)
    if count:
        play.say("It starts again, asks the venue, and sends the order that never left: one order.")
        play.leave()
    else:
        play.say("It starts again and asks the venue: the order never left, and is given up.")


def _after_send(play: Play) -> None:
    stand = play.stand
    before = len(play.entries())
    stand.exchange.placed = lambda _ticket: _kill_once(play)
    body = play.entry()
    _dies(play, body, "right after the order has left, before any answer")
    heard = stand.deliver(body)
    play.must(heard.verdict == "duplicate", f"The alert was {heard.verdict} a second time.")
    count = _settled(play, before)
    play.must(count == 1, "The order at the venue was forgotten.")
    play.say("It starts again, asks the venue for the order by its id, and finds it: one order.")
    play.leave()


def _kill_once(play: Play) -> None:
    """Kill the bridge at this order: those that the next process sends may pass."""
    play.stand.exchange.placed = lambda _ticket: None
    play.stand.kill()


def _settled(play: Play, before: int) -> int:
    """Wait until nothing is in doubt; return how many orders the venue has taken since."""
    stand = play.stand
    entries = [one for one in stand.state.orders.values() if one.purpose is Purpose.ENTRY]
    order = entries[-1]
    over = stand.until(lambda: stand.again(order).state in DONE, 2 * ASKED_WITHIN_S)
    play.must(over, "Nobody knows what became of the order.")
    play.agree()
    count = len(play.entries()) - before
    play.must(count <= 1, f"One alert made {count} orders.")
    return count
