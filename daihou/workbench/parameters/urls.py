"""Addresses of the 参数 desk."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.parameters import calendar, quotes, views

urlpatterns = [
    path("", views.parameter_list, name="parameters"),
    path("calendar/", calendar.calendar_page, name="parameter_calendar"),
    path("quotes/", quotes.quotes_page, name="parameter_quotes"),
    path("quotes/<int:number>/", quotes.decide, name="parameter_quote_decide"),
    path("proposals/<int:number>/", views.decide, name="parameter_decide"),
    path("<str:code>/", views.parameter_page, name="parameter"),
]
