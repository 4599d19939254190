"""Loading the small tables: branches with their paths, officers without passwords, products."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from daihou.feeds.checks.intake import Intake
from daihou.feeds.problems import Rows
from daihou.feeds.staging import Staged
from daihou.loan_book.models import Product
from daihou.staff.models import Branch, Officer


def load_branches(staged: Staged, new: Rows) -> None:
    """Write new branches, parents first: the path of a branch continues its parent's."""
    waiting = set(new.tolist())
    while waiting:
        ready = [at for at in sorted(waiting) if _parent_row(staged, at) not in waiting]
        for at in ready:
            staged.ids[at] = _make_branch(staged, at).pk
        waiting -= set(ready)


def _parent_row(staged: Staged, at: int) -> int:
    reference = int(staged.references["parent"][at])
    return -reference - 1 if reference < 0 else -1


def _make_branch(staged: Staged, at: int) -> Branch:
    reference = int(staged.references["parent"][at])
    parent_id = int(staged.ids[-reference - 1]) if reference < 0 else reference
    parent = Branch.objects.get(pk=parent_id) if parent_id else None
    code = _text(staged, "code", at)
    return Branch.objects.create(
        code=code,
        name=_text(staged, "name", at),
        parent=parent,
        path=f"{parent.path}/{code}" if parent else code,
        is_closed=bool(staged.values["is_closed"][at]),
    )


def load_officers(staged: Staged, new: Rows, intake: Intake) -> None:
    """Write new officers; nobody can sign in before an administrator has set a password."""
    branches = intake.tables.get("branches")
    made = []
    for at in new.tolist():
        reference = int(staged.references["branch"][at])
        branch_id = reference
        if reference < 0 and branches is not None:
            branch_id = int(branches.ids[-reference - 1])
        officer = Officer(
            username=_text(staged, "username", at),
            display_name=_text(staged, "display_name", at),
            branch_id=branch_id,
            roles=list(staged.values["roles"][at]),
        )
        officer.set_unusable_password()
        made.append(officer)
    _keep_ids(staged, new, Officer.objects.bulk_create(made))


def load_products(staged: Staged, new: Rows) -> None:
    """Write new products."""
    made = [
        Product(
            code=_text(staged, "code", at),
            name=_text(staged, "name", at),
            is_retail=bool(staged.values["is_retail"][at]),
            rule_set=_text(staged, "rule_set", at),
        )
        for at in new.tolist()
    ]
    _keep_ids(staged, new, Product.objects.bulk_create(made))


def _keep_ids(staged: Staged, new: Rows, made: list[Any]) -> None:
    for at, row in zip(new.tolist(), made, strict=True):
        staged.ids[at] = row.pk


def _text(staged: Staged, name: str, at: int) -> str:
    cell: pa.Scalar = staged.texts(name)[at]
    return cell.as_py() or ""
