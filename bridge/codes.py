"""Every code of every area in one table, for answers, pages, the command and the reference."""

from __future__ import annotations

from typing import Final

from adapters.ccxt.codes import CODES as CCXT
from adapters.ccxt.findings import CODES as CCXT_FINDINGS
from adapters.paper.codes import CODES as PAPER
from adapters.simulated.codes import CODES as SIMULATED
from adapters.tradingview.codes import CODES as TRADINGVIEW
from adapters.tradingview.dialects import DIALECTS
from bridge.calendars.codes import CODES as CALENDAR
from bridge.cli.codes import CODES as COMMAND
from bridge.config.codes import CODES as CONFIG
from bridge.doctor.codes import CODES as DOCTOR
from bridge.http.codes import CODES as PRIVATE
from core.codes import Code, fill, table
from core.risk.codes import CODES as RISK
from core.store.codes import CODES as STORE

BRIDGE: Final = table(
    Code(
        "not_found",
        "There is nothing here.",
        "Check the address: route and token of the hook must be those of the configuration.",
        status=404,
    ),
    Code(
        "sender_busy",
        "Too many messages that could not be placed came from this address.",
        "Wait a minute; check the hook's address.",
        retryable=True,
        status=429,
    ),
    Code(
        "body_slow",
        "The message did not arrive within {limit}.",
        "Check the connection between the sender and the bridge.",
        retryable=True,
        status=408,
    ),
    Code(
        "too_slow",
        "The journal did not answer within {limit}.",
        "It is taken when it comes again; see the store's alarm for the cause.",
        retryable=True,
        status=503,
    ),
    Code(
        "secret_misplaced",
        "A secret of the configuration stands in the field {where}.",
        'Take it out: the token belongs into the address or into "token" alone.',
        status=422,
    ),
    Code(
        "door_failed",
        "The message could not be handled: the bridge is leaving, or has a defect.",
        "It is taken when it comes again; if it keeps coming, look into the log and report it.",
        retryable=True,
        status=503,
    ),
    Code(
        "source_refused",
        "An alert with the right token of the route {where} came from {value}, and was refused: "
        "the route takes alerts from {limit} only.",
        "If it was yours, add the address to sources of the route. If TradingView sends from new "
        "addresses, its page names them. Else somebody has the token: change it.",
    ),
    Code(
        "certificate_refused",
        "An alert with the right token of the route {where} came from {value} without the client "
        "certificate that the route asks for, and was refused.",
        "If TradingView shows another certificate now, add its fingerprint to the route. Else "
        "somebody has the token: change it.",
    ),
    Code(
        "store_weak",
        "The store promises less than it should: {value}",
        "Mend the setting of the server, or waive it by name with "
        'waive = ["durability"] in [store].',
    ),
    Code(
        "store_back",
        "The store takes records again, since record {value}.",
        "Nothing to do; see the earlier alarm for what it was.",
    ),
    Code(
        "emergency_torn",
        "The emergency file ended in {value} that cannot be read.",
        "The last act before a crash may be missing: compare orders with the venue.",
    ),
    Code(
        "link_silent",
        "Nothing was heard from the venue of {where} for {value}; the link counts as fallen.",
        "Nothing to do: it is closed, connected anew and compared. If it happens often, look at "
        "the network, or raise silence_max_s of the account.",
    ),
    Code(
        "account_unseen",
        "The venue of {where} has shown no picture of the account for {value}: nothing can be "
        "compared with it, so entries wait.",
        "Nothing to do if it ends by itself: it is asked again and connected anew. If it lasts, "
        "look at the log for what the venue says, and at the account at the venue.",
    ),
    Code(
        "calendar_ends_soon",
        "The calendar {where} says nothing any more after {value}.",
        "Get the next one and put it in its place, or set covers_until; after that entries are "
        "refused.",
    ),
    Code(
        "connect_slow",
        "The venue did not take the connection in time.",
        "Nothing to do: it is tried again. If it lasts, look at the network and at the venue.",
        retryable=True,
    ),
    Code(
        "clock_stepped_back",
        "The system's clock went back by {value}; ours stands still meanwhile, and entries halt.",
        "Let a time server keep the clock, find out who set it, then: bascule resume --reason ...",
    ),
    Code(
        "clock_set",
        "The system's clock jumped by {value}; entries wait until a source agrees with it, or for "
        "{limit}.",
        "Nothing to do if the machine slept or its time was corrected; else find out who set it.",
    ),
    Code(
        "cancelled_before_send",
        "The order was cancelled before it had left.",
        "Nothing was sent.",
    ),
    Code(
        "cancel_unconfirmed",
        "The venue of {where} did not confirm the cancel of {value} after {limit} requests.",
        "Look at the order in the venue's own terminal and cancel it there; the bridge goes on "
        "asking.",
    ),
    Code(
        "answer_unknown",
        "The code {value} is not in the reference.",
        "Please report it.",
    ),
)

_AREAS: Final = (
    RISK, TRADINGVIEW, STORE, PAPER, CCXT, CCXT_FINDINGS, SIMULATED, CONFIG, CALENDAR, PRIVATE,
    COMMAND, DOCTOR, BRIDGE,
)  # fmt: skip


def joined() -> dict[str, Code]:
    """Join the tables. A code that two areas share must mean the same in both."""
    out: dict[str, Code] = {}
    for area in _AREAS:
        for code, row in area.items():
            assert out.get(code, row) == row, f"{code} means two things"
            out[code] = row
    return out


CODES: Final = joined()


def is_critical(code: str) -> bool:
    """Say whether an alarm is of the gravest kind."""
    row = CODES.get(code)
    return row is not None and row.critical


def explain(
    code: str, value: str = "", limit: str = "", where: str = "", *, like: str = ""
) -> tuple[str, str]:
    """Return the sentence and the fix for one case. ``like``: the dialect that a message plainly
    is of, where its route reads another one."""
    row = CODES.get(code)
    if row is None:
        row, value = CODES["answer_unknown"], code
    fix = fill(row.fix, value, limit, where)
    if like in DIALECTS:
        fix += (
            f" The message looks like {DIALECTS[like].about}; this route reads another dialect. If"
            f' it is, write dialect = "{like}" at the route.'
        )
    return fill(row.sentence, value, limit, where), fix
