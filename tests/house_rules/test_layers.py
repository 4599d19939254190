"""Imports and foreign keys point one way: down the list of layers in pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from django.apps import apps

from tests.house_rules.source import ROOT, layer_rank


def test_imports_point_down_the_list() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    analysed = re.search(r"Analyzed (\d+) files, (\d+) dependencies", result.stdout)
    assert analysed and int(analysed[1]) > 50 and int(analysed[2]) > 50, result.stdout
    assert re.search(r"Contracts: 2 kept, 0 broken", result.stdout), result.stdout


def test_every_package_has_a_place_in_the_list() -> None:
    packages = {path.parent.name for path in (ROOT / "daihou").glob("*/__init__.py")}
    assert packages == set(layer_rank())


def test_foreign_keys_point_down_the_list() -> None:
    checked = 0
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("daihou."):
            continue
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and field.concrete else None
            if target is None or not target.__module__.startswith("daihou."):
                continue
            checked += 1
            if _rank(target) > _rank(model):
                wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert not wrong
    assert checked > 30


def _rank(model: type) -> int:
    return layer_rank()[model.__module__.split(".")[1]]
