"""Every code of the ccxt adapter's base can happen, and every one it names is in a table."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.ccxt import codes, findings

FOLDER = Path(codes.__file__).parent


def test_codes_are_said_and_said_ones_are_known() -> None:
    """Each row of the base's table is named where something happens; each name that looks like one
    of ours is in a table."""
    said: set[str] = set()
    for file in FOLDER.rglob("*.py"):
        if file.name not in ("codes.py", "findings.py"):
            said |= set(re.findall(r'"(ccxt_[a-z_]+)"', file.read_text(encoding="utf-8")))

    assert set() == codes.CODES.keys() - said
    assert set() == said - codes.CODES.keys() - findings.CODES.keys()
