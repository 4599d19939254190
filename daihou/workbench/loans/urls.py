"""Addresses of 贷款."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.loans import repricing, reset_notice, views
from daihou.workbench.pieces.addresses import DAY

urlpatterns = [
    path("", views.loans, name="loans"),
    path("repricing/", repricing.repricing, name="repricing"),
    path(
        f"<str:number>/resets/<{DAY}:reset_on>/notice/",
        reset_notice.reset_notice,
        name="reset_notice",
    ),
    path("<str:number>/", views.loan, name="loan"),
]
