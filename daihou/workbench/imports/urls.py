"""Addresses of 数据接入."""

from django.urls import path

from daihou.workbench.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("templates/<str:name>", views.template, name="import_template"),
    path("jobs/<int:number>/", views.job, name="import_job"),
    path("jobs/<int:number>/progress/", views.job_progress, name="import_job_progress"),
    path("jobs/<int:number>/load/", views.load, name="import_load"),
    path("<int:number>/", views.batch, name="import_batch"),
    path("<int:number>/undo/", views.undo, name="import_undo"),
]
