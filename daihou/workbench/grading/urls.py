"""Addresses of 分类认定."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.grading import views

urlpatterns = [
    path("", views.batches, name="grading"),
    path("new/", views.new_batch, name="grading_new"),
    path("<int:number>/", views.batch, name="grading_batch"),
    path("rows/<int:number>/", views.row, name="grading_row"),
]
