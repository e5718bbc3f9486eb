"""Stores are opened by their address; a wrong one says what is wrong, without its password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.store.opening import open_store
from core.store.port import StoreUnavailable

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///journal.db", "journal.db"),
        ("sqlite:///deep/er/journal.db", "deep/er/journal.db"),
        ("journal.db", "journal.db"),
        ("SQLite:///journal.db", "journal.db"),
    ],
)
def test_a_relative_file_stands_in_the_data_folder(tmp_path: Path, url: str, path: str) -> None:
    """An address without a root names a file in the data folder."""
    store = open_store(url, data=tmp_path, journal="j")

    assert ("sqlite", "j") == (store.name, store.journal)
    store.close()
    assert (tmp_path / path).is_file()


def test_an_absolute_file_stands_where_it_says(tmp_path: Path) -> None:
    """An absolute path is taken as it is, with or without the scheme."""
    path = tmp_path / "else" / "journal.db"
    for url in (f"sqlite:///{path.as_posix()}", str(path)):
        open_store(url, data=tmp_path / "data", journal="j").close()
        assert path.is_file()
        path.unlink()


def test_memory_is_known(tmp_path: Path) -> None:
    """A store of memory begins empty, with the journal's id."""
    store = open_store("memory://", data=tmp_path, journal="j")

    assert ("memory", "j", 0) == (store.name, store.journal, store.head().number)


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("postgres://me:canary@host/db", "store_url_unknown", "sqlite:///FILE"),
        ("mysql://host", "store_url_unknown", "mysql"),
        ("sqlite://", "store_url_invalid", "not named"),
        ("redis://127.0.0.1:port/0", "store_url_invalid", ""),
        ("redis://me:canary@127.0.0.1:99999/0", "store_url_invalid", ""),
        ("redis://me:ca[nary@127.0.0.1/0", "store_url_invalid", ""),
        ("redis://127.0.0.1/zero", "store_url_invalid", ""),
        ("redis://me:canary@redis.example.com/0", "store_insecure", "no TLS"),
        ("redis://10.0.0.7/0", "store_insecure", "no TLS"),
        ("rediss://redis.example.com/0", "store_insecure", "no password"),
        ("rediss://me@redis.example.com/0", "store_insecure", "no password"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(
    tmp_path: Path, url: str, code: str, words: str
) -> None:
    """What is wrong is named, and no part of the credentials stands in the text."""
    with pytest.raises(StoreUnavailable) as wrong:
        open_store(url, data=tmp_path, journal="j")

    assert code == wrong.value.code
    assert words in wrong.value.text
    assert "nary" not in str(wrong.value)
    assert wrong.value.__cause__ is None or "nary" not in str(wrong.value.__cause__)


@pytest.mark.parametrize("journal", ["", "a/b", "..", "x" * 65, "a b", "a:b", "{a}"])
def test_an_id_that_is_no_name_is_refused(tmp_path: Path, journal: str) -> None:
    """The journal's id is a folder's name and a part of a key, so it holds nothing else."""
    with pytest.raises(StoreUnavailable) as wrong:
        open_store("memory://", data=tmp_path, journal=journal)

    assert "store_url_invalid" == wrong.value.code


def test_the_file_engine_imports_no_server_package(tmp_path: Path) -> None:
    """Who keeps the journal in a file pays nothing for the server's client."""
    script = (
        "import sys; from pathlib import Path; from core.store.opening import open_store; "
        "open_store('j.db', data=Path(sys.argv[1]), journal='j').close(); "
        "print('redis' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "False" == done.stdout.strip()


@pytest.mark.skipif(os.name != "posix", reason="Windows tells such a path as absent")
def test_a_file_behind_a_closed_door_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    """Whoever may not look gets the way to rights, and no traceback and no fresh journal."""
    (tmp_path / "data").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(StoreUnavailable) as closed:
        open_store("journal.db", data=tmp_path / "data", journal="j", read_only=True)

    assert "store_not_ours" == closed.value.code
    assert "chown" in closed.value.text
