"""Around the interface: every request of a system on record, every refusal in one form."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from daihou.api.problems import CONTENT_TYPE, problem
from daihou.api_clients.actions import record_request

ADDRESS = "/api/v1/"

Answer = Callable[[HttpRequest], HttpResponse]


def interface_middleware(answer: Answer) -> Answer:
    """Turn error pages into problem documents and note what was asked, under `ADDRESS` alone."""

    def answered(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ADDRESS):
            return answer(request)
        asked_at, begun = timezone.now(), time.monotonic()
        response = answer(request)
        if response.status_code >= 400 and response.headers["Content-Type"] != CONTENT_TYPE:
            response = problem(request, response.status_code)
        response.headers["Cache-Control"] = "no-store"
        token = getattr(request, "api_token", None)
        if token is not None:
            record_request(
                token=token,
                asked_at=asked_at,
                method=request.method or "",
                path=request.get_full_path(),
                status=response.status_code,
                milliseconds=round((time.monotonic() - begun) * 1000),
                address=request.META.get("REMOTE_ADDR"),
                reference=getattr(request, "reference", ""),
            )
        return response

    return answered
