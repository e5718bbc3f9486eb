from __future__ import annotations

from pathlib import Path

import pytest

from adapters.tradingview import DIALECTS, native
from adapters.tradingview.dialects import Dialect
from adapters.tradingview.terms import Terms
from bridge.config import Config, load
from core.levels import LevelUnit
from core.signals import QuantityUnit
from tests.unit.config.files import changed


@pytest.fixture(autouse=True)
def terse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialect that says little: its route has to say it."""
    row = Dialect(
        native.read, "a test", needs=("risk_unit",), heeds=("target_unit",), lacks=("time",)
    )
    monkeypatch.setitem(DIALECTS, "terse", row)


def loaded(folder: Path, route: str) -> Config | list[tuple[str, str]]:
    """Load the good file with other lines in its route; problems as code and place."""
    path = folder / "bascule.toml"
    path.write_text(changed("quantity = 0.5", route), encoding="utf-8")
    path.chmod(0o600)
    found = load(path, {})
    return found if isinstance(found, Config) else [(one.code, one.path) for one in found]


def test_reads_what_a_route_says(tmp_path: Path) -> None:
    """What the route says of its alerts is what its dialect is given."""
    config = loaded(
        tmp_path,
        'dialect = "terse"\nwaive = ["time"]\n[routes.btc.reading]\nrisk_unit = "risk_percent"\n'
        'target_unit = "pips"\nrepair = ["bom"]',
    )

    assert isinstance(config, Config), config
    assert config.hooks["btc"].terms == Terms(
        strategy="trend",
        risk_unit=QuantityUnit.RISK_PERCENT,
        target_unit=LevelUnit.PIPS,
        repair=frozenset(["bom"]),
    )


@pytest.mark.parametrize(
    ("route", "problem"),
    [
        ('dialect = "natve"', ("config_value_unknown", "routes.btc.dialect")),
        (
            'dialect = "terse"\nwaive = ["time"]',
            ("config_reading_missing", "routes.btc.reading.risk_unit"),
        ),
        (
            'dialect = "terse"\n[routes.btc.reading]\nrisk_unit = "units"',
            ("config_waiver_missing", "routes.btc.waive"),
        ),
        (
            '[routes.btc.reading]\ntarget_unit = "pips"',
            ("config_reading_unheeded", "routes.btc.reading.target_unit"),
        ),
        (
            '[routes.btc.reading]\nrepair = ["commas"]',
            ("config_value_unknown", "routes.btc.reading.repair[0]"),
        ),
        (
            'dialect = "terse"\nwaive = ["time"]\n[routes.btc.reading]\nrisk_unit = "units"\n'
            'strategy = "other"',
            ("config_name_unknown", "routes.btc.reading.strategy"),
        ),
    ],
)
def test_tells_what_does_not_fit(tmp_path: Path, route: str, problem: tuple[str, str]) -> None:
    """A route that says too little of its alerts, or what its dialect does not heed, is refused
    before the first alert comes."""
    found = loaded(tmp_path, route)

    assert isinstance(found, list)
    assert problem in found
