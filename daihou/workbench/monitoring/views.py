"""What monitoring asks: does it work (`/healthz`), and how much of what (`/metrics`)."""

from __future__ import annotations

import hmac
import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from daihou.workbench.monitoring.run_metrics import RunCollector
from daihou.workbench.monitoring.web_metrics import WEB

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 while the web process and the database answer, 503 otherwise; nothing else is said."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _never_kept(JsonResponse({"status": "unavailable"}, status=503))
    return _never_kept(JsonResponse({"status": "ok"}))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The run's and the web's figures for Prometheus; counts and times, nobody's data."""
    if not _may_read(request):
        return _never_kept(HttpResponse("forbidden\n", status=403, content_type="text/plain"))
    web = WEB
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # several web processes: read what all wrote
        web = CollectorRegistry()
        MultiProcessCollector(web)  # type: ignore[no-untyped-call]
    run = CollectorRegistry()
    run.register(RunCollector())
    text = generate_latest(run) + generate_latest(web)
    return _never_kept(HttpResponse(text, content_type=CONTENT_TYPE_LATEST))


def _may_read(request: HttpRequest) -> bool:
    """Whoever shows the token; without one set, only this machine itself and through no proxy."""
    token = settings.METRICS_TOKEN
    if token:
        shown = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
    through_proxy = settings.BEHIND_HTTPS or any(name in request.META for name in _FORWARDED)
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and not through_proxy


def _never_kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
