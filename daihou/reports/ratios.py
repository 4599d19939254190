"""The ratios of the trade, each with its name, its two parts and where the definition stands.

Pure: amounts in fen go in, shares in micro-percent (1 % is 1_000_000) come out. A ratio whose
denominator is 0 is unknown (None), never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daihou.policy.choices import Evidence
from loanmath.money import Money

MICRO_PERCENT_IN_ONE = 100_000_000
MONTHS_IN_QUARTER = 3


@dataclass(frozen=True)
class Definition:
    """A ratio by name: what stands above the line, what below, and who says so."""

    name: str
    above: str
    below: str
    clause: str
    evidence: Evidence


NPL_RATIO = Definition(
    "不良率", "不良贷款(次级、可疑、损失)余额", "各项贷款余额",
    "《商业银行金融资产风险分类办法》第六条;G11", Evidence.RECALLED,
)  # fmt: skip
OVERDUE_RATIO = Definition(
    "逾期率", "逾期贷款余额", "各项贷款余额",
    "G1102:分期消费贷款逾期90天(含)以内只计逾期本金,其余按整笔余额", Evidence.SECONDARY,
)  # fmt: skip
LONG_OVERDUE_TO_NPL = Definition(
    "逾期90天以上/不良", "逾期90天以上贷款余额", "不良贷款余额", "逾期90天以上贷款与不良贷款之比",
    Evidence.SECONDARY,
)  # fmt: skip
DOWNWARD_MIGRATION = Definition(
    "迁徙率", "期初该类贷款向下迁徙金额", "期初该类余额-期间减少金额",
    "贷款质量迁徙率(G12);期间减少为收回、处置、核销", Evidence.SECONDARY,
)  # fmt: skip
ROLL_RATE = Definition(
    "滚动率", "其中期末落入更差档的余额", "期初该档余额", "同一批贷款跟踪,Mi→Mi+1",
    Evidence.SECONDARY,
)  # fmt: skip
VINTAGE = Definition(
    "账龄逾期率", "该批放款在第n个月末逾期的余额(含已核销)", "该批放款金额",
    "MOB:放款当月为0", Evidence.SECONDARY,
)  # fmt: skip


def share(above: int, below: int) -> int | None:
    """One amount as a share of another in micro-percent, half away from zero; None over 0."""
    if below == 0:
        return None
    sign = -1 if (above < 0) != (below < 0) else 1
    above, below = abs(above), abs(below)
    return sign * ((above * MICRO_PERCENT_IN_ONE * 2 + below) // (below * 2))


def change(now: int | None, then: int | None) -> int | None:
    """How far a figure moved; unknown when either end is."""
    return None if now is None or then is None else now - then


@dataclass(frozen=True)
class Flow:
    """What became of the loans that had one grade (or stood in one bucket) at the opening.

    `closing` maps the closing class to the closing balance of those loans, all in fen.
    """

    opening: Money
    closing: Mapping[int, Money]

    @property
    def decrease(self) -> Money:
        """期间减少: collected, disposed of or written off in the period."""
        return Money(self.opening - sum(self.closing.values()))

    def moved_below(self, grade: int) -> Money:
        """The closing balance of those that are now in a worse class than `grade`."""
        return Money(sum(amount for to, amount in self.closing.items() if to > grade))


def downward_migration(grade: int, flow: Flow) -> int | None:
    """迁徙率 of one grade: moved down / (opening - decrease in the period)."""
    return share(flow.moved_below(grade), flow.opening - flow.decrease)


def performing_to_npl(normal: Flow, special_mention: Flow, worst_performing: int) -> int | None:
    """正常贷款迁徙率: 正常 and 关注 at the opening that are 不良 now, over both less decreases."""
    flows = (normal, special_mention)
    moved = sum(flow.moved_below(worst_performing) for flow in flows)
    return share(moved, sum(flow.opening - flow.decrease for flow in flows))


def roll_rate(bucket: int, flow: Flow) -> int | None:
    """滚动率 Mi→Mi+1: of the balance of one bucket, the part now in a worse one; same loans."""
    return share(flow.moved_below(bucket), flow.opening)


def months_between(first: str, last: str) -> int:
    """Whole months from one month ("2026-01") to another."""
    years, months = int(last[:4]) - int(first[:4]), int(last[5:7]) - int(first[5:7])
    return years * 12 + months


def vintage_triangle(
    disbursed: Mapping[str, int], late: Mapping[tuple[str, int], int], observed: Sequence[str]
) -> dict[tuple[str, int], int | None]:
    """The share of each cohort that was late at each month on book.

    disbursed: cohort ("2026-01") to what was paid out; late: (cohort, MOB) to what was late then;
    observed: the months with a snapshot. A cell exists only where the book was seen: an observed
    month without late loans is 0, a month not observed is absent.
    """
    return {
        (cohort, mob): share(late.get((cohort, mob), 0), total)
        for cohort, total in disbursed.items()
        for mob in (months_between(cohort, month) for month in observed)
        if mob >= 0
    }


def quarter_of(month: str) -> str:
    """The quarter of a month: "2026-05" is "2026年二季度"."""
    place = (int(month[5:7]) - 1) // MONTHS_IN_QUARTER
    return f"{month[:4]}年{'一二三四'[place]}季度"


def quarterly(
    disbursed: Mapping[str, int], late: Mapping[tuple[str, int], int], observed: Sequence[str]
) -> dict[tuple[str, int], int | None]:
    """The vintage triangle by quarter of disbursement.

    A cell stands only where every cohort of the quarter that paid out was observed at that month
    on book; otherwise the curve would jump because its members change.
    """
    members: dict[str, list[str]] = {}
    for cohort in sorted(disbursed):
        members.setdefault(quarter_of(cohort), []).append(cohort)
    seen = {(c, months_between(c, month)) for c in disbursed for month in observed}
    mobs = sorted({mob for _, mob in seen if mob >= 0})
    return {
        (quarter, mob): share(
            sum(late.get((cohort, mob), 0) for cohort in cohorts),
            sum(disbursed[cohort] for cohort in cohorts),
        )
        for quarter, cohorts in members.items()
        for mob in mobs
        if all((cohort, mob) in seen for cohort in cohorts)
    }
