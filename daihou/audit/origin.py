"""Notes beside every audited change who made it, on which page and from which address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from pghistory.middleware import HistoryMiddleware


class OriginMiddleware(HistoryMiddleware):
    """Puts officer, page and network address into the context of every change of a request."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Officer's id (None before login), path of the page, address of the workstation."""
        return {**super().get_context(request), "address": request.META.get("REMOTE_ADDR")}
