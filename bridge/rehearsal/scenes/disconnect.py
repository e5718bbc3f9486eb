"""Disconnect: the link drops with an exit on its way; a link that stands, and nothing passes."""

from __future__ import annotations

from decimal import Decimal

from bridge.rehearsal.play import ASKED_WITHIN_S, Play
from core.links import LinkState
from core.money import ZERO
from core.orders import Purpose
from core.setup import SECOND_NS

AWAY_S = 8
BACK_WITHIN_S = 180


def play_disconnect(play: Play) -> None:
    """Play both ways in which a connection is lost."""
    _drops(play)
    _hangs(play)


def _drops(play: Play) -> None:
    stand, part = play.stand, play.part
    play.enter()
    stand.breathe()
    exits = _on_next_order(play)
    heard = stand.deliver(stand.alert("exit"))
    play.must(heard.verdict == "admitted", f"An exit was refused: {heard.sentence}")
    play.must(stand.until(lambda: bool(exits), 10), "The exit did not leave.")
    play.say("An exit is on its way when the connection breaks. The venue has it; no answer comes.")
    stand.wait(1)
    sent = len(stand.orders_at_venue())
    late = _meanwhile(play)
    stand.wait(AWAY_S)
    play.must(len(stand.orders_at_venue()) == sent, "Something was sent over a broken connection.")
    _back(play)
    closing = [one for one in stand.orders_at_venue() if not _is_other(play, one.order)]
    play.must(len(closing) == 1, f"The exit was sent {len(closing)} times.")
    _late_entry(play, late, most=part.quantity)
    play.handled("The exit is found by its id and not sent again; the entry waited.")
    play.without(
        f"A bridge that sends the exit again turns the position round: "
        f"{play.position(-part.sign * part.quantity)}, worth {play.worth(part.quantity)}."
    )


def _is_other(play: Play, order: str) -> bool:
    """Say whether the bridge knows an order as something else than an exit: an entry, a leg."""
    known = play.stand.state.orders.get(order)
    return known is not None and known.purpose is not Purpose.EXIT


def _hangs(play: Play) -> None:
    stand = play.stand
    stand.breathe()
    play.enter()
    account = play.part.account
    stand.breathe()
    stand.wire.weather.silent = True
    play.say("The connection hangs: it stands, and nothing passes any more.")
    within_s = 2 * account.silence_max_ns / SECOND_NS + 10
    began_ns = stand.timeline.now_ns

    def noticed() -> bool:
        return stand.state.accounts[account.name].link is not LinkState.READY

    play.must(stand.until(noticed, within_s), "A hanging connection was not noticed.")
    seconds = (stand.timeline.now_ns - began_ns) / SECOND_NS
    play.say(f"After {seconds:.1f} s of silence it counts as broken: no entry passes.")
    late = _meanwhile(play)
    stand.calm()
    _back(play)
    _late_entry(play, late, most=2 * play.part.quantity)
    play.handled("A connection from which nothing is heard is given up and made anew.")


def _on_next_order(play: Play) -> list[str]:
    """Break the connection in the moment in which the venue takes an order."""
    stand, seen = play.stand, list[str]()

    def placed(ticket: object) -> None:
        if not seen:
            seen.append(repr(ticket))
            stand.cut()

    stand.exchange.placed = placed
    return seen


def _meanwhile(play: Play) -> str:
    """Deliver an entry while the link is down; return the order that waits, if one does."""
    stand = play.stand
    stand.breathe()
    heard = stand.deliver(play.entry())
    play.must(heard.verdict in ("held", "refused"), f"An entry was {heard.verdict} without a link.")
    words = "waits" if heard.verdict == "held" else f"is refused: {heard.sentence}"
    play.say(f"An alert to {play.what} comes in meanwhile. It {words}.".replace("..", "."))
    order = stand.order(heard)
    return order.order if order is not None else ""


def _back(play: Play) -> None:
    stand = play.stand
    stand.calm()
    back = stand.until(lambda: stand.process.ready, BACK_WITHIN_S)
    play.must(back, "The connection did not come back.")
    play.say("The connection is back. The bridge compares orders and positions before it goes on.")


def _late_entry(play: Play, late: str, *, most: Decimal) -> None:
    """See what became of the entry that waited, and be flat. ``most``: what may be open now."""
    stand, part = play.stand, play.part
    play.agree()
    if late:
        order = stand.state.orders[late]
        if order.filled:
            play.say("The entry that waited is judged again, still young enough, and sent.")
        else:
            play.say(f"The entry is not sent: {play.unsent(late)}.")
    rightful = ZERO <= stand.held() * part.sign <= most
    play.must(rightful, f"The position is {play.position(stand.held())}.")
    if stand.held():
        play.leave()
    play.must(stand.until(lambda: not stand.held(), ASKED_WITHIN_S), "It did not end flat.")
