"""What a wish asks for, in the words of the staff."""

from __future__ import annotations

from daihou.servicing.choices import ProposalKind
from daihou.servicing.wishes import Wish
from daihou.workbench.pieces.figures_text import yuan
from loanmath.rates import format_percent
from loanmath.what_if import Keep

_KEEPS = {Keep.TERM: "期限不变,少还每期", Keep.INSTALMENT: "每期不变,缩短期限"}
_PAUSES = (ProposalKind.COUNT_PAUSED, ProposalKind.PENALTY_PAUSED)


def asked_lines(wish: Wish) -> list[tuple[str, str]]:
    """Name and value of everything that is asked for, besides the kind."""
    lines = [("生效日", f"{wish.on} 日终")]
    if wish.until:
        lines.append(("停计至" if wish.kind in _PAUSES else "展期至", str(wish.until)))
    elif wish.kind in _PAUSES:
        lines.append(("停计至", "另行申请恢复"))
    if wish.rate is not None:
        lines.append(("变更后年利率", format_percent(wish.rate)))
    if wish.amount:
        lines.append(("提前还款金额", f"{yuan(wish.amount)} 元"))
    if wish.keep:
        lines.append(("还款后", _KEEPS[wish.keep]))
    if wish.weights:
        lines.append(("有收入的月份", cycle_words(wish.weights)))
    if wish.instalments:
        lines.append(("重组为", f"{wish.instalments} 期"))
        lines.append(("欠息", "转为本金" if wish.capitalise else "随首期收取"))
    if wish.kind is ProposalKind.EXTENSION:
        lines.append(("展期性质", "被动展期" if wish.is_passive else "应本行要求或经营需要"))
    return lines


def cycle_words(weights: tuple[int, ...]) -> str:
    """The months of a cash cycle with their shares, as they are typed: 6月2、10月3."""
    return "、".join(f"{n}月{weight}" for n, weight in enumerate(weights, start=1) if weight)
