"""A company whose three sheets hang together, for tests: eleven quarters to September 2026."""

from __future__ import annotations

import datetime as dt
import random

from daihou.demo_bank.company_accounts import Course, Lines, draw_shape, quarterly_sheets
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer
from daihou.statements.actions import About, Figures, record_statement
from daihou.statements.choices import Opinion
from daihou.statements.items import ITEM_BY_KEY
from daihou.statements.models import Statement

QUARTERS = 11
ENDS = [
    dt.date(year, month, day)
    for year in (2024, 2025, 2026)
    for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
][:QUARTERS]


def sheets(course: Course = Course.STEADY, owed: int = 5_000_000) -> list[tuple[Lines, Lines]]:
    """Lines and comparison figures of each quarter."""
    chance = random.Random(f"{course} {owed}")
    return quarterly_sheets(draw_shape("C", owed, course, chance), QUARTERS, chance)


def unsaved(lines: Lines, earlier: Lines, end: dt.date, customer: int = 1) -> Statement:
    """A statement that never saw a database."""
    return Statement(
        customer_id=customer,
        period_end=end,
        months=end.month,
        scope=1,
        items=[ITEM_BY_KEY[key].code for key in lines],
        amounts=list(lines.values()),
        earlier_items=[ITEM_BY_KEY[key].code for key in earlier],
        earlier_amounts=list(earlier.values()),
    )


def company(course: Course = Course.STEADY, owed: int = 5_000_000) -> list[Statement]:
    """All quarters of one company."""
    return [
        unsaved(now, then, end) for (now, then), end in zip(sheets(course, owed), ENDS, strict=True)
    ]


def give_statements(
    customer: Customer, by: Officer, course: Course, *, last: int = QUARTERS, owed: int = 5_000_000
) -> list[Statement]:
    """Put a company's statements on record, each received three weeks after its period."""
    return [
        record_statement(
            customer=customer,
            about=About(
                end,
                end + dt.timedelta(days=21),
                opinion=Opinion.UNQUALIFIED if end.month == 12 else Opinion.NONE,
            ),
            figures=Figures(now, then),
            by=by,
            business_date=dt.date(2026, 11, 23),
        )
        for (now, then), end in list(zip(sheets(course, owed), ENDS, strict=True))[:last]
    ]
