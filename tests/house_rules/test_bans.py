"""What must not be written, and what to write instead. Each ban is tried on a sample first."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.house_rules.source import Module, kept_files, product_modules

EDGES = ("daihou.workbench", "daihou.api.", "daihou.cli", "daihou.daily_run")
CATCH_ALL = {
    "collections", "signals", "accounts", "core", "common", "utils", "helpers", "base", "misc",
}  # fmt: skip


def _calls(tree: ast.AST, *names: str) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node.lineno


def _clock(tree: ast.AST) -> Iterator[int]:
    return _calls(
        tree, "date.today", "dt.date.today", "datetime.date.today", "datetime.now",
        "dt.datetime.now", "timezone.now", "timezone.localdate",
    )  # fmt: skip


def _prints(tree: ast.AST) -> Iterator[int]:
    return _calls(tree, "print")


def _swallowed(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if caught in {"", "Exception", "BaseException"} and not raises:
                yield node.lineno


def _hidden_imports(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield inner.lineno


def _increments(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
            yield node.lineno


@dataclass(frozen=True)
class Ban:
    """A thing not to write, what to write instead, where it holds, and a sample to be caught."""

    name: str
    instead: str
    find: Callable[[ast.AST], Iterator[int]]
    sample: str
    holds: Callable[[Module], bool]


BANS = (
    Ban("the clock in domain code", "take business_date, or recorded_at, as a parameter", _clock,
        "import datetime as dt\nx = dt.date.today()", lambda m: not m.name.startswith(EDGES)),
    Ban("print", "return a value; the cli prints through rich", _prints, "print(1)",
        lambda m: not m.name.startswith(("daihou.cli", "loanmath.bench"))),
    Ban("a swallowed exception", "catch what you expect, or raise", _swallowed,
        "try:\n    x\nexcept Exception:\n    pass", lambda m: True),
    Ban("an import hidden in a function", "import at the top; mend the direction instead",
        _hidden_imports, "def f():\n    import os", lambda m: not m.name.startswith("daihou.cli")),
    Ban("a stored figure adjusted in place", "derive it from the rows", _increments,
        "loan.balance += 1", lambda m: m.name.startswith("daihou.")),
)  # fmt: skip


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_nobody_writes(ban: Ban) -> None:
    assert list(ban.find(ast.parse(ban.sample))), "the ban does not even catch its own sample"
    modules = [module for module in product_modules() if ban.holds(module)]
    assert len(modules) > 30
    found = [f"{m.place}:{line}" for m in modules for line in ban.find(m.tree)]
    assert not found, f"{ban.name}: {ban.instead}"


def test_no_catch_all_module() -> None:
    modules = product_modules()
    assert len(modules) > 50
    demanded = {"daihou.storage.postgresql.base"}  # Django looks for a backend under this name
    assert demanded <= {m.name for m in modules}
    found = [m for m in modules if set(m.name.split(".")) & CATCH_ALL]
    assert not [m.place for m in found if m.name not in demanded]


def test_nothing_comes_from_outside() -> None:
    """No page loads a script, a style or a font from another host: a bank has no internet."""
    pages = [p for p in kept_files() if p.suffix in {".html", ".css", ".js"}]
    outside = re.compile(r"""(?:src|href|url|import)\s*[=(]?\s*["']?(?:https?:)?//""")
    assert outside.search('<script src="https://cdn.example/x.js">')
    assert len(pages) > 10
    assert not [str(p) for p in pages if outside.search(p.read_text())]


def test_the_repository_speaks_of_itself_alone() -> None:
    """No path of somebody's machine and no registry host in any file that is kept."""
    hosts = ("pypi" + ".org", "files.python" + "hosted")
    private = re.compile("/" + "work/(main|wt|shared|venv)|" + "|".join(hosts))
    kinds = {".py", ".md", ".toml", ".html", ".lock", ".txt", ".yaml"}
    texts = [p for p in kept_files() if p.suffix in kinds]
    assert len(texts) > 60
    assert not [str(p) for p in texts if private.search(p.read_text())]
