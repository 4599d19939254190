"""The 为什么 panel: conclusion, rules and versions, clauses and how sure we are, inputs, rows.

A reason everywhere is {"rule", "version", "says", "clause", "evidence", "inputs": {name: value},
"rows": [{"table", "id"}]}; this module only reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from daihou.workbench.pieces.page import page


def why_page(
    request: HttpRequest,
    *,
    conclusion: str,
    reasons: Sequence[dict[str, Any]],
    what_would_change: Sequence[str] = (),
) -> HttpResponse:
    """The panel as an answer of its own, for links with `data-panel`."""
    context = {
        "title": "为什么",
        "conclusion": conclusion,
        "reasons": reasons,
        "what_would_change": what_would_change,
    }
    return page(request, "workbench/pieces/why_page.html", context)
