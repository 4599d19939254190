"""Addresses of 拨备."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.provisions import rebuttals, views

urlpatterns = [
    path("", views.overview, name="provisions"),
    path("loans/", views.loans, name="provision_loans"),
    path("loans/<str:number>/", views.loan, name="provision_loan"),
    path("loans/<str:number>/rebut/", rebuttals.new, name="rebuttal_new"),
    path("moved/<str:cause>/", views.moved, name="provision_moved"),
    path("what-if/", views.what_if, name="provision_what_if"),
    path("estimates/", views.estimated, name="provision_estimates"),
    path("rebuttals/", rebuttals.rebuttals, name="rebuttals"),
    path("rebuttals/<int:number>/", rebuttals.one, name="rebuttal"),
]
