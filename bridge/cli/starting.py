"""``bascule init``: a configuration that works as it stands."""

from __future__ import annotations

from pathlib import Path

from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.config.starter import Starter, init
from bridge.exits import Exit


def begin(screen: Screen, folder: Path, port: int, *, store: str | None, profile: str) -> None:
    """Write a configuration and say what to do with it."""
    made = init(folder, port, store, profile)
    if not isinstance(made, Starter):
        sentence = made.sentence + (
            f" Did you mean {made.suggestion!r}?" if made.suggestion else ""
        )
        raise Stopped(Exit.CONFIG, made.code, sentence, made.fix)
    if screen.as_json:
        screen.give(made.as_dict())
        return
    screen.line(f"Wrote {made.config}", "strong")
    screen.line(
        "It trades a simulated account on a synthetic market. It holds secrets: keep it yours."
    )
    screen.line()
    screen.line("Start the bridge:")
    screen.line(f"  bascule run -c {made.config}")
    screen.line("Send it the first alert, from another terminal:")
    fields = " ".join(f"--{name} {made.message[name]}" for name in ("strategy", "symbol", "action"))
    screen.line(f"  bascule signal send -c {made.config} {fields} --effect open --quantity 0.01")
    screen.line("Pages (the login asks for the token, which is `token` under `[[api.tokens]]`):")
    screen.line(f"  {made.api.removesuffix('/api')}/")
    screen.line("What to paste into TradingView, address and message:")
    screen.line(f"  bascule tv template -c {made.config}")
