from __future__ import annotations

from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("", views.home, name="dashboard"),
    path("dashboard/breakdown/", views.breakdown, name="breakdown"),
    path("dashboard/changes/<slug:bucket>/", views.changes, name="changes"),
    path("dashboard/export/", views.export, name="export"),
]
