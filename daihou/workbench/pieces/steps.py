"""Steps of a matter that waits for people: a button of its page names the one that is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.forms import Form
from django.http import Http404

from daihou.policy.actions import Refused
from daihou.workbench.pieces.forms import show_refusal
from daihou.workbench.pieces.page import DeskRequest

Matter = TypeVar("Matter")
# Takes a step on a matter, with the opinion given, and returns what is said of it.
Step = Callable[[DeskRequest, Matter, str], str]


def take_step(
    request: DeskRequest, found: Matter, form: Form, steps: Mapping[str, Step[Matter]]
) -> bool:
    """Take the step that the button names; what is refused is shown beside the form."""
    step = steps.get(request.POST.get("decision", ""))
    if step is None or request.shows_past:
        raise Http404
    try:
        said = step(request, found, form.cleaned_data["opinion"])
    except Refused as refusal:
        show_refusal(form, refusal.field, str(refusal))
        return False
    messages.success(request, said)
    return True
