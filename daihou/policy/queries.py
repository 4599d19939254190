"""Reads of the parameters and of the calendar of working days."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from daihou.policy.catalogue import CATALOGUE
from daihou.policy.choices import Benchmark, Evidence, VersionStatus
from daihou.policy.entries import Value
from daihou.policy.models import BenchmarkQuote, ParameterVersion, WorkingDay
from daihou.policy.reasons import Limit

SHIPPED_VERSION = 0  # the value as shipped counts; no version has been approved


class CalendarGap(Exception):
    """A day lies outside the years that the calendar of working days knows."""


@dataclass(frozen=True)
class ParameterValue:
    """One parameter as it counts on a day: the value, the version it comes from, and its clause."""

    code: str
    value: Value
    version: int
    clause: str
    evidence: Evidence
    effective_from: dt.date

    @property
    def version_text(self) -> str:
        """How the version is named in reasons and on the screen."""
        return "出厂值" if self.version == SHIPPED_VERSION else f"第{self.version}号"


@dataclass(frozen=True)
class ParametersOnDay:
    """All parameters as they count on one business date; read once, used by a whole run."""

    day: dt.date
    entries: Mapping[str, ParameterValue]

    def __getitem__(self, code: str) -> ParameterValue:
        return self.entries[code]

    def whole(self, code: str) -> int:
        """A number of days, a count, a share in micro-percent, a colour or an amount in fen."""
        value = self.entries[code].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"参数 {code} 不是一个整数:{value!r}")
        return value

    def wholes(self, code: str) -> tuple[int, ...]:
        """A row of numbers, such as the steps of a staircase."""
        value = self.entries[code].value
        if not isinstance(value, tuple):
            raise TypeError(f"参数 {code} 不是整数序列:{value!r}")
        return value

    def flag(self, code: str) -> bool:
        """Yes or no."""
        value = self.entries[code].value
        if not isinstance(value, bool):
            raise TypeError(f"参数 {code} 不是“是/否”:{value!r}")
        return value

    def choice(self, code: str) -> str:
        """One of the named options."""
        value = self.entries[code].value
        if not isinstance(value, str):
            raise TypeError(f"参数 {code} 不是选项:{value!r}")
        return value

    def words(self, code: str) -> tuple[str, ...]:
        """A list of words to look for."""
        return tuple(self.choice(code).split("、"))

    def limit(self, code: str) -> Limit:
        """A number (or yes and no, as 1 and 0) with its clause, as reasons carry it."""
        entry = self.entries[code]
        value = int(entry.value) if isinstance(entry.value, bool) else self.whole(code)
        return Limit(value, entry.clause, entry.evidence.value, entry.version_text)

    def limits(self, code: str) -> tuple[Limit, ...]:
        """A row of numbers, each with the clause of the row."""
        entry = self.entries[code]
        return tuple(
            Limit(value, entry.clause, entry.evidence.value, entry.version_text)
            for value in self.wholes(code)
        )

    def is_known(self, code: str) -> bool:
        """Whether the lender has entered a value at all."""
        return self.entries[code].value is not None

    @property
    def versions(self) -> Mapping[str, int]:
        """Code to version number, to be stored with what was decided; 0 is the shipped value."""
        return MappingProxyType({code: entry.version for code, entry in self.entries.items()})


def parameters_on(day: dt.date) -> ParametersOnDay:
    """Every parameter as it counts on the day, in one query."""
    return parameters_on_days([day])[day]


def parameters_on_days(days: Iterable[dt.date]) -> dict[dt.date, ParametersOnDay]:
    """Every parameter as it counts on each of the days, in one query for all."""
    approved = list(
        ParameterVersion.objects.filter(status=VersionStatus.APPROVED).order_by(
            "effective_from", "id"
        )
    )
    found = {}
    for day in set(days):
        entries = {code: _shipped(code) for code in CATALOGUE}
        for row in approved:
            if row.code in CATALOGUE and row.effective_from <= day:
                entries[row.code] = _of_version(row)  # a later one takes the place
        found[day] = ParametersOnDay(day, MappingProxyType(entries))
    return found


def parameters_as_recorded(day: dt.date, versions: Mapping[str, int]) -> ParametersOnDay:
    """The parameters as a business day recorded them when it was opened, whatever came since."""
    rows = ParameterVersion.objects.in_bulk([v for v in versions.values() if v != SHIPPED_VERSION])
    return ParametersOnDay(
        day,
        {
            code: _shipped(code) if version == SHIPPED_VERSION else _of_version(rows[version])
            for code, version in versions.items()
        },
    )


def parameter(code: str, *, on: dt.date) -> ParameterValue:
    """One parameter as it counts on the day; for many, read `parameters_on` once."""
    if code not in CATALOGUE:
        raise KeyError(f"没有参数 {code}")
    version = (
        ParameterVersion.objects.filter(
            code=code, status=VersionStatus.APPROVED, effective_from__lte=on
        )
        .order_by("-effective_from", "-id")
        .first()
    )
    return _shipped(code) if version is None else _of_version(version)


def frozen(raw: object) -> Value:
    """A value as read from the database (JSON), as the catalogue's types."""
    if isinstance(raw, list):
        return tuple(int(item) for item in raw)
    if raw is None or isinstance(raw, bool | int | str):
        return raw
    raise TypeError(f"参数值类型不对:{raw!r}")


def _shipped(code: str) -> ParameterValue:
    entry = CATALOGUE[code]
    return ParameterValue(
        code, entry.default, SHIPPED_VERSION, entry.clause, entry.evidence, entry.effective_from
    )


def _of_version(row: ParameterVersion) -> ParameterValue:
    return ParameterValue(
        row.code, frozen(row.value), row.pk, row.clause, Evidence(row.evidence), row.effective_from
    )


class RollRule(Enum):
    """What to do with a due date that falls on a day off."""

    NONE = "不顺延"
    FOLLOWING = "顺延至下一工作日"
    MODIFIED_FOLLOWING = "顺延但不跨月"
    PRECEDING = "提前至上一工作日"


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a span of calendar days, in order; read once, asked many times."""

    first: dt.date
    last: dt.date
    days: tuple[dt.date, ...]

    def is_working(self, day: dt.date) -> bool:
        """Whether the bank works on the day."""
        self._must_know(day)
        place = bisect.bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def roll(self, day: dt.date, rule: RollRule) -> dt.date:
        """The day itself when it is a working day, else the day that the rule points to."""
        if rule is RollRule.NONE or self.is_working(day):
            return day
        before, after = self._neighbours(day)
        if rule is RollRule.PRECEDING:
            return before
        if rule is RollRule.MODIFIED_FOLLOWING and after.month != day.month:
            return before
        return after

    def after(self, day: dt.date, count: int) -> dt.date:
        """The count-th working day after the day (the day itself is not counted)."""
        self._must_know(day)
        place = bisect.bisect_right(self.days, day) + count - 1
        if place >= len(self.days):
            raise CalendarGap(_gap(day + dt.timedelta(days=count)))
        return self.days[place] if count > 0 else day

    def _neighbours(self, day: dt.date) -> tuple[dt.date, dt.date]:
        place = bisect.bisect_left(self.days, day)
        if place == 0 or place == len(self.days):
            raise CalendarGap(_gap(day))
        return self.days[place - 1], self.days[place]

    def _must_know(self, day: dt.date) -> None:
        if not self.first <= day <= self.last:
            raise CalendarGap(_gap(day))


def known_working_days() -> WorkingDays | None:
    """The calendar as entered; None when nothing was entered at all."""
    try:
        return working_days()
    except CalendarGap:
        return None


def working_day_after(known: WorkingDays | None, day: dt.date, count: int) -> dt.date:
    """The count-th working day after a day; Monday to Friday where the calendar has a gap.

    For deadlines of work: a year that nobody entered must not stop it.
    """
    try:
        if known is not None:
            return known.after(day, count)
    except CalendarGap:
        pass
    for _ in range(count):
        day += dt.timedelta(days=max(1, 7 - day.weekday() if day.weekday() >= 4 else 1))
    return day


def working_days() -> WorkingDays:
    """The whole calendar as entered, in one query."""
    rows = list(WorkingDay.objects.values_list("day", "is_working"))
    if not rows:
        raise CalendarGap("工作日历为空,请先在“参数 › 工作日历”录入")
    return WorkingDays(rows[0][0], rows[-1][0], tuple(_working(rows)))


def is_working_day(day: dt.date) -> bool:
    """Whether the bank works on the day; raises CalendarGap when the year is not entered."""
    known = WorkingDay.objects.filter(day=day).values_list("is_working", flat=True).first()
    if known is None:
        raise CalendarGap(_gap(day))
    return known


def roll(day: dt.date, rule: RollRule) -> dt.date:
    """Move a day off to a working day by the rule; for many days, use `working_days()` once."""
    if rule is RollRule.NONE:
        return day
    return working_days().roll(day, rule)


def calendar_years() -> tuple[int, ...]:
    """The years that the calendar holds completely or in part."""
    return tuple(day.year for day in WorkingDay.objects.dates("day", "year"))


def _working(rows: Iterable[tuple[dt.date, bool]]) -> Iterable[dt.date]:
    return (day for day, works in rows if works)


def _gap(day: dt.date) -> str:
    return f"工作日历没有 {day:%Y-%m-%d},请在“参数 › 工作日历”录入 {day.year} 年"


def versions_of(code: str) -> list[ParameterVersion]:
    """Everything that was ever proposed for a parameter, newest first."""
    rows = ParameterVersion.objects.filter(code=code).select_related("proposed_by", "approved_by")
    return list(rows.order_by("-id"))


def waiting_versions() -> list[ParameterVersion]:
    """Proposals that nobody has decided yet, oldest first."""
    rows = ParameterVersion.objects.filter(status=VersionStatus.PROPOSED)
    return list(rows.select_related("proposed_by").order_by("id"))


def days_of_year(year: int) -> list[WorkingDay]:
    """The days of a year as entered."""
    return list(WorkingDay.objects.filter(day__year=year))


def quotes_that_count() -> dict[Benchmark, list[BenchmarkQuote]]:
    """The approved quotes of each benchmark in order of their days, corrected ones left out."""
    found: dict[Benchmark, dict[dt.date, BenchmarkQuote]] = {one: {} for one in Benchmark}
    rows = BenchmarkQuote.objects.filter(status=VersionStatus.APPROVED)
    for row in rows.order_by("published_on", "id"):
        found[Benchmark(row.benchmark)][row.published_on] = row  # a later one takes the place
    return {one: list(by_day.values()) for one, by_day in found.items()}


def waiting_quotes() -> list[BenchmarkQuote]:
    """Quotes that nobody has decided yet, oldest first."""
    rows = BenchmarkQuote.objects.filter(status=VersionStatus.PROPOSED)
    return list(rows.select_related("proposed_by").order_by("published_on", "benchmark", "id"))
