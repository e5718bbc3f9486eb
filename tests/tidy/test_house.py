"""The house numbers and words of CONTRIBUTING.md, held over the whole checkout."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterable
from typing import Final

import pytest

from tests.tidy import rules, windows
from tests.tidy.tree import PRODUCT, Source, code, everything, product, told, within

BROAD_EXCEPTS: Final[dict[str, str]] = {
    "bridge/readers.py:Readers.serve": "a page's defect must not end the writer",
    "adapters/ccxt/traffic.py:Traffic._go": "whatever ccxt raises proves something, or nothing",
}
"""The handlers that may catch everything, as ``path:function`` -> why: each is a supervision
boundary, where one failing part must not take the others along."""

BROAD_EXCEPTS_MAX: Final = 6
"""More boundaries than this and nobody knows any more who catches what."""

SHORT_FILE_LINES: Final = 250
"""The soft limit: most files stay below it."""

COMMENT_SHARE: Final = (0.10, 0.40)
"""Comments and docstrings in ``core``, as a share of its lines. The aim is 15 to 25 %."""


def shipped() -> list[Source]:
    """Return what ships or serves development, Python and not, but no prose and no locks."""
    suffixes = {".py", ".lua", ".js", ".css", ".html", ".sql", ".mq5", ".mqh", ".cs", ".pine"}
    return [one for one in everything() if one.suffix in suffixes]


RULES: Final[list[tuple[Callable[[Source], list[str]], Callable[[], Iterable[Source]], str]]] = [
    (
        rules.long_file,
        shipped,
        "Above 400 lines: split at a noun of the field, or give the reason in a line of the top"
        " docstring that begins with `Length: `.",
    ),
    (
        rules.long_functions,
        code,
        "Above 60 lines: keep the branching, and move each branch's work into a function.",
    ),
    (
        rules.long_lines,
        lambda: [one for one in shipped() if one.suffix != ".py"],
        "Above 100 characters: break the line.",
    ),
    (
        rules.many_positional,
        lambda: [*product(), *within("dev.py")],
        "More than 4 parameters by place: put a `*` before the fifth, so that calls name them.",
    ),
    (
        rules.unfinished,
        everything,
        "A word for unfinished work: finish it, or say in the docs that it is not there yet.",
    ),
    (
        rules.vague_names,
        code,
        "A name that says nothing: name it after what is in it, by a noun of the field.",
    ),
    (
        rules.machine_paths,
        everything,
        "A path of one machine: make it relative, take it from pathlib or tempfile, or write"
        " the folder `you` as home in an example.",
    ),
    (
        rules.registry_hosts,
        everything,
        "The host of a package registry: leave it out, which one is asked is the reader's setting.",
    ),
    (
        rules.floats,
        lambda: [one for one in within("core", suffix=".py") if "core/store/" not in one.path],
        "A binary float in core: read numbers with `core.money.decimal_of` and keep them Decimal;"
        " times are integers of nanoseconds.",
    ),
    (
        rules.bare_bounds,
        product,
        "A bound without its reason: say in a docstring below it where the number comes from.",
    ),
    (
        rules.assertless,
        lambda: within("tests", suffix=".py"),
        "A test that cannot fail: assert what a user would notice.",
    ),
    (
        windows.posix_uses,
        lambda: [*product(), *within("dev.py")],
        "Windows lacks this: use what both have, or guard it and say so on the line:"
        " `# posix: <how the others are served>`.",
    ),
    (
        windows.nameless_encodings,
        lambda: [*product(), *within("dev.py")],
        'A text file without an encoding: say encoding="utf-8"; Windows takes another by default.',
    ),
]


@pytest.mark.parametrize(
    ("rule", "where", "mend"), RULES, ids=[rule.__name__ for rule, _, _ in RULES]
)
def test_house_rule(
    rule: Callable[[Source], list[str]], where: Callable[[], Iterable[Source]], mend: str
) -> None:
    """No file of the checkout breaks the rule."""
    found = [place for one in where() for place in rule(one)]

    assert [] == found, told(found, mend)


def test_most_files_are_short() -> None:
    """At least three of four files of the product are below 250 lines."""
    long = [one.path for one in product() if len(one.lines) > SHORT_FILE_LINES]

    assert len(long) * 4 <= len(product()), told(long, "Too many long files: split some of these.")


def test_broad_excepts_are_the_named_ones() -> None:
    """Whatever catches everything is a supervision boundary that is named here, and few are."""
    found = [pair for one in product() for pair in rules.broad_excepts(one)]
    strange = [place for name, place in found if name not in BROAD_EXCEPTS]
    gone = sorted(set(BROAD_EXCEPTS) - {name for name, _ in found})

    mend = "Catch what can happen there by name; a supervision boundary is added to BROAD_EXCEPTS."
    assert [] == strange, told(strange, mend)
    assert [] == gone, told(gone, "No longer there: take it out of BROAD_EXCEPTS.")
    assert len(BROAD_EXCEPTS) <= BROAD_EXCEPTS_MAX


def test_no_wait_swallows_an_end() -> None:
    """``asyncio.wait_for`` of Python 3.11 forgets a cancel that comes with the result: a task that
    goes on then, in a loop, lets no bridge stop. ``asyncio.timeout`` does not."""
    found = [
        f"{one.path}:{number}: asyncio.wait_for"
        for one in product()
        for number, line in enumerate(one.lines, 1)
        if "asyncio.wait_for(" in line
    ]

    assert [] == found, told(found, "Write `async with asyncio.timeout(...)` around it.")


def test_core_explains_itself() -> None:
    """Comments and docstrings of core are neither missing nor most of it."""
    said = total = 0
    for one in within("core", suffix=".py"):
        said += _said(one.text)
        total += sum(1 for line in one.lines if line.strip())
    low, high = COMMENT_SHARE

    assert low <= said / total <= high, f"{said} of {total} lines of core are comments"


def _said(text: str) -> int:
    """Count the lines of comments and docstrings."""
    lines: set[int] = set()
    fresh = True  # at the beginning of a statement, where a string is a docstring
    skip = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and fresh):
            lines.update(range(token.start[0], token.end[0] + 1))
        elif token.type == tokenize.NEWLINE:
            fresh = True
        elif token.type not in skip:
            fresh = False
    return len(lines)


def test_no_package_is_empty() -> None:
    """A folder is made when there is something to put into it."""
    packages = {one.path.rpartition("/")[0] for one in product()}
    full = {
        one.path.rpartition("/")[0]
        for one in within(*PRODUCT)
        if not one.path.endswith("__init__.py")
    }
    empty = sorted(p for p in packages if not any(f == p or f.startswith(f"{p}/") for f in full))

    assert [] == empty, told(empty, "An empty package: put into it what it is for, or remove it.")
