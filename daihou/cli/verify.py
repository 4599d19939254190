"""`daihou verify`: compute a business day again from the ledger and show every difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from daihou.daily_run.verification import (
    WHOLE_BOOK,
    NothingToVerify,
    Verification,
    verify_day,
)
from daihou.loan_book.models import Loan

DIFFERENT = 1
NOTHING_TO_VERIFY = 2
_SHOWN = 200

console = Console()


def verify(*, date: dt.date | None, as_json: bool) -> int:
    """Verify and show; 0 when everything agrees, 1 when anything differs."""
    try:
        found = _verified(date, quiet=as_json)
    except NothingToVerify as problem:
        if as_json:
            console.print_json(data={"error": str(problem)})
        else:
            console.print(f"[red]{problem}[/]")
        return NOTHING_TO_VERIFY
    if as_json:
        console.print_json(data=_as_data(found))
    else:
        _show(found)
    return DIFFERENT if found.differences else 0


def _verified(date: dt.date | None, *, quiet: bool) -> Verification:
    """Verify under a bar that says what is being done."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=quiet,
        transient=True,
    )
    with bar:
        task = bar.add_task("核对", total=None)

        def tell(part: str, done: int, total: int) -> None:
            bar.update(task, description=part, completed=done, total=total or None)

        return verify_day(date, tell)


def _numbers(found: Verification) -> dict[int, str]:
    ids = {difference.loan_id for difference in found.differences} - {WHOLE_BOOK}
    return dict(Loan.objects.filter(pk__in=ids).values_list("pk", "number"))


def _as_data(found: Verification) -> dict[str, object]:
    numbers = _numbers(found)
    return {
        "day": found.day.isoformat(),
        "loans": found.loans,
        "parts": found.parts,
        "differences": [
            {**asdict(one), "loan_number": numbers.get(one.loan_id)} for one in found.differences
        ],
    }


def _show(found: Verification) -> None:
    parts = "、".join(found.parts)
    if not found.differences:
        console.print(f"{found.day}:{found.loans:,} 笔借据重新计算,{parts}全部一致。")
        return
    numbers = _numbers(found)
    table = Table("部分", "借据", "项目", "存储", "重算", title=f"{found.day} 不一致之处")
    for one in found.differences[:_SHOWN]:
        loan = "全账" if one.loan_id == WHOLE_BOOK else numbers.get(one.loan_id, str(one.loan_id))
        table.add_row(one.part, loan, one.field, one.stored, one.computed)
    console.print(table)
    more = len(found.differences) - _SHOWN
    if more > 0:
        console.print(f"另有 {more:,} 处未列出,加 --json 可看全部。")
    console.print(f"[red]共 {len(found.differences):,} 处不一致。[/]")
