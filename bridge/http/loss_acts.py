"""Losses and cash by API and page: what is lost of what may be, and a person's acts about it.

Rules of this file
1. Who may do what is in ``ROUTES`` and ``FORMS``. An act takes a reason; its name is the token's.
2. What allows more is asked for a second time: ``confirm``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http.asks import body_of, by_of, number
from bridge.http.auth import form_of
from bridge.http.desk import Desk, tidy
from bridge.http.loss_rows import Losses, loss_rows
from bridge.http.pages import Pages
from bridge.http.refusal import Refusal, json_answer
from bridge.http.rows import Row
from core import commands as c
from core.reports import AccountMark

ROUTES: Final = (
    ("GET", "/api/losses", "read", "losses"),
    ("POST", "/api/losses/release", "operate", "release"),
    ("POST", "/api/baselines", "operate", "set_baseline"),
    ("POST", "/api/transfers", "operate", "note_transfer"),
)
"""Method, address, the scope that it takes, the handler."""

FORMS: Final = (
    ("GET", "/losses", "read", "page"),
    ("GET", "/fragment/losses", "read", "fragment"),
    ("POST", "/losses/release", "operate", "release"),
    ("POST", "/baselines", "operate", "set_baseline"),
    ("POST", "/transfers", "operate", "note_transfer"),
)
"""The same of the page."""


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    account: str
    reason: str = ""


class _Baseline(_Ask, frozen=True):
    what: str
    value: str
    confirm: bool = False


class _Transfer(_Ask, frozen=True):
    kind: str
    amount: str | None = None
    entry: str = ""


async def rows_of(desk: Desk) -> list[Row]:
    """Write the losses of every account as they are now."""
    standings = desk.runtime.outlook.standings

    def figure(account: str) -> AccountMark | None:
        standing = standings.get(account)
        return standing.mark if standing is not None else None

    return loss_rows(await desk.look(Losses.all), figure, desk.now())


async def release(desk: Desk, account: str, reason: str, by: str) -> str:
    """Let go what was reached and is no more; return the names of those rules."""
    done = await desk.act(c.ReleaseLoss(account=account, by=by, reason=tidy(reason)))
    return done.act


async def baseline(desk: Desk, asked: _Baseline, by: str) -> None:
    """Set a baseline."""
    await desk.act(
        c.SetBaseline(
            account=asked.account,
            what=asked.what,
            value=_given(asked.value),
            by=by,
            reason=tidy(asked.reason),
            confirmed=asked.confirm,
        )
    )


def _given(text: str) -> Decimal:
    value = number(text, "value")
    if value is None:
        raise Refusal("ask_invalid", value="value is a number, written as text.")
    return value


async def transfer(desk: Desk, asked: _Transfer, by: str) -> str:
    """Say what a movement was or will be; return the booking that it named."""
    done = await desk.act(
        c.NoteTransfer(
            account=asked.account,
            kind=asked.kind,
            amount=number(asked.amount, "amount"),
            entry=asked.entry,
            by=by,
            reason=tidy(asked.reason),
        )
    )
    return done.act


class LossActs:
    """The handlers of the API. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def losses(self) -> Response:
        """List what each account lost of what it may."""
        return json_answer({"accounts": await rows_of(self._desk)})

    async def release(self, request: Request) -> Response:
        """Let go what was reached and is no more."""
        asked = await body_of(request, _Ask)
        released = await release(self._desk, asked.account, asked.reason, by_of(request))
        return json_answer({"released": released, "accounts": await rows_of(self._desk)})

    async def set_baseline(self, request: Request) -> Response:
        """Count losses from another number."""
        await baseline(self._desk, await body_of(request, _Baseline), by_of(request))
        return await self.losses()

    async def note_transfer(self, request: Request) -> Response:
        """Say what moved the balance, or will."""
        asked = await body_of(request, _Transfer)
        named = await transfer(self._desk, asked, by_of(request))
        return json_answer({"named": named, "accounts": await rows_of(self._desk)})


class LossForms:
    """The handlers of the page."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def page(self, request: Request) -> Response:
        """Show what each account lost of what it may."""
        return self._pages.page(request, "losses.html", **await self._rows())

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "losses.html", fragment=True, **await self._rows())

    async def _rows(self) -> dict[str, Any]:
        return {"accounts": await rows_of(self._desk), **await self._pages.frame()}

    async def release(self, request: Request) -> Response:
        """Let go what was reached and is no more."""
        form = await form_of(request)
        account = form.get("account", "")
        released = await release(self._desk, account, form.get("reason", ""), by_of(request))
        return self._pages.done(request, f"Let go in {account}: {released}.", form)

    async def set_baseline(self, request: Request) -> Response:
        """Count losses from another number."""
        form = await form_of(request)
        asked = _Baseline(
            account=form.get("account", ""),
            what=form.get("what", ""),
            value=form.get("value", ""),
            reason=form.get("reason", ""),
            confirm=bool(form.get("confirm")),
        )
        await baseline(self._desk, asked, by_of(request))
        said = f"The {asked.what} of {asked.account} is {asked.value} now."
        return self._pages.done(request, said, form)

    async def note_transfer(self, request: Request) -> Response:
        """Say what moved the balance, or will."""
        form = await form_of(request)
        asked = _Transfer(
            account=form.get("account", ""),
            kind=form.get("kind", ""),
            amount=form.get("amount"),
            entry=form.get("entry", ""),
            reason=form.get("reason", ""),
        )
        named = await transfer(self._desk, asked, by_of(request))
        said = "It is named." if named else "It is booked when the venue shows it."
        return self._pages.done(request, said, form)
