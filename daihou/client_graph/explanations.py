"""The graph's findings put into words, from the numbers that the rules saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from daihou.client_graph.choices import (
    CIRCLE_FAILING,
    GUARANTEES_TOO_LARGE,
    GUARANTOR_FAILING,
    GUARANTOR_SUED,
    SIGNAL_NAMES,
)
from daihou.client_graph.rules import UNKNOWN
from daihou.policy.queries import ParametersOnDay
from daihou.policy.reasons import InputValue, Reason, SourceRow, reason
from loanmath.money import Money, format_yuan

_MOST_NAMED = 3


@dataclass(frozen=True)
class Named:
    """A client as a sentence names it."""

    number: str
    name: str


class Kept(Protocol):
    """What of a finding is put into words."""

    signal: int
    seen: list[int]
    clients: list[int]
    rows: list[int]


def explain(finding: Kept, named: Mapping[int, Named], parameters: ParametersOnDay) -> Reason:
    """One finding in words, with its parameter, the numbers and the rows."""
    says, inputs, code = _WORDS[finding.signal](finding.seen, _names(finding.clients, named))
    return reason(
        f"{finding.signal} {SIGNAL_NAMES[finding.signal]}",
        parameters.limit(code),
        says,
        inputs=inputs,
        rows=[*_clients(finding.clients, named), *_rows(finding)],
    )


_Words = tuple[str, dict[str, InputValue], str]


def _failing(seen: Sequence[int], names: str) -> _Words:
    count, days, amount = seen
    says = f"{count} 户保证人已逾期:{names},最长 {days} 天,所保 {_yuan(amount)} 元"
    inputs: dict[str, InputValue] = {
        "逾期保证人(户)": count, "最长逾期(天)": days, "所保金额(元)": _yuan(amount),
    }  # fmt: skip
    return says, inputs, "graph.failing_days"


def _sued(seen: Sequence[int], names: str) -> _Words:
    count, events = seen
    says = f"{count} 户保证人有已确认的司法事件:{names},共 {events} 则"
    return says, {"涉诉、失信保证人(户)": count, "事件(则)": events}, "graph.sued_guarantors"


def _circle(seen: Sequence[int], names: str) -> _Words:
    count, size, hands = seen
    how = "直接担保" if hands == 1 else f"隔 {hands} 手担保"
    says = f"所在担保圈有 {count} 户出险,本户为其{how},可能须代偿:{names}"
    inputs: dict[str, InputValue] = {
        "可能须代偿的出险户数": count, "担保圈户数": size, "最近隔几手": hands,
    }  # fmt: skip
    return says, inputs, "graph.called_hands"


def _too_large(seen: Sequence[int], names: str) -> _Words:
    clients, amount, net_assets = seen
    known = net_assets != UNKNOWN
    against = f",净资产 {_yuan(net_assets)} 元" if known else ",净资产未知"
    says = f"为 {clients} 户担保共 {_yuan(amount)} 元{against}:{names}"
    inputs: dict[str, InputValue] = {
        "被担保户数": clients, "担保余额(元)": _yuan(amount),
        "净资产(元)": _yuan(net_assets) if known else None,
    }  # fmt: skip
    code = "graph.guarantees_to_net_assets" if known else "graph.hub_clients"
    return says, inputs, code


_WORDS = {
    GUARANTOR_FAILING: _failing,
    GUARANTOR_SUED: _sued,
    CIRCLE_FAILING: _circle,
    GUARANTEES_TOO_LARGE: _too_large,
}


def _names(clients: Sequence[int], named: Mapping[int, Named]) -> str:
    known = [named[client].name for client in clients if client in named]
    more = len(known) - _MOST_NAMED
    return "、".join(known[:_MOST_NAMED]) + (f" 等 {len(known)} 户" if more > 0 else "")


def _clients(clients: Sequence[int], named: Mapping[int, Named]) -> list[SourceRow]:
    return [
        SourceRow(table="客户", id=named[client].number) for client in clients if client in named
    ]


def _rows(finding: Kept) -> list[SourceRow]:
    table = "外部事件" if finding.signal == GUARANTOR_SUED else "保证"
    return [SourceRow(table=table, id=str(row)) for row in finding.rows[:20]]


def _yuan(fen: int) -> str:
    return format_yuan(Money(fen))
