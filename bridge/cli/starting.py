"""``bascule init``: a configuration that works as it stands."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.config.starter import Starter, init
from bridge.exits import Exit

NAME: Final = "bascule"
"""What the command is called where it is installed for everybody."""


def typed(called: str) -> str:
    """Return what to type to run this very command again, by how it was called: its name where the
    shell finds it, else its path."""
    own, found = Path(called), shutil.which(NAME)
    if own.stem != NAME or (found is not None and Path(found).resolve() == own.resolve()):
        return NAME
    return f'"{own}"' if " " in str(own) else str(own)


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
    command = typed(sys.argv[0])
    if command != NAME:
        screen.line(f"This shell does not find `{NAME}`: where a message or a page says it, type")
        screen.line(f"  {command}")
        screen.line()
    screen.line("Start the bridge:")
    screen.line(f"  {command} run -c {made.config}")
    screen.line("Send it the first alert, from another terminal:")
    fields = " ".join(f"--{name} {made.message[name]}" for name in ("strategy", "symbol", "action"))
    screen.line(f"  {command} signal send -c {made.config} {fields} --effect open --quantity 0.01")
    screen.line("Pages (the login asks for the token, which is `token` under `[[api.tokens]]`):")
    screen.line(f"  {made.api.removesuffix('/api')}/")
    screen.line("What to paste into TradingView, address and message:")
    screen.line(f"  {command} tv template -c {made.config}")
