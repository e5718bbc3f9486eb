"""The command line: each command with its options; what it does stands in a module of its own.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
2. A command ends here: its sentence on the error stream, or as JSON, and its exit code.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from bridge.cli.screen import Screen
from bridge.cli.stopped import Stopped
from bridge.exits import Exit

CONFIG: Final = Path("bascule.toml")
"""The configuration, unless ``-c`` or the environment names another."""

LIST_MAX: Final = 1000
"""Rows of a list at most: the API gives no more at once; older ones are in the journal."""

PORT: Final = 8470
"""As ``bridge.config.starter.PORT``, which a help text need not import; a test holds them equal."""

EXPLICIT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

ConfigOption = Annotated[
    Path,
    typer.Option(
        "-c", "--config", metavar="FILE", envvar="BASCULE_CONFIG", help="The configuration."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why: it is kept in the journal.")]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=LIST_MAX, help="How many rows, newest first.")
]
ScopeOption = Annotated[str, typer.Option("--scope", help="global, account:NAME or strategy:NAME.")]

_GROUP: Final[dict[str, Any]] = {
    "context_settings": EXPLICIT,
    "add_completion": False,
    "no_args_is_help": True,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
app: Final = typer.Typer(name="bascule", **_GROUP)
signal_app: Final = typer.Typer(help="Signals: send one, list them, explain one.", **_GROUP)
order_app: Final = typer.Typer(help="Orders: list them, cancel one.", **_GROUP)
journal_app: Final = typer.Typer(help="The journal: verify it, export it.", **_GROUP)
app.add_typer(signal_app, name="signal")
app.add_typer(order_app, name="order")
app.add_typer(journal_app, name="journal")


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


def _ends(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn the end of a command into its words and its exit code."""

    @functools.wraps(command)
    def ending(**options: Any) -> None:
        as_json = bool(options.get("as_json"))
        try:
            code = command(**options) or Exit.OK
        except Stopped as end:
            code = _say(end, as_json)
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        except BrokenPipeError:  # `bascule ... | head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = Exit.FAILED
        raise typer.Exit(int(code))

    return ending


def _say(end: Stopped, as_json: bool) -> Exit:
    if as_json:
        Screen(as_json=True).give(end.as_dict())
        return end.exit_code
    screen = Screen(out=sys.stderr)
    for line in end.lines:
        screen.line(line)
    screen.parts(("bascule: ", "quiet"), (end.sentence, "bad"))
    if end.fix:
        screen.line(f"  {end.fix}")
    return end.exit_code


@app.command("init")
@_ends
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
@_ends
def _check(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Say what is wrong with configuration and journal, as the start would. Writes nothing."""
    from bridge.cli.checking import examine

    examine(Screen(as_json=as_json), config)


@app.command("run")
@_ends
def _run(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> int:
    """Serve until Ctrl-C or SIGTERM. Logs go to the error stream; BASCULE_LOG sets their level."""
    from bridge.cli.running import serve

    return serve(Screen(as_json=as_json), config)


@app.command("demo")
@_ends
def _demo(
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
    as_json: JsonOption = False,
) -> None:
    """Try it: paper account, synthetic market, one real alert over HTTP."""
    from bridge.cli.demo import show

    show(Screen(as_json=as_json), once=once, folder=folder, store=store)


@app.command("status")
@_ends
def _status(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Say whether the bridge is open and what happened last. Works also when it is down."""
    from bridge.cli.watching import status

    status(Screen(as_json=as_json), config)


@app.command("halt")
@_ends
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
@_ends
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
@_ends
def _signal_send(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The message; - is standard input.")
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
        str | None, typer.Option(help="units, quote or equity_percent.")
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


@signal_app.command("list")
@_ends
def _signal_list(
    *, limit: LimitOption = 20, config: ConfigOption = CONFIG, as_json: JsonOption = False
) -> None:
    """List the last signals and what became of them. Works also when the bridge is down."""
    from bridge.cli.watching import signals

    signals(Screen(as_json=as_json), config, limit)


@signal_app.command("explain")
@_ends
def _signal_explain(
    signal: Annotated[str, typer.Argument(metavar="ID")],
    *,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole way of one signal: every hop, each check with value and limit, each order."""
    from bridge.cli.watching import explain

    explain(Screen(as_json=as_json), config, signal)


@order_app.command("list")
@_ends
def _order_list(
    *,
    state: Annotated[str | None, typer.Option(help="Only orders in this state.")] = None,
    limit: LimitOption = 20,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the last orders. Works also when the bridge is down."""
    from bridge.cli.watching import orders

    orders(Screen(as_json=as_json), config, limit, state)


@order_app.command("cancel")
@_ends
def _order_cancel(
    order: Annotated[str, typer.Argument(metavar="ID")],
    *,
    reason: ReasonOption,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask for the end of one order."""
    from bridge.cli.acting import cancel

    cancel(Screen(as_json=as_json), config, order=order, reason=reason)


@journal_app.command("verify")
@_ends
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
@_ends
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
