"""What people say to a finding: confirmed, explained, excluded."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from daihou.client_graph.choices import FindingState
from daihou.client_graph.models import GraphFinding
from daihou.loan_book.actions import NotAcceptable
from daihou.staff.models import Officer


@transaction.atomic
def judge_finding(
    *,
    finding: GraphFinding,
    state: FindingState,
    note: str,
    by: Officer,
    business_date: dt.date,
) -> None:
    """Put on record what a person makes of a finding; explaining or excluding needs a reason.

    It stays so while the finding is no stronger than it was. Raises `NotAcceptable`, also when
    somebody else has judged meanwhile.
    """
    if state is FindingState.NEW:
        raise NotAcceptable("state", "请选择确认、解释或排除")
    if state is not FindingState.CONFIRMED and not note.strip():
        raise NotAcceptable("note", "请写明理由")
    moved = GraphFinding.objects.filter(pk=finding.pk, state=finding.state, ceased_on=None).update(
        state=state, note=note.strip(), decided_by=by, decided_on=business_date
    )
    finding.refresh_from_db()
    if not moved:
        raise NotAcceptable("state", f"该发现的状态是“{finding.get_state_display()}”,未作改动")
