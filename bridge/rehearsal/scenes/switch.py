"""Kill switch: raised with an order working and a position open, through a restart, and in time."""

from __future__ import annotations

from bridge.rehearsal.play import ASKED_WITHIN_S, Play
from core import commands as c
from core.codec import decode
from core.orders import DONE, OrderState
from core.records import OrderIntended
from core.store.port import Append

SCOPE = "global"
WATCHED_S = 10


def play_switch(play: Play) -> None:
    """Raise the bridge, in every moment that matters."""
    stand, part = play.stand, play.part
    if part.room:
        play.enter()
        stand.breathe()
    working = play.rest(", and it works there")
    _raise(play)
    ended = play.reaches(working, OrderState.CANCELLED, ASKED_WITHIN_S)
    play.must(ended, "A working entry survived the switch.")
    play.say("The working entry is cancelled, and the venue has confirmed it.")
    _refuses(play, "An alert to enter comes in")
    if part.room:
        play.leave()
    play.must(stand.restart(), "The bridge did not start again.")
    _refuses(play, "The bridge is killed and started again; another alert comes in")
    _lower(play)
    if not part.room:
        _exit_alone(play)
    _in_time(play)
    play.handled(
        "Raised means: nothing more goes in, exits still go out, until a person lowers it."
    )
    play.without(
        f"Each alert that still passes opens another {play.amount(part.quantity)}, "
        f"worth {play.worth(part.quantity)}."
    )


def _raise(play: Play) -> None:
    play.stand.act(lambda bridge: bridge.halt(SCOPE, by="rehearsal", reason="rehearsal"))
    play.say("A person raises the bridge.")


def _lower(play: Play) -> None:
    stand = play.stand
    lowered = c.Resume(scope=SCOPE, by="rehearsal", reason="rehearsal")
    stand.act(lambda bridge: bridge.writer.ask(lowered))
    play.must(SCOPE not in stand.state.halts, "The bridge could not be lowered again.")
    play.say("A person lowers it again, with a reason.")
    stand.breathe()


def _refuses(play: Play, what: str) -> None:
    stand = play.stand
    stand.stop_trading(on=False)
    stand.breathe()
    before = len(play.entries())
    heard = stand.deliver(play.entry())
    stand.wait(2)
    passed = heard.verdict != "refused" or len(play.entries()) > before
    play.must(not passed, f"An entry was {heard.verdict} although the bridge is raised.")
    play.must(heard.code == "halted", f"An entry was refused, but not by the switch: {heard.code}.")
    play.say(f"{what}: refused.")


def _exit_alone(play: Play) -> None:
    """Let an exit pass while the bridge is raised, where one order is all that limits allow."""
    play.enter()
    _raise(play)
    play.leave()
    _lower(play)


def _in_time(play: Play) -> None:
    """Raise the bridge after an order was admitted and before it has left."""
    stand = play.stand
    before = len(play.entries())
    process = stand.process
    raised: list[bool] = []

    def admitted(append: Append) -> None:
        orders = [one for one in decode(append.payload) if isinstance(one, OrderIntended)]
        if orders and not raised:
            raised.append(True)
            process.do(lambda bridge: process.loop.create_task(
                bridge.halt(SCOPE, by="rehearsal", reason="rehearsal")
            ))  # fmt: skip

    process.tape.after = admitted
    order = play.admitted(play.entry())
    stand.wait(WATCHED_S)
    play.must(len(play.entries()) == before, "An order left after the bridge was raised.")
    play.must(stand.again(order).state in DONE, "An order that was stopped still counts.")
    play.say("Once more, in the very moment in which an alert is admitted: its order stays here.")
    _lower(play)
