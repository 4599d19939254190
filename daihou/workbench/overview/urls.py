"""The addresses of 组合总览."""

from django.urls import path

from daihou.workbench.overview import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("rows/", views.overview_rows, name="overview_rows"),
    path("export/<slug:name>/", views.overview_export, name="overview_export"),
]
