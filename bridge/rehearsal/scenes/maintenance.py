"""Maintenance: announced and sudden. Entries wait; an exit goes first when the venue is back."""

from __future__ import annotations

from adapters.port import LinkChanged
from adapters.simulated.wire import Weather
from bridge.rehearsal.play import Play
from bridge.rehearsal.sender import Heard
from core.setup import SECOND_NS

SUDDEN_S = 40
ANNOUNCED_MOST_S = 20
OPEN_WITHIN_S = 400
TRAVEL_NS = 2_000_000


def play_maintenance(play: Play) -> None:
    """Play both kinds of maintenance."""
    life_s = play.part.route.order_life_ns / SECOND_NS
    _closed(play, max(1.0, min(ANNOUNCED_MOST_S, life_s / 3)), said=True)
    play.stand.breathe()
    _closed(play, SUDDEN_S, said=False)
    play.handled("Nothing is sent to a closed venue. When it opens, the exit goes first.")
    play.without(
        f"A bridge that gives the exit up keeps {play.amount(play.part.quantity)} open, "
        f"worth {play.worth(play.part.quantity)}, through whatever the market does meanwhile."
    )


def _closed(play: Play, for_s: float, *, said: bool) -> None:
    stand, part = play.stand, play.part
    play.enter()
    stand.breathe()
    before = len(stand.orders_at_venue())
    until_ns = stand.machine.utc_ns() + int(for_s * SECOND_NS)
    stand.wire.weather = Weather(closed_until_ns=until_ns, closed_said=said)
    if said:
        play.say(f"The venue closes for maintenance and says for how long: {for_s:.0f} s.")
        name = part.account.name
        stand.wire.drop(lambda _: LinkChanged(name, up=False, reason="maintenance"))
        stand.wait(1)
    else:
        play.say(f"The venue closes without a word, and opens again in {for_s:.0f} s.")
    leave = stand.deliver(stand.alert("exit"))
    enter = stand.deliver(play.entry())
    good = leave.verdict in ("held", "admitted")
    play.must(good, f"An exit was refused in maintenance: {leave.sentence}")
    play.say(f"An exit comes in, and waits. An entry comes in, and {_fate(enter)}.")
    stand.until(lambda: stand.machine.utc_ns() >= until_ns, for_s + 1)
    play.must(len(stand.orders_at_venue()) == before, "A closed venue took an order.")
    # As long for each message, so that they arrive in the order in which they left.
    stand.wire.weather = Weather(delay_min_ns=TRAVEL_NS, delay_max_ns=TRAVEL_NS)
    moved = stand.until(lambda: len(stand.orders_at_venue()) > before, OPEN_WITHIN_S)
    play.must(moved, "The exit never left, although the venue is open again.")
    first = stand.orders_at_venue()[before]
    play.must(first.side is not part.side, "An entry went before the exit.")
    play.agree()
    stand.calm()
    sent = len(stand.orders_at_venue()) > before + 1
    play.say(f"The venue is open again: the exit goes first. {_entry(play, enter, sent=sent)}")
    if stand.held():
        play.leave()


def _fate(heard: Heard) -> str:
    if heard.verdict in ("held", "admitted"):
        return "waits, too"
    return f"is refused ({heard.sentence.rstrip('.')})"


def _entry(play: Play, heard: Heard, *, sent: bool) -> str:
    """Say what became of the entry."""
    if sent:
        return "Then the entry: it is still young enough."
    order = play.stand.order(heard)
    if order is None:
        return "The entry stays refused."
    return f"The entry is dropped: {play.unsent(order.order)}."
