"""Every code that the command itself can end with."""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    Code(
        "config_problems",
        "The configuration {where} has {value}.",
        "Mend the lines above, then run `bascule check`.",
    ),
    Code(
        "check_failed",
        "The bridge would not start: {value}.",
        "Mend what is marked `fail`, then run `bascule check` again.",
    ),
    Code(
        "doctor_failed",
        "Something keeps alerts out, or orders back: {value}.",
        "Mend what is marked `fail`, then ask the doctor again.",
    ),
    Code(
        "bridge_unreachable",
        "The bridge is not running, or does not answer: {value}.",
        "Start it with `bascule run`. Without it nothing is sent; what is working stays.",
        retryable=True,
    ),
    Code(
        "route_unknown",
        "There is no route {value}.",
        "Name one with --route: {limit}.",
    ),
    Code(
        "route_ambiguous",
        "The configuration has several routes.",
        "Name one with --route: {limit}.",
    ),
    Code(
        "reading_twice",
        "The alert is to be read for the route {value} and in the dialect {limit}.",
        "Name one: the route knows its dialect.",
    ),
    Code(
        "dialect_unknown",
        "There is no dialect {value}.",
        "Name one of: {limit}.",
    ),
    Code(
        "setting_unfit",
        "The setting {value} cannot be used.",
        "Give {limit}.",
    ),
    Code(
        "use_unknown",
        "The route's dialect has no template for {value}.",
        "Use one of: {limit}.",
    ),
    Code(
        "strategy_not_of_route",
        "{value} is no strategy of the route.",
        "Name one of: {limit}.",
    ),
    Code(
        "message_missing",
        "There is no message to send: {value}.",
        "Name a file (`-` is standard input), or give --strategy, --symbol and --action.",
    ),
    Code(
        "message_twice",
        "The message comes from {value} and from options.",
        "Use the file, or the options; --fresh goes with both.",
    ),
    Code(
        "message_not_native",
        "The route {value} reads {limit}, and options make a native alert.",
        "Send a message in its words: `bascule signal send - --route {value} < alert.txt`. "
        "`bascule tv template --route {value}` prints one.",
    ),
    Code(
        "message_unfit",
        "An id and a time can be filled into a JSON object only: {value}.",
        "Correct the file, or send it as it stands without --fresh.",
    ),
    Code(
        "file_unreadable",
        "{where} cannot be read ({value}).",
        "Correct the path or its permissions.",
    ),
    Code(
        "file_unwritable",
        "{where} cannot be written ({value}).",
        "Name a new file in a folder that is yours; a file that is there is never overwritten.",
    ),
    Code(
        "signal_unknown",
        "There is no signal {value} in the last day.",
        "See `bascule signal list`; older ones are in `bascule journal export`.",
    ),
    Code(
        "account_not_configured",
        "The configuration has no account {value}.",
        "Name one of {limit}.",
    ),
    Code(
        "state_unknown",
        "There is no state {value} of an order.",
        "Use one of: {limit}.",
    ),
    Code(
        "format_unknown",
        "There is no format {value}.",
        "Use one of: {limit}.",
    ),
    Code(
        "port_taken",
        "The address {where} {value}.",
        "Stop the program that uses it (perhaps another `bascule run`), or choose another port in "
        "the configuration.",
    ),
    Code(
        "record_unreadable",
        "Records {value} cannot be read: {limit}.",
        "The journal was written by a newer version, or it is damaged. Do not trade on it: restore "
        "a backup.",
    ),
    Code(
        "records_missing",
        "The journal ends at record {limit}; there is no record {value}.",
        "Ask for a range that is there.",
    ),
    Code(
        "segments_missing",
        "There is no segment in {where}.",
        "Name the folder with the files `segment-00000001.jsonl` and following.",
    ),
    Code(
        "mark_disagrees",
        "The journal is whole in itself, but this machine knew another one: {value}.",
        "It may be an old backup or the journal of another bridge. Compare all positions before "
        "you resume.",
    ),
    Code(
        "journal_elsewhere",
        "A journal in memory cannot be read from outside the bridge.",
        "Ask the bridge while it runs.",
    ),
    Code(
        "scene_unknown",
        "There is no scene {value}.",
        "Use one of: {limit}.",
    ),
    Code(
        "rehearsal_nothing",
        "The configuration has no route: no alert can come in, so there is nothing to rehearse.",
        "Add a [routes.NAME] with its strategies and accounts.",
    ),
    Code(
        "rehearsal_failed",
        "A failure was not handled as promised: {value}.",
        "Do not trade with it before you know why: look at what stands above, and report it.",
    ),
    Code(
        "exchange_extra_missing",
        "The local exchange needs the package {value}, which is not installed.",
        "In a checkout: `python3 dev.py install ccxt`. Elsewhere, with the Python that runs"
        " Bascule: `python -m pip install 'bascule[ccxt]'`.",
    ),
    Code(
        "exchange_option_wrong",
        "{where} cannot be {value}.",
        "Write it as {limit}.",
    ),
    Code(
        "demo_silent",
        "The bridge of the demo did not {value} within {limit}.",
        "Its last words stand above. Run the demo again; on a very slow machine wait for it to "
        "calm down.",
    ),
    Code(
        "demo_ended",
        "The bridge of the demo ended by itself with exit code {value}.",
        "Its last words stand above.",
    ),
    Code(
        "check_exchange_failed",
        "The bridge would start, and an account at an exchange would not trade as it should: "
        "{value}.",
        "Mend what is marked `fail`, then run `bascule check` again.",
    ),
    Code(
        "demo_port",
        "No two neighbouring ports of this machine are free.",
        "End some programs, or wait a minute.",
    ),
    Code(
        "demo_exchange",
        "The play exchange of the demo did not come up: {value}.",
        "See whether `bascule exchange` works by itself; its sentence says what it lacks.",
    ),
    Code(
        "demo_wrong",
        "The demo did not see what it promises: {value}.",
        "Please report it with what stands above.",
    ),
)
"""The command's own codes; those of configuration, stores and API come from their tables."""
