"""Addresses of 外部事件."""

from __future__ import annotations

from django.urls import path

from daihou.workbench.events import views

urlpatterns = [
    path("", views.events, name="events"),
    path("new/", views.new_event, name="event_new"),
    path("<int:number>/", views.event, name="event"),
]
