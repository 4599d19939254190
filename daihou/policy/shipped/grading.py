"""When a loan counts as which of the five grades."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import SEVEN_YEARS, Kind, Parameter, count, days, share

_CLASSIFICATION = "《商业银行金融资产风险分类办法》(2023年第1号令)"
RULE_SETS = (("floors", "2023年办法下限"), ("matrix", "担保方式×逾期矩阵"), ("card", "信用卡"),
             ("micro", "小额贷款、消费金融"))  # fmt: skip


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
                      clause, evidence, lowest=1, highest=SEVEN_YEARS)  # fmt: skip
    return (bands, *(
        Parameter(f"grade.{code}.{key}", f"{name}:{label}逐档至少(1正常 2关注 3次级 4可疑 5损失)",
                  Kind.COUNTS, "级", grades, clause, evidence, lowest=1, highest=5)
        for key, label, grades in rows
    ))  # fmt: skip


GRADE = (
    days("grade.special_mention_over", "逾期超过即至少关注", 0, f"{_CLASSIFICATION}第十条(一)",
          Evidence.SECONDARY),
    days("grade.technical_exception", "操作或技术原因短期逾期的宽限", 7,
          f"{_CLASSIFICATION}第十条(一)", Evidence.SECONDARY),
    days("grade.substandard_over", "逾期超过即至少次级", 90, f"{_CLASSIFICATION}第十一条",
          Evidence.SECONDARY),
    days("grade.doubtful_over", "逾期超过即至少可疑", 270, f"{_CLASSIFICATION}第十二条",
          Evidence.SECONDARY),
    days("grade.loss_over", "逾期超过即至少损失", 360, f"{_CLASSIFICATION}第十三条",
          Evidence.SECONDARY),
    share("grade.own_bank_share_over", "非零售债务人本行不良占比超过即全部不良", 10,
           _CLASSIFICATION, Evidence.SECONDARY),
    Parameter("grade.bad_claim_spills", "非零售债务人有不良债权时其他债权至少关注", Kind.FLAG, "",
              True, f"{_CLASSIFICATION}第十条(四)", Evidence.RECALLED),
    Parameter("grade.partly_written_off", "部分核销后剩余部分至少(2关注 3次级 4可疑 5损失)",
              Kind.COUNT, "级", 3,
              f"{_CLASSIFICATION}第十一条(二)已发生信用减值;部分核销视同减值为本系统默认",
              Evidence.PROPOSAL, lowest=2, highest=5),
    Parameter("grade.written_off", "已核销债权保持(2关注 3次级 4可疑 5损失)", Kind.COUNT, "级", 5,
              "账销案存;核销后保持损失为本系统默认", Evidence.PROPOSAL, lowest=2, highest=5),
    share("grade.all_bank_share_over", "非零售债务人全行业逾期90天以上占比超过即至少次级", 20,
           f"{_CLASSIFICATION}第十一条(四)", Evidence.SECONDARY),
    count("grade.upgrade_periods", "不良上调须连续正常还款期数", "期", 2, _CLASSIFICATION,
           Evidence.RECALLED),
    count("grade.upgrade_months", "不良上调须连续正常还款月数", "个月", 6, _CLASSIFICATION,
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
    share("grade.ecl_doubtful_from", "预期信用损失占比达到即至少可疑", 50,
           f"{_CLASSIFICATION}第十二条(三)", Evidence.RECALLED),
    _floor("grade.liquidation", "债务人进入破产清算", 5, f"{_CLASSIFICATION}第十三条(二)",
           Evidence.RECALLED),
    share("grade.ecl_loss_from", "预期信用损失占比达到即至少损失", 90,
           f"{_CLASSIFICATION}第十三条(三)", Evidence.RECALLED),
    days("grade.all_bank_age", "全行业负债信息最长有效", 180,
          "征信查询;天数为本系统默认", Evidence.PROPOSAL),
    _floor("grade.restructured", "重组资产在观察期内", 2, f"{_CLASSIFICATION}第二十一条",
           Evidence.SECONDARY),
    _floor("grade.restructured_again", "观察期内再次重组", 3, f"{_CLASSIFICATION}第二十二条",
           Evidence.SECONDARY),
    count("grade.observation_periods", "重组观察期至少包含的还款期", "期", 2, _CLASSIFICATION,
           Evidence.SECONDARY),
    count("grade.observation_months", "重组观察期最短", "个月", 12, _CLASSIFICATION,
           Evidence.SECONDARY),
    days("grade.difficulty_within", "变更前多少天内宣称困难即视为财务困难", 90,
          f"{_CLASSIFICATION}第三章;天数为本系统默认", Evidence.PROPOSAL),
    days("grade.same_change_within", "多少天内的几项变更视为一次重组", 31,
          "同一方案的事项、条款与还款计划;天数为本系统默认", Evidence.PROPOSAL),
    days("grade.near_floor", "分类认定:距下限多少天以内列为例外", 7, "", Evidence.PROPOSAL),
    days("grade.determination_days", "分类认定有效期(机器建议与认定不同的,到期以机器建议为准)", 92,
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
