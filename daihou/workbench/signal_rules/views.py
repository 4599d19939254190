"""预警规则: every warning signal with its rule, and the indicators that rules look at."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase

from daihou.early_warning.client_rules.listing import SignalLine, indicator_lines, signal_lines
from daihou.early_warning.client_rules.queries import versions_of, waiting_versions
from daihou.policy.actions import PROPOSERS
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.queries import parameters_on
from daihou.policy.values import as_text
from daihou.workbench.desks import SIGNAL_RULES as DESK
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import plain_table
from daihou.workbench.signal_rules.listing import (
    INDICATOR_COLUMNS,
    INDICATORS,
    RULES,
    VERSIONS,
    figures,
    levels,
    state_badge,
)


@desk(roles=DESK.roles)
def signal_rules(request: DeskRequest) -> HttpResponseBase:
    """All warning signals as they counted on the day, with what that day's run could see."""
    lines = signal_lines(request.business_date)
    listing = RULES.open(request, lines)
    if listing.is_export:
        return listing.download()
    context = {
        "title": "预警规则",
        "table": listing,
        "figures": figures(lines),
        "waiting": waiting_versions(),
    }
    return page(request, "workbench/signal_rules/list.html", context)


@desk(roles=DESK.roles)
def signal_rule(request: DeskRequest, number: int) -> HttpResponseBase:
    """One signal: its levels, the data and indicators it looks at, where it comes from."""
    lines = {line.number: line for line in signal_lines(request.business_date)}
    if number not in lines:
        raise Http404
    line = lines[number]
    looked_at = [one for one in indicator_lines(request.business_date) if one.code in line.looks_at]
    context = {
        "title": f"{line.number} {line.name}",
        "line": line,
        "state": state_badge(line),
        "levels": levels(line),
        "thresholds": _thresholds(request, line),
        "grid": plain_table(INDICATOR_COLUMNS, looked_at) if looked_at else None,
        "history": plain_table(VERSIONS, list(versions_of(number))),
        "may_edit": not line.of_loans
        and not request.shows_past
        and request.officer.has_role(*PROPOSERS),
    }
    return page(request, "workbench/signal_rules/rule.html", context)


@desk(roles=DESK.roles)
def indicator_list(request: DeskRequest) -> HttpResponseBase:
    """All indicators of clients: what each means, and for how many clients it was known."""
    listing = INDICATORS.open(request, indicator_lines(request.business_date))
    if listing.is_export:
        return listing.download()
    context = {"title": "指标目录", "table": listing}
    return page(request, "workbench/signal_rules/indicators.html", context)


def _thresholds(request: DeskRequest, line: SignalLine) -> list[dict[str, Any]]:
    """The parameters that hold the thresholds of a signal of loans."""
    values = parameters_on(request.business_date)
    return [
        {
            "code": code,
            "name": CATALOGUE[code].name,
            "value": as_text(CATALOGUE[code], values[code].value),
            "clause": values[code].clause,
        }
        for code in line.parameters
    ]
