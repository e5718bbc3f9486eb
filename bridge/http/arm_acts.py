"""Arming and disarming accounts with real money, by API and page.

Rules of this file
1. To arm takes the scope ``operate`` and the account's name once more; to disarm takes ``halt``.
2. A time is said as how long from now; the bridge makes a moment of it.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http.asks import body_of, by_of
from bridge.http.auth import form_of
from bridge.http.desk import Desk, tidy
from bridge.http.pages import Pages
from bridge.http.refusal import Refusal, json_answer
from bridge.http.rows import Row, armed_row
from core import commands as c
from core.setup import SECOND_NS
from core.state import AccountRow

ROUTES: Final = (
    ("POST", "/api/arm", "operate", "arm"),
    ("POST", "/api/disarm", "halt", "disarm"),
)
"""Method, address, the scope that it takes, the handler."""

FORMS: Final = (
    ("POST", "/arm", "operate", "arm"),
    ("POST", "/disarm", "halt", "disarm"),
)
"""The same of the page."""

HOURS_MAX: Final = 24 * 366
"""Longest arming with an end: a year; a longer one is meant to have none."""


class _Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    account: str
    reason: str = ""
    hours: int | None = None
    confirm: str = ""


class _Disarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    account: str
    reason: str = ""


async def arm(desk: Desk, asked: _Arm, by: str) -> None:
    """Let an account open positions with real money. ``confirm``: its name, typed."""
    hours = asked.hours
    if hours is not None and not 1 <= hours <= HOURS_MAX:
        raise Refusal("ask_invalid", value=f"hours is a whole number from 1 to {HOURS_MAX}.")
    runtime = desk.runtime
    await desk.act(
        c.Arm(
            account=asked.account,
            by=by,
            reason=tidy(asked.reason),
            until_ns=0 if hours is None else desk.now() + hours * 3600 * SECOND_NS,
            durable=runtime.durability.safe or runtime.config.store.durability_waived,
            confirmed=asked.confirm == asked.account,
        )
    )


async def disarm(desk: Desk, asked: _Disarm, by: str) -> None:
    """Let an account open nothing any more."""
    await desk.act(c.Disarm(account=asked.account, by=by, reason=tidy(asked.reason)))


async def armed_of(desk: Desk, account: str) -> Row:
    """Say whether an account is armed now."""
    row = await desk.look(lambda state: state.accounts.get(account))
    return {"account": account, **armed_row(row or AccountRow(account=account))}


class ArmActs:
    """The handlers of the API. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def arm(self, request: Request) -> Response:
        """Let an account open positions with real money."""
        asked = await body_of(request, _Arm)
        await arm(self._desk, asked, by_of(request))
        return json_answer(await armed_of(self._desk, asked.account))

    async def disarm(self, request: Request) -> Response:
        """Let an account open nothing any more."""
        asked = await body_of(request, _Disarm)
        await disarm(self._desk, asked, by_of(request))
        return json_answer(await armed_of(self._desk, asked.account))


class ArmForms:
    """The handlers of the page."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def arm(self, request: Request) -> Response:
        """Let an account open positions with real money."""
        form = await form_of(request)
        account, hours = form.get("account", ""), form.get("hours", "").strip()
        if hours and not (hours.isascii() and hours.isdigit() and len(hours) < 6):
            raise Refusal("ask_invalid", value="hours is a whole number, or empty.")
        asked = _Arm(
            account=account,
            reason=form.get("reason", ""),
            hours=int(hours) if hours else None,
            confirm=form.get("confirm", ""),
        )
        await arm(self._desk, asked, by_of(request))
        return self._pages.done(request, f"{account} is armed: it trades real money.", form)

    async def disarm(self, request: Request) -> Response:
        """Let an account open nothing any more."""
        form = await form_of(request)
        asked = _Disarm(account=form.get("account", ""), reason=form.get("reason", ""))
        await disarm(self._desk, asked, by_of(request))
        return self._pages.done(request, f"{asked.account} opens nothing any more.", form)
