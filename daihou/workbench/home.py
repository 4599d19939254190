"""The first page after login: the first desk that the person's roles allow."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect

from daihou.workbench.desks import desks_for
from daihou.workbench.pieces.page import DeskRequest, desk
from daihou.workbench.roles import EVERYBODY


@desk(roles=EVERYBODY, needs_day=False)
def home(request: DeskRequest) -> HttpResponseBase:
    """Lead to 今日工作, or to the first desk there is for the person."""
    desks = desks_for(request.officer)
    if not desks:
        raise PermissionDenied("您的角色目前没有可用的工作台,请联系系统管理员")
    return redirect(desks[0].address)
