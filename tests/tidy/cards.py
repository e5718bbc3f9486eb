"""The page of the contract cards, and which test plays which."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from tests.contract.venue.cards import CARDS, Family

FOLDER: Final = Path(__file__).resolve().parents[1] / "contract" / "venue"

HEAD: Final = """\
# Contract cards

What every venue adapter does, one sentence a card. Each card is a scenario that is played against
every adapter that claims it: the paper venue (near, far away and slow to show its books), the
simulated exchange, and the ccxt adapter against the local exchange of Bybit, Binance USD-M and
Binance spot, over TLS. *Needs* is the capability that an adapter has to claim; without it the card
is skipped, with that reason. `shorts`: the account can sell what it does not hold. `others`:
somebody else can trade on the account.

```
python -m pytest tests/contract/venue
```

"""


def played() -> list[tuple[int, str]]:
    """Return the card of every test of the contract, 0 for a test without one."""
    found: list[tuple[int, str]] = []
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_"):
                numbers = [number for one in node.decorator_list if (number := _number(one))]
                name = f"{path.stem}.{node.name}"
                found += [(number, name) for number in numbers] or [(0, name)]
    return found


def _number(decorator: ast.expr) -> int:
    match decorator:
        case ast.Call(func=ast.Name(id="card"), args=[ast.Constant(value=int() as number)]):
            return number
        case _:
            return 0


def cards_page(made: str) -> str:
    """Write every card with its test, family by family."""
    tests = dict(played())
    lines = [HEAD + made]
    for family in Family:
        lines += [f"## {family}", "", "| card | what holds | needs | test |", "|---|---|---|---|"]
        for one in CARDS:
            if one.family is family:
                needs = f"`{one.needs}`" if one.needs else ""
                test = f"`{tests.get(one.number, '')}`"
                lines.append(f"| {one.number} | {one.sentence} | {needs} | {test} |")
        lines.append("")
    return "\n".join(lines)
