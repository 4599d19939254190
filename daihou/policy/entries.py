"""What a parameter is, and the few shapes in which the shipped ones are written down.

Units: days and counts are whole numbers, shares are micro-percent (10 % is 10_000_000), money is
fen, colours are 1 蓝, 2 黄, 3 橙, 4 红. A value of None means that the lender has not entered it
yet: unknown, never zero.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from daihou.policy.choices import Evidence

Value = int | bool | str | tuple[int, ...] | None

PERCENT = 1_000_000  # micro-percent in one percent
SHIPPED = dt.date(2023, 7, 1)  # the day from which shipped values count, unless a rule is younger


class Kind(Enum):
    """What sort of value a parameter takes; decides how it is entered, checked and shown."""

    COUNT = "整数"
    COUNTS = "整数序列"
    SHARE = "百分比"
    MONEY = "金额"
    FLAG = "是否"
    CHOICE = "选项"
    COLOUR = "颜色"
    COLOURS = "颜色序列"
    WORDS = "词语"


COLOUR_NAMES = MappingProxyType({1: "蓝", 2: "黄", 3: "橙", 4: "红"})


@dataclass(frozen=True)
class Parameter:
    """A parameter as shipped: what it is, what it may be, its value and the clause behind it.

    `lowest` and `highest` bound every number of the value, in the unit in which it is kept.
    """

    code: str
    name: str
    kind: Kind
    unit: str
    default: Value
    clause: str
    evidence: Evidence
    lowest: int = 0
    highest: int = 1_000_000
    options: tuple[tuple[str, str], ...] = ()
    effective_from: dt.date = SHIPPED

    @property
    def group(self) -> str:
        """The heading under which the 参数 desk lists it."""
        return GROUPS[self.code.split(".", 1)[0]]


GROUPS = MappingProxyType(
    {
        "interest": "罚息与计收",
        "grade": "风险分类",
        "signal": "预警信号",
        "deadline": "处置时限",
        "case": "预警处置",
        "limit": "审慎限额",
        "worklist": "今日工作排序",
        "report": "报表口径",
        "model": "风险模型",
        "fund": "资金监管",
        "statements": "财务报表",
        "event": "外部事件",
        "graph": "关联与担保圈",
        "collateral": "押品",
        "provision": "拨备",
    }
)

SEVEN_YEARS = 7 * 366


def days(
    code: str, name: str, default: int, clause: str, evidence: Evidence, unit: str = "天"
) -> Parameter:
    """A number of days (or of what `unit` says), up to seven years."""
    return Parameter(code, name, Kind.COUNT, unit, default, clause, evidence, highest=SEVEN_YEARS)


def count(
    code: str, name: str, unit: str, default: int, clause: str, evidence: Evidence
) -> Parameter:
    """A whole number of up to a thousand."""
    return Parameter(code, name, Kind.COUNT, unit, default, clause, evidence, highest=1000)


def share(
    code: str, name: str, percent: int | None, clause: str, evidence: Evidence, highest: int = 100
) -> Parameter:
    """A share in percent; None where the lender has to enter it."""
    default = None if percent is None else percent * PERCENT
    return Parameter(
        code, name, Kind.SHARE, "%", default, clause, evidence, highest=highest * PERCENT
    )


def money(code: str, name: str, yuan: int, clause: str, evidence: Evidence) -> Parameter:
    """An amount, written down in whole yuan."""
    return Parameter(code, name, Kind.MONEY, "元", yuan * 100, clause, evidence, highest=10**13)
