"""The commands by which the bridge is tried without money: demo, rehearsal, play exchange.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import CONFIG, ConfigOption, JsonOption, ends
from bridge.cli.screen import Screen


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
