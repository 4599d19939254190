"""Functions stay short enough to read at once, files short enough to know."""

from __future__ import annotations

import ast

from tests.house_rules.source import product_modules

LONGEST_FUNCTION = 70
LONGEST_FILE = 600


def test_functions_are_short() -> None:
    checked = 0
    long = []
    for module in product_modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                checked += 1
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{module.place}:{node.lineno} {node.name}: {lines} lines")
    assert not long
    assert checked > 200


def test_files_are_short() -> None:
    modules = product_modules()
    long = {m.place: n for m in modules if (n := m.text.count("\n")) > LONGEST_FILE}
    assert not long
    assert len(modules) > 50


def test_public_functions_say_what_they_do() -> None:
    checked = 0
    silent = []
    for module in product_modules():
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                checked += 1
                if not ast.get_docstring(node):
                    silent.append(f"{module.place}:{node.lineno} {node.name}")
    assert checked > 200
    assert len(silent) <= checked // 10, silent


def test_functions_say_what_they_return() -> None:
    checked = 0
    silent = []
    for module in product_modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                checked += 1
                compiled = any("njit" in ast.unparse(d) for d in node.decorator_list)
                if node.returns is None and not compiled:
                    silent.append(f"{module.place}:{node.lineno} {node.name}")
    assert not silent
    assert checked > 200
