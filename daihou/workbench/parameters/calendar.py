"""工作日历: which days the bank works; the next year is entered when its notice appears."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from daihou.policy.actions import CALENDAR_KEEPERS, enter_calendar
from daihou.policy.models import WorkingDay
from daihou.policy.queries import calendar_years, days_of_year
from daihou.workbench.desks import PARAMETERS
from daihou.workbench.parameters.forms import CalendarForm
from daihou.workbench.pieces.page import DeskRequest, desk, page


@desk(roles=PARAMETERS.roles, writers=CALENDAR_KEEPERS, needs_day=False)
def calendar_page(request: DeskRequest) -> HttpResponseBase:
    """A year month by month, days off marked, and a form to enter or replace a year."""
    years = calendar_years()
    year = _asked_year(request.GET.get("year", ""), request.business_date.year)
    days = days_of_year(year)
    form = CalendarForm(request.POST or None, initial=_start(year, days))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        count = enter_calendar(
            year=given["year"], changes=given["changes"], source=given["source"], by=request.officer
        )
        messages.success(request, f"已录入 {given['year']} 年工作日历,共 {count} 天。")
        return redirect(f"{reverse('parameter_calendar')}?year={given['year']}")
    context = {
        "title": f"工作日历 {year} 年",
        "years": [*years, years[-1] + 1] if years else [year],
        "year": year,
        "months": _months(year, days),
        "sources": sorted({day.source for day in days}),
        "working_count": sum(day.is_working for day in days),
        "form": form if request.officer.has_role(*CALENDAR_KEEPERS) else None,
    }
    return page(request, "workbench/parameters/calendar.html", context)


def _asked_year(text: str, this_year: int) -> int:
    return int(text) if text.isdigit() and 2000 <= int(text) <= 2100 else this_year


def _start(year: int, days: list[WorkingDay]) -> dict[str, Any]:
    changed = [day for day in days if day.is_working != (day.day.weekday() < 5)]
    return {
        "year": year,
        "changes": "\n".join(f"{day.day} {day.name}".strip() for day in changed),
        "source": days[0].source if days else "",
    }


def _months(year: int, days: list[WorkingDay]) -> list[dict[str, Any]]:
    """Twelve months of weeks; a cell is None outside the month."""
    if not days:
        return []
    known = {day.day: day for day in days}
    return [
        {
            "name": f"{month}月",
            "weeks": [
                [known.get(dt.date(year, month, number)) if number else None for number in week]
                for week in calendar.Calendar().monthdayscalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]
