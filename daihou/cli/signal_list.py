"""`daihou signals list`: all warning signals with state, threshold and coverage."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rich.console import Console
from rich.table import Table

from daihou.daily_run.queries import closed_through
from daihou.early_warning.client_rules.listing import SignalLine, State, counts_by_state
from daihou.early_warning.client_rules.listing import signal_lines as lines_on

console = Console()
_TONES = {State.IN_USE: "green", State.OFF: "yellow", State.NO_DATA: "dim"}


def show_signals(*, day: dt.date | None, as_json: bool) -> None:
    """Show the signals as they count on a day; the last closed one if none is named."""
    on = day or closed_through() or dt.datetime.now(tz=dt.UTC).date()
    lines = lines_on(on)
    if as_json:
        console.print_json(data={"day": on.isoformat(), "signals": [_data(one) for one in lines]})
        return
    table = Table("编号", "类别", "信号", "颜色", "条件", "状态", "覆盖", title=f"{on} 预警信号")
    for one in lines:
        colours = "".join(str(colour.label) for colour in one.colours)
        state = f"[{_TONES[one.state]}]{one.state_words}[/]"
        table.add_row(
            str(one.number), one.group, one.name, colours, one.in_words, state, _coverage(one)
        )
    console.print(table)
    counts = counts_by_state(lines)
    console.print("、".join(f"{state.value} {number} 个" for state, number in counts.items()))


def _coverage(line: SignalLine) -> str:
    if line.judged is None:
        return "—"
    return f"{line.known:,}/{line.judged:,}"


def _data(line: SignalLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "group": line.group,
        "name": line.name,
        "about": "loan" if line.of_loans else "client",
        "colours": [str(colour.label) for colour in line.colours],
        "conditions": list(line.conditions),
        "in_words": line.in_words,
        "segment": line.segment,
        "needs": list(line.needs),
        "state": line.state.value,
        "missing": list(line.missing),
        "version": line.version,
        "source": line.source,
        "evidence": line.evidence,
        "coverage": None if line.judged is None else {"of": line.judged, "known": line.known},
    }
