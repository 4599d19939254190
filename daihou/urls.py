"""The web addresses of the product."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("daihou.api.urls")),
    path("", include("daihou.workbench.urls")),
]

handler400 = "daihou.workbench.error_pages.bad_request"
handler403 = "daihou.workbench.error_pages.forbidden"
handler404 = "daihou.workbench.error_pages.not_found"
handler500 = "daihou.workbench.error_pages.server_error"
