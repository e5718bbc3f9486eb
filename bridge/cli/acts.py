"""The commands of a person's acts, each with its options; what they do stands in other modules.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
2. An act takes a reason. What allows more, or cannot be taken back, takes ``--yes`` besides.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bridge.cli.options import (
    CONFIG,
    GROUP,
    ConfigOption,
    JsonOption,
    LimitOption,
    ReasonOption,
    ends,
)
from bridge.cli.screen import Screen

YesOption = Annotated[bool, typer.Option("--yes", help="Confirm what cannot be taken back.")]
order_app: Final = typer.Typer(help="Orders: list them, cancel one.", **GROUP)
limit_app: Final = typer.Typer(help="Limits: show them, set one, accept the file's.", **GROUP)


@order_app.command("list")
@ends
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
@ends
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


@limit_app.command("show")
@ends
def _limit_show(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show the limits in force, those of the file, and what waits. Works also when it is down."""
    from bridge.cli.limiting import show

    show(Screen(as_json=as_json), config)


@limit_app.command("set")
@ends
def _limit_set(
    scope: Annotated[str, typer.Argument(metavar="SCOPE")],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A number, or none.")],
    *,
    reason: ReasonOption,
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Set one limit, at once. Allowing more than before takes --yes."""
    from bridge.cli.limiting import set_one

    screen = Screen(as_json=as_json)
    set_one(screen, config, scope=scope, name=name, value=value, reason=reason, yes=yes)


@limit_app.command("accept")
@ends
def _limit_accept(
    *,
    reason: ReasonOption,
    scope: Annotated[str, typer.Option("--scope", help="Only those of one scope.")] = "",
    name: Annotated[str, typer.Option("--name", help="Only those of this name.")] = "",
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put the looser limits of the file in force, which wait for it."""
    from bridge.cli.limiting import accept

    accept(Screen(as_json=as_json), config, scope=scope, name=name, reason=reason, yes=yes)


@ends
def flatten(
    scope: Annotated[
        str,
        typer.Argument(
            metavar="SCOPE",
            help="global, account:NAME, account:NAME/instrument:NAME or strategy:NAME.",
        ),
    ],
    *,
    reason: ReasonOption,
    whose: Annotated[str, typer.Option("--whose", help="ours, or all.")] = "ours",
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Close what is open in a scope at the market, and go on until it is flat. Takes --yes."""
    from bridge.cli.acting import flatten as flattened

    flattened(Screen(as_json=as_json), config, scope=scope, whose=whose, reason=reason, yes=yes)
