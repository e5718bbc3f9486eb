"""The command answers at once: asking for help loads nothing that serves, stores or calls."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tests.tidy.tree import ROOT

HEAVY: Final = ("ccxt", "fastapi", "httpx", "jinja2", "pydantic", "redis", "starlette", "uvicorn")
"""Each takes longer to import than the whole answer may take."""

PROGRAM: Final = """
import sys
sys.argv = ["bascule", "--help"]
try:
    from bridge.cli.main import main
    main()
finally:
    print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_loads_nothing_heavy() -> None:
    """`bascule --help` ends well and imports no server, client, store or template engine."""
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    loaded = done.stdout.rpartition("LOADED")[2].split()

    assert 0 == done.returncode, done.stderr
    assert [] == [name for name in HEAVY if name in loaded], "import it inside the command"
