"""The cash of a wallet: what its coins are worth explains itself, what leaves as money does not."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.reports import AccountMark, VenuePosition, VenueSnapshot
from core.view import READINGS_TO_TRIP, Standing
from tests.unit.core.losing import losing
from tests.unit.core.setups import BTC, replaced
from tests.unit.core.stage import Stage, codes

D = Decimal


def wallet() -> Stage:
    """Begin with a wallet of 100000 in money, limited to a loss of 1000 a day."""
    setup = losing(daily_loss_max="1000").setup
    coin = replaced(BTC, base="BTC")
    spot = replaced(setup.accounts["one"], spot=True)
    stage = Stage(
        replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin}, accounts={"one": spot}),
        recovered=False,
    )
    show(stage, "100000")
    stage.recover("one")
    tell(stage, "100000")
    return stage


def mark(stage: Stage, cash: str, coins: str, mid: str) -> AccountMark:
    """Make the figures of a wallet: money, and coins at the market's middle."""
    worth = D(cash) + D(coins) * D(mid)
    return AccountMark(
        account="one", balance=worth, equity=worth, at_ns=stage.now, cash=D(cash)
    )  # fmt: skip


def show(stage: Stage, cash: str, coins: str = "0", mid: str = "50000") -> None:
    """Show a picture of the wallet."""
    stage.wait(6)
    told = mark(stage, cash, coins, mid)
    stage.standings["one"] = Standing(
        mark=told, equities=(told.equity,), balances=(told.balance,), cashes=(told.cash,)
    )
    held = VenuePosition(instrument="BTCUSDT", quantity=D(coins), average_price=D(mid))
    fills = tuple(
        stage.told(fill.order, "fill", exec_id=fill.exec_id, quantity=fill.quantity,
                   price=fill.price).report
        for fill in stage.state.fills.values()
    )  # fmt: skip
    picture = VenueSnapshot(
        account="one",
        orders=(),
        positions=(held,) if held.quantity else (),
        mark=told,
        at_ns=stage.now,
        fills=fills,
        fills_since_ns=1,
    )
    stage.do(c.TakeSnapshot(snapshot=picture, asked_ns=stage.now, cause="timer"))


def tell(stage: Stage, cash: str, coins: str = "0", mid: str = "50000") -> list[str]:
    """Tell the wallet's figures as often as it takes to trip; return all alarms."""
    said: list[str] = []
    for _ in range(READINGS_TO_TRIP):
        told = mark(stage, cash, coins, mid)
        before = stage.standings["one"]
        stage.standings["one"] = Standing(
            mark=told,
            equities=(*before.equities, told.equity)[-READINGS_TO_TRIP:],
            balances=(*before.balances, told.balance)[-READINGS_TO_TRIP:],
            cashes=(*before.cashes, told.cash)[-READINGS_TO_TRIP:],
        )
        stage.do(c.ObserveAccount(account="one"))
        said += stage.alarms
    return said


def booked(stage: Stage) -> list[Decimal]:
    """Return what was booked."""
    return [one.amount for one in stage.records if isinstance(one, r.CashBooked)]


def test_what_was_bought_is_not_missing() -> None:
    """Money became a coin: nothing is in doubt, nothing is booked, and a dearer coin is profit."""
    stage = wallet()
    order = stage.entry("1")
    stage.fill(order, "1", "50000")
    for mid in ("50000", "51000", "49900"):
        assert [] == tell(stage, "49999.9", "1", mid)
        show(stage, "49999.9", "1", mid)
        show(stage, "49999.9", "1", mid)

    assert [] == booked(stage)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.001"))


def test_a_coin_that_falls_is_a_loss() -> None:
    """It counts at the market's middle, and trips the limit of the day."""
    stage = wallet()
    order = stage.entry("1")
    stage.fill(order, "1", "50000")
    assert "daily_loss_reached" in tell(stage, "49999.9", "1", "48900")


def test_money_that_left_a_wallet_is_no_loss() -> None:
    """It is in doubt at once, told, booked after two pictures, and the day goes on."""
    stage = wallet()
    order = stage.entry("1")
    stage.fill(order, "1", "50000")
    show(stage, "49999.9", "1")
    assert [] == tell(stage, "44999.9", "1")
    assert "refused balance_in_doubt" == codes(stage.send(effect="open", quantity="0.001"))
    show(stage, "44999.9", "1", "50400")
    show(stage, "44999.9", "1", "50100")

    assert [D(-5000)] == booked(stage)
    assert [] == tell(stage, "44999.9", "1", "49900")
