"""The opening of an account and its examination: what keeps it from trading, and what mends it."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from adapters.ccxt import examine
from adapters.ccxt.findings import CODES, Finding, finding
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.rows import Modes, Permissions
from adapters.ccxt.settings import CcxtSettings, Keys
from adapters.exchange.faults import Kind
from adapters.port import LinkChanged, TroubleKind
from bridge.policies import READ_TRIES_MAX
from core.orders import OrderType, Purpose, Side
from core.reports import AccountMark
from tests.unit.ccxt.accounts import NAME, SWAPS, VENUES, Scene, instrument, order, scene
from tests.unit.ccxt.test_rules import market

loopback = pytest.mark.loopback


def settings(**more: Any) -> CcxtSettings:
    """Return settings of an account at no venue."""
    return CcxtSettings(venue="bybit", currency="USDT", keys=Keys, **more)


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_an_account_connects_and_says_what_it_is_worth(venue: str) -> None:
    """The link is up, and the first mark is the venue's."""
    async with scene(venue) as at:
        assert at.of(LinkChanged)[-1].up
        assert at.of(AccountMark)[0].balance >= 100_000
        assert not at.venue.capabilities.live
        assert not at.venue.capabilities.ids_unique_for_ever


@loopback
@pytest.mark.parametrize("venue", SWAPS)
async def test_hedge_mode_is_refused_with_what_mends_it(venue: str) -> None:
    """An account that keeps opposite positions does not connect."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.mode(venue, at.customer, hedge=True)

        trouble = await at.connect()

        assert trouble is not None
        assert (trouble.kind, trouble.code) == (TroubleKind.FATAL, "ccxt_hedge_mode")
        assert "one-way" in trouble.text


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_a_key_that_may_withdraw_is_refused(venue: str) -> None:
    """Nothing accepts it: a thief of the key could empty the account."""
    async with scene(venue, connected=False) as at:
        key = at.exchange.control.key(venue)
        at.exchange.control.key(venue, permissions={*key.permissions, "withdraw"})

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.code == "ccxt_key_withdraws"


def barred(at: Scene) -> bool:
    """Say whether the link went down for a key that may withdraw."""
    return any("ccxt_key_withdraws" in one.reason for one in at.of(LinkChanged) if not one.up)


@loopback
async def test_rights_that_were_not_told_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A venue that cannot answer at the connect keeps nobody away; as soon as it does, a key that
    may withdraw takes the link down."""
    monkeypatch.setattr("adapters.ccxt.venue.KEYS_EVERY_S", 0.05)
    async with scene("binance", connected=False) as at:
        key = at.exchange.control.key("binance")
        at.exchange.control.key("binance", permissions={*key.permissions, "withdraw"})
        at.fault(Kind.PAGE_BEFORE, call="key", status=502, times=READ_TRIES_MAX)

        assert await at.connect() is None

        await at.until(lambda: barred(at))


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_a_new_key_that_may_withdraw_takes_the_link_down(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are exchanged while the bridge runs: what the new one may do is looked at then, not a
    day later."""
    monkeypatch.setattr("adapters.ccxt.venue.KEYS_EVERY_S", 0.05)
    async with scene(venue) as at:
        key = at.exchange.control.rotate(venue)
        key.permissions = {*key.permissions, "withdraw"}
        at.keys.append(Keys(api_key=key.key, secret=key.secret))

        await at.until(lambda: barred(at))


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_the_smallest_values_are_known_once_it_is_connected(venue: str) -> None:
    """Each market tells what an order is worth at least; before that nothing is said of it."""
    async with scene(venue, connected=False) as at:
        assert at.venue.capabilities.values_min is None
        assert await at.connect() is None

        assert {NAME: Decimal(5)} == at.venue.capabilities.values_min


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_a_key_that_is_refused_does_not_connect(venue: str) -> None:
    """A revoked key is fatal at once, and nothing is left open."""
    async with scene(venue, connected=False) as at:
        at.exchange.control.key(venue, revoked=True)

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.kind is TroubleKind.FATAL
        assert at.events == []


@loopback
async def test_a_venue_that_is_down_is_no_fatal_end() -> None:
    """It is tried again by the bridge."""
    async with scene("bybit", connected=False) as at:
        await at.exchange.control.door(open=False)

        trouble = await at.connect()

        assert trouble is not None
        assert trouble.kind is not TroubleKind.FATAL
        await at.exchange.control.door(open=True)
        assert await at.connect() is None


@loopback
@pytest.mark.parametrize("venue", SWAPS)
async def test_leverage_is_set_only_where_it_is_asked_for(venue: str) -> None:
    """Asked for, it is set at the connect; not asked for, the venue's stays."""
    async with scene(venue) as at:
        account = at.exchange.control.account(venue, at.customer)
        before = dict(account.leverage)
        assert "BTCUSDT" not in before or before["BTCUSDT"] != 7
    async with scene(venue, leverage={NAME: 7}) as at:
        account = at.exchange.control.account(venue, at.customer)

        assert account.leverage["BTCUSDT"] == 7


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_an_instrument_that_does_not_fit_bars_entries_alone(venue: str) -> None:
    """Nothing is opened in it, with the right number; what is open can still be closed."""
    wrong = msgspec.structs.replace(instrument(venue), tick=Decimal("0.003"))
    async with scene(venue, instruments=(wrong,)) as at:
        at.exchange.control.requests(venue)

        refused = await at.venue.submit(order(order_type=OrderType.MARKET))
        passed = await at.venue.submit(
            order(Side.SELL, "0.01", OrderType.MARKET, Purpose.EXIT, opposed=True)
        )

        assert refused is not None
        assert (refused.kind, refused.code) == (TroubleKind.REFUSED, "ccxt_tick_differs")
        assert passed is None


@loopback
async def test_a_market_that_is_named_and_not_there_is_refused() -> None:
    """A name of the settings must mean something; an instrument of others need not."""
    async with scene("bybit", connected=False, markets={NAME: "BTC/EUR:EUR"}) as at:
        trouble = await at.connect()

        assert trouble is not None
        assert (trouble.kind, trouble.code) == (TroubleKind.FATAL, "ccxt_market_unknown")
    other = msgspec.structs.replace(instrument("bybit"), name="EURUSD")
    async with scene("bybit", instruments=(instrument("bybit"), other)) as at:
        strange = msgspec.structs.replace(order(), instrument="EURUSD")

        said = await at.venue.submit(strange)

        assert said is not None
        assert (said.kind, said.code) == (TroubleKind.REFUSED, "ccxt_instrument_unknown")


@loopback
@pytest.mark.parametrize("venue", VENUES)
async def test_an_examination_says_all_that_a_person_should_know(venue: str) -> None:
    """Keys, rights, addresses, clock, mode, smallest order: each with its sentence and fix."""
    async with scene(venue) as at:
        found = await at.venue.examine()

        codes = {one.code for one in found}
        expected = {
            "ccxt_not_live",
            "ccxt_clock_right",
            "ccxt_keys_work",
            "ccxt_key_rights",
            "ccxt_key_any_address",
            "ccxt_market_fits",
        }
        assert expected <= codes
        assert all(one.sentence and one.fix for one in found)
        assert ("ccxt_one_way" in codes) == (venue in SWAPS)


@loopback
async def test_an_examination_goes_on_where_the_venue_does_not_answer() -> None:
    """A call that fails is a finding of its own."""
    async with scene("bybit") as at:
        at.fault(Kind.REFUSED, call="balance", code="10003")

        found = await at.venue.examine()

        assert [one.code for one in found if one.stops or not one.ok][-1] == "ccxt_keys_refused"


# --- judged without a venue -----------------------------------------------------------------------

NOW = time.time_ns()
DAY = 24 * 3600 * 1_000_000_000


@pytest.mark.parametrize(
    ("told", "stops", "shown"),
    [
        (Permissions(), [], ["ccxt_key_rights_untold"]),
        (Permissions(trade=True, withdraw=True), ["ccxt_key_withdraws"], []),
        (Permissions(trade=False, withdraw=False), ["ccxt_key_cannot_trade"], []),
        (Permissions(trade=True, withdraw=False), [], ["ccxt_key_rights"]),
        (
            Permissions(trade=True, withdraw=False, transfer=True, ip_bound=False),
            [],
            ["ccxt_key_rights", "ccxt_key_transfers", "ccxt_key_any_address"],
        ),
        (
            Permissions(trade=True, withdraw=False, expires_ns=NOW + 3 * DAY),
            ["ccxt_key_expires"],
            ["ccxt_key_rights"],
        ),
        (
            Permissions(trade=True, withdraw=False, expires_ns=NOW + 90 * DAY),
            [],
            ["ccxt_key_rights"],
        ),
    ],
)
def test_the_rights_of_a_key(told: Permissions, stops: list[str], shown: list[str]) -> None:
    """What may do harm stops; what should be mended is said; what is not told is not fine."""
    found = list(examine.of_rights(told, "swap", NOW))

    assert [one.code for one in found if one.stops] == stops
    assert [one.code for one in found if not one.stops] == shown


def test_modes_are_compared_with_what_is_asked_for() -> None:
    """A difference is said with both values; without a wish they are shown."""
    told = Modes(hedged=False, margin_mode="isolated", leverage=Decimal(10))
    wished = settings(leverage={NAME: 3}, margin_mode="cross")

    assert [one.code for one in examine.of_modes(market(), told, settings())] == [
        "ccxt_one_way",
        "ccxt_margin_shown",
    ]
    assert [one.code for one in examine.of_modes(market(), told, wished)] == [
        "ccxt_one_way",
        "ccxt_margin_mode_differs",
        "ccxt_leverage_differs",
    ]


def test_a_venue_that_was_never_tried_needs_a_waiver() -> None:
    """And so do side effects that have to be agreed to; a refused venue stays refused."""
    for profile in PROFILES.values():
        found = list(examine.of_profile(profile, settings()))
        stops = [one.code for one in found if one.stops]
        waived = settings(
            waive=frozenset({"unproven_venue"}),
            approve=frozenset(one.approve for one in profile.side_effects if one.approve),
        )
        left = [one.code for one in examine.of_profile(profile, waived) if one.stops]

        assert ("ccxt_venue_unproven" in stops) is not profile.proven
        assert left == (["ccxt_venue_refused"] if profile.refused else [])


def test_two_markets_of_one_coin_cannot_share_a_wallet() -> None:
    """Nobody could say whose coins they are."""
    one = market(spot=True)
    other = replace(one, instrument=msgspec.structs.replace(one.instrument, name="BTCUSDC"))

    assert list(examine.of_coins([one])) == []
    assert [each.code for each in examine.of_coins([one, other])] == ["ccxt_base_shared"]


@pytest.mark.parametrize("code", CODES)
def test_every_finding_is_a_sentence_and_a_fix_with_its_numbers(code: str) -> None:
    """No brace is left, and every fact that is given stands somewhere."""
    made: Finding = finding(code, value="VALUE", limit="LIMIT", where="WHERE")

    assert "{" not in made.sentence + made.fix
    assert made.sentence.endswith((".", "VALUE"))
    assert not (made.ok and made.stops)
