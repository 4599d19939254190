"""What every page of the workbench needs: who looks, as of which business date, in which frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from daihou.daily_run.choices import DayStatus
from daihou.daily_run.models import BusinessDay
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.workbench.desks import desks_for, groups_of
from daihou.workbench.roles import NOBODY

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Parameters = ParamSpec("Parameters")


class DeskRequest(HttpRequest):
    """A request that has passed the door of a desk.

    `business_date` is the day that the page shows: the one chosen in the top bar, else the last
    closed day. `latest_day` is that last closed day, None before the first daily run. `shows_past`
    says that an earlier day than the last closed one is shown.
    """

    officer: Officer
    business_date: dt.date
    latest_day: dt.date | None
    shows_past: bool
    day_note: str


View = Callable[Concatenate[DeskRequest, Parameters], HttpResponseBase]


def desk(
    *,
    roles: frozenset[Role],
    writers: frozenset[Role] = NOBODY,
    needs_day: bool = True,
) -> Callable[[View[Parameters]], Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]]:
    """Open a view to some roles; only `writers` may send anything but a read.

    Without a login the person is sent to the login page; with a role that is not listed the answer
    is 403. `needs_day=False` is for pages that mean something before the first daily run; others
    show what to do first. The access matrix of the tests reads `desk_roles` and `desk_writers`.
    """

    def door(
        view: View[Parameters],
    ) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]:
        @wraps(view)
        @never_cache
        def opened(
            plain: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> HttpResponseBase:
            if not isinstance(plain.user, Officer):
                return redirect(f"/login/?next={plain.get_full_path()}")
            _must_be_allowed(plain, plain.user, roles, writers)
            if plain.method not in SAFE_METHODS and not writers:
                return HttpResponseNotAllowed(SAFE_METHODS)
            request = _with_day(plain, plain.user)
            if needs_day and request.latest_day is None:
                return page(request, "workbench/no_day.html", {"title": "尚无营业日"})
            return view(request, *args, **kwargs)

        opened.desk_roles = roles  # type: ignore[attr-defined]
        opened.desk_writers = writers  # type: ignore[attr-defined]
        return opened

    return door


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Fill a template in the frame of the workbench; `context` must hold `title`."""
    return render(request, template, {**frame_of(request), **context}, status=status)


def frame_of(request: HttpRequest) -> dict[str, Any]:
    """What the frame around a page shows: desks, person, business date, bands."""
    officer = request.user if isinstance(request.user, Officer) else None
    desks = desks_for(officer) if officer else ()
    return {
        "officer": officer,
        "desk_groups": groups_of(desks),
        "current_desk": _current(request.path, [one.address for one in desks]),
        "business_date": getattr(request, "business_date", None),
        "latest_day": getattr(request, "latest_day", None),
        "shows_past": getattr(request, "shows_past", False),
        "day_note": getattr(request, "day_note", ""),
        "printed_at": timezone.localtime(),
    }


def _must_be_allowed(
    request: HttpRequest, officer: Officer, roles: frozenset[Role], writers: frozenset[Role]
) -> None:
    needed = roles if request.method in SAFE_METHODS else (writers or roles)
    if not officer.has_role(*needed):
        names = "、".join(role.label for role in Role if role in needed)
        raise PermissionDenied(f"此操作需要以下角色之一:{names}")


def _current(path: str, addresses: list[str]) -> str:
    """The address of the desk that the path lies in: the longest that it begins with."""
    inside = [a for a in addresses if path == a or (a != "/" and path.startswith(a))]
    return max(inside, key=len, default="")


def _with_day(plain: HttpRequest, officer: Officer) -> DeskRequest:
    request = cast(DeskRequest, plain)
    request.officer = officer
    request.latest_day = (
        BusinessDay.objects.filter(status=DayStatus.CLOSED).values_list("day", flat=True).first()
    )
    request.business_date, request.day_note = _chosen_day(
        plain.GET.get("day", ""), request.latest_day
    )
    request.shows_past = (
        request.latest_day is not None and request.business_date < request.latest_day
    )
    return request


def _chosen_day(asked: str, latest: dt.date | None) -> tuple[dt.date, str]:
    """The day to show, and a note when the asked one cannot be shown."""
    if latest is None:
        return timezone.localdate(), ""
    if not asked:
        return latest, ""
    try:
        day = dt.date.fromisoformat(asked)
    except ValueError:
        return latest, f"“{asked[:20]}”不是日期,以下为最近营业日 {latest} 的情况"
    if day > latest:
        return latest, f"{day} 尚未日终,以下为最近营业日 {latest} 的情况"
    return day, ""
