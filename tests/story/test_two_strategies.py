"""Two strategies on one netting account, told through the engine: who owns what, hour by hour."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core import commands as c
from core.money import ZERO
from core.positions import EXTERNAL
from tests.unit.core.floor import Floor
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import codes, picture, replay

D = Decimal

OWNERS: Final = ("trend", "fade", EXTERNAL)


class Day(Floor):
    """A day at an exchange that nets, cuts what is reduce-only, and knows no owners."""

    def owned(self) -> tuple[Decimal, ...]:
        """Return what each owner holds; it is what the exchange holds."""
        shares = tuple(self.share(strategy=name) for name in OWNERS)
        assert sum(shares, ZERO) == self.exchange.net("BTCUSDT") == self.exposure().net
        return shares

    def at(self, bid: str) -> None:
        """Let the market stand somewhere."""
        self.wait(3600)
        self.quote("BTCUSDT", bid, str(D(bid) + 1))
        self.push()


def morning(day: Day) -> None:
    """Both sides of one market."""
    # 08:00  The trend goes long with 5. The other strategy sees a top and goes short with 3.
    day.trade("buy", effect="open", quantity="5")
    day.push()
    day.trade("sell", effect="open", quantity="3", strategy="fade")
    day.push()
    assert (D(5), D(-3), ZERO) == day.owned()

    # 09:00  The short one wants to buy back cheaper, and leaves a limit. Then it would sell more,
    #        below that limit: the two would trade with each other, and the newer one is refused.
    day.at("49900")
    (cover,) = day.trade("exit", strategy="fade", quantity="1", order_type="limit", price="49800")
    refused = day.send("sell", effect="open", order_type="limit", price="49700", strategy="fade")
    assert "refused self_match" == codes(refused)

    # 10:00  The market comes down to it. The short one has bought 1 back; no other share moved.
    day.at("49790")
    assert "filled" == day.order(cover).state
    assert (D(5), D(-2), ZERO) == day.owned()


def noon(day: Day) -> None:
    """An exit that the venue would have cut."""
    # 12:00  The trend ends. The net is +3 and its share 5: it sells all 5, the net turns to -2, and
    #        that is what the other one owns. The venue was not told that the order only reduces.
    day.at("49500")
    (out,) = day.trade("exit")
    assert (D(5), False) == (day.order(out).quantity, day.order(out).venue_reduce_only)
    day.push()
    assert (ZERO, D(-2), ZERO) == day.owned()

    # 12:01  The alert comes again. There is nothing left of its own, and nothing of the other's.
    assert "no_action nothing_to_close" == codes(day.send("exit"))

    # 13:00  It enters again, with half of what it had, and takes half of that home: 50 percent.
    day.at("49600")
    day.trade("buy", effect="open", quantity="2.5")
    day.push()
    day.trade("exit", quantity="50", quantity_unit="position_percent")
    day.push()
    assert (D("1.25"), D(-2), ZERO) == day.owned()


def afternoon(day: Day) -> None:
    """A hand on the account, and a power cut."""
    # 15:00  Somebody buys 1 by hand. The net was -0.75: the first 0.75 close what the short one
    #        holds, the rest is nobody's of ours.
    day.at("49600")
    day.others("buy", "1")
    day.compare_twice()
    assert (D("1.25"), D("-1.25"), D("0.25")) == day.owned()
    assert ["account:one"] == list(day.state.halts)

    # 15:05  Power is lost. The new process reads the journal and finds the same owners.
    before = picture(day.state)
    day.state = replay(day.records)
    assert before == picture(day.state)
    day.start()
    day.recover("one")
    assert (D("1.25"), D("-1.25"), D("0.25")) == day.owned()


def evening(day: Day) -> None:
    """Everything of ours is closed, as far as it is there; the rest is for a person."""
    # 17:00  The account is halted, so nothing new; the exits pass, each for its own share.
    assert "refused halted" == codes(day.send("buy", effect="open"))
    day.trade("exit", strategy="fade", quantity="0.25")
    day.push()
    assert (D("1.25"), D(-1), D("0.25")) == day.owned()

    # 18:00  A person flattens what is ours. Of the short 1 the venue has 0.75: the hand's quarter
    #        stands against the rest, and buying it would open a long position. It is not bought.
    day.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="the day is over"))
    day.carry(list(day.last.effects))
    day.push()
    day.compare()
    assert (ZERO, D("-0.25"), D("0.25")) == day.owned()
    assert ZERO == day.exchange.net("BTCUSDT")

    # 18:05  The account is flat, and the flatten says what is left in the books. A person says that
    #        the hand has closed it: the two cancel out.
    day.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="fade", target=EXTERNAL, by="anna",
            reason="closed by hand",
        )
    )  # fmt: skip
    assert (ZERO, ZERO, ZERO) == day.owned()


def test_two_strategies_on_one_account() -> None:
    """From two entries against each other to an account on which nobody owns anything."""
    day = Day(setup_of(account={"allow_opposed": True}))
    morning(day)
    noon(day)
    afternoon(day)
    evening(day)

    assert picture(replay(day.records)) == picture(day.state)
