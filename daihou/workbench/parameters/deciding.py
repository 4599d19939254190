"""A second person decides what waits: it counts, or it goes back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages

from daihou.policy.actions import Refused
from daihou.workbench.pieces.page import DeskRequest

Step = tuple[Callable[[], None], str]  # what is done, and what is said of it


def decide(request: DeskRequest, *, approve: Step, send_back: Step) -> None:
    """Take the step that the button named, and say what came of it."""
    carry_out, said = approve if request.POST.get("decision") == "approve" else send_back
    try:
        carry_out()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
