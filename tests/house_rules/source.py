"""The product's source files, parsed once for all house rules."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A Python file of the product: where it is, what it says, and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        dotted = ".".join(self.path.relative_to(ROOT).with_suffix("").parts)
        return dotted.removesuffix(".__init__")

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def product_modules() -> tuple[Module, ...]:
    """Every module of `daihou` and `loanmath`, migrations left out."""
    paths = [
        path
        for top in ("daihou", "loanmath")
        for path in sorted((ROOT / top).rglob("*.py"))
        if "migrations" not in path.parts
    ]
    return tuple(Module(path, text := path.read_text(), ast.parse(text)) for path in paths)


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that git keeps or would keep."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / line for line in listed.splitlines() if (ROOT / line).is_file())


@cache
def layer_rank() -> dict[str, int]:
    """Each package of `daihou` with its height in the one list of layers; 0 is the lowest."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        name.strip(): rank
        for rank, layer in enumerate(reversed(layers))
        for name in layer.split("|")
    }
