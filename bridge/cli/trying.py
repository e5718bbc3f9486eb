"""The commands with which one begins: demo, rehearsal, play exchange, what to paste.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.options import CONFIG, GROUP, ConfigOption, JsonOption, ends
from bridge.cli.screen import Screen

tv_app: Final = typer.Typer(help="TradingView: what to paste there.", **GROUP)


@tv_app.command("template")
@ends
def _tv_template(
    *,
    route: Annotated[
        str | None, typer.Option(help="For which route; needed if there are several.")
    ] = None,
    use: Annotated[
        str | None, typer.Option(help="strategy, target, entry, exit, stop, heartbeat, ...")
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="Whose alerts; the route's first one if left out.")
    ] = None,
    show_token: Annotated[
        bool, typer.Option("--show-token", help="Print the secret of the route too.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Print the address and the message to paste into TradingView, in the words of the route."""
    from bridge.cli.pasting import show

    screen = Screen(as_json=as_json)
    return show(screen, config, route=route, use=use, strategy=strategy, shows=show_token)


@ends
def rehearse(
    *,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Only this scene.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Each account of each route, not only the first.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of chance: the same seed, the same run.")] = 0,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Play the eight classic failures with this configuration: no network, no file, seconds."""
    from bridge.cli.rehearsing import rehearse as play

    play(Screen(as_json=as_json), config, only=only or [], every=every, seed=seed)


@ends
def exchange(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where certificates and keys go.")
    ] = Path("bascule-exchange"),
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the venues.")] = 8490,
    control_port: Annotated[int, typer.Option(min=0, max=65535, help="Of the control API.")] = 8491,
    seed: Annotated[int, typer.Option(help="Of the walk: the same seed, the same prices.")] = 0,
    walk_ms: Annotated[
        int, typer.Option(min=0, help="Between two steps of the prices; 0: they stand still.")
    ] = 1000,
    balance: Annotated[
        list[str] | None, typer.Option(metavar="COIN=AMOUNT", help="What the customer has.")
    ] = None,
    market: Annotated[
        list[str] | None, typer.Option(metavar="VENUE:COIN=PRICE", help="A market more.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Serve a play exchange on this machine that speaks as real ones do. Ctrl-C ends it."""
    from bridge.cli.exchanging import Wanted, serve

    wanted = Wanted(
        folder=folder,
        port=port,
        control_port=control_port,
        seed=seed,
        walk_ms=walk_ms,
        balances=tuple(balance or ()),
        markets=tuple(market or ()),
    )
    return serve(Screen(as_json=as_json), wanted)


@ends
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Without a person: send, kill, compare.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Keep everything in this new folder."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Address of the store, redis://... say.")
    ] = None,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="At a play exchange, through ccxt.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Try it: paper account, synthetic market, one real alert over HTTP."""
    from bridge.cli.demo import show

    show(Screen(as_json=as_json), once=once, folder=folder, store=store, exchange=exchange)
