"""Addresses of 预警处置."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.warnings import case_views, results, views

urlpatterns = [
    path("", views.queue, name="warnings"),
    path("board/", views.board, name="warning_board"),
    path("gone/", views.gone, name="warning_gone"),
    path("results/", results.results, name="warning_results"),
    path("watch/", views.watch_list, name="warning_watch"),
    path("watch/<int:number>/leave/", views.leave_watch, name="warning_unwatch"),
    path("<int:number>/", case_views.case, name="warning_case"),
    path("<int:number>/steps/<slug:name>/", case_views.step, name="warning_step"),
    path("documents/<int:number>/", case_views.document, name="warning_document"),
]
