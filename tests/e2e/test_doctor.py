"""``bascule doctor`` as people run it: a door of this machine, what is no door, and nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.exits import Exit
from tests.e2e.commands import Done, Place, place, running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One running bridge for all tests of this file."""
    made = place(tmp_path_factory.mktemp("doctor") / "b")
    with running(made):
        yield made


def asked(where: Place, port: int) -> Done:
    """Ask the doctor with a public address on this machine."""
    file = where.file.with_name(f"asked-{port}.toml")
    url = f'[door]\npublic_url = "http://127.0.0.1:{port}"\n'
    file.write_text(where.file.read_text("utf-8").replace("[door]\n", url, 1), encoding="utf-8")
    file.chmod(0o600)
    return Place(file, where.config, where.made).run("doctor", "--offline", "--json")


def rows(done: Done, name: str) -> list[dict[str, Any]]:
    """Return the rows of one name."""
    return [row for row in done.json["rows"] if row["name"] == name]


def test_the_door_is_visited(where: Place) -> None:
    """It is good, and told to be on this machine; check's own rows come with it, and no secret."""
    done = asked(where, where.config.door.port)

    assert (Exit.OK, True) == (done.code, done.json["ok"])
    assert ["front_loopback", "", ""] == [row["code"] for row in rows(done, "front")]
    assert ["ok"] == [row["status"] for row in rows(done, "bridge")]
    assert {"clock", "store", "journal", "limits"} <= {row["name"] for row in done.json["rows"]}
    assert not any(secret in done.out + done.err for secret in where.secrets)


def test_pages_in_the_place_of_the_door_fail(where: Place) -> None:
    """A front that leads to the pages answers, and is not taken for the door."""
    done = asked(where, where.config.api.port)

    assert (Exit.FAILED, "doctor_failed") == (done.code, done.json["code"])
    assert "front_stranger" in {row["code"] for row in rows(done, "front")}


def test_without_an_address_and_without_a_bridge(tmp_path: Path) -> None:
    """Both are told in words, with what to do, and neither is a failure."""
    made = place(tmp_path / "b")
    done = made.run("doctor")

    assert Exit.OK == done.code, done.err
    assert "door.public_url" in done.out
    assert "bascule run" in done.out


def test_what_cannot_be_read_is_no_matter_for_a_doctor(tmp_path: Path) -> None:
    """A configuration with problems ends as everywhere."""
    made = place(tmp_path / "b")
    made.file.write_text("[door", encoding="utf-8")

    assert Exit.CONFIG == made.run("doctor").code
