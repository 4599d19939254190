"""Addresses of the 审计 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.audit import views

urlpatterns = [
    path("", views.event_list, name="audit"),
    path("disclosures/", views.disclosure_list, name="audit_disclosures"),
    path("logins/", views.login_list, name="audit_logins"),
    path("seals/", views.seal_list, name="audit_seals"),
    path("events/<str:table>/<int:number>/", views.event_page, name="audit_event"),
]
