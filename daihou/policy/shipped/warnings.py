"""When a loan shows a warning signal, in which colour, and how often it may."""

from __future__ import annotations

from daihou.policy.choices import Evidence
from daihou.policy.entries import SEVEN_YEARS, Kind, Parameter, count, days


def _colour(code: str, name: str, default: int) -> Parameter:
    return Parameter(
        code, name, Kind.COLOUR, "", default, "预警信号目录", Evidence.PROPOSAL, lowest=1, highest=4
    )


SIGNAL = (
    days("signal.53.days", "53 出现逾期:逾期天数达到", 1, "预警信号目录第53号", Evidence.PROPOSAL),
    _colour("signal.53.colour", "53 出现逾期:颜色", 2),
    Parameter("signal.54.days", "54 逾期加深:逾期天数逐档达到", Kind.COUNTS, "天", (31, 61, 91),
              "预警信号目录第54号", Evidence.PROPOSAL, lowest=1, highest=SEVEN_YEARS),
    Parameter("signal.54.colours", "54 逾期加深:逐档颜色", Kind.COLOURS, "", (3, 3, 4),
              "预警信号目录第54号", Evidence.PROPOSAL, lowest=1, highest=4),
    count("signal.55.times", "55 还款延迟:次数达到", "次", 3, "预警信号目录第55号",
           Evidence.SECONDARY),
    _colour("signal.55.colour", "55 还款延迟:颜色", 2),
    count("signal.56.instalments", "56 连续未还:期数达到", "期", 2, "预警信号目录第56号",
           Evidence.SECONDARY),
    _colour("signal.56.colour", "56 连续未还:颜色", 3),
    days("signal.57.days_over", "57 欠息:天数超过", 60, "预警信号目录第57号", Evidence.SECONDARY),
    _colour("signal.57.colour", "57 欠息:颜色", 3),
    _colour("signal.58.colour", "58 借新还旧或被动展期:颜色", 4),
    _colour("signal.59.colour", "59 代还、临期还或部分还款:颜色", 2),
    _colour("signal.60.colour", "60 宣称无力还款或申请减免:颜色", 3),
    days("signal.58.window", "58 借新还旧或被动展期:登记后观察", 365, "预警信号目录第58号",
          Evidence.PROPOSAL),
    days("signal.59.payer_window", "59 他人代还:还款后观察", 30, "预警信号目录第59号",
          Evidence.PROPOSAL),
    count("signal.59.grace_times", "59 临期才还:近一年宽限期内才还达到", "次", 3,
           "预警信号目录第59号", Evidence.PROPOSAL),
    days("signal.60.window", "60 宣称无力还款或申请减免:登记后观察", 90, "预警信号目录第60号",
          Evidence.PROPOSAL),
)  # fmt: skip

# Days for which a signal that ceased stays quiet, and within which its return goes on with the
# old episode. Grave signals are never held back.
_QUIET = {53: (3, 7), 54: (0, 30), 55: (30, 90), 56: (0, 30), 57: (0, 30), 58: (0, 0),
          59: (30, 90), 60: (0, 0)}  # fmt: skip
SIGNAL_QUIET = tuple(
    days(f"signal.{number}.{code}", f"{number} 号信号:{name}", quiet, "", Evidence.PROPOSAL)
    for number, (cooldown, merge) in _QUIET.items()
    for code, name, quiet in (
        ("cooldown", "消失后静默", cooldown),
        ("merge", "重现并入原信号", merge),
    )
)
