"""The ledger: who may open it, and what its errors say."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.paper.ledger import Ledger, LedgerRefused
from adapters.paper.rows import key_of
from core.orders import OrderEvent, OrderType, Terms
from tests.unit.paper.parts import NOW, desk, ledger, order, quote

ROOT = Path(__file__).parents[3]


def refusal(folder: Path, account: str = "acct-1", currency: str = "USD") -> LedgerRefused:
    """Open a ledger that cannot be opened."""
    with pytest.raises(LedgerRefused) as refused:
        ledger(folder, account, currency)
    return refused.value


def test_a_ledger_has_one_holder(tmp_path: Path) -> None:
    """While one holds it a second one is refused; when the first lets go, it may."""
    first = ledger(tmp_path)
    assert "paper_ledger_in_use" == refusal(tmp_path).code
    first.close()
    first.close()

    ledger(tmp_path).close()


@pytest.mark.e2e
def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    """The lock of a killed process is gone with it, and its work is there."""
    code = (
        "import sys; from pathlib import Path; from tests.unit.paper.parts import *\n"
        "made = desk(Path(sys.argv[1])); made.submit(order('a'), NOW); made.commit()\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert b"ready" == process.stdout.readline().strip()
        assert "paper_ledger_in_use" == refusal(tmp_path).code
        process.kill()
        process.wait()
        found = ledger(tmp_path)

        assert found.knows("a")
        found.close()


def test_another_account_is_refused_by_name(tmp_path: Path) -> None:
    """A ledger belongs to one account in one currency; the refusal names both sides."""
    ledger(tmp_path).close()
    other = refusal(tmp_path, account="acct-2")
    euro = refusal(tmp_path, currency="EUR")

    assert "paper_ledger_of_another" == other.code == euro.code
    assert "acct-1 in USD" in other.text
    assert "acct-2 in USD" in other.text
    assert "acct-1 in EUR" in euro.text


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """Garbage is neither read as an account nor written over."""
    garbage = b"this is not a ledger " * 100
    (tmp_path / "paper.db").write_bytes(garbage)

    assert "paper_ledger_unreadable" == refusal(tmp_path).code
    assert garbage == (tmp_path / "paper.db").read_bytes()


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A ledger of a later version is left alone."""
    made = ledger(tmp_path)
    made._cursor.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    made.close()

    assert "paper_ledger_newer" == refusal(tmp_path).code


@pytest.mark.parametrize(
    ("version", "columns"),
    [("1", ("replaced_ns", "place", "legs", "attached")), ("2", ("legs", "attached"))],
)
def test_a_ledger_of_a_format_before_is_taken_over(
    tmp_path: Path, version: str, columns: tuple[str, ...]
) -> None:
    """An older file gets the new columns; its orders work on, and can be replaced."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("a", order_type=OrderType.LIMIT, price="1.0900"), NOW)
    made.commit()
    for column in columns:
        made.ledger._cursor.execute(f"ALTER TABLE orders DROP COLUMN {column}")
    made.ledger._cursor.execute("UPDATE meta SET value = ? WHERE key = 'format'", [version])
    made.ledger.close()
    again = desk(tmp_path)
    again.replace("a", Terms(quantity=Decimal(2), price=Decimal("1.0950")), NOW)
    told = again.commit()
    shown = again.lookup("a")
    again.ledger.close()

    assert [OrderEvent.REPLACED] == [one.event for one in told]
    assert shown is not None
    assert (Decimal(2), Decimal("1.0950")) == (shown.quantity, shown.price)


def test_two_ledgers_never_share_an_execution_id(tmp_path: Path) -> None:
    """A ledger that was started anew gives out other ids than the one before it."""
    seen: set[str] = set()
    for number in range(2):
        path = tmp_path / f"{number}.db"
        made = Ledger(
            path, account="a", currency="USD", balance_start=Decimal(1), now_ns=NOW + number
        )
        seen.add(made.tag)
        made.close()

    assert 2 == len(seen)


def test_a_full_disk_takes_nothing_half(tmp_path: Path) -> None:
    """A write that fails leaves the ledger as it was, and says so."""
    made = desk(tmp_path)
    made.quote(quote("1.1000", "1.1002"), NOW)
    made.submit(order("a"), NOW)
    made.commit()
    base = made.ledger._base
    assert base is not None
    pages = base.execute("PRAGMA page_count").fetchone()[0]
    base.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(200):
        made.submit(order(f"o{number}", order_type=OrderType.LIMIT, price="1.0500"), NOW)
    with pytest.raises(LedgerRefused) as refused:
        made.commit()
    made.ledger.close()
    again = desk(tmp_path)

    assert "paper_ledger_failed" == refused.value.code
    assert again.lookup("o0") is None
    assert 1 == len(again.snapshot(NOW, 1).positions)
    again.ledger.close()


def test_ids_that_share_a_key_are_two_orders(tmp_path: Path) -> None:
    """The index knows ids by a short number; two ids with one number are still two."""
    twins = ("plumless", "buckeroo")
    assert key_of(twins[0]) == key_of(twins[1])
    made = desk(tmp_path)
    made.submit(order(twins[0]), NOW)
    made.commit()
    assert made.lookup(twins[1]) is None
    made.submit(order(twins[1]), NOW)
    made.commit()
    shown = [made.lookup(name) for name in twins]
    made.ledger.close()

    assert list(twins) == [one.order for one in shown if one is not None]
