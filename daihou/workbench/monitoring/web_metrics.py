"""Counts and times every request, for Prometheus and as one log line; no path, no person."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram

log = logging.getLogger("daihou.web")

WEB = CollectorRegistry()
_REQUESTS = Counter(
    "daihou_web_requests", "Requests answered", ["method", "route", "status"], registry=WEB
)
_SECONDS = Histogram(
    "daihou_web_request_seconds",
    "Seconds until the answer was ready",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=WEB,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_NO_ROUTE = "-"  # refused before an address was found; what was asked for may be anything

Answer = Callable[[HttpRequest], HttpResponse]


def measuring_middleware(answer: Answer) -> Answer:
    """Note of each request its pattern (never its numbers), the answer and the time."""

    def measured(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = answer(request)
        seconds = time.perf_counter() - started
        match = request.resolver_match
        route = match.view_name if match is not None and match.view_name else _NO_ROUTE
        method = request.method if request.method in _METHODS else "OTHER"
        _REQUESTS.labels(method, route, response.status_code).inc()
        _SECONDS.labels(route).observe(seconds)
        level = logging.WARNING if response.status_code >= 500 else logging.INFO
        facts = {
            "reference": getattr(request, "reference", ""),
            "method": method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        log.log(level, "request", extra={"facts": facts})
        return response

    return measured
