"""The codes of the private listener: what a page or the API could not do, and what to do about
it."""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    Code(
        "token_wrong",
        "This request carries no token that is valid here.",
        "Send the header Authorization: Bearer TOKEN with a token of [[api.tokens]].",
        status=401,
    ),
    Code(
        "login_wrong",
        "No token of this bridge is what was typed in.",
        "Copy the token of [[api.tokens]] again, whole and without quotes.",
        status=401,
    ),
    Code(
        "login_needed",
        "Nobody is logged in here, or the login is over.",
        "Log in with a token of [[api.tokens]].",
        status=401,
    ),
    Code(
        "login_busy",
        "{value} logins failed within a minute, and no more are looked at until it is over.",
        "Wait a minute; the API takes its tokens meanwhile.",
        retryable=True,
        status=429,
    ),
    Code(
        "scope_too_small",
        "The token {value} may not do this: it takes the scope {limit}.",
        "Use a token of that scope, or give this one the scope in [[api.tokens]].",
        status=403,
    ),
    Code(
        "csrf_wrong",
        "The form was not made for this login.",
        "Load the page again and repeat it; nothing was done.",
        status=403,
    ),
    Code(
        "origin_wrong",
        "The request came from {value}, which is not one of our pages.",
        "Nothing was done. Over a network, open the pages by https or through a tunnel: without"
        " either a browser does not say where a form comes from.",
        status=403,
    ),
    Code(
        "host_unknown",
        "The bridge has no pages under the name {value}.",
        "Open them under 127.0.0.1 or localhost, or add the name to hosts of [api].",
        status=421,
    ),
    Code(
        "address_unknown",
        "There is nothing at this address.",
        "Begin at / for the pages, at /api/status for the API.",
        status=404,
    ),
    Code(
        "method_wrong",
        "This address does not take {value}.",
        "See docs/api.md for what each address takes.",
        status=405,
    ),
    Code(
        "ask_invalid",
        "The request could not be read: {value}",
        "See docs/api.md for what each address takes.",
        status=422,
    ),
    Code(
        "ask_too_large",
        "The request is larger than {limit}.",
        "A reason is one sentence; leave the rest out.",
        status=413,
    ),
    Code(
        "signal_not_found",
        "The journal knows no signal {value}.",
        "Look at bascule signal list; the id is 26 letters and digits.",
        status=404,
    ),
    Code(
        "order_not_found",
        "The journal knows no order {value}.",
        "Look at bascule order list; the id is 26 letters and digits.",
        status=404,
    ),
    Code(
        "index_behind",
        "{value} is not in the last day, and the index of the journal is {limit} records behind.",
        "Ask again in a moment: it is being made.",
        retryable=True,
        status=503,
    ),
    Code(
        "statement_unread",
        "The journal could not be read for its statement.",
        "Ask again in a moment; the log of the bridge says why.",
        retryable=True,
        status=503,
    ),
    Code(
        "answer_late",
        "The bridge did not answer within {limit}.",
        "Its store is slow or away: see the log. What was asked may still be done.",
        retryable=True,
        status=503,
    ),
    Code(
        "venue_silent",
        "The venue of the account {value} gave no picture to compare with.",
        "Look at its link: when it is back, it is compared by itself.",
        retryable=True,
        status=503,
    ),
    Code(
        "streams_full",
        "{limit} live pages are open, and that is as many as are served.",
        "Close some; a page can be read without its live stream.",
        retryable=True,
        status=503,
    ),
    Code(
        "not_ready",
        "The bridge is not ready: {value}.",
        "Nothing to do: it is comparing its orders with the venues. If it lasts, look at the link.",
        retryable=True,
        status=503,
    ),
)
