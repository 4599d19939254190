"""All checks of an import, table by table in the order of loading. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from daihou.feeds.checks import CHECKS
from daihou.feeds.checks.intake import Intake, where
from daihou.feeds.comparing import compare_with_book, settled_facts_stay
from daihou.feeds.matching import first_equal, positions_in
from daihou.feeds.problems import Refusal
from daihou.feeds.sealed import fingerprints_of
from daihou.feeds.staging import Staged
from daihou.feeds.standard import TABLE_BY_NAME, TABLES, Column
from daihou.feeds.stores import KEYED_BY_NUMBER, STORES

Progress = Callable[[str], None]


def check_all(intake: Intake, progress: Progress) -> None:
    """Check every table; afterwards each row is new, unchanged, changed or refused."""
    for table in TABLES:
        staged = intake.tables.get(table.name)
        if staged is None:
            continue
        progress(f"核对{table.heading}")
        _check_table(staged, intake)
        if table.name == "plans":
            _loans_stand_with_their_plans(intake)


def _check_table(staged: Staged, intake: Intake) -> None:
    staged.refuse(_repetitions(staged))
    for column in staged.table.columns:
        if column.references:
            staged.refuse(_resolve(staged, column, intake))
    compare_with_book(staged, intake.book)
    for check in CHECKS.get(staged.table.name, ()):
        staged.refuse(check(staged, intake))
    staged.refuse(settled_facts_stay(staged))


def _repetitions(staged: Staged) -> Iterable[Refusal]:
    """Rows with the same key: all of them are refused, since none is known to be the right one."""
    store = STORES[staged.table.name]
    key = [
        fingerprints_of(staged, name) if name in store.fingerprints else staged.values[name]
        for name in staged.table.key
    ]
    complete = np.ones(len(staged), np.bool_)
    for name in staged.table.key:
        if staged.table.column(name).required:
            complete &= ~staged.missing[name]
    first = first_equal(key)
    again = (first != np.arange(len(staged))) & complete
    if not again.any():
        return
    repeated = np.zeros(len(staged), np.bool_)
    repeated[first[again]] = True
    heading = "、".join(staged.table.column(name).heading for name in staged.table.key)
    others = where(repeated)
    yield Refusal(others, staged.table.key[0], f"{heading}重复:后面还有相同的行")
    reasons = [f"{heading}重复:与{staged.place(int(first[at]))}相同" for at in where(again)]
    yield Refusal(where(again), staged.table.key[0], reasons)


def _resolve(staged: Staged, column: Column, intake: Intake) -> Iterable[Refusal]:
    """Find what a column refers to: an id of the book, or -(position + 1) in this import."""
    assert column.references is not None
    texts, missing = staged.texts(column.name), staged.missing[column.name]
    ids = intake.book.ids_of(column.references, texts)
    heading = TABLE_BY_NAME[column.references].heading
    target = intake.tables.get(column.references)
    refused_at = np.full(len(staged), -1, np.int64)
    if target is not None:
        key = target.texts(KEYED_BY_NUMBER[column.references])
        at = positions_in(texts, key)
        here = (at >= 0) & (ids == 0)
        refused = here & target.bad[at]
        ids = np.where(here & ~refused, -(at + 1), ids)
        refused_at[refused] = at[refused]
    staged.references[column.name] = ids
    unknown = where(~missing & (ids == 0) & (refused_at < 0))
    yield Refusal(unknown, column.name, f"{heading}不存在")
    dragged = where(refused_at >= 0)
    if target is not None and len(dragged):
        places = [target.place(int(refused_at[at])) for at in dragged]
        reasons = [f"所引用的{heading}未能入库({place})" for place in places]
        yield Refusal(dragged, column.name, reasons)


def _loans_stand_with_their_plans(intake: Intake) -> None:
    """A new loan whose plan is refused is refused too: a plan from terms would be another plan."""
    plans, loans = intake.tables["plans"], intake.tables.get("loans")
    if loans is None:
        return
    wrong = plans.bad & (plans.references["loan"] < 0)
    culprits = where(wrong)
    at = -plans.references["loan"][culprits] - 1
    hit, first = np.unique(at, return_index=True)
    fresh = ~loans.bad[hit]
    reasons = [f"该借据的还款计划有误({plans.place(int(culprits[n]))})" for n in first[fresh]]
    loans.refuse([Refusal(hit[fresh], "number", reasons)])
    for name in ("plans", "floating_terms", "term_changes"):
        if name in intake.tables:
            _drag_along(intake.tables[name], loans)


def _drag_along(staged: Staged, loans: Staged) -> None:
    """Plans and changes of loans that were refused after these were looked at."""
    new = staged.references["loan"] < 0
    position = np.where(new, -staged.references["loan"] - 1, 0)
    dragged = where(new & loans.bad[position] & ~staged.bad)
    reasons = [f"所引用的借据未能入库({loans.place(int(position[at]))})" for at in dragged]
    staged.refuse([Refusal(dragged, "loan", reasons)])
