"""The calendar in a running bridge: by API, page and command, and what an alert meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.cli.calendar import from_files, tell
from bridge.cli.checking import calendars
from bridge.cli.screen import Screen
from tests.unit.http.room import READ, Room, room

HEADER = "begin,end,concerns,title\n"


def minutes(count: float) -> str:
    """Write a time so many minutes from now."""
    return (datetime.now(UTC) + timedelta(minutes=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


def news(begin: float, end: float, about: str = "") -> str:
    """Write a line of news."""
    return f'{minutes(begin)},{minutes(end)},{about},"Rates, <b>now</b>"\n'


def planned(text: str) -> str:
    """Give the instrument a calendar of news, and the account a rule."""
    for name in ("BTCUSDT", "ETHUSDT"):
        table = f"[instruments.{name}]\n"
        text = text.replace(table, f'{table}calendars = ["rates"]\n', 1)
    text = text.replace("[accounts.paper]\n", "[accounts.paper]\nflat_before_news_s = 60\n", 1)
    return text + '\n[calendars.rates]\nfile = "<b>news.csv"\nkind = "news"\nbefore_s = 60\n'


def written(folder: Path, *lines: str) -> Path:
    """Write the file beside the configuration."""
    folder.mkdir(exist_ok=True)
    path = folder / "<b>news.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


async def reread(house: Room) -> None:
    """Let the keeper look twice: at a change, and when it is settled."""
    for _ in range(2):
        await house.runtime.calendars.tell(house.runtime.writer)


async def test_news_that_are_added_stop_entries_until_they_are_gone(tmp_path: Path) -> None:
    """The file decides, without a restart: quiet, news, broken with its line, quiet again."""
    folder = tmp_path / "bridge"
    written(folder, news(2000, 2010))
    async with room(folder, planned) as house:
        first = await house.send()
        written(folder, news(-1, 5), news(2000, 2010))
        await reread(house)
        second = await house.send()
        written(folder, "soon,,,\n")
        await reread(house)
        third = await house.send()
        alarms = await house.runtime.writer.read(lambda state: list(state.alarms.values()))
        written(folder, news(-1, 5, "EUR"), news(2000, 2010, "USDT"))
        await reread(house)
        last = await house.send()

    assert ["admitted", "refused", "refused", "admitted"] == [
        one.verdict for one in (first, second, third, last)
    ]
    assert ("news", "calendar_stale") == (second.code, third.code)
    assert ("calendar_time", "<b>news.csv:2") == (third.value, third.limit)
    (alarm, *_) = [one for one in alarms if one.code == "calendar_stale"]
    assert "<b>news.csv:2" in alarm.value


async def test_the_list_and_the_page_say_what_is_known(tmp_path: Path) -> None:
    """Sessions, news, times to be flat, and the file, whose name is text and nothing else."""
    folder = tmp_path / "bridge"
    written(folder, news(100, 110), news(2000, 2010))
    async with room(folder, planned) as house:
        async with house.client(READ) as client:
            listed = (await client.get("/api/calendar")).json()
        async with house.logged_in() as person:
            page = (await person.get("/calendar")).text
            fragment = (await person.get("/fragment/calendar")).text
            status = (await person.get("/")).text

    one, _ = listed["instruments"]
    assert ("BTCUSDT", True, "", True, 2) == (
        one["instrument"], one["open"], one["code"], one["always"], len(one["news"]),
    )  # fmt: skip
    assert [("paper", "news", False)] * 2 == [
        (flat["account"], flat["before"], flat["now"]) for flat in one["flats"]
    ]
    (file,) = listed["calendars"]
    assert ("rates", "<b>news.csv", 2, "") == (
        file["calendar"], file["file"], file["events"], file["code"],
    )  # fmt: skip
    assert "&lt;b&gt;news.csv" in page and "<b>news" not in page
    assert "before news" in fragment and "bascule calendar" in page
    assert 'href="/calendar"' in status


async def test_who_may_not_read_sees_nothing(house: Room) -> None:
    """Without a token there is no calendar; without one in the file the page says so."""
    async with house.client() as client:
        assert 401 == (await client.get("/api/calendar")).status_code
    async with house.logged_in() as person:
        assert "No instrument has a calendar" in (await person.get("/calendar")).text


async def test_the_command_and_the_check_read_the_files_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a running bridge: what is known, and what is wrong, with the line."""
    folder = tmp_path / "bridge"
    path = written(folder, news(100, 110), news(9000, 9010))
    async with room(folder, planned) as house:
        config = house.config
    good = from_files(config)
    (row,) = calendars(config)
    path.write_text(HEADER + news(100, 110) + "2026-99-99,,,\n", encoding="utf-8")
    tell(Screen(as_json=False), from_files(config))
    shown = capsys.readouterr().out
    (bad,) = calendars(config)

    assert good["instruments"][0]["open"]
    assert ("ok", "The calendar was read: 2 events.") == (row.status, row.sentence)
    assert "news.csv:3" in shown and "calendar_stale" in shown
    assert ("warn", "<b>news.csv:3") == (bad.status, bad.value)
    path.write_text(HEADER + news(100, 110), encoding="utf-8")
    (soon,) = calendars(config)
    assert "warn" == soon.status and "nothing any more" in soon.sentence
