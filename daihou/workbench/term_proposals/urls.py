"""Addresses of 条款变更."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.term_proposals import views

urlpatterns = [
    path("term-proposals/", views.term_proposals, name="term_proposals"),
    path("term-proposals/<int:number>/", views.term_proposal, name="term_proposal"),
    path("loans/<str:number>/propose/", views.propose_terms, name="term_proposal_new"),
]
