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
QuantityOption = Annotated[
    str | None, typer.Option("--quantity", help="How much, without a sign; all unless given.")
]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT")]
InstrumentArgument = Annotated[str, typer.Argument(metavar="INSTRUMENT")]
order_app: Final = typer.Typer(help="Orders: list, cancel, replace or resolve them.", **GROUP)
reconcile_app: Final = typer.Typer(help="What differs from the venues.", **GROUP)
position_app: Final = typer.Typer(help="Positions: list them, give them an owner.", **GROUP)
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


@order_app.command("replace")
@ends
def _order_replace(
    order: Annotated[str, typer.Argument(metavar="ID")],
    *,
    reason: ReasonOption,
    quantity: Annotated[str | None, typer.Option(help="In all, what is filled included.")] = None,
    price: Annotated[str | None, typer.Option(help="The new limit price.")] = None,
    trigger: Annotated[str | None, typer.Option(help="The new stop price.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask for new terms of a working order; what is not given stays."""
    from bridge.cli.booking import replace

    terms = {"quantity": quantity, "price": price, "trigger": trigger}
    replace(Screen(as_json=as_json), config, order=order, terms=terms, reason=reason)


@order_app.command("resolve")
@ends
def _order_resolve(
    order: Annotated[str, typer.Argument(metavar="ID")],
    outcome: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="not_placed, working, cancelled or filled.")
    ],
    *,
    reason: ReasonOption,
    quantity: Annotated[str | None, typer.Option(help="What is filled of it in all.")] = None,
    price: Annotated[str | None, typer.Option(help="Of what was filled and is not known.")] = None,
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say what became of an order in doubt, by your own word. Takes --yes."""
    from bridge.cli.booking import resolve

    said = {"outcome": outcome, "quantity": quantity, "price": price, "confirm": yes}
    resolve(Screen(as_json=as_json), config, order=order, said=said, reason=reason)


@reconcile_app.command("show")
@ends
def _reconcile_show(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show what differs from the venues. Works also when the bridge is down."""
    from bridge.cli.booking import show_differences

    show_differences(Screen(as_json=as_json), config)


@reconcile_app.command("now")
@ends
def _reconcile_now(
    account: AccountArgument, *, config: ConfigOption = CONFIG, as_json: JsonOption = False
) -> None:
    """Compare an account with its venue now, and show what differs."""
    from bridge.cli.booking import compare

    compare(Screen(as_json=as_json), config, account)


@reconcile_app.command("accept")
@ends
def _reconcile_accept(
    account: AccountArgument,
    *,
    reason: ReasonOption,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say that the venue is right in all that differs. A halt stays."""
    from bridge.cli.booking import accept

    accept(Screen(as_json=as_json), config, account, reason)


@position_app.command("list")
@ends
def _position_list(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """List what is open, and whose it is. Works also when the bridge is down."""
    from bridge.cli.booking import show_positions

    show_positions(Screen(as_json=as_json), config)


@position_app.command("plan")
@ends
def _position_plan(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """List how what is open is protected, and what of it works without the bridge."""
    from bridge.cli.booking import show_plans

    show_plans(Screen(as_json=as_json), config)


@position_app.command("adopt")
@ends
def _position_adopt(
    account: AccountArgument,
    instrument: InstrumentArgument,
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY")],
    *,
    reason: ReasonOption,
    quantity: QuantityOption = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a strategy what the venue holds and nobody of ours owns."""
    from bridge.cli.booking import move

    body = {"account": account, "instrument": instrument, "strategy": strategy}
    move(Screen(as_json=as_json), config, "adopt", {**body, "quantity": quantity, "reason": reason})


@position_app.command("assign")
@ends
def _position_assign(
    account: AccountArgument,
    instrument: InstrumentArgument,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A strategy.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A strategy, or none for nobody.")],
    *,
    reason: ReasonOption,
    quantity: QuantityOption = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a strategy's position to another one, or to nobody of ours."""
    from bridge.cli.booking import NOBODY, move

    to = "" if target == NOBODY else target
    body = {"account": account, "instrument": instrument, "source": source, "target": to}
    body |= {"quantity": quantity, "reason": reason}
    move(Screen(as_json=as_json), config, "assign", body)


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
