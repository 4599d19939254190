"""How the handling of signals goes: who answers for it, who signs, by when."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import Kind, Parameter, count, days

DEADLINE = (
    count("deadline.red.acknowledge", "红色信号:知悉时限", "小时", 24, "", Evidence.PROPOSAL),
    count("deadline.red.plan", "红色信号:方案时限", "工作日", 3, "", Evidence.PROPOSAL),
    count("deadline.orange.acknowledge", "橙色信号:知悉时限", "小时", 48, "", Evidence.PROPOSAL),
    count("deadline.orange.plan", "橙色信号:方案时限", "工作日", 5, "", Evidence.PROPOSAL),
    count("deadline.yellow.acknowledge", "黄色信号:知悉时限", "工作日", 3, "", Evidence.PROPOSAL),
    count("deadline.yellow.plan", "黄色信号:方案时限", "工作日", 10, "", Evidence.PROPOSAL),
    count("deadline.blue.note", "蓝色信号:记录时限", "天", 30, "", Evidence.PROPOSAL),
    days("deadline.deferral", "待办最长延后", 30, "", Evidence.PROPOSAL),
)  # fmt: skip

_OWNERS = (("officer", "管户客户经理"), ("post_loan", "机构贷后岗"))


def _owner(colour: str, name: str, default: str) -> Parameter:
    return Parameter(f"case.owner.{colour}", f"{name}色预警:负责人", Kind.CHOICE, "", default,
                     "", Evidence.PROPOSAL, options=_OWNERS)  # fmt: skip


# How the handling of signals goes: who answers for it, who signs, when it goes up the line.
CASE = (
    _owner("blue", "蓝", "officer"),
    _owner("yellow", "黄", "officer"),
    _owner("orange", "橙", "officer"),
    _owner("red", "红", "post_loan"),
    Parameter("case.second_signature_from", "解除或认定误报须第二人复核:颜色达到", Kind.COLOUR, "",
              3, "", Evidence.PROPOSAL, lowest=1, highest=4),
    Parameter("case.simple_release_upto", "信号已消失即可直接解除:颜色不超过", Kind.COLOUR, "", 2,
              "", Evidence.PROPOSAL, lowest=1, highest=4),
    count("case.verify_within", "任务全部办结后核实", "工作日", 3, "", Evidence.PROPOSAL),
    count("case.release_within", "核实通过后提请解除", "工作日", 5, "", Evidence.PROPOSAL),
    count("case.decide_within", "解除提请的复核", "工作日", 2, "", Evidence.PROPOSAL),
    days("case.task_longest", "处置任务最长期限", 90, "", Evidence.PROPOSAL),
    days("case.tasks_ahead", "处置任务到期前多少天列入今日工作", 3, "", Evidence.PROPOSAL),
    days("case.escalate_every", "超期后每隔多久上报一级(首日即报本机构)", 3, "",
          Evidence.PROPOSAL),
    Parameter("case.repeat_times", "反复预警升一色:观察期内立案达到", Kind.COUNT, "次", 3, "",
              Evidence.PROPOSAL, lowest=2, highest=100),
    days("case.repeat_window", "反复预警的观察期", 180, "", Evidence.PROPOSAL),
    Parameter("case.watch_from", "自动列入观察名单:颜色达到", Kind.COLOUR, "", 4, "",
              Evidence.PROPOSAL, lowest=1, highest=4),
    days("case.watch_quiet", "观察名单:无在办预警满多少天可移出", 90, "", Evidence.PROPOSAL),
)  # fmt: skip
