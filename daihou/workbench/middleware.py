"""What every answer carries: a reference number, and what a browser may run and show."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

log = logging.getLogger("daihou.workbench")

# No script and no style from outside, no script written into a page, none made from text (eval).
# Styles may stand in a page: Plotly and the small bars of tables set them.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that can be misread over the telephone

Answer = Callable[[HttpRequest], HttpResponse]


def reference_middleware(answer: Answer) -> Answer:
    """Give each request a short number that the error page shows and the log's lines carry."""

    def with_reference(request: HttpRequest) -> HttpResponse:
        reference = "".join(secrets.choice(_LETTERS) for _ in range(8))
        request.reference = reference  # type: ignore[attr-defined]
        return answer(request)

    def process_exception(request: HttpRequest, exception: Exception) -> None:
        reference = getattr(request, "reference", "")
        log.error("page failed, reference %s", reference, exc_info=exception)

    with_reference.process_exception = process_exception  # type: ignore[attr-defined]
    return with_reference


def security_headers_middleware(answer: Answer) -> Answer:
    """Forbid everything from outside, and keep pages with personal data out of caches."""

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response

    return with_headers
