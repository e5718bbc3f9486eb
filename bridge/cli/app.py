"""The command line: each command with its options; what it does stands in a module of its own.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge.cli.acts import flatten, limit_app, order_app, position_app, reconcile_app
from bridge.cli.money_acts import arm, baseline_app, disarm, loss_app, transfer_app
from bridge.cli.options import (
    CONFIG,
    GROUP,
    ConfigOption,
    JsonOption,
    LimitOption,
    ReasonOption,
    ScopeOption,
    ends,
)
from bridge.cli.screen import Screen
from bridge.cli.trying import demo, exchange, rehearse, tv_app
from bridge.exits import Exit

PORT: Final = 8470
"""As ``bridge.config.starter.PORT``, which a help text need not import; a test holds them equal."""

app: Final = typer.Typer(name="bascule", **GROUP)
signal_app: Final = typer.Typer(
    help="Signals: send one, read one, list them, explain one.", **GROUP
)
journal_app: Final = typer.Typer(help="The journal: verify it, export it.", **GROUP)
app.add_typer(signal_app, name="signal")
app.add_typer(order_app, name="order")
app.add_typer(position_app, name="position")
app.add_typer(reconcile_app, name="reconcile")
app.add_typer(limit_app, name="limit")
app.add_typer(loss_app, name="loss")
app.add_typer(baseline_app, name="baseline")
app.add_typer(transfer_app, name="transfer")
app.add_typer(journal_app, name="journal")
app.add_typer(tv_app, name="tv")
app.command("flatten")(flatten)
app.command("rehearse")(rehearse)
app.command("exchange")(exchange)
app.command("demo")(demo)
app.command("arm")(arm)
app.command("disarm")(disarm)


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a code page that lacks a letter must not end a command
            reconfigure(errors="backslashreplace")
    try:
        app(args=arguments, prog_name="bascule")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(Exit.FAILED)
    return int(Exit.OK)


@app.command("init")
@ends
def _init(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    *,
    port: Annotated[int, typer.Option(help="Port of the hooks; pages get the next.")] = PORT,
    store: Annotated[
        str | None, typer.Option(help="Address of the store, redis://... say.")
    ] = None,
    profile: Annotated[str, typer.Option(help="paper, or bench for measuring.")] = "paper",
    as_json: JsonOption = False,
) -> None:
    """Write a working configuration with fresh tokens into a folder."""
    from bridge.cli.starting import begin

    begin(Screen(as_json=as_json), folder, port, store=store, profile=profile)


@app.command("check")
@ends
def _check(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no exchange.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with configuration, journal and exchanges. Writes nothing."""
    from bridge.cli.checking import examine

    examine(Screen(as_json=as_json), config, offline=offline)


@app.command("doctor")
@ends
def _doctor(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no exchange.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Call the public address as TradingView would; then look at clock, store and exchanges."""
    from bridge.cli.doctoring import diagnose

    diagnose(Screen(as_json=as_json), config, offline=offline)


@app.command("run")
@ends
def _run(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> int:
    """Serve until Ctrl-C or SIGTERM. Logs go to the error stream; BASCULE_LOG sets their level."""
    from bridge.cli.running import serve

    return serve(Screen(as_json=as_json), config)


@app.command("status")
@ends
def _status(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Say whether the bridge is open and what happened last. Works also when it is down."""
    from bridge.cli.watching import status

    status(Screen(as_json=as_json), config)


@app.command("calendar")
@ends
def _calendar(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show when instruments trade, news, times to be flat, and how far the calendar files reach."""
    from bridge.cli.calendar import show

    show(Screen(as_json=as_json), config)


@app.command("copies")
@ends
def _copies(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show who follows whom, and how each follower stands. Works also when the bridge is down."""
    from bridge.cli.copying import show

    show(Screen(as_json=as_json), config)


@app.command("symbols")
@ends
def _symbols(
    symbol: Annotated[str, typer.Argument(metavar="[SYMBOL]", help="One symbol; else all.")] = "",
    *,
    account: Annotated[str, typer.Option(help="One account; else all.")] = "",
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Show what symbols lead to now, by which table and rule, and how futures roll."""
    from bridge.cli.symbols import show

    return show(Screen(as_json=as_json), config, symbol=symbol, account=account)


@app.command("routes")
@ends
def _routes(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show what came over each route, what is missing, and what was turned away at the door."""
    from bridge.cli.hearing import show

    show(Screen(as_json=as_json), config)


@app.command("halt")
@ends
def _halt(
    *,
    reason: ReasonOption = "",
    scope: ScopeOption = "global",
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Raise the bridge: nothing that adds exposure leaves, working entries are cancelled."""
    from bridge.cli.acting import halt

    halt(Screen(as_json=as_json), config, scope=scope, reason=reason)


@app.command("resume")
@ends
def _resume(
    *,
    reason: ReasonOption,
    scope: ScopeOption = "global",
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Lower the bridge again."""
    from bridge.cli.acting import resume

    resume(Screen(as_json=as_json), config, scope=scope, reason=reason)


@signal_app.command("send")
@ends
def _signal_send(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The message, in any words; - is standard input."),
    ] = None,
    *,
    route: Annotated[
        str | None, typer.Option(help="Where to; needed if there are several.")
    ] = None,
    strategy: Annotated[str | None, typer.Option()] = None,
    symbol: Annotated[str | None, typer.Option()] = None,
    action: Annotated[str | None, typer.Option(help="buy, sell, exit or cancel.")] = None,
    effect: Annotated[str | None, typer.Option(help="open, close or auto.")] = None,
    quantity: Annotated[str | None, typer.Option()] = None,
    quantity_unit: Annotated[
        str | None, typer.Option(help="units, quote, equity_percent; of an exit position_percent.")
    ] = None,
    order_type: Annotated[
        str | None, typer.Option(help="market, limit, stop or stop_limit.")
    ] = None,
    price: Annotated[str | None, typer.Option()] = None,
    trigger: Annotated[str | None, typer.Option()] = None,
    comment: Annotated[str | None, typer.Option()] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Fill a new id and the time of now into the message.")
    ] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Deliver an alert to the hook: made of options, with new id and time, or a file as it is."""
    from bridge.cli.sending import send

    fields = {
        "strategy": strategy,
        "symbol": symbol,
        "action": action,
        "effect": effect,
        "quantity": quantity,
        "quantity_unit": quantity_unit,
        "order_type": order_type,
        "price": price,
        "trigger": trigger,
        "comment": comment,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return send(Screen(as_json=as_json), config, file=file, fields=given, route=route, fresh=fresh)


@signal_app.command("read")
@ends
def _signal_read(
    *,
    route: Annotated[
        str | None, typer.Option(help="Read as this route does; needed if there are several.")
    ] = None,
    dialect: Annotated[
        str | None, typer.Option(help="Read in this dialect, without a configuration.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="What a route would say in `reading`."),
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Say how the alert on standard input would be understood, or why it is refused. Touches
    nothing."""
    from bridge.cli.reading import read

    screen = Screen(as_json=as_json)
    return read(screen, config, route=route, dialect=dialect, settings=settings or [])


@signal_app.command("list")
@ends
def _signal_list(
    *, limit: LimitOption = 20, config: ConfigOption = CONFIG, as_json: JsonOption = False
) -> None:
    """List the last signals and what became of them. Works also when the bridge is down."""
    from bridge.cli.watching import signals

    signals(Screen(as_json=as_json), config, limit)


@signal_app.command("explain")
@ends
def _signal_explain(
    signal: Annotated[str, typer.Argument(metavar="ID")],
    *,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole way of one signal: every hop, each check with value and limit, each order."""
    from bridge.cli.watching import explain

    explain(Screen(as_json=as_json), config, signal)


@journal_app.command("verify")
@ends
def _journal_verify(
    segments: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A folder of segment files instead.")
    ] = None,
    *,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Prove that no record was changed, dropped or inserted, or name the first that was."""
    from bridge.cli.proving import verify

    verify(Screen(as_json=as_json), config, segments)


@journal_app.command("export")
@ends
def _journal_export(
    *,
    first: Annotated[int, typer.Option("--from", min=1, metavar="N", help="First record.")] = 1,
    last: Annotated[
        int | None, typer.Option("--to", min=1, metavar="N", help="Last record.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new file.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write records as JSON lines, each with its number, proven on the way out."""
    from bridge.cli.proving import export

    export(Screen(as_json=as_json), config, first=first, last=last, out=out)


@app.command("pnl")
@ends
def _pnl(
    *,
    year: Annotated[
        int | None, typer.Option(min=1970, max=9999, metavar="Y", help="One year only.")
    ] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell profit and loss, and what orders cost. Works also when the bridge is down."""
    from bridge.cli.earning import pnl

    pnl(Screen(as_json=as_json), config, year)


@app.command("export")
@ends
def _export(
    *,
    year: Annotated[int, typer.Option(min=1970, max=9999, metavar="Y", help="Which year.")],
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new file.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write every fill, fee, funding and transfer of a year, from the journal."""
    from bridge.cli.earning import export

    wanted = "json" if as_json and out is None else form
    export(Screen(as_json=as_json), config, year=year, form=wanted, out=out)
