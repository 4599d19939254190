"""How loans are staged, how their expected loss is measured, and what the allowance must reach."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import PERCENT, Kind, Parameter, days, share

_MEASURES = "《商业银行预期信用损失法实施管理办法》(银保监规〔2022〕10号)"
_CAS22 = "《企业会计准则第22号》"
_ADEQUACY = "《商业银行贷款损失准备管理办法》第七条"
_GUIDELINE = "《银行贷款损失准备计提指引》(2002)"


def _rate(code: str, name: str, tenths: int, clause: str, evidence: Evidence,
          highest: int = 100) -> Parameter:  # fmt: skip
    """A share in tenths of a percent."""
    return Parameter(f"provision.{code}", name, Kind.SHARE, "%", tenths * PERCENT // 10, clause,
                     evidence, highest=highest * PERCENT)  # fmt: skip


def _flag(code: str, name: str, default: bool, clause: str, evidence: Evidence) -> Parameter:
    return Parameter(f"provision.{code}", name, Kind.FLAG, "", default, clause, evidence)


# Group: name, default rate of a year in tenths of a percent for corporate and retail.
_GROUPS = (
    ("current", "未逾期", 15, 10), ("watched", "未逾期而风险显著增加", 80, 60),
    ("late", "逾期30天以内", 60, 80), ("later", "逾期31至60天", 200, 250),
    ("latest", "逾期60天以上", 450, 500),
)  # fmt: skip
_PD_CLAUSE = f"{_MEASURES}要求以自身历史估计;历史不足以前为本系统默认"
_LGD_CLAUSE = "巴塞尔初级法高级债权45%供参照;比例为本系统默认"
_OF_SCENARIO = (("weight", "权重"), ("pd", "违约概率乘数"), ("lgd", "损失率乘数"))
_SCENARIO_CLAUSE = f"{_MEASURES}要求至少三种情景并概率加权;数值为本系统默认"
PROVISION = (
    days("provision.stage2.days", "第二阶段:逾期超过", 30, f"{_CAS22}三十日可反驳推定",
         Evidence.RECALLED),
    days("provision.stage3.days", "第三阶段:逾期超过", 90, f"{_CAS22}九十日可反驳推定",
         Evidence.RECALLED),
    _flag("stage2.mention", "关注类列入第二阶段", True, f"{_MEASURES}信用风险显著增加",
          Evidence.PROPOSAL),
    _flag("stage2.mention_by_days", "仅因逾期而关注的也列入第二阶段", False,
          f"{_CAS22}以三十日为界;本系统默认", Evidence.PROPOSAL),
    _flag("stage2.restructured", "重组观察期内列入第二阶段", True, f"{_MEASURES}信用风险显著增加",
          Evidence.PROPOSAL),
    _flag("stage2.watched", "观察名单客户列入第二阶段", True, f"{_MEASURES}信用风险显著增加",
          Evidence.PROPOSAL),
    days("provision.rebuttal.days", "反驳三十日推定:有效期至多", 90,
         f"{_CAS22}允许以合理且有依据的信息反驳;期限为本系统默认", Evidence.PROPOSAL),
    *(_rate(f"pd.{kind}.{code}", f"{kind_name}{name}:一年违约概率", values[n], _PD_CLAUSE,
            Evidence.PROPOSAL)
      for n, (kind, kind_name) in enumerate((("firm", "对公"), ("retail", "零售")))
      for code, name, *values in _GROUPS),
    _rate("lgd.firm", "对公未覆盖部分:违约损失率", 450, _LGD_CLAUSE, Evidence.PROPOSAL),
    _rate("lgd.retail", "零售未覆盖部分:违约损失率", 600, _LGD_CLAUSE, Evidence.PROPOSAL),
    _rate("lgd.covered", "押品覆盖部分:违约损失率", 50, "覆盖已扣折扣;处置费用为本系统默认",
          Evidence.PROPOSAL),
    _rate("lgd.loss", "损失类未覆盖部分:违约损失率", 1000, _GUIDELINE, Evidence.PROPOSAL),
    *(_rate(f"scenario.{code}.{what}", f"{name}情景:{label}", value, _SCENARIO_CLAUSE,
            Evidence.PROPOSAL, highest=500)
      for code, name, values in (("base", "基准", (600, 1000, 1000)),
                                 ("up", "乐观", (150, 850, 950)),
                                 ("down", "悲观", (250, 1400, 1150)))
      for (what, label), value in zip(
          _OF_SCENARIO, values, strict=True)),
    *(share(f"provision.scale.{grade}", f"五级比例法:{name}", percent, _GUIDELINE, evidence)
      for grade, name, percent, evidence in (
          (1, "正常", 1, Evidence.SECONDARY), (2, "关注", 2, Evidence.SECONDARY),
          (3, "次级", 25, Evidence.SECONDARY), (4, "可疑", 50, Evidence.SECONDARY),
          (5, "损失", 100, Evidence.SECONDARY))),
    _rate("standard.loans", "贷款拨备率监管标准", 25, _ADEQUACY, Evidence.SECONDARY),
    _rate("standard.bad", "拨备覆盖率监管标准", 1500, _ADEQUACY, Evidence.SECONDARY, highest=500),
)  # fmt: skip
