"""The house rules that read one file: each takes a source and returns the places that break it.

Rules of this file
1. A rule is a function ``source -> ["path:line what"]``; ``test_house.py`` says how to mend it.
2. Each rule has an example that breaks it in ``test_rules.py``: a rule that cannot fail is none.
3. A pattern is written so that it does not match its own source.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from tests.tidy.tree import Source

FILE_LINES_MAX: Final = 400
"""Longer files are not read to their end; ``Length: <reason>`` at the top is the way round."""

FUNCTION_LINES_MAX: Final = 60
"""What fits on one screen, so that its shape is seen at once."""

LINE_MAX: Final = 100
"""Two files side by side on a laptop. Ruff holds it for Python, we for the rest."""

POSITIONAL_MAX: Final = 4
"""With five, a call no longer says which is which."""

UNFINISHED: Final = re.compile(
    r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|Not[I]mplementedError|\bnot[ ]implemented\b"
)
VAGUE: Final = re.compile(r"(?:^|_|(?<=[a-z]))(?:utils?|helpers?|managers?)$", re.IGNORECASE)

MACHINE: Final = re.compile(
    r"(?<![\w/.:>}$~-])(?:/(?:root|tmp|work)/|/(?:home|Users)/(?!you/|YOU/|USER/|bascule/)"
    r"|[A-Z]:\\{1,2}Users\\{1,2}(?!\\|you\b|YOU\b|USER\b|bascule\b))"
)
REGISTRY: Final = re.compile(
    r"p[y]thonhosted\.org|p[y]pi\.org|n[p]mjs\.(?:org|com)|d[e]b\.debian\.org|c[r]ates\.io"
    r"|p[r]oxy\.golang\.org|r[u]bygems\.org|n[u]get\.org"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def at(source: Source, node: ast.AST | int, what: str) -> str:
    """Name a place."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return f"{source.path}:{line} {what}"


def long_file(source: Source) -> list[str]:
    """Find a file above the limit that gives no reason at its top."""
    count = len(source.lines)
    head = "\n".join(source.lines[:40])
    if count <= FILE_LINES_MAX or re.search(r"^\W*Length: \S", head, re.MULTILINE):
        return []
    return [at(source, 1, f"{count} lines")]


def long_functions(source: Source) -> list[str]:
    """Find functions that do not fit on a screen."""
    return [
        at(source, node, f"{node.name}: {lines} lines")
        for node in source.nodes
        if isinstance(node, Function)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def long_lines(source: Source) -> list[str]:
    """Find lines that run out of the window."""
    return [
        at(source, number, f"{len(line)} characters")
        for number, line in enumerate(source.lines, 1)
        if len(line) > LINE_MAX
        and not line.startswith("//@strategy_alert_message ")  # Pine reads it from one line only
    ]


def many_positional(source: Source) -> list[str]:
    """Find functions with more parameters by place than a reader can keep apart."""
    found: list[str] = []
    for node in source.nodes:
        if isinstance(node, Function):
            names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
            count = len(names) - (names[:1] in (["self"], ["cls"], ["mcs"]))
            if count > POSITIONAL_MAX:
                found.append(at(source, node, f"{node.name}: {count} positional parameters"))
    return found


def unfinished(source: Source) -> list[str]:
    """Find words that say: this is not done."""
    return _lines(source, UNFINISHED)


def machine_paths(source: Source) -> list[str]:
    """Find paths that exist on one person's machine alone."""
    return _lines(source, MACHINE)


def registry_hosts(source: Source) -> list[str]:
    """Find the host of a package registry: which one is asked is the reader's own setting."""
    return _lines(source, REGISTRY)


def _lines(source: Source, pattern: re.Pattern[str]) -> list[str]:
    return [
        at(source, number, match.group())
        for number, line in enumerate(source.lines, 1)
        if (match := pattern.search(line))
    ]


def vague_names(source: Source) -> list[str]:
    """Find modules, folders and classes that are named after nothing."""
    parts = source.module.split(".")
    found = [at(source, 1, part) for part in parts if VAGUE.search(part)]
    classes = [node for node in source.nodes if isinstance(node, ast.ClassDef)]
    return found + [at(source, node, node.name) for node in classes if VAGUE.search(node.name)]


def floats(source: Source) -> list[str]:
    """Find binary floats: a literal, an annotation, a conversion. Refusing one is allowed."""
    asked = {
        id(name)
        for node in source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "isinstance"
        for argument in node.args[1:]
        for name in ast.walk(argument)
    }
    return [
        at(source, node, ast.unparse(node))
        for node in source.nodes
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id == "float" and id(node) not in asked)
    ]


def bare_bounds(source: Source) -> list[str]:
    """Find public bounds (``..._MAX``) without a docstring below that says where they come from."""
    found: list[str] = []
    body = source.tree.body if source.tree else []
    for node, below in zip(body, [*body[1:], None], strict=True):
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        named = re.fullmatch(r"[A-Z]\w*_MAX", getattr(target, "id", ""))
        if named and not _is_text(below):
            found.append(at(source, node, named.group()))
    return found


def _is_text(node: ast.stmt | None) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return False
    return isinstance(node.value.value, str)


def broad_excepts(source: Source) -> list[tuple[str, str]]:
    """Find handlers that catch everything, as (``path:function``, place)."""
    found: list[tuple[str, str]] = []

    def visit(node: ast.AST, inside: str) -> None:
        name = f"{inside}.{node.name}" if isinstance(node, Function | ast.ClassDef) else inside
        if isinstance(node, ast.ExceptHandler) and _broad(node.type):
            found.append((f"{source.path}:{inside.removeprefix('.')}", at(source, node, inside)))
        for child in ast.iter_child_nodes(node):
            visit(child, name)

    if source.tree is not None:
        visit(source.tree, "")
    return found


def _broad(caught: ast.expr | None) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )


def assertless(source: Source) -> list[str]:
    """Find tests that could not fail."""
    return [
        at(source, node, node.name)
        for node in source.nodes
        if isinstance(node, Function) and node.name.startswith("test_")
        if not any(_asserts(inner) for inner in ast.walk(node))
    ]


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in {"raises", "fail", "warns", "run_state_machine_as_test"} or name.startswith(
        ("assert_", "check_", "expect_", "must_")
    )
