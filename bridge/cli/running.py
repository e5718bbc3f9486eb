"""``bascule run``: serve, and say where."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bridge import logs
from bridge.addresses import hook_base, private_address
from bridge.cli.checking import refuse_bad
from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.stopped import Stopped, stopped
from bridge.config import Config
from bridge.exits import Exit
from core.codec import CodecError
from core.store.port import StoreFailure, StoreFenced

if TYPE_CHECKING:
    from bridge.runtime import Runtime


def serve(screen: Screen, path: Path) -> Exit:
    """Serve until a signal or a failure; return how it ended."""
    config = configuration(path)
    logs.configure(config.secrets())
    refuse_bad(config)
    from bridge.http import servers

    def up(runtime: Runtime) -> None:
        with suppress(OSError):  # nobody reads our words: that stops no trade
            say(screen, config, runtime)

    try:
        return asyncio.run(servers.serve(config, up))
    except servers.PortTaken as taken:
        raise stopped(Exit.PORT, "port_taken", taken.why, where=taken.where) from None
    except StoreFenced as failure:
        raise Stopped(Exit.FENCED, failure.code, failure.text) from None
    except StoreFailure as failure:
        raise Stopped(Exit.STORE, failure.code, failure.text) from None
    except CodecError as error:
        raise stopped(Exit.STORE, "record_unreadable", "of the journal", str(error)) from None


def say(screen: Screen, config: Config, runtime: Runtime) -> None:
    """Say where the bridge is and what it is: never a token."""
    accounts = config.setup.accounts.values()
    live = any(account.live for account in accounts)
    state = runtime.writer.state
    halts = [
        {"scope": row.scope, "by": row.by, "reason": row.reason} for row in state.halts.values()
    ]
    private = private_address(config.api)
    value = {
        "hooks": f"{hook_base(config.door)}/hooks/",
        "routes": sorted(config.hooks),
        "pages": f"{private}/",
        "api": f"{private}/api",
        "ready": f"{private}/readyz",
        "store": config.store.shown,
        "journal": config.store.journal,
        "mode": "live" if live else "paper",
        "profile": config.profile,
        "halts": halts,
    }
    if screen.as_json:
        screen.give(value)
        return
    kind = "LIVE: real money" if live else "paper: simulated money"
    screen.parts((f"Bascule {config.name} ", "strong"), (f"({kind})", "bad" if live else "good"))
    routes = ", ".join(sorted(config.hooks)) or "none"
    screen.line(f"  alerts  {value['hooks']}ROUTE/TOKEN   routes: {routes}")
    screen.line(f"  pages   {value['pages']}   log in with a token of [[api.tokens]]")
    screen.line(f"  store   {config.store.shown}   journal: {config.store.journal}")
    for halt in halts:
        screen.line(f"  RAISED  {halt['scope']} by {halt['by']}: {halt['reason']}", "bad")
        screen.line(f"          bascule resume --scope {halt['scope']} --reason ...")
    if config.profile == "bench":
        screen.line("  profile bench: its limits stop nothing; never trade with it", "warn")
    screen.line("Ctrl-C stops it.", "quiet")
