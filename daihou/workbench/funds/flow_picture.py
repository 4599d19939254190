"""The flow of a draw as a sankey: from the draw over each hand to where the money is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from daihou.fund_supervision.choices import Evidence
from daihou.fund_supervision.models import AccountTransaction, TracedPayment
from daihou.workbench.pieces.charts import QUIET, Chart
from daihou.workbench.pieces.figures_text import yuan
from loanmath.money import Money

_NAMED = 14  # names on a hand beyond which the smallest are put together
_BAD, _GOOD = "--grade-4", "--grade-1"


def flow_chart(
    draw_name: str,
    arrived: int,
    steps: Sequence[TracedPayment],
    transactions: Mapping[int, AccountTransaction],
    suspicious: set[int],
) -> Chart | None:
    """The picture; None while no payment was traced."""
    if not steps:
        return None
    names = {step.number: _name(step, transactions) for step in steps}
    kept = _largest(steps, names)
    nodes: dict[tuple[int, str], int] = {(0, draw_name): 0}
    links: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    place = {0: 0}
    for step in steps:
        name = names[step.number] if (step.hop, names[step.number]) in kept else "其他收款人"
        node = nodes.setdefault((step.hop, name), len(nodes))
        place[step.number] = node
        link = links[place[step.parent], node]
        link[0] += step.amount
        rank = 1 if step.evidence >= Evidence.CONTRACT else 0
        link[1] = max(link[1], 2 if step.transaction in suspicious else rank)
    first = sum(step.amount for step in steps if step.parent == 0)
    if arrived > first:
        node = nodes.setdefault((1, "尚在账户"), len(nodes))
        links[0, node] = [arrived - first, 0]
    labels = [name for _, name in nodes]
    colours = [{0: QUIET, 1: _GOOD, 2: _BAD}[rank] for _, rank in links.values()]
    data = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {"label": labels, "pad": 18, "thickness": 14, "color": "--accent"},
        "link": {
            "source": [source for source, _ in links],
            "target": [target for _, target in links],
            "value": [amount / 1_000_000 for amount, _ in links.values()],
            "color": colours,
            "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,.2f}<extra></extra>",
        },
        "valueformat": ",.2f",
        "valuesuffix": " 万元",
    }
    return Chart(
        name="flow",
        finding=_finding(steps, arrived, suspicious),
        data=[data],
        layout={"margin": {"l": 8, "r": 8, "t": 8, "b": 8}},
        note="红色:涉及疑点;绿色:有合同或凭证;灰色:无证据。单位:万元。同一手内较小的收款人并为一组。",
        headings=("付款方 → 收款方", "金额(元)"),
        rows=[
            (f"{labels[source]} → {labels[target]}", yuan(Money(amount)))
            for (source, target), (amount, _) in links.items()
        ],
    )


def _name(step: TracedPayment, transactions: Mapping[int, AccountTransaction]) -> str:
    row = transactions.get(step.transaction)
    if row is None:
        return "未知"
    return row.counterparty_name or ("提取现金" if row.is_cash else row.purpose or "未知")


def _largest(steps: Sequence[TracedPayment], names: Mapping[int, str]) -> set[tuple[int, str]]:
    totals: dict[tuple[int, str], int] = defaultdict(int)
    for step in steps:
        totals[step.hop, names[step.number]] += step.amount
    ranked = sorted(totals, key=lambda key: -totals[key])
    kept: set[tuple[int, str]] = set()
    for hop in {hop for hop, _ in ranked}:
        kept |= set([key for key in ranked if key[0] == hop][:_NAMED])
    return kept


def _finding(steps: Sequence[TracedPayment], arrived: int, suspicious: set[int]) -> str:
    first = [step for step in steps if step.parent == 0]
    spent = sum(step.amount for step in first)
    odd = {step.transaction for step in steps} & suspicious
    said = f"到账资金已支付 {spent / max(arrived, 1):.0%}"
    if odd:
        return f"{said},其中 {len(odd)} 笔支付涉及疑点"
    return f"{said},未见疑点"
