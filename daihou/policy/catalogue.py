"""Every number that regulation or the business may change: name, unit, shipped value, clause.

One entry per parameter. Other packages add their own entries to the tuples below; nothing else is
needed for a parameter to be read by rules, shown on the 参数 desk and changed there.

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
    }
)

RULE_SETS = (("floors", "2023年办法下限"), ("matrix", "担保方式×逾期矩阵"), ("card", "信用卡"),
             ("micro", "小额贷款、消费金融"))  # fmt: skip
_CLASSIFICATION = "《商业银行金融资产风险分类办法》(2023年第1号令)"
_PENALTY_NOTICE = "银发〔2003〕251号 第三条"
_EXTENSION = "固定资产、流动资金、个人贷款管理办法(2024年第1、2、3号令)"
_SEVEN_YEARS = 7 * 366


def _days(
    code: str, name: str, default: int, clause: str, evidence: Evidence, unit: str = "天"
) -> Parameter:
    return Parameter(code, name, Kind.COUNT, unit, default, clause, evidence, highest=_SEVEN_YEARS)


def _count(
    code: str, name: str, unit: str, default: int, clause: str, evidence: Evidence
) -> Parameter:
    return Parameter(code, name, Kind.COUNT, unit, default, clause, evidence, highest=1000)


def _share(
    code: str, name: str, percent: int | None, clause: str, evidence: Evidence, highest: int = 100
) -> Parameter:
    default = None if percent is None else percent * PERCENT
    return Parameter(
        code, name, Kind.SHARE, "%", default, clause, evidence, highest=highest * PERCENT
    )


def _floor(code: str, name: str, grade: int, clause: str, evidence: Evidence) -> Parameter:
    """The grade that something calls for at least."""
    return Parameter(code, f"{name}:至少(2关注 3次级 4可疑 5损失)", Kind.COUNT, "级", grade,
                     clause, evidence, lowest=1, highest=5)  # fmt: skip


def _rule_set(code: str, name: str) -> Parameter:
    """Which table of days past due counts for a segment of clients."""
    return Parameter(
        code, name, Kind.CHOICE, "", "floors", "由本行选定;产品另有规定的从其规定",
        Evidence.PROPOSAL, options=RULE_SETS,
    )  # fmt: skip


def _table(
    code: str,
    name: str,
    days: tuple[int, ...],
    rows: tuple[tuple[str, str, tuple[int, ...]], ...],
    clause: str,
    evidence: Evidence,
) -> tuple[Parameter, ...]:
    """A table from days past due to grades: where its bands begin, and a row a kind of security."""
    bands = Parameter(f"grade.{code}.from", f"{name}:逾期分档起点", Kind.COUNTS, "天", days,
                      clause, evidence, lowest=1, highest=_SEVEN_YEARS)  # fmt: skip
    return (bands, *(
        Parameter(f"grade.{code}.{key}", f"{name}:{label}逐档至少(1正常 2关注 3次级 4可疑 5损失)",
                  Kind.COUNTS, "级", grades, clause, evidence, lowest=1, highest=5)
        for key, label, grades in rows
    ))  # fmt: skip


def _colour(code: str, name: str, default: int) -> Parameter:
    return Parameter(
        code, name, Kind.COLOUR, "", default, "预警信号目录", Evidence.PROPOSAL, lowest=1, highest=4
    )


_INTEREST = (
    _share("interest.overdue_uplift_low", "逾期罚息上浮下限", 30, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    _share("interest.overdue_uplift_high", "逾期罚息上浮上限", 50, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    _share("interest.misuse_uplift_low", "挪用罚息上浮下限", 50, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    _share("interest.misuse_uplift_high", "挪用罚息上浮上限", 100, _PENALTY_NOTICE,
           Evidence.SECONDARY, 200),
    _days("interest.principal_first_after", "逾期超过多少天后先收本金", 90,
          "民法典第561条允许约定;90天为行业做法", Evidence.RECALLED),
    _days("interest.quote_age", "重定价时 LPR 报价距应采用日最长", 35,
          "LPR 每月20日公布,遇节假日顺延;更早的报价视为缺当期报价", Evidence.RECALLED),
)  # fmt: skip

_GRADE = (
    _days("grade.special_mention_over", "逾期超过即至少关注", 0, f"{_CLASSIFICATION}第十条(一)",
          Evidence.SECONDARY),
    _days("grade.technical_exception", "操作或技术原因短期逾期的宽限", 7,
          f"{_CLASSIFICATION}第十条(一)", Evidence.SECONDARY),
    _days("grade.substandard_over", "逾期超过即至少次级", 90, f"{_CLASSIFICATION}第十一条",
          Evidence.SECONDARY),
    _days("grade.doubtful_over", "逾期超过即至少可疑", 270, f"{_CLASSIFICATION}第十二条",
          Evidence.SECONDARY),
    _days("grade.loss_over", "逾期超过即至少损失", 360, f"{_CLASSIFICATION}第十三条",
          Evidence.SECONDARY),
    _share("grade.own_bank_share_over", "非零售债务人本行不良占比超过即全部不良", 10,
           _CLASSIFICATION, Evidence.SECONDARY),
    Parameter("grade.bad_claim_spills", "非零售债务人有不良债权时其他债权至少关注", Kind.FLAG, "",
              True, f"{_CLASSIFICATION}第十条(四)", Evidence.RECALLED),
    Parameter("grade.partly_written_off", "部分核销后剩余部分至少(2关注 3次级 4可疑 5损失)",
              Kind.COUNT, "级", 3,
              f"{_CLASSIFICATION}第十一条(二)已发生信用减值;部分核销视同减值为本系统默认",
              Evidence.PROPOSAL, lowest=2, highest=5),
    Parameter("grade.written_off", "已核销债权保持(2关注 3次级 4可疑 5损失)", Kind.COUNT, "级", 5,
              "账销案存;核销后保持损失为本系统默认", Evidence.PROPOSAL, lowest=2, highest=5),
    _share("grade.all_bank_share_over", "非零售债务人全行业逾期90天以上占比超过即至少次级", 20,
           f"{_CLASSIFICATION}第十一条(四)", Evidence.SECONDARY),
    _count("grade.upgrade_periods", "不良上调须连续正常还款期数", "期", 2, _CLASSIFICATION,
           Evidence.RECALLED),
    _count("grade.upgrade_months", "不良上调须连续正常还款月数", "个月", 6, _CLASSIFICATION,
           Evidence.RECALLED),
    _floor("grade.misused", "未经同意擅自改变资金用途", 2, f"{_CLASSIFICATION}第十条(二)",
           Evidence.RECALLED),
    _floor("grade.refinanced", "借新还旧(符合条件的续贷除外)", 2,
           f"{_CLASSIFICATION}第十条(三);金规〔2024〕13号", Evidence.SECONDARY),
    _floor("grade.extended_farmer", "农户贷款展期", 2,
           "《农户贷款管理办法》银监发〔2012〕50号第四十三条", Evidence.SECONDARY),
    _floor("grade.impaired", "已发生信用减值", 3, f"{_CLASSIFICATION}第十一条(二)",
           Evidence.SECONDARY),
    _floor("grade.rating_cut", "外部评级大幅下调,履约能力显著下降", 3,
           f"{_CLASSIFICATION}第十一条(三)", Evidence.RECALLED),
    _floor("grade.evasion", "逃废银行债务", 4, f"{_CLASSIFICATION}第十二条(二)",
           Evidence.RECALLED),
    _share("grade.ecl_doubtful_from", "预期信用损失占比达到即至少可疑", 50,
           f"{_CLASSIFICATION}第十二条(三)", Evidence.RECALLED),
    _floor("grade.liquidation", "债务人进入破产清算", 5, f"{_CLASSIFICATION}第十三条(二)",
           Evidence.RECALLED),
    _share("grade.ecl_loss_from", "预期信用损失占比达到即至少损失", 90,
           f"{_CLASSIFICATION}第十三条(三)", Evidence.RECALLED),
    _days("grade.all_bank_age", "全行业负债信息最长有效", 180,
          "征信查询;天数为本系统默认", Evidence.PROPOSAL),
    _floor("grade.restructured", "重组资产在观察期内", 2, f"{_CLASSIFICATION}第二十一条",
           Evidence.SECONDARY),
    _floor("grade.restructured_again", "观察期内再次重组", 3, f"{_CLASSIFICATION}第二十二条",
           Evidence.SECONDARY),
    _count("grade.observation_periods", "重组观察期至少包含的还款期", "期", 2, _CLASSIFICATION,
           Evidence.SECONDARY),
    _count("grade.observation_months", "重组观察期最短", "个月", 12, _CLASSIFICATION,
           Evidence.SECONDARY),
    _days("grade.difficulty_within", "变更前多少天内宣称困难即视为财务困难", 90,
          f"{_CLASSIFICATION}第三章;天数为本系统默认", Evidence.PROPOSAL),
    _days("grade.same_change_within", "多少天内的几项变更视为一次重组", 31,
          "同一方案的事项、条款与还款计划;天数为本系统默认", Evidence.PROPOSAL),
    _days("grade.near_floor", "分类认定:距下限多少天以内列为例外", 7, "", Evidence.PROPOSAL),
    _days("grade.determination_days", "分类认定有效期(机器建议与认定不同的,到期以机器建议为准)", 92,
          f"{_CLASSIFICATION}至少每季度分类一次", Evidence.RECALLED),
    _rule_set("grade.set.non_retail", "非零售贷款的分类规则集"),
    _rule_set("grade.set.retail", "零售贷款(农户除外)的分类规则集"),
    _rule_set("grade.set.farmer", "农户贷款的分类规则集"),
    *_table("matrix", "担保×逾期矩阵", (1, 31, 91, 181, 361), (
        ("credit", "信用", (2, 3, 4, 4, 5)), ("guarantee", "保证", (2, 2, 3, 4, 5)),
        ("mortgage", "抵押", (2, 2, 3, 3, 5)), ("pledge", "质押", (2, 2, 3, 3, 5)),
    ), "脱期法矩阵,2023年办法未作规定;取值为本系统默认", Evidence.PROPOSAL),
    *_table("card", "信用卡", (1, 91, 121, 181), (("any", "透支", (2, 3, 4, 5)),),
            "《商业银行信用卡业务监督管理办法》第九十二条", Evidence.SECONDARY),
    *_table("micro", "小额贷款、消费金融", (1, 91, 181, 361), (("any", "贷款", (2, 3, 4, 5)),),
            "不直接适用2023年办法;取值为本系统默认", Evidence.PROPOSAL),
)  # fmt: skip

_SIGNAL = (
    _days("signal.53.days", "53 出现逾期:逾期天数达到", 1, "预警信号目录第53号", Evidence.PROPOSAL),
    _colour("signal.53.colour", "53 出现逾期:颜色", 2),
    Parameter("signal.54.days", "54 逾期加深:逾期天数逐档达到", Kind.COUNTS, "天", (31, 61, 91),
              "预警信号目录第54号", Evidence.PROPOSAL, lowest=1, highest=_SEVEN_YEARS),
    Parameter("signal.54.colours", "54 逾期加深:逐档颜色", Kind.COLOURS, "", (3, 3, 4),
              "预警信号目录第54号", Evidence.PROPOSAL, lowest=1, highest=4),
    _count("signal.55.times", "55 还款延迟:次数达到", "次", 3, "预警信号目录第55号",
           Evidence.SECONDARY),
    _colour("signal.55.colour", "55 还款延迟:颜色", 2),
    _count("signal.56.instalments", "56 连续未还:期数达到", "期", 2, "预警信号目录第56号",
           Evidence.SECONDARY),
    _colour("signal.56.colour", "56 连续未还:颜色", 3),
    _days("signal.57.days_over", "57 欠息:天数超过", 60, "预警信号目录第57号", Evidence.SECONDARY),
    _colour("signal.57.colour", "57 欠息:颜色", 3),
    _colour("signal.58.colour", "58 借新还旧或被动展期:颜色", 4),
    _colour("signal.59.colour", "59 代还、临期还或部分还款:颜色", 2),
    _colour("signal.60.colour", "60 宣称无力还款或申请减免:颜色", 3),
    _days("signal.58.window", "58 借新还旧或被动展期:登记后观察", 365, "预警信号目录第58号",
          Evidence.PROPOSAL),
    _days("signal.59.payer_window", "59 他人代还:还款后观察", 30, "预警信号目录第59号",
          Evidence.PROPOSAL),
    _count("signal.59.grace_times", "59 临期才还:近一年宽限期内才还达到", "次", 3,
           "预警信号目录第59号", Evidence.PROPOSAL),
    _days("signal.60.window", "60 宣称无力还款或申请减免:登记后观察", 90, "预警信号目录第60号",
          Evidence.PROPOSAL),
)  # fmt: skip

# Days for which a signal that ceased stays quiet, and within which its return goes on with the
# old episode. Grave signals are never held back.
_QUIET = {53: (3, 7), 54: (0, 30), 55: (30, 90), 56: (0, 30), 57: (0, 30), 58: (0, 0),
          59: (30, 90), 60: (0, 0)}  # fmt: skip
_SIGNAL_QUIET = tuple(
    _days(f"signal.{number}.{code}", f"{number} 号信号:{name}", days, "", Evidence.PROPOSAL)
    for number, (cooldown, merge) in _QUIET.items()
    for code, name, days in (
        ("cooldown", "消失后静默", cooldown),
        ("merge", "重现并入原信号", merge),
    )
)

_DEADLINE = (
    _count("deadline.red.acknowledge", "红色信号:知悉时限", "小时", 24, "", Evidence.PROPOSAL),
    _count("deadline.red.plan", "红色信号:方案时限", "工作日", 3, "", Evidence.PROPOSAL),
    _count("deadline.orange.acknowledge", "橙色信号:知悉时限", "小时", 48, "", Evidence.PROPOSAL),
    _count("deadline.orange.plan", "橙色信号:方案时限", "工作日", 5, "", Evidence.PROPOSAL),
    _count("deadline.yellow.acknowledge", "黄色信号:知悉时限", "工作日", 3, "", Evidence.PROPOSAL),
    _count("deadline.yellow.plan", "黄色信号:方案时限", "工作日", 10, "", Evidence.PROPOSAL),
    _count("deadline.blue.note", "蓝色信号:记录时限", "天", 30, "", Evidence.PROPOSAL),
    _days("deadline.deferral", "待办最长延后", 30, "", Evidence.PROPOSAL),
)  # fmt: skip

_OWNERS = (("officer", "管户客户经理"), ("post_loan", "机构贷后岗"))


def _owner(colour: str, name: str, default: str) -> Parameter:
    return Parameter(f"case.owner.{colour}", f"{name}色预警:负责人", Kind.CHOICE, "", default,
                     "", Evidence.PROPOSAL, options=_OWNERS)  # fmt: skip


# How the handling of signals goes: who answers for it, who signs, when it goes up the line.
_CASE = (
    _owner("blue", "蓝", "officer"),
    _owner("yellow", "黄", "officer"),
    _owner("orange", "橙", "officer"),
    _owner("red", "红", "post_loan"),
    Parameter("case.second_signature_from", "解除或认定误报须第二人复核:颜色达到", Kind.COLOUR, "",
              3, "", Evidence.PROPOSAL, lowest=1, highest=4),
    Parameter("case.simple_release_upto", "信号已消失即可直接解除:颜色不超过", Kind.COLOUR, "", 2,
              "", Evidence.PROPOSAL, lowest=1, highest=4),
    _count("case.verify_within", "任务全部办结后核实", "工作日", 3, "", Evidence.PROPOSAL),
    _count("case.release_within", "核实通过后提请解除", "工作日", 5, "", Evidence.PROPOSAL),
    _count("case.decide_within", "解除提请的复核", "工作日", 2, "", Evidence.PROPOSAL),
    _days("case.task_longest", "处置任务最长期限", 90, "", Evidence.PROPOSAL),
    _days("case.escalate_every", "超期后每隔多久上报一级(首日即报本机构)", 3, "",
          Evidence.PROPOSAL),
    Parameter("case.repeat_times", "反复预警升一色:观察期内立案达到", Kind.COUNT, "次", 3, "",
              Evidence.PROPOSAL, lowest=2, highest=100),
    _days("case.repeat_window", "反复预警的观察期", 180, "", Evidence.PROPOSAL),
    Parameter("case.watch_from", "自动列入观察名单:颜色达到", Kind.COLOUR, "", 4, "",
              Evidence.PROPOSAL, lowest=1, highest=4),
    _days("case.watch_quiet", "观察名单:无在办预警满多少天可移出", 90, "", Evidence.PROPOSAL),
)  # fmt: skip

# Points of the worklist: the more, the earlier. A client has the points of the worst colour, of
# the deepest arrears and of the amount, added up.
_WORKLIST = (
    Parameter("worklist.colour_points", "信号颜色得分(蓝、黄、橙、红)", Kind.COUNTS, "分",
              (50, 150, 300, 500), "", Evidence.PROPOSAL),
    Parameter("worklist.overdue_from", "逾期分档起点", Kind.COUNTS, "天", (1, 4, 8, 31, 61, 91),
              "", Evidence.PROPOSAL, lowest=1, highest=_SEVEN_YEARS),
    Parameter("worklist.overdue_points", "逾期分档得分", Kind.COUNTS, "分",
              (100, 150, 200, 300, 350, 400), "", Evidence.PROPOSAL),
    Parameter("worklist.amount_from", "涉及金额分档起点", Kind.COUNTS, "元",
              (10_000, 50_000, 200_000, 1_000_000, 5_000_000), "", Evidence.PROPOSAL,
              highest=10**9),
    Parameter("worklist.amount_points", "涉及金额分档得分", Kind.COUNTS, "分",
              (20, 50, 90, 140, 200), "", Evidence.PROPOSAL),
    _count("worklist.grade_worse_points", "分类下调得分", "分", 200, "", Evidence.PROPOSAL),
    _count("worklist.set_aside_points", "挂起借据得分", "分", 120, "", Evidence.PROPOSAL),
    _count("worklist.coming_points", "即将到期得分", "分", 80, "", Evidence.PROPOSAL),
    _count("worklist.first_contact", "逾期后首次联系", "工作日", 1, "", Evidence.PROPOSAL),
    _count("worklist.set_aside_within", "挂起借据补正", "工作日", 2, "", Evidence.PROPOSAL),
    _days("worklist.follow_up", "办结后仍逾期,再次跟进", 7, "", Evidence.PROPOSAL),
    _days("worklist.instalment_ahead", "大额还款提前提示", 3, "", Evidence.PROPOSAL),
    Parameter("worklist.instalment_large", "大额还款起点", Kind.MONEY, "元", 5_000_000, "",
              Evidence.PROPOSAL, highest=10**13),
    _count("worklist.instalment_late_times", "大额还款提示:近一年延迟达到", "次", 1, "",
           Evidence.PROPOSAL),
    _days("worklist.maturity_ahead", "贷款到期提前提示", 30, "", Evidence.PROPOSAL),
    _count("worklist.maturity_within", "贷款到期提示后落实还款来源", "工作日", 5, "",
           Evidence.PROPOSAL),
    _count("worklist.grade_worse_within", "分类下调后核实", "工作日", 3, "", Evidence.PROPOSAL),
    _days("worklist.reset_ahead", "利率重定价提前通知客户", 15, "借款合同约定", Evidence.PROPOSAL),
    _days("worklist.reset_after", "重定价后继续提示通知客户", 7, "借款合同约定",
          Evidence.PROPOSAL),
    _count("worklist.reset_within", "重定价提示后通知客户", "工作日", 5, "", Evidence.PROPOSAL),
    _count("worklist.budget", "每人每日提示户数上限(红色不限)", "户", 30, "", Evidence.PROPOSAL),
)  # fmt: skip

_LIMIT = (
    Parameter("limit.net_capital", "本行资本净额", Kind.MONEY, "元", None,
              "由本行录入,用于集中度计算", Evidence.PROPOSAL, lowest=1, highest=10**16),
    _share("limit.single_customer", "单一客户贷款占资本净额上限", 10, "商业银行法第三十九条",
           Evidence.TEXT),
    _share("limit.group_customer", "集团客户授信占资本净额上限", 15,
           "《商业银行集团客户授信业务风险管理指引》", Evidence.RECALLED),
    _count("limit.extension_short_months", "展期:短期贷款的原期限不超过", "个月", 12,
           _EXTENSION, Evidence.QUOTE),
    _share("limit.extension_short", "展期:短期贷款累计展期占原期限上限", 100, _EXTENSION,
           Evidence.QUOTE, highest=1000),
    _share("limit.extension_long", "展期:其他贷款累计展期占原期限上限", 50, _EXTENSION,
           Evidence.QUOTE, highest=1000),
    _count("limit.extension_farmer_times", "展期:农户贷款最多展期", "次", 1,
           "《农户贷款管理办法》银监发〔2012〕50号", Evidence.QUOTE),
    _days("limit.count_pause_days", "停计逾期天数:每次最长", 180,
          "纾困、灾害等延期还本付息政策(征信特殊交易“纾困延期”);天数为本系统默认",
          Evidence.PROPOSAL),
    _days("limit.terms_ahead", "条款变更申请:生效日最多晚于营业日", 31, "", Evidence.PROPOSAL),
)  # fmt: skip

_REPORT = (
    Parameter("report.overdue_bucket_upto", "逾期分档:各档天数上限", Kind.COUNTS, "天",
              (30, 60, 90, 180, 270, 360), "S71 普惠金融贷款逾期分档", Evidence.SECONDARY,
              lowest=1, highest=_SEVEN_YEARS),
    _days("report.whole_balance_over", "分期消费贷款逾期超过即全额计入逾期", 90,
          "G1102 逾期贷款填报口径", Evidence.SECONDARY),
    _days("report.long_overdue_over", "“逾期90天以上”的天数", 90, "逾期90天以上贷款与不良贷款之比",
          Evidence.SECONDARY),
)  # fmt: skip

_MEASURED = "公开车贷数据实测:平常月份不足 50,2020 年 4、5 月超过 100(docs/models.md)"
_MODEL = (
    _count("model.shift_watch", "分数偏移(PSI)达到即留意", "千分之一", 50, _MEASURED,
           Evidence.PROPOSAL),
    _count("model.shift_reference", "分数偏移(PSI)达到即仅供参考", "千分之一", 100, _MEASURED,
           Evidence.PROPOSAL),
    Parameter("model.explained", "每日逐笔给出原因的高分借据", Kind.COUNT, "笔", 5_000, "",
              Evidence.PROPOSAL),
)  # fmt: skip

_MEASURES = "固定资产、流动资金、个人贷款管理办法(2024年第1、2、3号令)"
_LARGE = "《金融机构大额交易和可疑交易报告管理办法》(人民银行令〔2016〕第3号)第五条"


def _money(code: str, name: str, yuan: int, clause: str, evidence: Evidence) -> Parameter:
    return Parameter(code, name, Kind.MONEY, "元", yuan * 100, clause, evidence, highest=10**13)


def _words(code: str, name: str, words: str) -> Parameter:
    return Parameter(
        code, name, Kind.WORDS, "", words, "预警信号目录第30、31号;词表为本系统默认",
        Evidence.PROPOSAL,
    )  # fmt: skip


_FUND = (
    _money("fund.entrust_single", "受托支付:对公单笔支付超过", 10_000_000, _MEASURES,
           Evidence.QUOTE),
    _money("fund.entrust_retail_business", "受托支付:个人经营贷款单次提款超过", 500_000,
           "个人贷款管理办法(2024年第3号令)第三十六条", Evidence.SECONDARY),
    _money("fund.entrust_retail_other", "受托支付:个人其他贷款单次提款超过", 300_000,
           "个人贷款管理办法(2024年第3号令)第三十六条", Evidence.RECALLED),
    _days("fund.trace_days", "追踪最近多少天内放出的贷款", 180, "", Evidence.PROPOSAL),
    _days("fund.trace_within", "资金到账后多少天内的支出计入去向", 30, "", Evidence.PROPOSAL),
    _count("fund.trace_hops", "最多追踪几手", "手", 4, "", Evidence.PROPOSAL),
    _money("fund.trace_least", "低于此金额不再向下追踪", 10_000, "", Evidence.PROPOSAL),
    _money("fund.least_amount", "疑点合计金额起点", 50_000, "预警信号目录第28号",
           Evidence.PROPOSAL),
    _money("fund.cash_amount", "大额提现起点", 50_000, "", Evidence.PROPOSAL),
    _count("fund.split_times", "化整为零:笔数达到", "笔", 3, "预警信号目录第29号",
           Evidence.PROPOSAL),
    _days("fund.split_days", "化整为零:多少天之内", 10, "预警信号目录第29号", Evidence.PROPOSAL),
    _share("fund.split_share", "化整为零:单笔达到受托支付标准的", 30, "预警信号目录第29号",
           Evidence.PROPOSAL),
    _count("fund.shared_borrowers", "多户同一对手:户数达到", "户", 3, "预警信号目录第40、41号",
           Evidence.PROPOSAL),
    _days("fund.shared_days", "多户同一对手:多少天之内", 90, "预警信号目录第40、41号",
          Evidence.PROPOSAL),
    _share("fund.shared_share", "多户同一对手:与本行客户往来中贷款资金或还款资金占比达到", 50,
           "预警信号目录第40、41号", Evidence.PROPOSAL),
    _days("fund.repaid_days", "同一账户还款:转入后多少天内用于还款", 3, "预警信号目录第41号",
          Evidence.PROPOSAL),
    _share("fund.repaid_margin", "同一账户还款:转入与还款金额相差不超过", 10,
           "预警信号目录第41号", Evidence.PROPOSAL),
    _days("fund.fast_days", "快进快出:资金停留不超过", 2, "预警信号目录第32号",
          Evidence.PROPOSAL),
    _days("fund.fast_before", "快进快出:看放款前多少天", 5, "预警信号目录第32号",
          Evidence.PROPOSAL),
    _days("fund.fast_after", "快进快出:看放款后多少天", 15, "预警信号目录第32号",
          Evidence.PROPOSAL),
    _share("fund.fast_share", "快进快出:金额达到放款金额的", 30, "预警信号目录第32号",
           Evidence.PROPOSAL),
    _money("fund.large_cash", "大额清单:现金收支达到", 50_000, _LARGE, Evidence.RECALLED),
    _money("fund.large_transfer_firm", "大额清单:单位转账达到", 2_000_000, _LARGE,
           Evidence.RECALLED),
    _money("fund.large_transfer_person", "大额清单:个人转账达到", 500_000, _LARGE,
           Evidence.RECALLED),
    _money("fund.night_amount", "异常清单:深夜(0至5时)支付达到", 50_000, "", Evidence.PROPOSAL),
    _money("fund.emptied_amount", "异常清单:单笔转空账户达到", 100_000, "", Evidence.PROPOSAL),
    _words("fund.words.securities", "证券期货的词语", "证券、期货、银证转账、基金销售、股票"),
    _words("fund.words.real_estate", "房地产的词语",
           "房地产、置业、地产开发、购房、房款、楼款、住房首付"),
    _words("fund.words.wealth", "理财的词语", "理财、资产管理、信托计划、结构性存款"),
    _words("fund.words.other_loan", "归还其他贷款的词语",
           "还贷、还款付息、小额贷款、消费金融、归还借款、还网贷、过桥"),
)  # fmt: skip

_SIGNALS = "预警信号目录"
_STATEMENTS = (
    _days("statements.due.quarter", "季报应于季末后报送", 30, "借款合同约定", Evidence.PROPOSAL),
    _days("statements.due.year", "年报应于年末后报送", 120, "借款合同约定", Evidence.PROPOSAL),
    _days("statements.22.late", "22 号信号:报表迟报超过", 15, "预警信号目录第22号",
          Evidence.PROPOSAL),
    _count("statements.peers", "行业对比至少需要的户数", "户", 5, "", Evidence.PROPOSAL),
    _count("statements.cash.short", "现金可支撑少于即列为紧张", "个月", 6, "", Evidence.PROPOSAL),
    _share("statements.1.receivables", "1 号信号:应收账款同比增长超过",
           30, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.1.revenue", "1 号信号:同时营业收入同比增长低于",
           10, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.2.largest", "2 号信号:最大单户占应收账款超过",
           40, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.3.turnover", "3 号信号:存货周转同比减慢达到",
           30, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.4.notes", "4 号信号:应收票据占应收款比重同比上升超过",
           20, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.5.other", "5 号信号:其他应收款或应收关联方占总资产超过",
           20, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.6.debt", "6 号信号:资产负债率超过",
           70, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.6.rise", "6 号信号:或较上年同期上升达到",
           10, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.7.current", "7 号信号:流动比率低于",
           100, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.8.debt", "8 号信号:短期或长期借款同比增长超过",
           50, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.9.intangibles", "9 号信号:无形资产同比增长超过",
           50, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.10.payables", "10 号信号:应付账款同比变动超过",
           50, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.10.revenue", "10 号信号:而营业收入同比变动小于",
           20, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.11.fixed", "11 号信号:固定资产同比减少达到",
           30, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.12.allowance", "12 号信号:坏账准备同比增长超过",
           50, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.13.equity", "13 号信号:扣除利润后所有者权益减少达到",
           10, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.14.paid_out", "14 号信号:分配超过净利润的",
           100, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.15.revenue", "15 号信号:营业收入同比下降达到",
           30, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.15.quarter", "15 号信号:或连续两季同比下降达到",
           10, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.17.costs", "17 号信号:费用增速超过收入增速",
           30, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.18.revenue", "18 号信号:营业收入同比增长超过",
           100, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.19.related", "19 号信号:关联销售占营业收入超过",
           20, _SIGNALS, Evidence.PROPOSAL, 1000),
    _share("statements.21.cover", "21 号信号:利息保障倍数低于",
           150, _SIGNALS, Evidence.PROPOSAL, 1000),
)  # fmt: skip

_EVENT = (
    _share("event.name_likeness", "名称相近:相似度不低于", 75, "", Evidence.PROPOSAL),
    _days("event.same_report_days", "合并重复:发生日相差不超过", 30, "", Evidence.PROPOSAL),
    _share("event.same_report_likeness", "合并重复:内容相似度不低于", 70, "", Evidence.PROPOSAL),
    _days("event.shows_days", "一次性事件提示多少天", 365, "预警信号目录", Evidence.PROPOSAL),
    _count("event.changes_least", "法定代表人、股权频繁变更:提示期内次数达到", "次", 2,
           "预警信号目录 74", Evidence.PROPOSAL),
    _share("event.lawsuit_to_net_assets", "重大诉讼:金额超过净资产的", 10, "预警信号目录 83",
           Evidence.PROPOSAL),
)  # fmt: skip

_GRAPH = (
    _days("graph.failing_days", "出险:任一借据逾期达到", 31, "预警信号目录 87、89",
          Evidence.PROPOSAL),
    _count("graph.sued_guarantors", "保证人被诉、失信:户数达到", "户", 1, "预警信号目录 88",
           Evidence.PROPOSAL),
    _count("graph.failing_members", "担保圈出险:出险户数达到", "户", 1, "预警信号目录 89",
           Evidence.SECONDARY),
    _count("graph.called_hands", "担保圈出险:沿担保链向上几手保证人", "手", 2,
           "预警信号目录 89", Evidence.PROPOSAL),
    _count("graph.hub_clients", "担保户数过多:同时为多少户担保", "户", 5, "", Evidence.PROPOSAL),
    _share("graph.guarantees_to_net_assets", "对外担保余额占净资产上限", 100, "预警信号目录 90",
           Evidence.PROPOSAL, highest=1000),
    _count("graph.shared_most", "共用号码、地址:超过多少户共用即不视为关联", "户", 10, "",
           Evidence.PROPOSAL),
)  # fmt: skip

_GUIDELINE = "《商业银行押品管理指引》(银监发〔2017〕16号)"
# By kind: name, haircut in percent, months between valuations.
_COLLATERAL_KINDS = (
    ("deposit", "存单", 5, 36), ("house", "住宅", 30, 12), ("shop", "商业用房", 40, 12),
    ("plant", "工业厂房", 50, 12), ("land", "土地使用权", 40, 12), ("machine", "机器设备", 60, 12),
    ("vehicle", "车辆", 60, 12), ("stock", "存货", 60, 3), ("receivable", "应收账款", 50, 3),
    ("shares", "股权", 60, 6), ("other", "其他", 70, 6),
)  # fmt: skip
_COLLATERAL = (
    *(_share(f"collateral.haircut.{code}", f"{name}:折扣率", percent,
             f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL)
      for code, name, percent, _ in _COLLATERAL_KINDS),
    _share("collateral.haircut_overdue", "逾期未重估:折扣率加", 10,
           f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL),
    _share("collateral.haircut_overdue_year", "逾期一年以上未重估:折扣率加", 30,
           f"{_GUIDELINE}要求审慎估值;比例为本系统默认", Evidence.PROPOSAL),
    *(_count(f"collateral.revalue.{code}", f"{name}:重估间隔", "个月", months,
             f"{_GUIDELINE}押品价值原则上至少每年评估一次", Evidence.RECALLED)
      for code, name, _, months in _COLLATERAL_KINDS),
    _count("collateral.revalue_watch", "所担保借据为关注类:重估间隔至多", "个月", 6,
           f"{_GUIDELINE}风险上升时提高估值频率;月数为本系统默认", Evidence.PROPOSAL),
    _count("collateral.revalue_bad", "所担保借据为不良:重估间隔至多", "个月", 3,
           f"{_GUIDELINE}风险上升时提高估值频率;月数为本系统默认", Evidence.PROPOSAL),
    _days("collateral.ahead", "登记、保险到期提前提示", 30, "", Evidence.PROPOSAL),
    Parameter("collateral.91.days", "91 号信号:保证期间届满前逐档", Kind.COUNTS, "天", (90, 30),
              "预警信号目录第91号;民法典第692条保证期间", Evidence.PROPOSAL, lowest=0,
              highest=_SEVEN_YEARS),
    _share("collateral.92.fall", "92 号信号:押品较初次估值贬值超过", 20, "预警信号目录第92号",
           Evidence.SECONDARY),
    _share("collateral.92.deeper", "92 号信号:再贬值达到即须补充担保", 10, "预警信号目录第92号",
           Evidence.SECONDARY),
    _share("collateral.93.over", "93 号信号:抵押率高于核定超过", 10, "预警信号目录第93号",
           Evidence.PROPOSAL),
    _days("collateral.95.days", "95 号信号:登记失效或保险到期超过", 30, "预警信号目录第95号",
          Evidence.SECONDARY),
)  # fmt: skip

_GROUPED = (*_INTEREST, *_GRADE, *_SIGNAL, *_SIGNAL_QUIET, *_DEADLINE, *_CASE, *_LIMIT, *_REPORT,
            *_WORKLIST, *_STATEMENTS, *_MODEL, *_FUND, *_EVENT, *_GRAPH, *_COLLATERAL)  # fmt: skip
CATALOGUE = MappingProxyType({entry.code: entry for entry in _GROUPED})
