"""Why a piece of collateral is worth what it is worth to us, in words."""

from __future__ import annotations

from daihou.collateral.choices import CODE_OF, CollateralKind
from daihou.collateral.models import Collateral, CollateralStanding
from daihou.policy.queries import ParametersOnDay
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, in_yuan, reason

_STALE_CODE = {1: "collateral.haircut_overdue", 2: "collateral.haircut_overdue_year"}
_STALE_SAYS = {1: "逾期未重估", 2: "逾期一年以上未重估"}
_CONVENTION = Limit(
    0,
    "民法典第414条登记先后受偿;同顺位先扣他人、多份合同按余额分摊为本系统默认",
    "PROPOSAL",
    "决定0052",
)


def explain(
    piece: Collateral, standing: CollateralStanding, parameters: ParametersOnDay
) -> list[Reason]:
    """The reasons of a standing: haircut, who ranks before us, loan-to-value, when it is due."""
    kind = CollateralKind(piece.kind)
    if standing.value is None:
        limit = parameters.limit(f"collateral.haircut.{CODE_OF[kind]}")
        return [reason("collateral.no_value", limit, "没有估值,可用价值与抵押率未知",
                       inputs={"估值": None}, rows=[_row(piece)])]  # fmt: skip
    return [
        _haircut(piece, kind, standing, parameters),
        _rank(piece, standing),
        _ltv(piece, standing, parameters),
        _due(piece, kind, standing, parameters),
    ]


def _haircut(
    piece: Collateral, kind: CollateralKind, standing: CollateralStanding, on: ParametersOnDay
) -> Reason:
    limit = on.limit(f"collateral.haircut.{CODE_OF[kind]}")
    inputs: dict[str, InputValue] = {
        "估值": yuan(standing.value),
        f"{kind.label}折扣率": percent(limit.value),
    }
    says = f"估值扣除{percent(standing.haircut)}"
    if standing.stale:
        added = on.limit(_STALE_CODE[standing.stale]).value
        inputs[f"{_STALE_SAYS[standing.stale]}另加"] = percent(added)
        says += f"({_STALE_SAYS[standing.stale]},另加{percent(added)})"
    valuation = standing.valuation
    if valuation is not None:
        inputs["估值日"] = valuation.valued_on.isoformat()
        inputs["来源"] = valuation.get_source_display()
    return reason("collateral.haircut", limit, says, inputs=inputs, rows=[_row(piece)])


def _rank(piece: Collateral, standing: CollateralStanding) -> Reason:
    if standing.prior:
        says = f"他人先于或同于本行受偿{yuan(standing.prior)},余{yuan(standing.usable)}可供本行受偿"
    else:
        says = f"没有先于本行的权利人,{yuan(standing.usable)}可供本行受偿"
    inputs: dict[str, InputValue] = {
        "先顺位金额": yuan(standing.prior),
        "可用价值": yuan(standing.usable),
        "本行实际覆盖": yuan(standing.covered),
    }
    return reason("collateral.rank", _CONVENTION, says, inputs=inputs, rows=[_row(piece)])


def _ltv(piece: Collateral, standing: CollateralStanding, on: ParametersOnDay) -> Reason:
    limit = on.limit("collateral.93.over")
    inputs: dict[str, InputValue] = {
        "分摊的贷款余额": yuan(standing.owed),
        "先顺位金额": yuan(standing.prior),
        "估值": yuan(standing.value),
        "核定抵押率": percent(standing.approved_ltv),
    }
    if standing.ltv is None:
        says = "所担保借据有外币,抵押率未知"
    elif standing.approved_ltv is None:
        says = f"抵押率{percent(standing.ltv)};没有登记核定抵押率,无从比较"
    elif standing.ltv > standing.approved_ltv:
        over = percent(standing.ltv - standing.approved_ltv)
        says = f"抵押率{percent(standing.ltv)},高于核定{percent(standing.approved_ltv)},超出{over}"
    else:
        says = f"抵押率{percent(standing.ltv)},未超过核定{percent(standing.approved_ltv)}"
    return reason("collateral.ltv", limit, says, inputs=inputs, rows=[_row(piece)])


def _due(
    piece: Collateral, kind: CollateralKind, standing: CollateralStanding, on: ParametersOnDay
) -> Reason:
    code = f"collateral.revalue.{CODE_OF[kind]}"
    if standing.grade is not None and standing.grade >= 2:
        stricter = "collateral.revalue_bad" if standing.grade >= 3 else "collateral.revalue_watch"
        if on.whole(stricter) < on.whole(code):
            code = stricter
    limit = on.limit(code)
    valuation = standing.valuation
    due = None if standing.due_on is None else standing.due_on.isoformat()
    inputs: dict[str, InputValue] = {"重估间隔": f"{limit.value}个月", "应重估日": due}
    says = f"每{limit.value}个月重估一次,应于{due}前重估"
    if valuation is not None and valuation.next_due is not None:
        inputs["估值报告约定下次重估"] = valuation.next_due.isoformat()
    return reason("collateral.due", limit, says, inputs=inputs, rows=[_row(piece)])


def yuan(fen: int | None) -> str | None:
    """Fen as 元 in words; None stays unknown."""
    return None if fen is None else in_yuan(fen)


def percent(micro: int | None) -> str:
    """Micro-percent as people write it, with two decimals rounded up; 未知 for none."""
    if micro is None:
        return "未知"
    whole, rest = divmod(-(-micro // 10_000), 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"


def _row(piece: Collateral) -> SourceRow:
    return SourceRow(table="押品", id=piece.number)
