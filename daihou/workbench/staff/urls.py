"""Addresses of the 机构与员工 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.staff import views

urlpatterns = [
    path("", views.officer_list, name="staff"),
    path("new/", views.new_officer, name="staff_new"),
    path("branches/", views.branch_list, name="staff_branches"),
    path("<str:number>/", views.officer_page, name="staff_officer"),
]
