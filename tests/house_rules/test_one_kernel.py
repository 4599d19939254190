"""Arithmetic of loans stands in `loanmath` alone: no second form of a formula anywhere else."""

from __future__ import annotations

import ast

import pytest

from tests.house_rules.formulas import FORMS, Found, formulas_in, formulas_in_text
from tests.house_rules.source import kept_files, product_modules

# Places that look like a formula of loans and are none, or that must not be the kernel's.
ALLOWED = {
    ("daihou.cli.bench_book", "draw_book"): "an invented book, not a computed one",
    (
        "daihou.cli.bench_real_book",
        "_circumstances",
    ): "how far a report lies from the book, in days",
    ("daihou.cli.bench_transactions", "move_next_day"): "a day's share of invented movements",
    ("daihou.cli.bench_schedules", "decimal_plan"): "the rival that the kernel is measured against",
    ("daihou.cli.bench_schedules", "_rounded"): "the rival that the kernel is measured against",
    ("daihou.collateral.rules", "index_value"): "a value carried on by a market's index",
    ("daihou.demo_bank.collateral", "_index"): "an invented index of a market",
    ("daihou.demo_bank.collateral", "_valued"): "invented values of houses and factories",
    ("daihou.demo_bank.company_accounts", "_first_books"): "invented accounts of a company",
    ("daihou.demo_bank.company_accounts", "_quarter"): "invented accounts of a company",
    ("daihou.feeds.formats.abs_ee_auto", "_payment_day"): "infers days from interest reported",
    ("daihou.feeds.formats.abs_ee_auto", "_openings"): "infers days from interest reported",
    ("daihou.fund_supervision.tracing", "_spend"): "whose money a payment out of an account was",
    ("daihou.reports.ratios", "share"): "a ratio of sums, beyond the kernel's 64 bits",
    ("daihou.servicing.term_changes", "_columns"): "one value for many rows",
    ("daihou.workbench.pieces.figures_text", "_in_unit"): "how an amount is shown in 万元",
}

PLANTED = {
    "days over a year": "def f(p, d):\n    return p * d // 360",
    "an amount times a rate": "def f(loan, days):\n    return loan.principal * loan.rate",
    "over the unit of rates": "def f(p, w):\n    return p * w // 100_000_000",
    "a power of one and a rate": "def f(p, r, n):\n    return p * r / (1 - (1 + r) ** -n)",
    "a rate raised by basis points": "def f(r, bps):\n    return r * (10_000 + bps)",
    "rounding of halves": "def f(a, b):\n    return (2 * a + b) // (2 * b)",
    "a payment spread over claims": (
        "def f(left, owed):\n    part = min(left, owed)\n    left -= part\n    return left"
    ),
    "a formula in SQL": 'Q = "SELECT principal * rate * days / 360 FROM loans"',
}


def _found_in_product() -> dict[tuple[str, str], list[Found]]:
    found: dict[tuple[str, str], list[Found]] = {}
    for module in product_modules():
        if module.name.startswith("daihou"):
            for one in formulas_in(module.tree):
                found.setdefault((module.name, one.function), []).append(one)
    return found


def test_no_formula_of_loans_outside_the_kernel() -> None:
    found = _found_in_product()
    assert len([one for one in product_modules() if one.name.startswith("daihou")]) > 300
    strange = {place: ones for place, ones in found.items() if place not in ALLOWED}
    assert not strange


def test_no_formula_of_loans_in_scripts() -> None:
    scripts = [path for path in kept_files() if path.suffix in {".sql", ".js"}]
    assert scripts
    found = {str(p): [*formulas_in_text(p.read_text(encoding="utf-8"))] for p in scripts}
    assert not {path: lines for path, lines in found.items() if lines}


def test_every_allowance_is_still_needed() -> None:
    assert not ALLOWED.keys() - _found_in_product().keys()


@pytest.mark.parametrize("form", PLANTED)
def test_a_planted_formula_is_found(form: str) -> None:
    assert form in {one.form for one in formulas_in(ast.parse(PLANTED[form]))}


def test_every_form_is_planted() -> None:
    assert FORMS.keys() <= PLANTED.keys()


def test_the_kernel_itself_is_full_of_them() -> None:
    kernel = [module for module in product_modules() if module.name.startswith("loanmath")]
    assert sum(len(list(formulas_in(module.tree))) for module in kernel) > 10
