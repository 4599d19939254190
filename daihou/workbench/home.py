"""The first page after login: 今日工作, or the first desk that the person's roles allow."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect

from daihou.workbench.desks import TODAY, desks_for
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.roles import EVERYBODY
from daihou.workbench.today.views import worklist


@desk(roles=EVERYBODY, needs_day=False)
def home(request: DeskRequest) -> HttpResponseBase:
    """Show 今日工作 to those who work with clients; lead the others to their first desk."""
    desks = desks_for(request.officer)
    if not desks:
        raise PermissionDenied("您的角色目前没有可用的工作台,请联系系统管理员")
    if TODAY not in desks:
        return redirect(desks[0].address)
    if request.latest_day is None:
        return page(request, "workbench/no_day.html", {"title": "今日工作"})
    return worklist(request)
