"""Each file has a use, each package a page, each migration a name."""

from __future__ import annotations

import ast
import re

import pytest
from django.core.management import call_command

from tests.house_rules.source import ROOT, layer_rank, product_modules

# Entered by Django, by the web server or by the command line, and so imported by nobody; verbs of
# ledger and servicing that tests call and the desks for them will; pages written by `make golden`.
ENTERED_FROM_OUTSIDE = re.compile(
    r"daihou\.(settings|urls|wsgi|__main__|storage\.postgresql\.base|feeds\.format_pages)$"
    r"|daihou\.(ledger|servicing)\.actions$"
    r"|loanmath\.bench$"
    r"|\.apps$|\.(models|admin)$|\.templatetags\.|\.urls$|__init__"
)


def test_no_file_is_dead() -> None:
    modules = product_modules()
    imported = set()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    texts = "\n".join(m.text for m in modules)  # named by string: settings, jobs, urls
    dead = [
        m.place
        for m in modules
        if m.text.strip()
        and m.path.name != "__init__.py"
        and m.name not in imported
        and not ENTERED_FROM_OUTSIDE.search(m.name)
        and f'"{m.name}' not in texts
    ]
    assert not dead
    assert len(imported) > 100


def test_every_package_has_a_page() -> None:
    packages = [ROOT / "daihou" / name for name in layer_rank()] + [ROOT / "loanmath"]
    missing = [p.name for p in packages if not (p / "README.md").exists()]
    assert not missing
    assert len(packages) > 10


def test_migrations_have_names() -> None:
    migrations = sorted((ROOT / "daihou").glob("*/migrations/0*.py"))
    assert len(migrations) > 10
    assert not [str(m) for m in migrations if re.search(r"\d{4}_(auto|alter_\w+_and_more)", m.name)]


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
