"""``bascule demo``: the whole way of one alert, with everything real but the market and the money.

Rules of this file
1. The bridge is a process of its own, the alert comes over HTTP, and a kill is a kill.
2. What the story says was looked up; what is not as promised ends the demo with a code.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from bridge.addresses import private_address
from bridge.cli.proving import prove
from bridge.cli.screen import Screen
from bridge.cli.sending import fresh_into
from bridge.cli.stage import Picture, Scene, expect, interrupted_by_signals, staged
from bridge.cli.stopped import stopped
from bridge.cli.tracing import tell_trace
from bridge.client import Unreachable
from bridge.exits import Exit

DELIVERIES: Final = 4
"""TradingView sends up to four times when it is not sure that an alert arrived."""

FILLED_WITHIN_S: Final = 20.0
"""The paper venue fills within 60 ms; the rest is for a busy machine."""

LEVELS: Final = {
    "stop": "1", "stop_unit": "percent", "targets": "1:50;2:50", "target_unit": "percent",
}  # fmt: skip
"""What protects the position at the play exchange: a stop, and two targets for half of it each."""

LOOK_EVERY_S: Final = 0.2
"""How often is looked whether the bridge still runs while a person looks at its pages."""

Result = dict[str, Any]


def show(
    screen: Screen, *, once: bool, folder: Path | None, store: str | None, exchange: bool = False
) -> None:
    """Show the demo: to a person, or once by itself. With JSON its words go to the error stream.
    ``exchange``: at a play exchange, with a stop and targets."""
    story = Screen(out=sys.stderr) if screen.as_json else screen
    with interrupted_by_signals(), staged(story, folder, store, exchange=exchange) as scene:
        try:
            result = _once(scene) if once else _begin(scene)
        except Unreachable as why:
            raise stopped(Exit.FAILED, "demo_wrong", str(why)) from None
        if not once:
            if screen.as_json:
                screen.give(result)
            _wait(scene)
    if once and screen.as_json:
        screen.give(result)


def _start(scene: Scene) -> None:
    seconds = scene.child.start()
    what = "a paper account on a synthetic market"
    if scene.config.exchanges:
        what = "an account at a play exchange, through ccxt, over TLS"
    scene.screen.line(f"The bridge is ready after {seconds:.1f} s: {what}.", "strong")


def _message(scene: Scene) -> str:
    """Return the alert of this demo."""
    levels = LEVELS if scene.config.exchanges else {}
    return json.dumps({**fresh_into(scene.starter.message), **levels})


def _begin(scene: Scene) -> Result:
    """Start the bridge, send one alert, and leave the page open."""
    _start(scene)
    message = _message(scene)
    scene.screen.line("Sending one alert over HTTP:", "strong")
    scene.screen.line(f"  {message}", "quiet")
    body = scene.deliver(message.encode())
    expect(body.get("verdict") == "admitted", f"the answer was {body}")
    _wait_for_fill(scene)
    signal_id = str(body["signal"])
    scene.screen.line()
    tell_trace(scene.screen, scene.client.get(f"/signals/{signal_id}").body)
    _invite(scene)
    address = private_address(scene.config.api)
    return {
        "pages": f"{address}/",
        "api": f"{address}/api",
        "config": str(scene.config.path),
        "signal": signal_id,
        "store": scene.config.store.kind,
    }


def _invite(scene: Scene) -> None:
    """Say what to look at and what to try."""
    say = scene.screen.line
    name, config = _command(), scene.config.path
    say()
    say("The pages are open at:", "strong")
    say(f"  {private_address(scene.config.api)}/")
    say("Log in there with this token:")
    say(f"  {scene.starter.api_token}")
    say("Try, from another terminal:")
    order = "--strategy demo --symbol ETHUSDT --action buy --quantity 1"
    say(f"  {name} signal send -c {config} {order}")
    say(f'  {name} halt -c {config} --reason "try the switch"')
    say(f"  {name} signal list -c {config}")
    say("Ctrl-C ends the demo.", "quiet")


def _command() -> str:
    """Return how this very command is typed here."""
    if shutil.which("bascule"):
        return "bascule"
    here = Path(sys.argv[0])
    return str(here) if here.stem == "bascule" else f"{sys.executable} -m bridge.cli"


def _once(scene: Scene) -> Result:
    """Play the whole story, and return what was seen."""
    _start(scene)
    message = _message(scene).encode()
    signal_id = _deliver_at_once(scene, message)
    _wait_for_fill(scene)
    before = scene.picture()
    scene.screen.line(f"  {counted(before)}")
    _crash(scene, before)
    _deliver_again(scene, message, before)
    proof = prove(scene.config)
    text = f"The journal is whole: {proof.records} records, proven to the last hash."
    scene.screen.line(text, "good")
    scene.screen.line()
    tell_trace(scene.screen, scene.client.get(f"/signals/{signal_id}").body)
    return {
        "deliveries": scene.deliveries,
        "verdicts": scene.verdicts,
        "signal": signal_id,
        "signals": len(scene.rows("signals")),
        "orders": len(before["orders"]),
        "fills": len(before["fills"]),
        "restarts": scene.child.starts - 1,
        "position": before["positions"][0]["quantity"],
        "records": proof.records,
        "journal_ok": True,
        "store": scene.config.store.kind,
    }


def _deliver_at_once(scene: Scene, message: bytes) -> str:
    """Deliver the same bytes several times, and return the one signal that they made."""
    text = f"Delivering one alert {DELIVERIES} times at once, as a sender does that is not sure."
    scene.screen.line(text, "strong")
    with ThreadPoolExecutor(DELIVERIES) as pool:
        bodies = list(pool.map(lambda _: scene.deliver(message), range(DELIVERIES)))
    scene.screen.line(f"  answers: {', '.join(scene.verdicts)}")
    signals = {str(body.get("signal")) for body in bodies}
    good = sorted(scene.verdicts) == ["admitted", *["duplicate"] * (DELIVERIES - 1)]
    expect(good and len(signals) == 1, f"the answers were {bodies}")
    return signals.pop()


def _crash(scene: Scene, before: Picture) -> None:
    """Kill the bridge, start it again, and compare."""
    scene.screen.line("Killing the bridge without a warning, and starting it again.", "strong")
    scene.child.kill()
    seconds = scene.child.start()
    after = scene.picture()
    expect(before == after, f"before the kill {before}, after it {after}")
    scene.screen.line(f"  ready after {seconds:.1f} s, with the same state: {counted(after)}")


def _deliver_again(scene: Scene, message: bytes, before: Picture) -> None:
    """Deliver the alert once more, to a bridge that never saw it in this life."""
    scene.screen.line("Delivering the same alert a fifth time.", "strong")
    last = scene.deliver(message)
    expect(last.get("verdict") == "duplicate", f"the fifth answer was {last}")
    after = scene.picture()
    expect(before == after, f"the fifth delivery turned {before} into {after}")
    scene.screen.line(f"  answer: duplicate; still {counted(after)}")


def _wait_for_fill(scene: Scene) -> None:
    legs = 1 if scene.config.exchanges else 0

    def filled() -> bool:
        states = [order["state"] for order in scene.rows("orders")]
        return states.count("filled") == 1 and states.count("accepted") == legs == len(states) - 1

    scene.child.wait_for(filled, "fill the order", FILLED_WITHIN_S)


def counted(picture: Picture) -> str:
    """Say how much there is: ``1 order, 1 fill, 1 position (0.01 BTCUSDT)``."""
    counts = [
        f"{len(rows)} {what if len(rows) != 1 else what.removesuffix('s')}"
        for what, rows in picture.items()
    ]
    held = ", ".join(f"{row['quantity']} {row['instrument']}" for row in picture["positions"])
    return f"{', '.join(counts)} ({held})"


def _wait(scene: Scene) -> None:
    """Let the person look, until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        while (code := scene.child.ended()) is None:
            time.sleep(LOOK_EVERY_S)
        raise stopped(Exit.FAILED, "demo_ended", str(code))
    scene.screen.line()
    scene.screen.line("Stopping the bridge.", "quiet")
