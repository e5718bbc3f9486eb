"""Each house rule finds an example that breaks it, and leaves its mended twin alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.tidy import rules, windows
from tests.tidy.tree import Source, source

LONG: Final = "x = 1\n" * 401

EXAMPLES: Final[list[tuple[Callable[[Source], list[str]], str, str]]] = [
    (rules.long_file, LONG, f'"""A table.\n\nLength: one row a venue.\n"""\n{LONG}'),
    (rules.long_functions, "def f():\n" + "    x = 1\n" * 60, "def f():\n" + "    x = 1\n" * 59),
    (rules.long_lines, f"x = '{'a' * 100}'", f"x = '{'a' * 94}'"),
    (rules.many_positional, "def f(a, b, c, d, e): ...", "def f(self, a, b, c, d, *, e): ..."),
    (rules.unfinished, "x = 1  # TO" + "DO later", "x = 1  # NotImplemented is a value"),
    (rules.unfinished, "raise NotImplemented" + "Error", "return NotImplemented"),
    (rules.vague_names, "class OrderMan" + "ager: ...", "class Managed: ..."),
    (rules.machine_paths, "p = '/home" + "/anna/x'", "p = '/home/you/x'"),
    (rules.machine_paths, "p = '/wo" + "rk/main'", "p = 'docs/home/main'"),
    (rules.machine_paths, "p = r'C:\\" + "Users\\anna'", "p = r'C:\\Users\\you'"),
    (rules.registry_hosts, "u = 'pypi" + ".org/simple'", "u = 'pip config list'"),
    (rules.floats, "x = 0.5", "x = Decimal('0.5')"),
    (rules.floats, "x: float", "x = isinstance(y, int | float)"),
    (rules.floats, "x = float(y)", "x = int(y)"),
    (rules.bare_bounds, "A_MAX: Final = 1", 'A_MAX: Final = 1\n"""Why."""'),
    (rules.bare_bounds, "A_MAX = 1\nB = 2", 'A_MAX = 1\n"""Why."""\nB = 2'),
    (rules.assertless, "def test_x(): f()", "def test_x(): assert f()"),
    (rules.assertless, "def test_x(): f()", "def test_x():\n    with pytest.raises(E): f()"),
    (windows.posix_uses, "os.fork()", "os.getpid()"),
    (windows.posix_uses, "import fcntl", "import fcntl  # posix: msvcrt on Windows"),
    (windows.posix_uses, "from signal import SIGKILL", "from signal import SIGTERM"),
    (
        windows.posix_uses,
        "loop.add_signal_handler(2, f)",
        "# posix: Windows polls a flag\nloop.add_signal_handler(2, f)",
    ),
    (windows.posix_uses, "os.rename(a, b)", "os.replace(a, b)"),
    (windows.nameless_encodings, "p.read_text()", "p.read_text('utf-8')"),
    (windows.nameless_encodings, "open(p, 'w')", "open(p, 'wb')"),
    (windows.nameless_encodings, "p.open('a')", "store.open()"),
]


@pytest.mark.parametrize(("rule", "bad", "good"), EXAMPLES)
def test_rule_bites(rule: Callable[[Source], list[str]], bad: str, good: str) -> None:
    """The broken example is found once, the mended one is not."""
    found = rule(source("core/example.py", bad))

    assert 1 == len(found), found
    assert found[0].startswith("core/example.py:")
    assert [] == rule(source("core/example.py", good))


def test_broad_except_is_named_by_its_function() -> None:
    """A handler of everything is known by file and function: lines move."""
    text = (
        "class A:\n    def run(self):\n        try: f()\n        except (OSError, Exception): g()"
    )

    assert [("bridge/a.py:A.run", "bridge/a.py:4 .A.run")] == rules.broad_excepts(
        source("bridge/a.py", text)
    )


def test_narrow_except_is_no_matter() -> None:
    """A handler that says what it catches is not counted."""
    text = "try: f()\nexcept (OSError, ValueError): g()"

    assert [] == rules.broad_excepts(source("bridge/a.py", text))
