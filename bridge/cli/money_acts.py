"""The commands about losses and cash, each with its options; what they do stands in other modules.

Rules of this file
1. Options and their help only. A module is imported when its command runs.
2. An act takes a reason. What allows more takes ``--yes`` besides.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bridge.cli.acts import AccountArgument, YesOption
from bridge.cli.options import CONFIG, GROUP, ConfigOption, JsonOption, ReasonOption, ends
from bridge.cli.screen import Screen

loss_app: Final = typer.Typer(help="Losses: show them, let a reached limit go.", **GROUP)
baseline_app: Final = typer.Typer(help="From where losses are counted.", **GROUP)
transfer_app: Final = typer.Typer(help="What moved a balance beside trades.", **GROUP)


@ends
def arm(
    account: AccountArgument,
    *,
    reason: ReasonOption,
    hours: Annotated[
        int | None, typer.Option("--hours", help="For so long; no end unless given.")
    ] = None,
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let an account open positions with real money. Takes --yes."""
    from bridge.cli.losing import arm as arm_account

    confirm = account if yes else ""
    body = {"account": account, "reason": reason, "hours": hours, "confirm": confirm}
    arm_account(Screen(as_json=as_json), config, body)


@ends
def disarm(
    account: AccountArgument,
    *,
    reason: ReasonOption,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let an account with real money open nothing any more; exits and legs still pass."""
    from bridge.cli.losing import disarm as disarm_account

    disarm_account(Screen(as_json=as_json), config, account, reason)


@loss_app.command("show")
@ends
def _loss_show(*, config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show what each account lost of what it may. Works also when the bridge is down."""
    from bridge.cli.losing import show

    show(Screen(as_json=as_json), config)


@loss_app.command("release")
@ends
def _loss_release(
    account: AccountArgument,
    *,
    reason: ReasonOption,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let go what an account reached and reaches no more: drawdowns, and a day whose limit was
    raised since."""
    from bridge.cli.losing import release

    release(Screen(as_json=as_json), config, account, reason)


@baseline_app.command("set")
@ends
def _baseline_set(
    account: AccountArgument,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="start, day or peak.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The firm's own number.")],
    *,
    reason: ReasonOption,
    yes: YesOption = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Count losses from another number. A lower one takes --yes."""
    from bridge.cli.losing import set_baseline

    body = {"account": account, "what": what, "value": value, "reason": reason, "confirm": yes}
    set_baseline(Screen(as_json=as_json), config, body)


@transfer_app.command("note")
@ends
def _transfer_note(
    account: AccountArgument,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="transfer, adjustment, funding or fee.")
    ],
    *,
    reason: ReasonOption,
    amount: Annotated[
        str | None, typer.Option("--amount", help="Negative when it leaves the account.")
    ] = None,
    entry: Annotated[
        str, typer.Option("--entry", help="The booking that it names, as the alarm says.")
    ] = "",
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say what moved a balance, or what will: a transfer is no profit and no loss."""
    from bridge.cli.losing import note_transfer

    body = {"account": account, "kind": kind, "amount": amount, "entry": entry, "reason": reason}
    note_transfer(Screen(as_json=as_json), config, body)
