"""Reading a loan story: a Markdown file of tables that a loan officer can read.

`## 合同` holds the terms, `## 还款计划` the plan that must come out (or, for 按计划还款, the plan
itself), `## 经过` what happened day by day and how the loan must stand on the evening of that day,
`## 新还款计划` the plan that a prepayment, an extension, a repricing or a restructuring must lead
to, `## LPR` the quotes of a floating rate, `## 年化成本` what the loan as planned costs a year. An
empty cell is not checked.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from loanmath.annual_cost import CashFlow
from loanmath.codes import (
    Allocation,
    ChangeKind,
    EntryKind,
    ExcessMode,
    InterestMode,
    PenaltyFrom,
    Status,
)
from loanmath.dates import day_number
from loanmath.day_count import DayCount
from loanmath.floating import FloatingRate, Quote, ResetOn, Uplifts, floating_changes
from loanmath.irregular import CycleRequest, QuietMonth, Shape
from loanmath.loans import Change, Instalment, Terms
from loanmath.money import Money, yuan
from loanmath.plans import PlanRequest, custom_plan
from loanmath.rates import NO_RATE, Rate, percent
from loanmath.roll import Roll
from loanmath.schedule import Direction, InterestBy, Method
from loanmath.what_if import Keep

METHODS = {
    "等额本息": Method.LEVEL_PAYMENT,
    "等额本金": Method.LEVEL_PRINCIPAL,
    "先息后本": Method.INTEREST_ONLY,
    "到期一次还本付息": Method.BULLET,
}
KINDS = {
    "放款": EntryKind.DISBURSEMENT,
    "还款": EntryKind.REPAYMENT,
    "提前还款": EntryKind.PREPAYMENT,
    "提前还款（缩短期限）": EntryKind.PREPAYMENT,
    "提前还款（减少月供）": EntryKind.PREPAYMENT,
    "收取费用": EntryKind.FEE,
    "减免费用": EntryKind.WAIVE_FEE,
    "减免罚息": EntryKind.WAIVE_PENALTY,
    "减免复利": EntryKind.WAIVE_COMPOUND,
    "减免利息": EntryKind.WAIVE_INTEREST,
    "减免本金": EntryKind.WAIVE_PRINCIPAL,
    "核销": EntryKind.WRITE_OFF,
    "核销后收回": EntryKind.RECOVERY,
    "退还溢缴款": EntryKind.REFUND,
}
RATE_CHANGES = {
    "调整利率": ChangeKind.RATE,
    "调整罚息利率": ChangeKind.PENALTY_RATE,
    "调整复利利率": ChangeKind.COMPOUND_RATE,
    "认定挪用": ChangeKind.MISUSE_RATE,
}
CHANGES = {
    "挪用已纠正": (ChangeKind.MISUSE_RATE, 0),
    "停计罚息": (ChangeKind.PENALTY_PAUSED, 1),
    "恢复计收罚息": (ChangeKind.PENALTY_PAUSED, 0),
    "停计逾期天数": (ChangeKind.COUNT_PAUSED, 1),
    "恢复计算逾期天数": (ChangeKind.COUNT_PAUSED, 0),
    "提前到期": (ChangeKind.CALLED_IN, 0),
}
RESTRUCTURINGS = {
    "重组": (False, False),
    "重组（利息转本金）": (True, False),
    "重组（利息、罚息转本金）": (True, True),
}
KEEPS = {"提前还款（缩短期限）": Keep.INSTALMENT, "提前还款（减少月供）": Keep.TERM}
ORDERS = {
    "费用→罚息→复利→利息→本金": Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
    "费用→罚息→复利→逐期(利息→本金)": (
        Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL_BY_INSTALMENT
    ),
    "本金→利息→复利→罚息→费用": Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES,
    "逐期(利息→本金)→复利→罚息→费用": (
        Allocation.INTEREST_PRINCIPAL_COMPOUND_PENALTY_FEES_BY_INSTALMENT
    ),
}
STATUSES = {
    "未放款": Status.NOT_STARTED,
    "正常存续": Status.LIVE,
    "结清": Status.SETTLED,
    "已核销": Status.WRITTEN_OFF,
}
AMOUNTS = {
    "本金余额": "principal",
    "到期未还本金": "principal_due",
    "应还利息": "interest_due",
    "罚息": "penalty_due",
    "复利": "compound_due",
    "费用": "fees_due",
    "未到期利息": "accrued_interest",
    "溢缴款": "credit",
    "已还利息": "paid_interest",
    "已核销本金": "written_off",
    "核销后收回": "recovered",
    "结清金额": "payoff",
    "下期应还": "next_due_amount",
}
NUMBERS = {"逾期天数": "days_past_due", "逾期期数": "overdue_instalments"}

Row = dict[str, str]


@dataclass(frozen=True)
class Story:
    """One story, as read."""

    title: str
    contract: Row
    plan: list[Row]
    happenings: list[Row]
    new_plan: list[Row]
    quotes: list[Row]
    costs: list[Row]

    def request(self) -> PlanRequest:
        """How the plan is made."""
        c = self.contract
        return PlanRequest(
            method=METHODS[c["还款方式"]],
            principal=yuan(c["贷款金额"]),
            rate=rate(c["年利率"]),
            start=date(c["起息日"]),
            instalments=int(c["期数"]) if "期数" in c else None,
            maturity=date(c["到期日"]) if "到期日" in c else None,
            months=int(c.get("每期月数", "1")),
            due_day=int(c["还款日"]) if "还款日" in c else None,
            interest_only=int(c.get("前几期只还利息", "0")),
            long_last="末期不足月并入上期" in c,
            unit=100 if "每期进到元" in c else 1,
            direction=Direction.UP if "每期进到元" in c else Direction.NEAREST,
            interest_by=InterestBy.DAYS if c.get("每期利息") == "按天" else InterestBy.MONTHS,
            day_count=DayCount[c.get("计息天数", "ACT_360")],
            roll=Roll.FOLLOWING if "非工作日" in c else Roll.NONE,
        )

    def floating_changes(self, until: dt.date) -> tuple[Change, ...]:
        """What a floating rate makes of the contract rate; none where the rate is fixed."""
        c = self.contract
        if "加点（基点）" not in c:
            return ()
        floating = FloatingRate(
            int(c["加点（基点）"]),
            int(c["重定价周期（月）"]),
            ResetOn.ANNIVERSARY if c["重定价日"] == "对月对日" else ResetOn.CALENDAR,
            int(c.get("提前公布天数", "0")),
        )
        quotes = [Quote(date(row["公布日"]), rate(row["利率"])) for row in self.quotes]
        start = date(c["起息日"])
        assert floating.rate_by(quotes, start) == rate(c["年利率"])
        return floating_changes(floating, quotes, start, until, self.uplifts())

    def uplifts(self) -> Uplifts:
        """How the penalty rates follow the contract rate."""
        raised = self.contract.get("罚息上浮", "0%")
        return Uplifts(int(raised.removesuffix("%")) * 100, compound=True)

    def cycle(self) -> CycleRequest:
        """How a plan by cash cycle is made; weights are written as `6月2、10月3`."""
        c, weights = self.contract, [0] * 12
        for part in c["各月权重"].split("、"):
            month, weight = part.split("月")
            weights[int(month) - 1] = int(weight)
        return CycleRequest(
            principal=yuan(c["贷款金额"]),
            rate=rate(c["年利率"]),
            start=date(c["起息日"]),
            maturity=date(c["到期日"]),
            weights=tuple(weights),
            quiet=QuietMonth.INTEREST if "淡月只还利息" in c else QuietMonth.NOTHING,
            shape=Shape.INSTALMENT if "按比例分摊期供" in c else Shape.PRINCIPAL,
        )

    def plan_with_interest_days(self) -> list[Instalment]:
        """The plan whose interest falls due on days of its own: its principals are those agreed."""
        c, rows = self.contract, [instalment(row) for row in self.plan]
        return custom_plan(
            yuan(c["贷款金额"]),
            rate(c["年利率"]),
            date(c["起息日"]),
            [(row.due, row.principal) for row in rows if row.principal],
            DayCount[c.get("计息天数", "ACT_360")],
            [date(text) for text in c["结息日"].split("、")],
        )

    def fees(self) -> list[CashFlow]:
        """What the borrower pays besides, as the table of yearly cost says."""
        return [
            CashFlow(date(row["日期"]), Money(-yuan(row["费用"])))
            for row in self.costs
            if row["费用"]
        ]

    def holidays(self) -> list[int]:
        """Days on which nothing falls due."""
        named = self.contract.get("非工作日", "")
        return [day_number(date(text)) for text in named.split("、") if text]

    def terms(self, maturity: dt.date) -> Terms:
        """The contract."""
        c = self.contract
        penalty = rate(c["罚息利率"]) if "罚息利率" in c else NO_RATE
        after_grace = c.get("罚息起算") == "宽限期满次日"
        return Terms(
            principal=yuan(c["贷款金额"]),
            rate=rate(c["年利率"]),
            start=date(c["起息日"]),
            maturity=maturity,
            penalty_rate=penalty,
            compound_rate=rate(c["复利利率"]) if "复利利率" in c else penalty,
            day_count=DayCount[c.get("计息天数", "ACT_360")],
            grace_days=int(c.get("宽限天数", "0")),
            penalty_from=PenaltyFrom.END_OF_GRACE if after_grace else PenaltyFrom.DUE_DATE,
            allocation=ORDERS[c.get("还款顺序", "费用→罚息→复利→利息→本金")],
            impaired_after_days=int(c.get("逾期多少天后先还本金", "0")),
            interest_mode=InterestMode.BY_BALANCE if "按余额计息" in c else InterestMode.BY_PLAN,
            excess_mode=(
                ExcessMode.REDUCES_PRINCIPAL if "多还冲本金" in c else ExcessMode.HELD_AS_CREDIT
            ),
        )


def rate(text: str) -> Rate:
    return percent(text.removesuffix("%"))


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def instalment(row: Row) -> Instalment:
    """A line of a plan table."""
    return Instalment(int(row["期次"]), date(row["到期日"]), yuan(row["本金"]), yuan(row["利息"]))


def money(text: str) -> Money:
    return yuan(text)


def read_story(path: Path) -> Story:
    """Read a story; raises KeyError if it has no contract or nothing happens in it."""
    text = path.read_text(encoding="utf-8")
    title, *parts = text.split("\n## ")
    sections = {part.split("\n", 1)[0].strip(): _table(part) for part in parts}
    return Story(
        title=title.splitlines()[0].removeprefix("# ").strip(),
        contract={row["项目"]: row["内容"] for row in sections["合同"]},
        plan=sections.get("还款计划", []),
        happenings=sections["经过"],
        new_plan=sections.get("新还款计划", []),
        quotes=sections.get("LPR", []),
        costs=sections.get("年化成本", []),
    )


def _table(section: str) -> list[Row]:
    lines = [line.strip() for line in section.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads, _, *rows = cells
    return [dict(zip(heads, row, strict=True)) for row in rows]
