"""The entry of the command: help and version at once, everything else through ``app``."""

from __future__ import annotations

import sys
from typing import Final

HELP: Final = """\
Usage: bascule COMMAND [OPTIONS]

The bridge between trading signals and the accounts that trade them.

Begin
  demo                 try it: paper account, synthetic market, one real alert
  init DIR             write a working configuration with fresh tokens
  check                say what is wrong with a configuration, as the start would
  doctor               call the front door as TradingView would, then look at the rest
  rehearse             play the eight classic failures with it, without a network
  run                  serve until Ctrl-C
  exchange             a play exchange on this machine that speaks as real ones do
  tv template          address and message to paste into TradingView

Look
  status               is the bridge open, what is held, what happened last
  signal read          how an alert would be understood, or why it is refused
  signal list          the last signals and what became of them
  signal explain ID    the whole way of one signal: each hop, each check
  order list           the last orders
  position list        what is open, and whose it is
  position plan        how it is protected, with and without the bridge
  reconcile show       what differs from the venues
  calendar             when instruments trade, news, who has to be flat when
  symbols              what each symbol leads to now, and how futures roll
  copies               who follows whom, what each should hold and holds
  routes               what alerts came, what is missing, what was turned away
  pnl                  profit and loss, fees, what orders cost
  export               every fill, fee, funding and transfer of a year
  limit show           the limits in force, those of the file, what waits
  loss show            what each account lost of what it may

Act (with a reason that is kept in the journal)
  halt                 raise the bridge: nothing that adds exposure leaves any more
  resume               lower it again
  flatten SCOPE        close what is open there, until it is flat
  order cancel ID      ask for the end of one order
  order replace ID     ask for new terms of a working order
  order resolve ID     say what became of an order in doubt
  position adopt       give a strategy what the venue holds and nobody owns
  position assign      give a position another owner
  reconcile now        compare an account with its venue now
  reconcile accept     say that the venue is right in what differs
  limit set            set one limit at once
  limit accept         put the file's looser limits in force
  loss release         let a loss limit go that is reached no more
  baseline set         count losses from another number
  arm ACCOUNT          let it open positions with real money
  disarm ACCOUNT       let it open nothing any more
  transfer note        say what moved a balance, or will
  signal send          deliver an alert to the bridge, as TradingView does

Journal
  journal verify       prove that no record was changed, dropped or inserted
  journal export       write records as JSON lines

Every command has --json and --help. The configuration is bascule.toml in this
folder, $BASCULE_CONFIG, or -c FILE. Exit codes: 0 done, 1 refused or not found,
2 usage, 3 configuration, 4 journal, 5 fenced, 6 not running, 7 port,
8 rehearsal failed, 130 Ctrl-C.
"""
"""Written by hand: making it from the commands takes longer than starting Python. A test holds them
equal."""


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(HELP, end="")
        return 0
    if arguments == ["--version"]:
        from bridge import __version__

        print(f"bascule {__version__}")
        return 0
    from bridge.cli.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
