"""An installed copy needs nothing else: the wheel carries whatever the product reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.tidy.tree import PRODUCT, ROOT, within

PASTED = ROOT / "tradingview"


def test_the_wheel_carries_every_file(tmp_path: Path) -> None:
    """Scripts, templates and styles travel with the code; tests and tools stay at home."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("bascule-*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    asked = {one.path for one in within(*PRODUCT)}

    files = [one for one in PASTED.rglob("*") if one.is_file()]
    pasted = {f"bridge/share/{one.relative_to(ROOT).as_posix()}" for one in files}

    assert set() == asked - carried
    assert pasted <= carried
    assert {".json", ".txt", ".pine", ".md"} == {one.suffix for one in files}
    assert {*PRODUCT} == {name.partition("/")[0] for name in carried if "dist-info" not in name}
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in carried)
