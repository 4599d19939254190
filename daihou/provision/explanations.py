"""Why a loan is in its stage, and how its allowance was measured, in words."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.classification.codes import GRADE_NAMES, LOSS, SUBSTANDARD
from daihou.policy.queries import ParametersOnDay
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, in_yuan, reason
from daihou.provision.choices import Because, Stage
from daihou.provision.limits import SCENARIOS
from daihou.provision.models import Allowance, LoanStage
from daihou.provision.rules import GROUPS, RETAIL
from loanmath.dates import date_of
from loanmath.rates import Rate, format_percent

_BAD = Limit(
    SUBSTANDARD,
    "《商业银行金融资产风险分类办法》:已发生信用减值的资产为不良资产",
    "SECONDARY",
    "决定0054",
)
_NAME_OF = {"base": "基准", "up": "乐观", "down": "悲观"}


@dataclass(frozen=True)
class Seen:
    """What the rules looked at for one loan, in the order of `rules.StageFacts`."""

    days_past_due: int = 0
    grade: int = 0
    grade_because: int = 0
    watched: int = 0
    rebuttal: int = 0


def explain_stage(row: LoanStage, loan_number: str, on: ParametersOnDay) -> list[Reason]:
    """A reason for each rule that spoke, those of the highest stage first."""
    seen, loan = Seen(*row.seen), SourceRow(table="借据", id=loan_number)
    reasons = [_WORDS[rule](seen, loan, on) for rule in Because if rule in row.spoken]
    if row.stage == Stage.ONE:
        limit = on.limit("provision.stage2.days")
        reasons.append(
            reason("provision.stage_one", limit, "没有信用风险显著增加或减值的迹象,列入第一阶段",
                   inputs={"逾期天数界限": limit.value}, rows=[loan])
        )  # fmt: skip
    return reasons


def _long(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    limit = on.limit("provision.stage3.days")
    says = f"逾期{seen.days_past_due}天,超过{limit.value}天,推定已发生信用减值,列入第三阶段"
    return reason("provision.overdue_long", limit, says, rows=[loan],
                  inputs={"逾期天数": seen.days_past_due, "界限天数": limit.value})  # fmt: skip


def _bad(seen: Seen, loan: SourceRow, _on: ParametersOnDay) -> Reason:
    says = f"五级分类为{GRADE_NAMES[seen.grade]},属不良,列入第三阶段"
    return reason("provision.bad_grade", _BAD, says, rows=[loan],
                  inputs={"五级分类": GRADE_NAMES[seen.grade]})  # fmt: skip


def _overdue(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    limit = on.limit("provision.stage2.days")
    says = f"逾期{seen.days_past_due}天,超过{limit.value}天且未经反驳,推定信用风险显著增加"
    return reason("provision.overdue", limit, says, rows=[loan],
                  inputs={"逾期天数": seen.days_past_due, "界限天数": limit.value})  # fmt: skip


def _mention(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    return reason("provision.mention", on.limit("provision.stage2.mention"),
                  "五级分类为关注,且不只因逾期天数,信用风险显著增加", rows=[loan],
                  inputs={"五级分类": GRADE_NAMES[seen.grade],
                          "分类规则代码": seen.grade_because})  # fmt: skip


def _restructured(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    return reason("provision.restructured", on.limit("provision.stage2.restructured"),
                  "重组观察期内,信用风险显著增加", rows=[loan],
                  inputs={"分类规则代码": seen.grade_because})  # fmt: skip


def _watched(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    since = date_of(seen.watched).isoformat()
    row = SourceRow(table="观察名单", id=f"{since}列入")
    return reason("provision.watched", on.limit("provision.stage2.watched"),
                  "客户在观察名单上,信用风险显著增加", rows=[loan, row],
                  inputs={"列入观察名单": since})  # fmt: skip


def _rebutted(seen: Seen, loan: SourceRow, on: ParametersOnDay) -> Reason:
    row = SourceRow(table="阶段推定反驳", id=str(seen.rebuttal))
    limit = on.limit("provision.stage2.days")
    says = f"逾期{seen.days_past_due}天,超过{limit.value}天;推定已经反驳并复核,不因天数列入第二阶段"
    return reason("provision.rebutted", limit, says, rows=[loan, row],
                  inputs={"逾期天数": seen.days_past_due,
                          "反驳": f"第{seen.rebuttal}号"})  # fmt: skip


_WORDS = {
    Because.OVERDUE_LONG: _long, Because.BAD_GRADE: _bad, Because.OVERDUE: _overdue,
    Because.MENTION: _mention, Because.RESTRUCTURED: _restructured, Because.WATCHED: _watched,
    Because.REBUTTED: _rebutted,
}  # fmt: skip


def explain_allowance(row: Allowance, loan_number: str, on: ParametersOnDay) -> list[Reason]:
    """How the expected loss came about: probability, loss, exposure, scenarios; the older scale."""
    loan = SourceRow(table="借据", id=loan_number)
    kind = "retail" if row.risk_group >= RETAIL else "firm"
    group = f"provision.pd.{kind}.{GROUPS[row.risk_group % RETAIL]}"
    span = "未来12个月" if row.stage == Stage.ONE else "整个存续期"
    horizon = min(row.months, 12) if row.stage == Stage.ONE else row.months
    chance: dict[str, InputValue] = {"一年违约概率": percent(row.default_rate),
                                     "剩余月数": row.months, "计量月数": horizon}  # fmt: skip
    if row.stage == Stage.THREE:
        limit, says = on.limit("provision.stage3.days"), "已发生信用减值,违约概率按100%"
    else:
        limit = on.limit(group)
        says = f"按{span}计量,一年违约概率{percent(row.default_rate)}"
    loss = on.limit(f"provision.lgd.{kind}")
    bare = max(row.exposure - row.covered, 0)
    amounts: dict[str, InputValue] = {
        "风险暴露": in_yuan(row.exposure), "押品覆盖": in_yuan(row.covered),
        "未覆盖": in_yuan(bare),
        "未覆盖部分损失率": percent(loss.value),
        "覆盖部分损失率": percent(on.whole("provision.lgd.covered")),
        "贴现利率": percent(row.rate), "分期归还": "是" if row.runs_down else "否",
    }  # fmt: skip
    if row.grade == LOSS:
        amounts["损失类未覆盖部分损失率"] = percent(on.whole("provision.lgd.loss"))
    weighed: dict[str, InputValue] = {
        f"{_NAME_OF[one]}情景": "权重{} · 违约概率×{} · 损失率×{}".format(
            *(percent(on.whole(f"provision.scenario.{one}.{what}"))
              for what in ("weight", "pd", "lgd")))
        for one in SCENARIOS
    }  # fmt: skip
    scale = on.limit(f"provision.scale.{row.grade}")
    return [
        reason("provision.default_rate", limit, says, inputs=chance, rows=[loan]),
        reason("provision.loss", loss,
               f"违约时暴露{in_yuan(row.exposure)},其中押品覆盖{in_yuan(row.covered)}",
               inputs=amounts, rows=[loan]),
        reason("provision.scenarios", on.limit("provision.scenario.base.weight"),
               f"三种情景加权并按合同利率(代实际利率)贴现,预期信用损失{in_yuan(row.expected_loss)}",
               inputs=weighed, rows=[loan]),
        reason("provision.scale", scale,
               f"五级比例法:{GRADE_NAMES[row.grade]}{percent(scale.value)},应提{in_yuan(row.by_scale)}",
               inputs={"本金余额": in_yuan(row.principal), "比例": percent(scale.value)},
               rows=[loan]),
    ]  # fmt: skip


def percent(micro: int) -> str:
    """Micro-percent as people write it."""
    return format_percent(Rate(micro))
