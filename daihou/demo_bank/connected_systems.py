"""The core banking system of the demo bank, connected by its administrator."""

from __future__ import annotations

import datetime as dt

from daihou.api_clients.actions import issue_token, register_client
from daihou.api_clients.choices import Scope
from daihou.api_clients.models import ApiClient
from daihou.demo_bank.organisation import CAST, HEAD_OFFICE
from daihou.staff.choices import Role
from daihou.staff.models import Branch, Officer

CODE = "core"
_DAYS = 366


def connect_core_system(today: dt.date) -> str | None:
    """Register 核心系统 and issue its token, to be shown once; None when it is connected already.

    A token counts by the calendar, not by the business days of the demo bank.
    """
    if ApiClient.objects.filter(account__username=CODE).exists():
        return None
    keeper = next(person for person in CAST if Role.ADMINISTRATOR in person.roles)
    administrator = Officer.objects.get(username=keeper.username)
    client = register_client(
        code=CODE,
        name="核心系统",
        branch=Branch.objects.get(code=HEAD_OFFICE),
        scopes=tuple(Scope),
        purpose="还款入账与冲正,查询借据状态",
        contact="科技部 核心系统组",
        by=administrator,
    )
    return issue_token(client=client, days=_DAYS, on=today, by=administrator).text
