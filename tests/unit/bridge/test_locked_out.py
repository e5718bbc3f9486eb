"""A venue that lets the bridge in no more: the gravest alarm while something is open, shown until
it is mended, and everything checked again when it is."""

from __future__ import annotations

from pathlib import Path

from core.answers import SignalAnswer
from core.critical import criticals
from core.legs import legs_of
from core.levels import Level, LevelUnit, Protection
from core.links import LinkState
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.core.guarded import D

KEY = ("paper", "BTCUSDT", "demo")


async def opened(running: Bridge) -> str:
    """Open a position with a stop; return the stop."""
    stop = Level(value=D(5), unit=LevelUnit.PERCENT)
    order = await running.admitted(running.signal(protection=Protection(stop=stop)))
    await running.is_in(order.order, "filled")
    await until(lambda: bool(legs_of(running.state, KEY)))
    (leg,) = legs_of(running.state, KEY)
    await running.is_in(leg.order, "accepted")
    return leg.order


async def test_a_revoked_key_with_something_open_is_the_gravest_alarm(tmp_path: Path) -> None:
    """Once, named as what it is, with what is open; it stays critical however often it is tried."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        stop = await opened(running)
        running.venue.lock_out()
        await until(lambda: "account_refused_exposed" in running.codes())
        await until(lambda: bool(criticals(running.state)))
        (one,) = criticals(running.state)
        assert ("account_refused_exposed", "account:paper") == (one.code, one.where)
        assert "0.001 BTCUSDT and 1 order" == one.limit
        assert "keys_refused: the key was revoked" == one.value

        running.venue.let_in()
        await until(lambda: running.runtime.ready)
        assert [] == criticals(running.state)
        assert 1 == running.codes().count("account_refused_exposed")
        assert "accepted" == running.order(stop).state


async def test_with_the_new_key_a_stop_that_went_meanwhile_is_placed_again(tmp_path: Path) -> None:
    """Somebody ended it while the bridge could not look: the protection is checked before anything
    new passes."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        stop = await opened(running)
        running.venue.lock_out()
        await until(lambda: "account_refused_exposed" in running.codes())
        await running.venue.cancel_by_hand(running.order(stop))
        running.venue.let_in()
        await until(lambda: running.runtime.ready)

        def again() -> bool:
            names = [one.order for one in legs_of(running.state, KEY) if one.order != stop]
            return bool(names) and running.order(names[0]).state == "accepted"

        await until(again)
        assert "cancelled" == running.order(stop).state


async def test_a_flat_account_is_told_without_being_called_critical(tmp_path: Path) -> None:
    """Nothing is at stake: an alarm that says what to mend, and entries that are held say why."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        running.venue.lock_out()
        await until(lambda: "account_refused" in running.codes())
        assert LinkState.CONNECTING is running.state.accounts["paper"].link
        answer = await running.send(running.signal())

        assert isinstance(answer, SignalAnswer)
        assert ("held", "account_refused") == (answer.verdict, answer.code)
        assert [] == criticals(running.state)


async def test_it_is_still_critical_after_a_restart(tmp_path: Path) -> None:
    """The next process finds the same, and says so again."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        await opened(running)
        running.venue.lock_out()
        await until(lambda: "account_refused_exposed" in running.codes())
    async with bridge(tmp_path, store=Switch(disk), ready=False) as running:
        running.venue.lock_out()
        await until(lambda: bool(criticals(running.state)))

        assert "account_refused_exposed" == criticals(running.state)[0].code
